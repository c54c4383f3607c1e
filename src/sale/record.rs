//! The durable history of one sale: what was paid for, by whom, on which terms, and what became of it.
//!
//! Public, nothing secret: what is needed to settle again, and the result, lie sealed beside it (`row`). Made of the same
//! facts as a payer's record, with a chain of its own.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use crate::json::{self, Node, Value, Writer};
use crate::ledger::Kept;
use crate::primitives::{Hash, hex};
use crate::record::{AttemptFacts, EvidenceFacts, RequestFacts, State, TermsFacts, link, optional};

/// Layout of the record. Another one is refused, not guessed at.
pub const SALE_VERSION: u64 = 1;

/// A sale's record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SaleRecord {
    /// The claim: one for everything that is semantically the same payment.
    pub sale_id: String,
    /// What was sold to whom.
    pub facts: Rc<SaleFacts>,
    /// Who works on it and what was delivered; becomes part of the history with the next state.
    pub standing: Standing,
    /// What is known of the settlement; becomes part of the history with the next state.
    pub evidence: EvidenceFacts,
    history: Vec<SaleStep>,
}

/// What was sold to whom. It never changes, so it is written once, for every state and its hash: by each of them it was a
/// tenth of a sale.
#[derive(Debug, Eq, PartialEq)]
pub struct SaleFacts {
    /// What was asked for. `hash` binds method, URL, body and terms.
    pub request: RequestFacts,
    /// The price of that request.
    pub terms: TermsFacts,
    /// What the payer signed.
    pub attempt: AttemptFacts,
    /// The buyer's payment identifier.
    pub identifier: Option<String>,
    json: String,
}

/// In which order a sale settles and delivers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Order {
    /// Verified, worked, settled, delivered.
    VerifyFirst,
    /// Verified, settled, worked, delivered.
    SettleFirst,
    /// Worked, delivered, settled: up to a cap per payer.
    Optimistic,
}

/// Who works on a sale and what was delivered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Standing {
    /// How it is done.
    pub order: Order,
    /// Unix second until which one copy of the seller is busy with it, or before which nobody tries again; 0 for neither.
    pub lease_s: u64,
    /// The result was delivered, or is about to be.
    pub served: bool,
    /// It was settled and the work failed.
    pub owed: bool,
}

/// One state of the history.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SaleStep {
    /// State.
    pub state: State,
    /// Unix second it was entered in.
    pub at_s: u64,
    /// Who worked on it then.
    pub standing: Standing,
    /// What was known then.
    pub evidence: EvidenceFacts,
    /// Hash over the step before and everything this one says.
    pub hash: Hash,
}

impl Order {
    const ALL: [Order; 3] = [Order::VerifyFirst, Order::SettleFirst, Order::Optimistic];

    /// The word in records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Order::VerifyFirst => "verify-first",
            Order::SettleFirst => "settle-first",
            Order::Optimistic => "optimistic",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Order::ALL.into_iter().find(|order| order.as_str() == text)
    }
}

impl SaleRecord {
    /// A record without a history, worked on by nobody.
    pub fn new(sale_id: String, facts: SaleFacts, order: Order) -> Self {
        SaleRecord {
            sale_id,
            facts: Rc::new(facts),
            standing: Standing { order, lease_s: 0, served: false, owed: false },
            evidence: EvidenceFacts::default(),
            history: Vec::new(),
        }
    }

    /// Present state.
    pub fn state(&self) -> State {
        self.history.last().map_or(State::Planned, |step| step.state)
    }

    /// Every state entered, oldest first.
    pub fn history(&self) -> &[SaleStep] {
        &self.history
    }

    /// Adds a state with what is known now, chained to the one before. Time never runs backwards, whoever's clock it is.
    pub fn enter(&mut self, state: State, now_s: u64) {
        let last = self.history.last();
        let at_s = last.map_or(now_s, |step| step.at_s.max(now_s));
        let (standing, evidence) = (self.standing, self.evidence.clone());
        let step = SaleStep { state, at_s, standing, evidence, hash: [0; 32] };
        let hash = self.hash(last.map(|step| step.hash), &step);
        self.history.push(SaleStep { hash, ..step });
    }

    /// The record as JSON.
    pub fn to_json(&self) -> String {
        let history: Vec<String> = self.history.iter().map(SaleStep::to_json).collect();
        Writer::object()
            .integer("version", SALE_VERSION)
            .text("saleId", &self.sale_id)
            .text("state", self.state().as_str())
            .members(&self.facts.json)
            .raw("sale", &self.standing.to_json())
            .raw("evidence", &self.evidence.to_json())
            .raw("history", &["[", &history.join(","), "]"].concat())
            .finish()
    }

    /// Reads a record back from a store.
    ///
    /// # Errors
    /// What is wrong with it, for people: another version, a damaged text, a history whose hashes do not fit what it says.
    pub fn parse(bytes: &[u8]) -> Result<Self, &'static str> {
        const DAMAGED: &str = "the store's row of this sale is damaged";
        let root = json::read_own(bytes).map_err(|_| DAMAGED)?;
        match root.member("version").and_then(Node::integer) {
            Some(SALE_VERSION) => {}
            Some(_) => return Err("the store's row of this sale is of another version of farthing"),
            None => return Err(DAMAGED),
        }
        let (record, state) = SaleRecord::from_node(&root).ok_or(DAMAGED)?;
        let last = record.history.last().ok_or(DAMAGED)?;
        let present = last.state == state && last.standing == record.standing && last.evidence == record.evidence;
        if present && record.is_chained() { Ok(record) } else { Err("the store's row of this sale was altered") }
    }

    fn from_node(root: &Node<'_>) -> Option<(Self, State)> {
        let text = |name: &str| root.member(name)?.text();
        let record = SaleRecord {
            sale_id: String::from(text("saleId")?),
            facts: Rc::new(SaleFacts::read(root)?),
            standing: Standing::read(root.member("sale")?)?,
            evidence: EvidenceFacts::read(root.member("evidence")?)?,
            history: root.member("history")?.elements()?.iter().map(SaleStep::read).collect::<Option<_>>()?,
        };
        Some((record, State::parse(text("state")?)?))
    }

    fn is_chained(&self) -> bool {
        let mut before = None;
        self.history.iter().all(|step| {
            let fits = self.hash(before, step) == step.hash;
            before = Some(step.hash);
            fits
        })
    }

    fn hash(&self, before: Option<Hash>, step: &SaleStep) -> Hash {
        let facts = Writer::object().text("saleId", &self.sale_id).members(&self.facts.json).finish();
        let head = Writer::object()
            .text("state", step.state.as_str())
            .integer("at", step.at_s)
            .raw("sale", &step.standing.to_json())
            .finish();
        link(b"farthing/sale/1", before, [&head, &step.evidence.to_json(), &facts])
    }
}

impl SaleFacts {
    /// Facts, with their text.
    pub fn new(request: RequestFacts, terms: TermsFacts, attempt: AttemptFacts, identifier: Option<String>) -> Self {
        let json = Writer::object()
            .raw("request", &request.to_json())
            .raw("terms", &terms.to_json())
            .raw("attempt", &attempt.to_json())
            .text_if("identifier", identifier.as_deref())
            .finish();
        SaleFacts { request, terms, attempt, identifier, json }
    }

    fn read(root: &Node<'_>) -> Option<Self> {
        Some(SaleFacts::new(
            RequestFacts::read(root.member("request")?)?,
            TermsFacts::read(root.member("terms")?)?,
            AttemptFacts::read(root.member("attempt")?)?,
            optional(root.member("identifier"), |node| node.text().map(String::from))?,
        ))
    }
}

impl Standing {
    fn to_json(self) -> String {
        let flag = |is: bool| if is { "true" } else { "false" };
        Writer::object()
            .text("release", self.order.as_str())
            .integer("lease", self.lease_s)
            .raw("served", flag(self.served))
            .raw("owed", flag(self.owed))
            .finish()
    }

    fn read(node: &Node<'_>) -> Option<Self> {
        let flag = |name: &str| match node.member(name)?.value {
            Value::Bool(flag) => Some(flag),
            _ => None,
        };
        Some(Standing {
            order: Order::parse(node.member("release")?.text()?)?,
            lease_s: node.member("lease")?.integer()?,
            served: flag("served")?,
            owed: flag("owed")?,
        })
    }
}

impl SaleStep {
    fn to_json(&self) -> String {
        Writer::object()
            .text("state", self.state.as_str())
            .integer("at", self.at_s)
            .raw("sale", &self.standing.to_json())
            .raw("evidence", &self.evidence.to_json())
            .text("hash", &hex::encode(&self.hash))
            .finish()
    }

    fn read(node: &Node<'_>) -> Option<Self> {
        Some(SaleStep {
            state: State::parse(node.member("state")?.text()?)?,
            at_s: node.member("at")?.integer()?,
            standing: Standing::read(node.member("sale")?)?,
            evidence: EvidenceFacts::read(node.member("evidence")?)?,
            hash: hex::decode_fixed(node.member("hash")?.text()?)?,
        })
    }
}

impl Kept for SaleRecord {
    fn id(&self) -> &str {
        &self.sale_id
    }

    fn state(&self) -> State {
        SaleRecord::state(self)
    }

    fn steps(&self) -> usize {
        self.history.len()
    }

    // A sale is found by its claim only.
    fn request(&self) -> Option<&Hash> {
        None
    }

    fn to_json(&self) -> String {
        SaleRecord::to_json(self)
    }
}
