//! What leaves at the end of a sale: the answer for the buyer, and the report for the seller's log.
//!
//! Neither holds a payment, a signature or a body; a stranger's words only quoted and bounded.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::present::Presented;
use super::record::{Order, SaleFacts, SaleRecord};
use super::{Refusal, SaleOffer};
use crate::error::SaleCode;
use crate::json::Writer;
use crate::primitives::{Address, Amount, Network};
use crate::record::State;
use crate::x402::{Version, header};

/// Name and value of a response header.
pub type Header = (&'static str, String);

/// Who wants to buy, and what: for the seller's own say, before anything is asked of a store or facilitator.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Buyer {
    payment: Payment,
    signed_in: Option<(Address, String)>,
    user_agent: Option<String>,
    signature_agent: Option<String>,
}

/// What the handler is told of the payment it works for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Payment {
    /// All but whether it is settled. Written once: checksums cost more than the rest.
    json: String,
    /// Set once it is settled, with the transaction where there is one.
    settled: Option<Option<String>>,
}

/// What the request said of who sends it: nobody verified it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Agent {
    /// `User-Agent`.
    pub user_agent: Option<String>,
    /// `Signature-Agent`.
    pub signature_agent: Option<String>,
}

/// What is told of a payment, from wherever it is known.
struct Told<'a> {
    id: &'a str,
    payer: Address,
    scheme: &'a str,
    network: &'a str,
    asset: Address,
    amount: Amount,
    price: Option<&'a str>,
    pay_to: Address,
    identifier: Option<&'a str>,
}

impl Payment {
    pub(super) fn of(presented: &Presented) -> Self {
        let offer: &SaleOffer = presented.offer();
        Payment::told(Told {
            id: presented.claim(),
            payer: presented.payer(),
            scheme: offer.scheme.as_str(),
            network: &offer.network.to_string(),
            asset: offer.asset.address,
            amount: offer.amount,
            price: offer.price_text(),
            pay_to: offer.pay_to,
            identifier: presented.identifier(),
        })
    }

    /// What was bought at a price that is no longer asked.
    pub(super) fn of_record(record: &SaleRecord) -> Self {
        let SaleFacts { terms, attempt, identifier, .. } = &*record.facts;
        let reference = terms.asset.rsplit_once(':').map_or("", |(_, reference)| reference);
        Payment::told(Told {
            id: &record.sale_id,
            payer: attempt.payer,
            scheme: &terms.scheme,
            network: &terms.network,
            // Native ether has no address.
            asset: Address::parse(reference).unwrap_or(Address::ZERO),
            amount: terms.amount,
            price: terms.price.as_deref(),
            pay_to: terms.pay_to,
            identifier: identifier.as_deref(),
        })
    }

    fn told(of: Told<'_>) -> Self {
        let json = Writer::object()
            .text("id", of.id)
            .text("payer", &of.payer.checksummed())
            .text("scheme", of.scheme)
            .text("network", of.network)
            .text("asset", &of.asset.checksummed())
            .text("amount", &of.amount.to_string())
            .text_if("price", of.price)
            .text("payTo", &of.pay_to.checksummed())
            .text_if("paymentIdentifier", of.identifier);
        Payment { json: json.finish(), settled: None }
    }

    pub(super) fn settled(self, record: &SaleRecord) -> Self {
        Payment { settled: Some(record.evidence.transaction.clone()), ..self }
    }

    /// As JSON; its TypeScript type is written from tests/core/generated.
    pub fn to_json(&self) -> String {
        let settled = if self.settled.is_some() { "true" } else { "false" };
        Writer::with(&self.json)
            .raw("settled", settled)
            .text_if("transaction", self.settled.as_ref().and_then(Option::as_deref))
            .finish()
    }
}

impl Buyer {
    pub(super) fn new(payment: Payment, signed_in: Option<(Address, Network)>, agent: Agent) -> Self {
        let Agent { user_agent, signature_agent } = agent;
        let signed_in = signed_in.map(|(address, network)| (address, network.to_string()));
        Buyer { payment, signed_in, user_agent, signature_agent }
    }

    /// As JSON; its TypeScript type is written from tests/core/generated.
    pub fn to_json(&self) -> String {
        let agent = Writer::object()
            .text_if("userAgent", self.user_agent.as_deref())
            .text_if("signatureAgent", self.signature_agent.as_deref());
        let object = Writer::with(&self.payment.json);
        let object = match &self.signed_in {
            Some((address, network)) => {
                let signed = Writer::object().text("address", &address.checksummed()).text("network", network);
                object.raw("signIn", &signed.finish())
            }
            None => object,
        };
        object.raw("agent", &agent.finish()).finish()
    }
}

/// What the buyer is answered with.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SaleAnswer {
    /// The handler's response, with these headers.
    Work(Vec<Header>),
    /// The kept result, as JSON, with these headers.
    Stored(String, Vec<Header>),
    /// A refusal, in words.
    Paywall {
        /// Why.
        refusal: Refusal,
        /// The claim, where there is one.
        payment_id: Option<String>,
        /// Whether a fresh challenge goes with it: never while the payment may be settled.
        challenge: bool,
        /// Headers.
        headers: Vec<Header>,
    },
    /// Nothing: it was answered before, or nobody asked.
    Nothing,
}

/// The end of a sale.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ending {
    /// For the buyer.
    pub answer: SaleAnswer,
    /// For the seller's log.
    pub report: SaleReport,
}

/// What happened, for the seller's log.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SaleReport {
    /// What went wrong, or stands in the way.
    pub refusal: Option<Refusal>,
    /// The claim.
    pub payment_id: Option<String>,
    /// What was to be paid, by whom; as far as it is known.
    pub payment: Option<Payment>,
    /// How it was done.
    pub order: Option<Order>,
    /// Where the sale stands, as far as this run knows.
    pub state: Option<State>,
    /// Transaction of the settlement.
    pub transaction: Option<String>,
    /// Whether this run found it settled.
    pub settled: bool,
    /// Whether this run delivered what was sold.
    pub delivered: bool,
}

impl SaleReport {
    /// As JSON; its TypeScript type is written from tests/core/generated.
    pub fn to_json(&self) -> String {
        let flag = |is: bool| if is { "true" } else { "false" };
        let object = Writer::object()
            .text_if("code", self.refusal.as_ref().map(|refusal| refusal.code.as_str()))
            .text_if("facts", self.refusal.as_ref().map(|refusal| refusal.facts.as_str()))
            .text_if("paymentId", self.payment_id.as_deref());
        let object = match &self.payment {
            Some(payment) => object.raw("payment", &payment.json),
            None => object,
        };
        object
            .text_if("release", self.order.map(Order::as_str))
            .text_if("state", self.state.map(State::as_str))
            .text_if("transaction", self.transaction.as_deref())
            .raw("settled", flag(self.settled))
            .raw("delivered", flag(self.delivered))
            .finish()
    }
}

impl SaleAnswer {
    /// A refusal with what belongs to it.
    pub(super) fn refused(refusal: Refusal, payment_id: Option<String>, challenge: bool, wait_s: Option<u64>) -> Self {
        let headers = wait_s.map(|wait_s| ("Retry-After", wait_s.to_string())).into_iter().collect();
        SaleAnswer::Paywall { challenge, refusal, payment_id, headers }
    }

    /// As JSON; its TypeScript type is written from tests/core/generated.
    pub fn to_json(&self) -> String {
        match self {
            SaleAnswer::Work(headers) => Writer::object().text("from", "work").raw("headers", &pairs(headers)).finish(),
            SaleAnswer::Stored(result, headers) => {
                Writer::object().text("from", "stored").text("result", result).raw("headers", &pairs(headers)).finish()
            }
            SaleAnswer::Paywall { refusal, payment_id, challenge, headers } => Writer::object()
                .text("from", if refusal.code == SaleCode::Admission { "hook" } else { "paywall" })
                .integer("status", u64::from(refusal.code.status()))
                .text("code", refusal.code.as_str())
                .text("facts", &refusal.facts)
                .text_if("paymentId", payment_id.as_deref())
                .raw("challenge", if *challenge { "true" } else { "false" })
                .raw("headers", &pairs(headers))
                .finish(),
            SaleAnswer::Nothing => Writer::object().text("from", "nothing").finish(),
        }
    }
}

/// The header that tells of a settlement.
pub(super) fn settlement_header(version: Version, settlement: &str) -> Header {
    let name = match version {
        Version::V1 => "X-PAYMENT-RESPONSE",
        Version::V2 => "PAYMENT-RESPONSE",
    };
    (name, header::encode(settlement.as_bytes()))
}

/// Headers as JSON: a list of pairs.
pub fn pairs(headers: &[Header]) -> String {
    let mut json = String::from("[");
    for (at, (name, value)) in headers.iter().enumerate() {
        json.push_str(if at > 0 { ",[" } else { "[" });
        crate::json::push_string(&mut json, name);
        json.push(',');
        crate::json::push_string(&mut json, value);
        json.push(']');
    }
    json.push(']');
    json
}
