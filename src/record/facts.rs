//! The parts of a record, each written to JSON and read back.

use alloc::string::{String, ToString};

use crate::json::{Node, Writer};
use crate::primitives::{Address, Amount, Hash, hex};

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
    /// Who buys.
    pub agent: Option<String>,
    /// In which session.
    pub session: Option<String>,
    /// What kind of thing.
    pub category: Option<String>,
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
    /// Hash of what a yes is bound to: seller, scheme, network, asset, amount, recipient, method.
    pub binding: Hash,
}

/// What the rules said.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DecisionFacts {
    /// The rule that allowed it, or wants a person's yes, or said no.
    pub rule: String,
    /// Policy version.
    pub policy: Hash,
}

/// A person's yes to exactly these terms.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ApprovalFacts {
    /// Hash of the terms it is for.
    pub binding: Hash,
    /// Unix second after which it is worth nothing.
    pub expires_s: u64,
    /// Who said yes, once somebody did.
    pub by: Option<String>,
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
    /// Core's name for the guarantee, where it can be known.
    pub guarantee_id: Option<Hash>,
    /// Error code of whatever was wrong.
    pub problem: Option<String>,
    /// Hash of the content, where the caller wanted it.
    pub output: Option<Hash>,
    /// What proved the outcome later: `chain`, with the network and the block it was seen in.
    pub proof: Option<String>,
    /// Unix second since when a cancellation of the authorisation may exist.
    pub revoking_s: Option<u64>,
}

impl RequestFacts {
    pub(crate) fn to_json(&self) -> String {
        Writer::object()
            .text("hash", &hex::encode(&self.hash))
            .text("method", &self.method)
            .text("seller", &self.seller)
            .text("path", &self.path)
            .text_if("task", self.task.as_deref())
            .text_if("reason", self.reason.as_deref())
            .text_if("agent", self.agent.as_deref())
            .text_if("session", self.session.as_deref())
            .text_if("category", self.category.as_deref())
            .finish()
    }

    pub(crate) fn read(node: &Node<'_>) -> Option<Self> {
        // Read before any text is copied: half a record would have to be dropped at every way out.
        let (hash, method, seller) = (hash(node, "hash")?, text(node, "method")?, text(node, "seller")?);
        let (path, task, reason) = (text(node, "path")?, text_if(node, "task")?, text_if(node, "reason")?);
        let agent = text_if(node, "agent")?;
        let (session, category) = (text_if(node, "session")?, text_if(node, "category")?);
        Some(RequestFacts {
            hash,
            method: String::from(method),
            seller: String::from(seller),
            path: String::from(path),
            task: task.map(String::from),
            reason: reason.map(String::from),
            agent: agent.map(String::from),
            session: session.map(String::from),
            category: category.map(String::from),
        })
    }
}

impl TermsFacts {
    pub(crate) fn to_json(&self) -> String {
        Writer::object()
            .text("scheme", &self.scheme)
            .text("network", &self.network)
            .text("asset", &self.asset)
            .text("amount", &self.amount.to_string())
            .text_if("price", self.price.as_deref())
            .text("payTo", &self.pay_to.checksummed())
            .integer("x402Version", self.version)
            .text("hash", &hex::encode(&self.hash))
            .text("binding", &hex::encode(&self.binding))
            .finish()
    }

    pub(crate) fn read(node: &Node<'_>) -> Option<Self> {
        let (scheme, network, asset) = (text(node, "scheme")?, text(node, "network")?, text(node, "asset")?);
        let amount = Amount::from_decimal(text(node, "amount")?).ok()?;
        let price = text_if(node, "price")?;
        let pay_to = Address::parse(text(node, "payTo")?).ok()?;
        let version = node.member("x402Version")?.integer()?;
        let (hash, binding) = (hash(node, "hash")?, hash(node, "binding")?);
        Some(TermsFacts {
            scheme: String::from(scheme),
            network: String::from(network),
            asset: String::from(asset),
            amount,
            price: price.map(String::from),
            pay_to,
            version,
            hash,
            binding,
        })
    }
}

// Longest name of whoever approves, in characters.
const MAX_NAME_CHARS: usize = 128;

impl ApprovalFacts {
    /// Notes who said yes; of a long name its first 128 characters.
    pub fn grant(&mut self, by: &str) {
        self.by = Some(by.chars().take(MAX_NAME_CHARS).collect());
    }

    pub(crate) fn to_json(&self) -> String {
        Writer::object()
            .text("binding", &hex::encode(&self.binding))
            .integer("expires", self.expires_s)
            .text_if("by", self.by.as_deref())
            .finish()
    }

    pub(crate) fn read(node: &Node<'_>) -> Option<Self> {
        Some(ApprovalFacts {
            binding: hash(node, "binding")?,
            expires_s: node.member("expires")?.integer()?,
            by: text_if(node, "by")?.map(String::from),
        })
    }
}

impl DecisionFacts {
    pub(crate) fn to_json(&self) -> String {
        Writer::object().text("rule", &self.rule).text("policy", &hex::encode(&self.policy)).finish()
    }

    pub(crate) fn read(node: &Node<'_>) -> Option<Self> {
        let policy = hash(node, "policy")?;
        Some(DecisionFacts { rule: String::from(text(node, "rule")?), policy })
    }
}

impl AttemptFacts {
    pub(crate) fn to_json(&self) -> String {
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

    pub(crate) fn read(node: &Node<'_>) -> Option<Self> {
        let payer = Address::parse(text(node, "payer")?).ok()?;
        let nonce = hash(node, "nonce")?;
        let valid_before_s = optional(node.member("validBefore"), Node::integer)?;
        let digest = hash(node, "digest")?;
        let authorisation = optional(node.member("authorisation"), hash_of)?;
        let kind = String::from(text(node, "kind")?);
        Some(AttemptFacts { payer, kind, nonce, valid_before_s, digest, authorisation })
    }
}

impl EvidenceFacts {
    pub(crate) fn to_json(&self) -> String {
        let mut object = Writer::object();
        if let Some(status) = self.status {
            object = object.integer("status", status);
        }
        object = object.text_if("transaction", self.transaction.as_deref());
        object = hash_if(object, "certificate", self.certificate.as_ref());
        object = hash_if(object, "cycleId", self.cycle_id.as_ref());
        object = hash_if(object, "guaranteeId", self.guarantee_id.as_ref());
        object = hash_if(object, "output", self.output.as_ref());
        object = object.text_if("proof", self.proof.as_deref());
        if let Some(revoking_s) = self.revoking_s {
            object = object.integer("revoking", revoking_s);
        }
        object.text_if("problem", self.problem.as_deref()).finish()
    }

    pub(crate) fn read(node: &Node<'_>) -> Option<Self> {
        node.members()?;
        let (transaction, problem, proof) =
            (text_if(node, "transaction")?, text_if(node, "problem")?, text_if(node, "proof")?);
        let hash_if = |name: &str| optional(node.member(name), hash_of);
        let (certificate, cycle_id, guarantee_id) =
            (hash_if("certificate")?, hash_if("cycleId")?, hash_if("guaranteeId")?);
        let output = hash_if("output")?;
        let status = optional(node.member("status"), Node::integer)?;
        let revoking_s = optional(node.member("revoking"), Node::integer)?;
        Some(EvidenceFacts {
            status,
            transaction: transaction.map(String::from),
            certificate,
            cycle_id,
            guarantee_id,
            problem: problem.map(String::from),
            output,
            proof: proof.map(String::from),
            revoking_s,
        })
    }
}

fn text<'n>(node: &'n Node<'_>, name: &str) -> Option<&'n str> {
    node.member(name)?.text()
}

fn text_if<'n>(node: &'n Node<'_>, name: &str) -> Option<Option<&'n str>> {
    match node.member(name) {
        None => Some(None),
        Some(node) => node.text().map(Some),
    }
}

fn hash(node: &Node<'_>, name: &str) -> Option<Hash> {
    hash_of(node.member(name)?)
}

fn hash_of(node: &Node<'_>) -> Option<Hash> {
    hex::decode_fixed(node.text()?)
}

fn hash_if(object: Writer, name: &str, hash: Option<&Hash>) -> Writer {
    match hash {
        Some(hash) => object.text(name, &hex::encode(hash)),
        None => object,
    }
}

// An absent member is fine, a damaged one is not.
pub(crate) fn optional<'n, T>(node: Option<&Node<'n>>, read: impl Fn(&Node<'n>) -> Option<T>) -> Option<Option<T>> {
    match node {
        None => Some(None),
        Some(node) => read(node).map(Some),
    }
}
