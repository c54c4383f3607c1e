//! Payments as sellers meet them: taken is, but for its spelling, one of those that were recorded.

use std::rc::Rc;

use farthing::core4mica::Parameters;
use farthing::registry::Core;
use farthing::sale::{Paywall, Request, Terms};
use farthing::x402::{Version, header};
use serde_json::{Value, json};

use crate::support::files::{text, vector};

const NOW_S: u64 = 1_795_227_810;
const USDC: &str = "0x036CbD53842c5426634e7929541eC2318f3dCF7e";
const TEST: &str = "0x5FbDB2315678afecb367f032d93F642f64180aa3";

/// A seller, the place of a request, and what was paid there.
struct Shop {
    terms: Rc<Terms>,
    version: Version,
    url: String,
    payment: Value,
    /// What the core says of itself.
    document: String,
    /// Claim, and what is settled.
    honest: (String, String),
}

impl Shop {
    fn new(scheme: &str, asset: &str, (version, url, payment): (Version, String, Value)) -> Self {
        let exact = scheme == "exact";
        let options = json!({
            "facilitators": { scheme: { "url": "https://facilitator.example" } },
            "assets": [{ "network": "eip155:84532", "address": TEST, "name": "Test", "version": "1", "decimals": 6 }],
            "cores": [{ "network": "eip155:84532", "url": "https://core.example" }],
        });
        let asked = json!({
            "scheme": scheme, "network": "eip155:84532", "payTo": "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
            "maxTimeoutSeconds": if exact { 120 } else { 60 },
            "price": { "amount": if exact { "10000" } else { "100" }, "asset": asset },
        });
        let paywall = Rc::new(Paywall::parse(options.to_string().as_bytes()).unwrap());
        let terms = Rc::new(Terms::parse(&paywall, asked.to_string().as_bytes()).unwrap());
        let document = vector("4mica/core-public.json")["public_params"]["response"]["body"].to_string();
        let mut shop = Shop { terms, version, url, payment, document, honest: Default::default() };
        shop.honest = shop.taken(shop.payment.to_string().as_bytes()).unwrap();
        shop
    }

    /// Claim and payload, where a payment is taken.
    fn taken(&self, payment: &[u8]) -> Option<(String, String)> {
        let value = header::encode(payment);
        let (v1, v2) = match self.version {
            Version::V1 => (Some(value.as_str()), None),
            Version::V2 => (None, Some(value.as_str())),
        };
        let request = Request { method: "GET", url: &self.url, v1, v2, sign_in: None };
        let parameters = |core: &Core| Parameters::read(self.document.as_bytes(), core).unwrap();
        let verdict = self.terms.present(&request, NOW_S).and_then(|unverified| {
            let parameters = unverified.core().as_ref().map(parameters);
            unverified.verify(&[0; 32], parameters.as_ref())
        });
        match verdict {
            Ok(presented) => Some((presented.claim().to_owned(), presented.payload_json().to_string())),
            Err(refusal) => {
                assert!(matches!(refusal.code.status(), 400 | 402), "{refusal:?}");
                let printable = refusal.facts.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
                assert!(printable && refusal.facts.len() < 200, "{refusal:?}");
                let traced = self.terms.trace(&request).and_then(|trace| {
                    let parameters = trace.core().map(parameters);
                    trace.verify(&[0; 32], parameters.as_ref())
                });
                // What it bought before, if it fits nothing now, is what was recorded.
                assert!(traced.is_none_or(|traced| traced.claim == self.honest.0));
                None
            }
        }
    }
}

fn shops() -> Vec<Shop> {
    vec![
        Shop::new("exact", USDC, exchanged("v2-hono", "payment-signature", Version::V2)),
        Shop::new("exact", USDC, exchanged("v1-hono", "x-payment", Version::V1)),
        Shop::new("4mica-credit", TEST, guaranteed("x402v2_with_v1_claims_ok", Version::V2)),
        Shop::new("4mica-credit", TEST, guaranteed("x402v1_ok", Version::V1)),
    ]
}

fn exchanged(name: &str, header_name: &str, version: Version) -> (Version, String, Value) {
    let transcript = vector(&format!("transcripts/{name}.json"));
    let paid = transcript.as_array().unwrap().iter().find_map(|entry| {
        let head = text(entry, "head");
        let line = |wanted: &str| {
            head.lines().find_map(|line| {
                let (name, value) = line.split_once(": ")?;
                name.eq_ignore_ascii_case(wanted).then_some(value)
            })
        };
        let payment = header::decode(line(header_name)?).ok()?;
        Some((format!("http://{}/paid", line("host")?), serde_json::from_slice(&payment).unwrap()))
    });
    let (url, payment) = paid.unwrap();
    (version, url, payment)
}

fn guaranteed(name: &str, version: Version) -> (Version, String, Value) {
    let payment = vector("4mica/facilitator.json")[name]["verify"]["request"]["body"]["paymentPayload"].clone();
    (version, "http://127.0.0.1:14000/premium".to_owned(), payment)
}

thread_local! {
    static SHOPS: Vec<Shop> = shops();
}

/// One byte that chooses the seller, then the payment.
pub fn judge(input: &[u8]) {
    let Some((which, payment)) = input.split_first() else { return };
    SHOPS.with(|shops| {
        let shop = &shops[usize::from(*which) % shops.len()];
        if let Some(taken) = shop.taken(payment) {
            assert_eq!(taken, shop.honest, "{}", String::from_utf8_lossy(payment));
        }
    });
}

pub fn seeds() -> Vec<Vec<u8>> {
    SHOPS.with(|shops| {
        let seed = |(index, shop): (usize, &Shop)| {
            [&[u8::try_from(index).unwrap()], shop.payment.to_string().as_bytes()].concat()
        };
        shops.iter().enumerate().map(seed).collect()
    })
}
