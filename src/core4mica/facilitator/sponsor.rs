//! Transactions the facilitator sends at its own cost: signed values in, request bodies out, one reading of the answers.
//!
//! Every route answers HTTP 200. No answer, a failure, or anything unreadable leaves open whether a transaction was
//! sent, so only a stated refusal is a refusal.
//!
//! # Source
//! README of the facilitator of generations 3 and 4; never recorded. Members not read here are ignored.

use alloc::string::{String, ToString};

use super::{is_true, route};
use crate::core4mica::clearing::CycleId;
use crate::core4mica::http::{Answer, Request};
use crate::core4mica::refusal::{Refusal, quote};
use crate::error::Code;
use crate::json::{self, Node, Writer};
use crate::primitives::{Address, Amount, Hash, Network, hex};
use crate::signer::Signature;

/// Where the facilitator is, and whether it is only asked if it would.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Sponsor<'a> {
    /// Base URL.
    pub url: &'a str,
    /// Network of the transaction, stated where the route takes it (deposits and clearing).
    pub network: Network,
    /// True for the route's `/verify`, which sends nothing.
    pub preflight: bool,
}

impl Sponsor<'_> {
    fn post(&self, path: &str, body: String) -> Request {
        let mut url = route(self.url, path);
        if self.preflight {
            url.push_str("/verify");
        }
        Request::post(url, body, false)
    }

    fn network(&self) -> String {
        self.network.to_string()
    }
}

/// A signed EIP-3009 `ReceiveWithAuthorization`, in the token's own domain. Its recipient and amount are the route's.
#[derive(Clone, Debug)]
pub struct Authorization3009 {
    /// Whose tokens move.
    pub from: Address,
    /// Unix second after which it is valid.
    pub valid_after_s: u64,
    /// Unix second before which it is valid.
    pub valid_before_s: u64,
    /// Used up by the token contract.
    pub nonce: Hash,
    /// Of `from`.
    pub signature: Signature,
}

impl Authorization3009 {
    fn json(&self) -> String {
        let signature = self.signature.to_bytes();
        let (r, rest) = signature.split_at(32);
        let (s, v) = rest.split_at(32);
        Writer::object()
            .text("from", &self.from.lower())
            .text("validAfter", &quantity(self.valid_after_s))
            .text("validBefore", &quantity(self.valid_before_s))
            .text("nonce", &hex::encode(&self.nonce))
            .integer("v", v.iter().copied().map(u64::from).sum())
            .text("r", &hex::encode(r))
            .text("s", &hex::encode(s))
            .finish()
    }
}

/// A signed `RequestWithdrawal` or `CancelWithdrawal` of Core4Mica.
#[derive(Clone, Debug)]
pub struct WithdrawalPermit {
    /// Whose collateral.
    pub user: Address,
    /// Token, zero for native ether.
    pub asset: Address,
    /// Unix second after which it is valid.
    pub valid_after_s: u64,
    /// Unix second before which it is valid.
    pub valid_before_s: u64,
    /// Used up by the contract.
    pub nonce: Hash,
    /// Of `user`.
    pub signature: Signature,
}

impl WithdrawalPermit {
    fn json(&self, amount: Option<Amount>) -> String {
        let amount = amount.map(|amount| amount.to_string());
        Writer::object()
            .text("user", &self.user.lower())
            .text("asset", &self.asset.lower())
            .text_if("amount", amount.as_deref())
            .text("validAfter", &quantity(self.valid_after_s))
            .text("validBefore", &quantity(self.valid_before_s))
            .text("nonce", &hex::encode(&self.nonce))
            .text("signature", &self.signature.to_hex())
            .finish()
    }
}

/// Deposits collateral: the authorisation pays Core4Mica exactly `amount` (atomic units of `asset`, a token).
pub fn deposit_request(
    sponsor: &Sponsor<'_>,
    asset: &Address,
    amount: Amount,
    authorization: &Authorization3009,
) -> Request {
    let body = Writer::object()
        .text("network", &sponsor.network())
        .text("asset", &asset.lower())
        .text("amount", &amount.to_string())
        .text("assetTransferMethod", "eip3009")
        .raw("authorization", &authorization.json());
    sponsor.post("deposit", body.finish())
}

/// Requests a withdrawal of `amount` (atomic units): its grace period begins.
pub fn withdraw_request(sponsor: &Sponsor<'_>, amount: Amount, permit: &WithdrawalPermit) -> Request {
    withdrawal(sponsor, "request", &permit.json(Some(amount)))
}

/// Cancels a requested withdrawal.
pub fn withdraw_cancel_request(sponsor: &Sponsor<'_>, permit: &WithdrawalPermit) -> Request {
    withdrawal(sponsor, "cancel", &permit.json(None))
}

/// Pays out a withdrawal whose grace period is over, to its user. Needs no signature.
pub fn withdraw_finalize_request(sponsor: &Sponsor<'_>, user: &Address, asset: &Address) -> Request {
    let body = Writer::object().text("action", "finalize").text("user", &user.lower()).text("asset", &asset.lower());
    sponsor.post("withdraw", body.finish())
}

/// Pays a net debit: the authorisation pays the clearing house exactly the debit, with the cycle's on-chain id as nonce,
/// so that it cannot be paid twice. Tokens only.
pub fn clearing_pay_request(sponsor: &Sponsor<'_>, cycle: &CycleId, authorization: &Authorization3009) -> Request {
    let body = Writer::object()
        .text("cycleId", &cycle.as_text())
        .text("network", &sponsor.network())
        .text("assetTransferMethod", "eip3009")
        .raw("authorization", &authorization.json());
    sponsor.post("clearing/pay", body.finish())
}

/// Claims a net credit for its creditor. Needs no signature.
pub fn clearing_claim_request(sponsor: &Sponsor<'_>, cycle: &CycleId, creditor: &Address) -> Request {
    let body = Writer::object()
        .text("cycleId", &cycle.as_text())
        .text("creditor", &creditor.lower())
        .text("network", &sponsor.network());
    sponsor.post("clearing/claim", body.finish())
}

fn withdrawal(sponsor: &Sponsor<'_>, action: &str, permit: &str) -> Request {
    let body = Writer::object().text("action", action).raw("authorization", permit);
    sponsor.post("withdraw", body.finish())
}

fn quantity(value: u64) -> String {
    Amount::from_u64(value).to_hex_quantity()
}

/// What a refused transaction can be decided on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SponsoredFacts {
    /// The facilitator's `errorCode`, for example `GAS_CEILING_EXCEEDED`: at most 64 capitals and underscores.
    pub reason: Option<String>,
    /// Whether the facilitator says that the same request may succeed later.
    pub retryable: bool,
    /// Its words, quoted as in [`Facts::said`](crate::core4mica::Facts).
    pub said: Option<String>,
}

/// What became of a sponsored transaction.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Sponsored {
    /// Sent, and mined as far as the facilitator says. The chain decides.
    Done {
        /// Its hash.
        tx_hash: Hash,
    },
    /// The preflight says that it would be sent.
    Possible,
    /// Not sent, or reverted; `facilitator/sponsor-refused`.
    Refused(SponsoredFacts),
    /// Nobody can say; `facilitator/sponsor-unknown`. Look at the chain first.
    Unknown(SponsoredFacts),
}

impl Sponsored {
    /// Reads the answer of any sponsored route.
    ///
    /// A refusal is a literal `false` with an error code, a route that is not there, or a body that was not read. `RECEIPT_UNAVAILABLE` (sent, outcome unknown),
    /// `DUPLICATE_IN_FLIGHT` (an identical one is under way) and every answer that cannot be read leave it open; an
    /// unreadable preflight, too.
    pub fn read(answer: &Answer<'_>) -> Self {
        let root = json::read(answer.body).ok().filter(|_| answer.status == 200);
        let Some(root) = root else { return Sponsored::failure(answer) };
        if is_true(&root, "success") {
            let tx_hash = root.member("txHash").and_then(|node| hex::decode_fixed(node.text()?));
            return match tx_hash {
                Some(tx_hash) => Sponsored::Done { tx_hash },
                None => Sponsored::Unknown(SponsoredFacts::read(&root)),
            };
        }
        if is_true(&root, "isValid") && root.member("success").is_none() {
            return Sponsored::Possible;
        }
        let facts = SponsoredFacts::read(&root);
        let refused =
            ["success", "isValid"].iter().any(|name| root.member(name).is_some_and(|node| node.raw == "false"));
        match facts.reason.as_deref() {
            Some("RECEIPT_UNAVAILABLE" | "DUPLICATE_IN_FLIGHT") | None => Sponsored::Unknown(facts),
            Some(_) if refused => Sponsored::Refused(facts),
            Some(_) => Sponsored::Unknown(facts),
        }
    }

    // A route that is not there, or a body that was not read, sent nothing.
    fn failure(answer: &Answer<'_>) -> Self {
        let refusal = Refusal::of_issue(answer);
        let facts = SponsoredFacts { reason: None, retryable: false, said: refusal.facts.said };
        match refusal.code {
            Code::CoreNotFound | Code::CoreFormat => Sponsored::Refused(facts),
            _ => Sponsored::Unknown(facts),
        }
    }

    /// The stable code of a transaction that is not known to be sent.
    pub fn code(&self) -> Option<Code> {
        match self {
            Sponsored::Done { .. } | Sponsored::Possible => None,
            Sponsored::Refused(_) => Some(Code::SponsorRefused),
            Sponsored::Unknown(_) => Some(Code::SponsorUnknown),
        }
    }
}

impl SponsoredFacts {
    fn read(root: &Node<'_>) -> Self {
        let text = |name: &str| root.member(name)?.text();
        let named =
            |text: &&str| text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        SponsoredFacts {
            reason: text("errorCode").filter(|text| !text.is_empty()).filter(named).map(String::from),
            retryable: is_true(root, "retryable"),
            said: text("error").or(text("invalidReason")).and_then(quote),
        }
    }
}
