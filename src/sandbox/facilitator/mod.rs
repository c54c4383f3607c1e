//! An in-process x402 facilitator in front of the core: `/supported`, `/verify`, `/settle`, `/health`, `/`.
//!
//! `/verify` looks at structure only, `/settle` answers 200 for failures, with `error`: as recorded. Where the real one
//! logs in to core, this one is let in. Source: `4mica/facilitator.json`; protocol notes 2.9 and section 5.

mod objection;
mod payment;

use alloc::format;
use alloc::string::String;

use crate::json::Writer;
use crate::primitives::{Address, Network};
use crate::sandbox::core::{Core, Principal};
use crate::sandbox::fault::Faults;
use crate::sandbox::wire::{Answer, Body, Refusal, Request, reason};
use payment::Payment;

const WELCOME: &str = "Welcome to the 4mica credit facilitator. Use /supported to discover payment schemes, /verify to validate X-PAYMENT headers, and /settle to mint certificates or forward debit settlements.";

/// The facilitator of one network.
pub(super) struct Facilitator {
    network: String,
    account: Address,
}

impl Facilitator {
    pub(super) fn new(network: Network, account: Address) -> Self {
        Facilitator { network: format!("{network}"), account }
    }

    /// Answers a request. No CORS headers, like the real one.
    pub(super) fn answer(&self, core: &mut Core, request: &Request<'_>, now_s: u64, faults: &mut Faults) -> Answer {
        let (_, path, _) = request.parts();
        let is_read = request.method == "GET" || request.method == "HEAD";
        let answered = match path {
            "/" | "/supported" | "/health" if !is_read => Err(Refusal::Method("GET,HEAD")),
            "/verify" | "/settle" if request.method != "POST" => Err(Refusal::Method("POST")),
            "/" => Ok(self.home()),
            "/supported" => Ok(format!("{{\"kinds\":{},\"extensions\":[],\"signers\":{{}}}}", self.kinds())),
            "/health" => Ok(String::from("{\"status\":\"ok\"}")),
            "/verify" => Body::of(request).and_then(|body| self.verify(&body)),
            "/settle" => Body::of(request).and_then(|body| self.settle(core, &body, now_s, faults)),
            _ => Err(Refusal::Empty(404)),
        };
        match answered {
            Ok(text) => Answer::json(200, &text),
            Err(refusal) => refusal.answer(),
        }
    }

    /// `POST /verify`.
    ///
    /// # Errors
    /// 422 for a payment of no known shape.
    pub(super) fn verify(&self, body: &Body<'_>) -> Result<String, Refusal> {
        let objection = objection::to(&Payment::read(body)?, &self.network);
        let object = Writer::object().raw("isValid", if objection.is_none() { "true" } else { "false" });
        Ok(match objection {
            None => object.raw("invalidReason", "null"),
            Some(objection) => object.text("invalidReason", &objection),
        }
        .finish())
    }

    /// `POST /settle`. The network in the answer is always the facilitator's own.
    ///
    /// # Errors
    /// As [`Facilitator::verify`].
    pub(super) fn settle(
        &self,
        core: &mut Core,
        body: &Body<'_>,
        now_s: u64,
        faults: &mut Faults,
    ) -> Result<String, Refusal> {
        let payment = Payment::read(body)?;
        let issued = match objection::to(&payment, &self.network) {
            Some(objection) => Err(objection),
            None => self.issue(core, &payment, now_s, faults),
        };
        let object = Writer::object().raw("success", if issued.is_ok() { "true" } else { "false" });
        let object = match &issued {
            Ok(_) => object.raw("error", "null"),
            Err(error) => object.text("error", error),
        };
        let object = object.raw("txHash", "null").text("networkId", &self.network);
        Ok(match issued {
            Ok(certificate) => object.raw("certificate", &certificate),
            Err(_) => object,
        }
        .finish())
    }

    fn issue(
        &self,
        core: &mut Core,
        payment: &Payment<'_, '_>,
        now_s: u64,
        faults: &mut Faults,
    ) -> Result<String, String> {
        let principal = Principal::facilitator(self.account);
        let issued =
            Body::read(payment.payload.as_bytes()).and_then(|request| core.issue(&request, &principal, now_s, faults));
        issued.map(|issued| issued.prefixed()).map_err(|refusal| {
            let status = refusal.status();
            format!("core guarantee request failed ({status} {}): {}", reason(status), refusal.text())
        })
    }

    fn home(&self) -> String {
        Writer::object()
            .text("message", WELCOME)
            .raw("supported", &self.kinds())
            .text("health", "/health")
            .text("docs", "See README.md for a full flow walkthrough.")
            .finish()
    }

    fn kinds(&self) -> String {
        let kind = |version: u64| {
            let object = Writer::object().text("scheme", "4mica-credit").text("network", &self.network);
            object.integer("x402Version", version).finish()
        };
        format!("[{},{}]", kind(1), kind(2))
    }
}
