//! The seller: what it asks for, and what it says about a payment.

use farthing::primitives::Address;
use farthing::purchase::{Answer, PaidAnswer};
use farthing::x402::header;
use serde_json::{Value, json};

use super::guarantee::{core, scene};
use crate::simulator::fault::Fault;
use crate::simulator::plan::{self, Plan, Scheme};

pub const ORIGIN: &str = "https://api.example.com";
const SELLER: &str = "0x209693Bc6afc0C5328bA36FaF03C514EF312287C";
const OTHER_SELLER: &str = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const USDC: &str = "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913";
const TRANSACTION: &str = "0x1234123412341234123412341234123412341234123412341234123412341234";
/// `maxTimeoutSeconds`, unless a fault makes it long.
pub const WINDOW_S: u64 = 60;
const LONG_WINDOW_S: u64 = 86_400;

/// One way to pay, as it was offered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Terms {
    pub chain_id: u64,
    pub asset: Address,
    pub to: Address,
    pub amount: u64,
    pub window_s: u64,
}

/// What the caller requests.
pub fn url(path: usize) -> String {
    format!("{ORIGIN}/r{path}?key=topsecret")
}

/// The answer to an unpaid request at a true time.
pub fn challenge(plan: &Plan, path: usize, fault: Option<Fault>, now_s: u64) -> (Answer, Vec<Terms>) {
    let scheme = plan.scheme;
    let answer = |status, url: String, header, body| Answer { status, url, header, body, date_s: date(fault, now_s) };
    match fault {
        Some(Fault::Free) => return (answer(200, url(path), None, b"{}".to_vec()), Vec::new()),
        Some(Fault::Unavailable) => return (answer(503, url(path), None, Vec::new()), Vec::new()),
        Some(Fault::Unreadable) => return (answer(402, url(path), Some("e30".into()), Vec::new()), Vec::new()),
        _ => {}
    }
    let amount = match fault {
        Some(Fault::Dearer) => plan::DEARER,
        Some(Fault::TooDear) => plan::TOO_DEAR,
        Some(Fault::ForNothing) => 0,
        _ if plan.dear => plan::DEARER,
        _ => plan::PRICE,
    };
    let (network, asset) = match (scheme, fault) {
        (Scheme::Cycle | Scheme::House, _) | (_, Some(Fault::OtherNetwork)) => (84532, scene::USDC_SEPOLIA),
        (Scheme::ExactV1 | Scheme::ExactV2, _) => (8453, USDC),
    };
    let to = match fault {
        Some(Fault::OtherRecipient) => OTHER_SELLER,
        Some(Fault::PayerItself) => &super::wallet::payer().checksummed(),
        _ => SELLER,
    };
    let window_s = if fault == Some(Fault::LongWindow) { LONG_WINDOW_S } else { WINDOW_S };
    let terms = |amount, to: &str| Terms {
        chain_id: network,
        asset: Address::parse(asset).unwrap(),
        to: Address::parse(to).unwrap(),
        amount,
        window_s,
    };
    let mut offers = vec![terms(amount, to)];
    if fault == Some(Fault::TwoOffers) {
        offers.insert(0, terms(plan::DEARER, OTHER_SELLER));
    }
    let reached = match fault {
        Some(Fault::MovedInside) => format!("{ORIGIN}/moved{path}"),
        Some(Fault::MovedOutside) => format!("https://evil.example.net/r{path}"),
        _ => url(path),
    };
    let resource = reached.split('?').next().unwrap();
    let accepts: Vec<Value> = offers.iter().map(|terms| entry(scheme, terms, resource)).collect();
    let answer = if scheme == Scheme::ExactV1 {
        let body = json!({ "x402Version": 1, "error": "X-PAYMENT header is required", "accepts": accepts });
        answer(402, reached, None, body.to_string().into_bytes())
    } else {
        let header_json = json!({ "x402Version": 2, "resource": { "url": resource }, "accepts": accepts });
        answer(402, reached, Some(header::encode(header_json.to_string().as_bytes())), Vec::new())
    };
    (answer, offers)
}

fn date(fault: Option<Fault>, now_s: u64) -> Option<u64> {
    match fault {
        Some(Fault::Undated) => None,
        Some(Fault::Misdated) => Some(now_s - 45),
        _ => Some(now_s),
    }
}

fn entry(scheme: Scheme, terms: &Terms, resource: &str) -> Value {
    let Terms { chain_id, asset, to, amount, window_s } = terms;
    let (asset, to, amount) = (asset.checksummed(), to.checksummed(), amount.to_string());
    let name = if *chain_id == 8453 { "USD Coin" } else { "USDC" };
    let network = format!("eip155:{chain_id}");
    match scheme {
        Scheme::ExactV1 => json!({
            "scheme": "exact", "network": if *chain_id == 8453 { "base" } else { "base-sepolia" },
            "maxAmountRequired": amount, "asset": asset, "payTo": to, "maxTimeoutSeconds": window_s,
            "resource": resource, "description": "", "mimeType": "", "extra": { "name": name, "version": "2" },
        }),
        Scheme::ExactV2 => json!({
            "scheme": "exact", "network": network, "amount": amount, "asset": asset, "payTo": to,
            "maxTimeoutSeconds": window_s, "extra": { "name": name, "version": "2" },
        }),
        Scheme::Cycle | Scheme::House => json!({
            "scheme": "4mica-credit", "network": network, "amount": amount, "asset": asset, "payTo": to,
            "maxTimeoutSeconds": window_s, "extra": {},
        }),
    }
}

/// A document of 4Mica Core.
pub fn document(scheme: Scheme, url: &str, now_s: u64) -> (u16, Vec<u8>) {
    let flow = if scheme == Scheme::House { scene::Flow::House } else { scene::Flow::CycleV1 };
    let document = if url.ends_with("/core/public-params") {
        core::parameters(flow)
    } else {
        let mut cycle = core::active_cycle();
        cycle["server_time"] = now_s.into();
        cycle
    };
    (200, document.to_string().into_bytes())
}

/// What a seller answers to a payment that it settled, or did not, and whether that proves anything.
pub fn paid(scheme: Scheme, payment: &Value, settled: bool, fault: Option<Fault>) -> (PaidAnswer, bool) {
    let proof = || match scheme {
        Scheme::ExactV1 | Scheme::ExactV2 => json!({
            "success": true, "transaction": TRANSACTION, "network": "eip155:8453",
            "payer": payment["payload"]["authorization"]["from"],
        }),
        Scheme::Cycle => core::settlement(core::certificate(payment)),
        Scheme::House => core::settlement(core::receipt(payment)),
    };
    let with = |field: &str, value: Value| {
        let mut settlement = proof();
        settlement[field] = value;
        settlement
    };
    let said = |status, settlement: Option<Value>| {
        let header = settlement.map(|settlement| header::encode(settlement.to_string().as_bytes()));
        PaidAnswer { status, header, output: None, body: Vec::new() }
    };
    let refusal = || json!({ "success": false, "errorReason": "settle_exact_failed", "transaction": "" });
    match fault {
        Some(Fault::DemandsAgain | Fault::DemandsAgainSettled) => (said(402, Some(refusal())), false),
        Some(Fault::Denies | Fault::DeniesSettled) => (said(200, Some(refusal())), false),
        Some(Fault::OtherPayer) => (said(200, Some(with("payer", OTHER_SELLER.into()))), false),
        Some(Fault::OtherNetworkSaid) => (said(200, Some(with("network", "eip155:1".into()))), false),
        Some(Fault::OtherAmount) => (said(200, Some(with("amount", "1000000".into()))), false),
        Some(Fault::Silent | Fault::SilentSettled) => (said(200, None), false),
        Some(Fault::Unavailable500 | Fault::Unavailable500Settled) => (said(503, None), false),
        Some(Fault::Redirects) => (said(302, None), false),
        Some(Fault::RedirectsSettled) => (said(307, Some(proof())), true),
        Some(Fault::HidesRedirect) => (said(0, None), false),
        Some(Fault::FalselyProven) => (said(200, Some(proof())), true),
        Some(Fault::ProvenButFailing) => (said(500, Some(proof())), true),
        Some(Fault::UnreadableSettlement) => {
            (PaidAnswer { status: 200, header: Some("e30".into()), output: None, body: Vec::new() }, false)
        }
        _ if settled => (said(200, Some(proof())), true),
        _ => (said(402, Some(refusal())), false),
    }
}

/// True for a seller that keeps what it got and settles it at once.
pub fn settles(fault: Option<Fault>) -> bool {
    !matches!(
        fault,
        Some(
            Fault::DemandsAgain
                | Fault::Denies
                | Fault::OtherPayer
                | Fault::OtherNetworkSaid
                | Fault::OtherAmount
                | Fault::Silent
                | Fault::Unavailable500
                | Fault::Redirects
                | Fault::HidesRedirect
                | Fault::FalselyProven
                | Fault::UnreadableSettlement
        )
    )
}
