//! The durable history of one purchase: who, what, why, how much, and what became of it.
//!
//! Nothing secret enters: no key, signature, payment header, query string, prompt or body. What is needed to
//! present a payment again is kept beside the record by the store (`sealed`), never in it.

mod state;

use alloc::string::{String, ToString};
use alloc::vec::Vec;

pub use state::State;

use crate::json::{self, Node, Writer};
use crate::primitives::{Address, Amount, Hash, hex};

/// Layout of the record. A newer one is refused, not guessed at.
pub const RECORD_VERSION: u64 = 1;

/// The request that a purchase pays for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RequestFacts {
    /// Hash over method, URL, body hash and task: the same purchase id with another one is an error.
    pub hash: Hash,
    /// HTTP method.
    pub method: String,
    /// Origin of the URL the host program requested.
    pub seller: String,
    /// Path, without the query.
    pub path: String,
    /// The host program's task.
    pub task: Option<String>,
    /// The host program's reason.
    pub reason: Option<String>,
}

/// What was accepted, frozen at the decision.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TermsFacts {
    /// Scheme.
    pub scheme: String,
    /// CAIP-2 network.
    pub network: String,
    /// CAIP-19 asset.
    pub asset: String,
    /// Atomic units.
    pub amount: Amount,
    /// Price for people, where the token is pinned to a currency.
    pub price: Option<String>,
    /// Recipient.
    pub pay_to: Address,
    /// x402 version.
    pub version: u64,
    /// Hash of the entry as received.
    pub hash: Hash,
}

/// What the rules said.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DecisionFacts {
    /// The rule that allowed it.
    pub rule: String,
    /// Policy version.
    pub policy: Hash,
}

/// The one authorisation of the purchase.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AttemptFacts {
    /// Payer.
    pub payer: Address,
    /// `eip3009`, or the 4Mica generation.
    pub kind: String,
    /// EIP-3009 nonce or guarantee request id.
    pub nonce: Hash,
    /// Unix second from which the authorisation is dead; absent for guarantees, which do not expire.
    pub valid_before_s: Option<u64>,
    /// The digest that is signed.
    pub digest: Hash,
    /// Hash of the payment header, once signed.
    pub authorisation: Option<Hash>,
}

/// What the seller's answer said and what was proven of it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct EvidenceFacts {
    /// HTTP status of the paid answer.
    pub status: Option<u64>,
    /// Transaction hash as stated.
    pub transaction: Option<String>,
    /// Hash of the certificate or receipt that was verified.
    pub certificate: Option<Hash>,
    /// Clearing cycle of the certificate.
    pub cycle_id: Option<Hash>,
    /// Error code of whatever was wrong.
    pub problem: Option<String>,
}

/// A purchase's record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Record {
    /// Purchase id.
    pub purchase_id: String,
    /// The request.
    pub request: RequestFacts,
    /// The terms, once accepted.
    pub terms: Option<TermsFacts>,
    /// The decision, once made.
    pub decision: Option<DecisionFacts>,
    /// The authorisation, once planned.
    pub attempt: Option<AttemptFacts>,
    /// The answer to it.
    pub evidence: EvidenceFacts,
    /// Every state entered and when, in Unix seconds; the last is the present one.
    pub history: Vec<(State, u64)>,
}

impl Record {
    /// Present state.
    pub fn state(&self) -> State {
        self.history.last().map_or(State::Refused, |(state, _)| *state)
    }

    /// The record as JSON.
    pub fn to_json(&self) -> String {
        let mut object = Writer::object()
            .integer("version", RECORD_VERSION)
            .text("purchaseId", &self.purchase_id)
            .text("state", self.state().as_str())
            .raw("request", &self.request.to_json());
        if let Some(terms) = &self.terms {
            object = object.raw("terms", &terms.to_json());
        }
        if let Some(decision) = &self.decision {
            let json = Writer::object().text("rule", &decision.rule).text("policy", &hex::encode(&decision.policy));
            object = object.raw("decision", &json.finish());
        }
        if let Some(attempt) = &self.attempt {
            object = object.raw("attempt", &attempt.to_json());
        }
        let mut history = String::from("[");
        for (state, at_s) in &self.history {
            if history.len() > 1 {
                history.push(',');
            }
            history.push_str(&Writer::object().text("state", state.as_str()).integer("at", *at_s).finish());
        }
        history.push(']');
        object.raw("evidence", &self.evidence.to_json()).raw("history", &history).finish()
    }

    /// Reads a record back from a store. `None` for another version or a damaged text.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let root = json::read(bytes).ok()?;
        if root.member("version")?.integer()? != RECORD_VERSION {
            return None;
        }
        let history = root.member("history")?.elements()?.iter();
        let record = Record {
            purchase_id: String::from(root.member("purchaseId")?.text()?),
            request: RequestFacts::read(root.member("request")?)?,
            terms: optional(root.member("terms"), TermsFacts::read)?,
            decision: optional(root.member("decision"), |node| {
                Some(DecisionFacts { rule: string(node, "rule")?, policy: hash(node, "policy")? })
            })?,
            attempt: optional(root.member("attempt"), AttemptFacts::read)?,
            evidence: EvidenceFacts::read(root.member("evidence")?)?,
            history: history
                .map(|step| Some((State::parse(step.member("state")?.text()?)?, step.member("at")?.integer()?)))
                .collect::<Option<_>>()?,
        };
        (root.member("state")?.text()? == record.state().as_str()).then_some(record)
    }
}

impl RequestFacts {
    fn to_json(&self) -> String {
        Writer::object()
            .text("hash", &hex::encode(&self.hash))
            .text("method", &self.method)
            .text("seller", &self.seller)
            .text("path", &self.path)
            .text_if("task", self.task.as_deref())
            .text_if("reason", self.reason.as_deref())
            .finish()
    }

    fn read(node: &Node<'_>) -> Option<Self> {
        Some(RequestFacts {
            hash: hash(node, "hash")?,
            method: string(node, "method")?,
            seller: string(node, "seller")?,
            path: string(node, "path")?,
            task: string(node, "task"),
            reason: string(node, "reason"),
        })
    }
}

impl TermsFacts {
    fn to_json(&self) -> String {
        Writer::object()
            .text("scheme", &self.scheme)
            .text("network", &self.network)
            .text("asset", &self.asset)
            .text("amount", &self.amount.to_string())
            .text_if("price", self.price.as_deref())
            .text("payTo", &self.pay_to.checksummed())
            .integer("x402Version", self.version)
            .text("hash", &hex::encode(&self.hash))
            .finish()
    }

    fn read(node: &Node<'_>) -> Option<Self> {
        Some(TermsFacts {
            scheme: string(node, "scheme")?,
            network: string(node, "network")?,
            asset: string(node, "asset")?,
            amount: Amount::from_decimal(node.member("amount")?.text()?).ok()?,
            price: string(node, "price"),
            pay_to: Address::parse(node.member("payTo")?.text()?).ok()?,
            version: node.member("x402Version")?.integer()?,
            hash: hash(node, "hash")?,
        })
    }
}

impl AttemptFacts {
    fn to_json(&self) -> String {
        let mut object = Writer::object()
            .text("payer", &self.payer.checksummed())
            .text("kind", &self.kind)
            .text("nonce", &hex::encode(&self.nonce));
        if let Some(valid_before_s) = self.valid_before_s {
            object = object.integer("validBefore", valid_before_s);
        }
        let object = object.text("digest", &hex::encode(&self.digest));
        hash_if(object, "authorisation", self.authorisation.as_ref()).finish()
    }

    fn read(node: &Node<'_>) -> Option<Self> {
        Some(AttemptFacts {
            payer: Address::parse(node.member("payer")?.text()?).ok()?,
            kind: string(node, "kind")?,
            nonce: hash(node, "nonce")?,
            valid_before_s: node.member("validBefore").and_then(Node::integer),
            digest: hash(node, "digest")?,
            authorisation: hash(node, "authorisation"),
        })
    }
}

impl EvidenceFacts {
    fn to_json(&self) -> String {
        let mut object = Writer::object();
        if let Some(status) = self.status {
            object = object.integer("status", status);
        }
        object = object.text_if("transaction", self.transaction.as_deref());
        object = hash_if(object, "certificate", self.certificate.as_ref());
        hash_if(object, "cycleId", self.cycle_id.as_ref()).text_if("problem", self.problem.as_deref()).finish()
    }

    fn read(node: &Node<'_>) -> Option<Self> {
        node.members()?;
        Some(EvidenceFacts {
            status: node.member("status").and_then(Node::integer),
            transaction: string(node, "transaction"),
            certificate: hash(node, "certificate"),
            cycle_id: hash(node, "cycleId"),
            problem: string(node, "problem"),
        })
    }
}

fn string(node: &Node<'_>, name: &str) -> Option<String> {
    node.member(name)?.text().map(String::from)
}

fn hash(node: &Node<'_>, name: &str) -> Option<Hash> {
    hex::decode_fixed(node.member(name)?.text()?)
}

fn hash_if(object: Writer, name: &str, hash: Option<&Hash>) -> Writer {
    match hash {
        Some(hash) => object.text(name, &hex::encode(hash)),
        None => object,
    }
}

// An absent member is fine, a damaged one is not.
fn optional<'n, T>(node: Option<&Node<'n>>, read: impl Fn(&Node<'n>) -> Option<T>) -> Option<Option<T>> {
    match node {
        None => Some(None),
        Some(node) => read(node).map(Some),
    }
}
