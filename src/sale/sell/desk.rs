//! What a sale asks of the outside and is told, one step at a time.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::Cell;
use core::fmt;

use crate::account::OperatorSignature;
use crate::contract::rpc::Call;
use crate::core4mica::{Answer, Request};
use crate::error::Code;
use crate::flow::Outside;
use crate::ledger::{Entry, Intent, Query, Reservation};
use crate::record::State;
use crate::sale::answer::{Buyer, Ending, Header, Payment};
use crate::sale::record::SaleRecord;

/// The next thing to do. The driver does exactly this, then reports with [`Sale::tell`](super::Sale::tell).
#[derive(Debug)]
pub enum Step {
    /// Ask the seller whether this buyer is served. Told with [`Told::Admitted`].
    Admit(Box<Buyer>),
    /// Read the store. Told with [`Told::Loaded`] or [`Told::Trouble`].
    Load {
        /// One row by its id.
        query: Query,
    },
    /// Write a row with its budget. Told with [`Told::Reserved`] or [`Told::Trouble`].
    Reserve {
        /// All or nothing.
        intent: Box<Intent<SaleRecord>>,
    },
    /// Replace a row. Told with [`Told::Advanced`] or [`Told::Trouble`].
    Advance {
        /// State it must be in.
        from: State,
        /// The row.
        entry: Box<Entry<SaleRecord>>,
    },
    /// Ask a server the seller configured, without redirects. Told with [`Told::Answer`].
    Fetch {
        /// Whose headers to add.
        to: Party,
        /// What to send.
        request: Request,
    },
    /// Ask the seller's node. Told with [`Told::Answer`].
    Call(Call),
    /// Check an operator's signature. Told with [`Told::Certificate`].
    VerifyCertificate(OperatorSignature),
    /// Run the handler. Told with [`Told::Worked`].
    Work(Box<Payment>),
    /// Answer with the handler's response now. Told with [`Told::Served`].
    Serve {
        /// What to add to it.
        headers: Vec<Header>,
    },
    /// Over.
    Done(Box<Ending>),
}

/// A server that is asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Party {
    /// A 4Mica core, for its public parameters: nobody's headers.
    Core,
    /// The facilitator of `exact`.
    Exact,
    /// The facilitator of `4mica-credit`.
    Credit,
}

impl Party {
    /// The word in steps.
    pub const fn as_str(self) -> &'static str {
        match self {
            Party::Core => "core",
            Party::Exact => "exact",
            Party::Credit => "4mica-credit",
        }
    }
}

/// What the driver reports. It may carry what was sold, so it prints as its kind.
#[derive(Clone)]
pub enum Told {
    /// Whether the buyer is served.
    Admitted(bool),
    /// The row's texts, as they lie in the store.
    Loaded(Option<(String, Option<String>)>),
    /// The store's word.
    Reserved(Reservation),
    /// Whether the row was found in its state and replaced.
    Advanced(bool),
    /// HTTP status, 0 for none, and body.
    Answer(u16, Vec<u8>),
    /// What is wrong with the operator's signature.
    Certificate(Option<Code>),
    /// The handler's status, 0 when it threw, and its response as JSON where it is short enough to keep.
    Worked(u16, Option<String>),
    /// The response left.
    Served,
    /// The store failed, or did not answer in time: what was to be written may have been.
    Trouble,
}

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Told::Admitted(yes) => write!(f, "Admitted({yes})"),
            Told::Loaded(row) => write!(f, "Loaded({})", row.is_some()),
            Told::Reserved(word) => write!(f, "Reserved({word:?})"),
            Told::Advanced(yes) => write!(f, "Advanced({yes})"),
            Told::Answer(status, body) => write!(f, "Answer({status}, {} bytes)", body.len()),
            Told::Certificate(problem) => write!(f, "Certificate({problem:?})"),
            Told::Worked(status, result) => write!(f, "Worked({status}, kept {})", result.is_some()),
            Told::Served => f.write_str("Served"),
            Told::Trouble => f.write_str("Trouble"),
        }
    }
}

/// Why a flow cannot go on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::sale) enum Stop {
    /// The store failed, or its row cannot be used.
    Store(&'static str),
    /// The driver told something that was not asked.
    OutOfOrder,
}

/// An answer, kept.
pub(in crate::sale) struct Fetched {
    pub(in crate::sale) status: u16,
    pub(in crate::sale) body: Vec<u8>,
}

impl Fetched {
    pub(in crate::sale) fn answer(&self) -> Answer<'_> {
        Answer { status: self.status, body: &self.body }
    }
}

/// The outside, as a sale sees it.
pub(in crate::sale) struct Desk {
    outside: Outside<Step, Told>,
    late: Cell<bool>,
}

const UNCONFIRMED: &str = "the store did not confirm";

impl Desk {
    pub(super) fn new(outside: Outside<Step, Told>) -> Self {
        Desk { outside, late: Cell::new(false) }
    }

    /// Unix second of the latest report.
    pub(in crate::sale) fn now_s(&self) -> u64 {
        self.outside.now_s()
    }

    /// From here on the payment may have been settled, by us or by another copy.
    pub(in crate::sale) fn may_be_settled(&self) {
        self.late.set(true);
    }

    pub(in crate::sale) fn is_late(&self) -> bool {
        self.late.get()
    }

    pub(super) async fn admit(&self, buyer: Buyer) -> Result<bool, Stop> {
        match self.outside.ask(Step::Admit(Box::new(buyer))).await {
            Told::Admitted(yes) => Ok(yes),
            _ => Err(Stop::OutOfOrder),
        }
    }

    pub(super) async fn load(&self, claim: &str) -> Result<Option<(String, Option<String>)>, Stop> {
        let query = Query { purchase_id: Some(String::from(claim)), ..Query::default() };
        match self.outside.ask(Step::Load { query }).await {
            Told::Loaded(row) => Ok(row),
            Told::Trouble => Err(Stop::Store(UNCONFIRMED)),
            _ => Err(Stop::OutOfOrder),
        }
    }

    pub(super) async fn reserve(&self, intent: Intent<SaleRecord>) -> Result<Reservation, Stop> {
        match self.outside.ask(Step::Reserve { intent: Box::new(intent) }).await {
            Told::Reserved(word) => Ok(word),
            Told::Trouble => Err(Stop::Store(UNCONFIRMED)),
            _ => Err(Stop::OutOfOrder),
        }
    }

    pub(super) async fn advance(&self, from: State, entry: Entry<SaleRecord>) -> Result<bool, Stop> {
        match self.outside.ask(Step::Advance { from, entry: Box::new(entry) }).await {
            Told::Advanced(yes) => Ok(yes),
            Told::Trouble => Err(Stop::Store(UNCONFIRMED)),
            _ => Err(Stop::OutOfOrder),
        }
    }

    pub(in crate::sale) async fn fetch(&self, to: Party, request: Request) -> Result<Fetched, Stop> {
        self.answered(Step::Fetch { to, request }).await
    }

    pub(in crate::sale) async fn call(&self, call: Call) -> Result<Fetched, Stop> {
        self.answered(Step::Call(call)).await
    }

    pub(in crate::sale) async fn verify_certificate(&self, open: OperatorSignature) -> Result<Option<Code>, Stop> {
        match self.outside.ask(Step::VerifyCertificate(open)).await {
            Told::Certificate(problem) => Ok(problem),
            _ => Err(Stop::OutOfOrder),
        }
    }

    pub(super) async fn work(&self, payment: Payment) -> Result<(u16, Option<String>), Stop> {
        match self.outside.ask(Step::Work(Box::new(payment))).await {
            Told::Worked(status, result) => Ok((status, result)),
            _ => Err(Stop::OutOfOrder),
        }
    }

    pub(super) async fn serve(&self, headers: Vec<Header>) -> Result<(), Stop> {
        match self.outside.ask(Step::Serve { headers }).await {
            Told::Served => Ok(()),
            _ => Err(Stop::OutOfOrder),
        }
    }

    async fn answered(&self, step: Step) -> Result<Fetched, Stop> {
        match self.outside.ask(step).await {
            Told::Answer(status, body) => Ok(Fetched { status, body }),
            _ => Err(Stop::OutOfOrder),
        }
    }
}
