//! Sellers: a price under every path of their own host, asking the facilitator before they serve.
//!
//! `/free` costs nothing. Challenges and settlement headers have the shape recorded from 4Mica's own server package in
//! `4mica/server-packages.json` (x402 version 2), and that of x402's specification for version 1.

use alloc::format;
use alloc::string::{String, ToString};

use super::core::Core;
use super::facilitator::Facilitator;
use super::fault::{Fault, Faults};
use super::options::SellerOption;
use super::wire::{Answer, Body, Request};
use crate::json::{self, Writer, is_same};
use crate::primitives::{Address, Network};
use crate::x402::{Version, header};

const SLOW_MS: u32 = 3_000;
const TIMEOUT_S: u64 = 300;

/// One seller.
pub(super) struct Seller {
    number: u64,
    host: String,
    network: String,
    asset: Address,
    pay_to: Address,
    option: SellerOption,
}

impl Seller {
    pub(super) fn new(
        number: u64,
        network: Network,
        first_asset: Address,
        pay_to: Address,
        option: SellerOption,
    ) -> Self {
        let asset = option.asset.unwrap_or(first_asset);
        let host = format!("seller-{number}.sandbox.test");
        Seller { number, host, network: format!("{network}"), asset, pay_to, option }
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn pay_to(&self) -> Address {
        self.pay_to
    }

    /// For the program that made the sandbox.
    pub(super) fn description(&self) -> String {
        Writer::object()
            .text("url", &format!("https://{}", self.host))
            .text("payTo", &self.pay_to.checksummed())
            .text("asset", &self.asset.checksummed())
            .text("price", &self.option.price.to_string())
            .integer("x402Version", self.option.version.number())
            .finish()
    }

    /// Answers a request, with the faults that were injected.
    pub(super) fn answer(
        &self,
        request: &Request<'_>,
        facilitator: &Facilitator,
        core: &mut Core,
        now_s: u64,
        faults: &mut Faults,
    ) -> Answer {
        let (_, path, _) = request.parts();
        if path == "/free" {
            return Answer::json(200, "{\"free\":true}");
        }
        let version = self.option.version;
        let Some(value) = request.header(version.payment_header()) else {
            let error = if version == Version::V1 { "X-PAYMENT header is required" } else { "Payment required" };
            return self.challenge(request, error);
        };
        if faults.is_next(Fault::Redirect) {
            faults.take(false);
            return Answer::empty(307).with("location", &format!("https://elsewhere.sandbox.test{path}"));
        }
        match self.paid(request, value, facilitator, core, now_s, faults) {
            Err(refused) => refused,
            Ok(served) => match faults.take(false) {
                Some(Fault::DemandAgain) => self.challenge(request, "Payment required"),
                Some(Fault::SettleThenTimeout) => Answer { lost: true, ..served },
                Some(Fault::Slow) => Answer { delay_ms: SLOW_MS, ..served },
                _ => served,
            },
        }
    }

    // The content, or why not.
    fn paid(
        &self,
        request: &Request<'_>,
        value: &str,
        facilitator: &Facilitator,
        core: &mut Core,
        now_s: u64,
        faults: &mut Faults,
    ) -> Result<Answer, Answer> {
        let invalid = || self.challenge(request, "invalid payment header");
        let payment = header::decode(value).map_err(|_| invalid())?;
        let root = json::read(&payment).map_err(|_| invalid())?;
        let requirement = self.requirement();
        let version = self.option.version;
        if version == Version::V2 {
            let ours = json::read(requirement.as_bytes()).map_err(|_| invalid())?;
            if !root.member("accepted").is_some_and(|accepted| is_same(accepted, &ours)) {
                return Err(self.challenge(request, "No matching payment requirements"));
            }
        }
        let question = Writer::object()
            .integer("x402Version", version.number())
            .raw("paymentPayload", root.raw)
            .raw("paymentRequirements", &self.entry(request))
            .finish();
        let body = Body::read(question.as_bytes()).map_err(|_| invalid())?;
        let verdict = facilitator.verify(&body);
        let reason = match &verdict {
            Ok(verdict) => text_of(verdict, "invalidReason"),
            Err(refusal) => Some(refusal.text().to_string()),
        };
        if let Some(reason) = reason {
            return Err(self.challenge(request, &reason));
        }
        let (status, settled) = match facilitator.settle(core, &body, now_s, faults) {
            Ok(settled) => (200, settled),
            Err(refusal) => (refusal.status(), Writer::object().text("error", refusal.text()).finish()),
        };
        if let Some(error) = text_of(&settled, "error") {
            let details = format!("Facilitator settle failed ({status}): {error}");
            return Err(match version {
                Version::V1 => self.challenge(request, &details),
                Version::V2 => {
                    let object = Writer::object().text("error", "Settlement failed").text("details", &details);
                    Answer::json(402, &object.finish())
                }
            });
        }
        Ok(self.content(request, &settled))
    }

    fn content(&self, request: &Request<'_>, settled: &str) -> Answer {
        let (_, path, _) = request.parts();
        let certificate = json::read_own(settled.as_bytes()).ok();
        let certificate = certificate.as_ref().and_then(|root| root.member("certificate")).map(|node| node.raw);
        let settlement = Writer::object()
            .raw("success", "true")
            .text("transaction", "")
            .text("network", &self.network)
            .raw("certificate", certificate.unwrap_or("null"))
            .text("networkId", &self.network)
            .finish();
        let name = match self.option.version {
            Version::V1 => "x-payment-response",
            Version::V2 => "payment-response",
        };
        let content = Writer::object().raw("paid", "true").integer("seller", self.number).text("path", path);
        Answer::json(200, &content.finish())
            .with(name, &header::encode(settlement.as_bytes()))
            .with("cache-control", "private")
    }

    fn challenge(&self, request: &Request<'_>, error: &str) -> Answer {
        let object = Writer::object().integer("x402Version", self.option.version.number()).text("error", error);
        let accepts = format!("[{}]", self.entry(request));
        match self.option.version {
            Version::V1 => Answer::json(402, &object.raw("accepts", &accepts).finish()),
            Version::V2 => {
                let resource = Writer::object()
                    .text("url", request.url)
                    .text("description", "content of the sandbox")
                    .text("mimeType", "application/json")
                    .finish();
                let required = object.raw("resource", &resource).raw("accepts", &accepts).finish();
                Answer::json(402, "{}")
                    .with("payment-required", &header::encode(required.as_bytes()))
                    .with("cache-control", "no-store")
            }
        }
    }

    // The entry of `accepts`; in version 1 it names the resource.
    fn entry(&self, request: &Request<'_>) -> String {
        match self.option.version {
            Version::V2 => self.requirement(),
            Version::V1 => self.rest(
                Writer::object()
                    .text("scheme", "4mica-credit")
                    .text("network", &self.network)
                    .text("maxAmountRequired", &self.option.price.to_string())
                    .text("resource", request.url)
                    .text("description", "content of the sandbox")
                    .text("mimeType", "application/json"),
            ),
        }
    }

    fn requirement(&self) -> String {
        let object = Writer::object().text("scheme", "4mica-credit").text("network", &self.network);
        self.rest(object.text("amount", &self.option.price.to_string()))
    }

    fn rest(&self, object: Writer) -> String {
        object
            .text("asset", &self.asset.checksummed())
            .text("payTo", &self.pay_to.checksummed())
            .integer("maxTimeoutSeconds", TIMEOUT_S)
            .raw("extra", &self.option.extra)
            .finish()
    }
}

fn text_of(json: &str, name: &str) -> Option<String> {
    json::read_own(json.as_bytes()).ok()?.member(name)?.text().map(String::from)
}
