//! An in-process 4Mica core: its HTTP API, over the bank and the clearing of the sandbox.
//!
//! Requests and the time in, answers out. Generations `cycle` (`issuance`) and `clearing-house` (`house`) share login,
//! balances and clearing.

mod authority;
mod certificate;
mod claims;
mod house;
mod issuance;
mod siwe;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

pub(crate) use authority::{Authority, Principal, Roles};
pub(crate) use claims::{Claims, Policy};
pub(crate) use house::HouseIssuer;
pub(crate) use issuance::CycleIssuer;

use crate::json::Writer;
use crate::primitives::{Address, hex};
use crate::sandbox::bank::Bank;
use crate::sandbox::clearing::{Clearing, Question};
use crate::sandbox::fault::{Fault, Faults};
use crate::sandbox::keys::{Entropy, Operator};
use crate::sandbox::wire::{Answer, Body, Refusal, Request, any_address, unescaped};

/// A token that core lists.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) symbol: String,
    pub(crate) address: Address,
    pub(crate) decimals: u8,
}

/// Where the contracts would be.
#[derive(Debug)]
pub(crate) struct Deployment {
    pub(crate) chain_id: u64,
    /// Core4Mica, the treasury of generation 4.
    pub(crate) core4mica: Address,
    pub(crate) clearing_house: Address,
    pub(crate) guarantee_registry: Address,
    pub(crate) rpc_url: Option<String>,
    pub(crate) tokens: Vec<Token>,
}

/// What issuance needs of a core, whichever generation it is.
pub(crate) struct Shared {
    pub(crate) deployment: Deployment,
    pub(crate) operator: Operator,
    pub(crate) bank: Bank,
    pub(crate) clearing: Clearing,
}

/// The rules of a generation.
pub(crate) enum Issuer {
    Cycle(CycleIssuer),
    House(HouseIssuer),
}

/// What the operator signed, and its signature.
pub(crate) struct Issued {
    /// Member of the answer that holds the bytes: `claims` or `receipt`.
    pub(crate) name: &'static str,
    pub(crate) bytes: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

impl Issued {
    fn with_lie(mut self, lie: Option<Fault>) -> Self {
        if let (Some(Fault::LyingSignature), Some(byte)) = (lie, self.signature.get_mut(40)) {
            *byte ^= 1;
        }
        self
    }

    /// As the facilitator writes it: with `0x`.
    pub(crate) fn prefixed(&self) -> String {
        let object = Writer::object().text(self.name, &hex::encode(&self.bytes));
        object.text("signature", &hex::encode(&self.signature)).finish()
    }

    // The core of generation 2 writes no `0x`, as recorded.
    fn bare(&self) -> String {
        let bare = |bytes: &[u8]| {
            let mut text = String::new();
            hex::push(&mut text, bytes);
            text
        };
        Writer::object().text(self.name, &bare(&self.bytes)).text("signature", &bare(&self.signature)).finish()
    }
}

/// The core.
pub(crate) struct Core {
    pub(crate) shared: Shared,
    pub(crate) issuer: Issuer,
    pub(crate) authority: Authority,
}

const OPEN: [(&str, &str); 7] = [
    ("/core/public-params", "GET"),
    ("/core/tokens", "GET"),
    ("/core/health", "GET"),
    ("/auth/nonce", "POST"),
    ("/auth/verify", "POST"),
    ("/auth/refresh", "POST"),
    ("/auth/logout", "POST"),
];

impl Core {
    /// Answers a request.
    pub(crate) fn answer(
        &mut self,
        request: &Request<'_>,
        now_s: u64,
        entropy: &mut Entropy,
        faults: &mut Faults,
    ) -> Answer {
        let (_, path, _) = request.parts();
        let answer = if request.method == "OPTIONS" {
            let posted = path == "/core/guarantees" || OPEN.contains(&(path, "POST"));
            let answer = Answer::empty(200).with("allow", if posted { "POST" } else { "GET,HEAD" });
            answer.with("access-control-allow-methods", "*").with("access-control-allow-headers", "*")
        } else {
            match self.route(request, now_s, entropy, faults) {
                Ok(text) => Answer::json(200, &text),
                Err(refusal) => refusal.answer(),
            }
        };
        answer
            .with("access-control-allow-origin", "*")
            .with("vary", "origin, access-control-request-method, access-control-request-headers")
    }

    /// `GET /core/public-params`.
    pub(crate) fn parameters(&self) -> String {
        match &self.issuer {
            Issuer::Cycle(issuer) => issuer.parameters(&self.shared),
            Issuer::House(issuer) => issuer.parameters(&self.shared),
        }
    }

    /// Issues a guarantee for whoever asks, with the faults that were injected.
    ///
    /// # Errors
    /// As the generation refuses; 409 and 500 on injection.
    pub(crate) fn issue(
        &mut self,
        body: &Body<'_>,
        principal: &Principal,
        now_s: u64,
        faults: &mut Faults,
    ) -> Result<Issued, Refusal> {
        let fault = faults.take(true);
        if fault == Some(Fault::Conflict) {
            return Err(Refusal::error(409, "request failed, please retry"));
        }
        let issued = match &mut self.issuer {
            Issuer::Cycle(issuer) => issuer.issue(&mut self.shared, body, principal, now_s, fault),
            Issuer::House(issuer) => issuer.issue(&mut self.shared, body, principal, now_s, fault),
        };
        if let (Err(_), Some(fault)) = (&issued, fault) {
            // A refused request is no chance to lie: the fault waits for the next.
            faults.inject(fault);
        }
        match (issued, fault) {
            (Ok(_), Some(Fault::ErrorAfterIssue)) => Err(Refusal::error(500, "internal server error")),
            (issued, _) => issued,
        }
    }

    fn route(
        &mut self,
        request: &Request<'_>,
        now_s: u64,
        entropy: &mut Entropy,
        faults: &mut Faults,
    ) -> Result<String, Refusal> {
        let (_, path, _) = request.parts();
        let method = if request.method == "HEAD" { "GET" } else { request.method };
        if let Some((_, meant)) = OPEN.iter().find(|(open, _)| *open == path) {
            if *meant != method {
                return Err(Refusal::Method(""));
            }
        }
        match path {
            "/auth/nonce" => return self.authority.nonce(&Body::of(request)?, now_s, entropy),
            "/auth/verify" => return self.authority.verify(&Body::of(request)?, now_s, entropy),
            "/auth/refresh" => return self.authority.refresh(&Body::of(request)?, now_s, entropy),
            "/auth/logout" => return self.authority.logout(&Body::of(request)?),
            "/core/public-params" => return Ok(self.parameters()),
            "/core/tokens" => return Ok(self.tokens()),
            "/core/health" => return Ok(String::from(r#"{"status":"ok","db":"ok","chain_rpc":"ok"}"#)),
            _ => {}
        }
        let principal = self.authority.authenticate(request.header("authorization"), now_s)?;
        if path == "/core/guarantees" {
            if method != "POST" {
                return Err(Refusal::Method(""));
            }
            let issued = self.issue(&Body::of(request)?, &principal, now_s, faults)?;
            return Ok(if matches!(self.issuer, Issuer::Cycle(_)) { issued.bare() } else { issued.prefixed() });
        }
        let segments: Vec<String> = path.split('/').skip(1).map(unescaped).collect();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match (method, segments.as_slice(), &mut self.issuer) {
            ("GET", ["core", "users", user, "assets", asset], _) => self.shared.balance(user, asset),
            ("GET", ["core", "cycles", "active"], Issuer::House(issuer)) => {
                issuer.active_cycle(&self.shared, request, now_s)
            }
            ("GET", ["core", "payers", payer, "checkpoint-batch"], Issuer::House(issuer)) => {
                issuer.batch(&self.shared, payer, request, &principal, now_s)
            }
            ("POST", ["core", "checkpoints"], Issuer::House(issuer)) => {
                issuer.checkpoint(&self.shared, &Body::of(request)?, &principal, now_s)
            }
            ("GET", ["core", "cycles", cycle, "participants", participant, asked], issuer) => {
                let question = match *asked {
                    "clearing-proof" => Question::Proof,
                    "clearing-action" => Question::action(request.parameter("action").as_deref())?,
                    _ => return Err(Refusal::Empty(404)),
                };
                let or_hash = matches!(issuer, Issuer::House(_));
                self.shared.clearing.ask(cycle, participant, question, &principal, or_hash)
            }
            _ => Err(Refusal::Empty(404)),
        }
    }

    fn tokens(&self) -> String {
        let deployment = &self.shared.deployment;
        let token = |token: &Token| {
            let object = Writer::object().text("symbol", &token.symbol).text("address", &token.address.checksummed());
            object.integer("decimals", u64::from(token.decimals)).finish()
        };
        let tokens: Vec<String> = deployment.tokens.iter().map(token).collect();
        Writer::object()
            .integer("chain_id", deployment.chain_id)
            .raw("tokens", &format!("[{}]", tokens.join(",")))
            .finish()
    }
}

impl Shared {
    fn balance(&self, user: &str, asset: &str) -> Result<String, Refusal> {
        let user = any_address(user).ok_or(Refusal::error(400, "invalid user address"))?;
        let asset = any_address(asset).ok_or(Refusal::error(400, "invalid asset address"))?;
        Ok(self.bank.balance(user, asset))
    }
}
