//! What is done with a 4Mica account beside paying: log in, look at the collateral, deposit, withdraw, settle a cycle,
//! confirm what was authorised, and look for charges that nobody signed.
//!
//! Orders go in as data, steps come out (ask a core, ask a node, have the wallet sign or send), reports go in, at last a
//! result as JSON. No network, clock or randomness: they come in with the orders and reports.

mod cycle;
mod exposure;
mod issuing;
mod movement;
mod node;
mod order;
mod proof;
mod readiness;
mod session;
mod standing;
mod task;

use alloc::rc::Rc;
use alloc::string::String;
use core::cell::Cell;

pub use issuing::Facilitator;
pub use proof::{
    Check, CheckedCertificate, EVIDENCE_VERSION, Examination, GuaranteeFacts, OperatorSignature, Report, Topic,
    evidence,
};
#[cfg(feature = "bls")]
pub use proof::{verify_certificate, verify_evidence};
pub use task::{Step, Task, Told};

use crate::core4mica::{CoreError, LoginError, Parameters, Refusal, Request};
use crate::error::Code;
use crate::json::{self, Node, Value};
use crate::primitives::{Address, Hash, Network, Url};
use crate::registry::{Core, Registry};
use movement::{collateral, settlement};
use order::Order;
use session::Session;
use task::Outside;

/// Why a task failed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Failure {
    /// The stable code.
    pub code: Code,
    /// Numbers and names behind it, for people. Nothing of a stranger's that was not parsed, or escaped and bounded.
    pub facts: String,
}

impl Failure {
    fn new(code: Code) -> Self {
        Failure { code, facts: String::new() }
    }

    fn with(code: Code, facts: String) -> Self {
        Failure { code, facts }
    }
}

impl From<LoginError> for Failure {
    fn from(error: LoginError) -> Self {
        Failure::new(error.code())
    }
}

impl From<CoreError> for Failure {
    fn from(error: CoreError) -> Self {
        Failure::new(error.code())
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Failure::with(refusal.code, refusal.facts.said.unwrap_or_default())
    }
}

/// One account at one core.
#[derive(Debug)]
pub struct Account {
    place: Rc<Place>,
}

/// What every task of an account knows.
#[derive(Debug)]
struct Place {
    registry: Registry,
    network: Network,
    session: Session,
    /// URL without trailing slash.
    facilitator: Option<String>,
    /// Whether the owner has a node to ask.
    node: bool,
    /// Payments of generation 4 since the last checkpoint.
    pace: cycle::Pace,
}

impl Account {
    /// Opens an account: `{"network", "address", "facilitator"?, "node"?}`. Asks nobody anything.
    ///
    /// # Errors
    /// [`Code::Options`] names the field; [`Code::CoreUnknown`]: no core for the network.
    pub fn open(registry: Registry, place: &[u8]) -> Result<Self, Failure> {
        let malformed = |field: &str| Failure::with(Code::Options, String::from(field));
        let root = json::read(place).map_err(|_| malformed("account"))?;
        let text = |name: &'static str| root.member(name).and_then(Node::text);
        let network = text("network").and_then(Network::parse).ok_or_else(|| malformed("network"))?;
        let address = text("address").and_then(|text| Address::parse(text).ok());
        let address = address.filter(|address| !address.is_reserved()).ok_or_else(|| malformed("address"))?;
        let core =
            registry.core(network).ok_or_else(|| Failure::with(Code::CoreUnknown, alloc::format!("{network}")))?;
        let facilitator = match root.member("facilitator") {
            None => None,
            Some(node) => Some(facilitator(node).ok_or_else(|| malformed("facilitator"))?),
        };
        let node = matches!(root.member("node"), Some(Node { value: Value::Bool(true), .. }));
        let session = Session::new(core, address);
        Ok(Account {
            place: Rc::new(Place { registry, network, session, facilitator, node, pace: cycle::Pace::default() }),
        })
    }

    /// Begins a task. `entropy` is fresh for each.
    ///
    /// # Errors
    /// [`Code::Options`] names the field of the order that makes no sense.
    pub fn task(&self, order: &[u8], entropy: Hash) -> Result<Task, Failure> {
        let order = Order::parse(order, self.place.network, &self.place.registry)
            .map_err(|field| Failure::with(Code::Options, String::from(field)))?;
        let place = Rc::clone(&self.place);
        Ok(Task::new(move |outside| async move {
            let doing = Doing { place, outside, entropy, knows_node: Cell::new(false) };
            match order {
                Order::Login => standing::login(&doing).await,
                Order::Logout => standing::logout(&doing).await,
                Order::Collateral { asset } => standing::collateral(&doing, &asset).await,
                Order::Deposit { asset, amount, via } => collateral::deposit(&doing, &asset, amount, via).await,
                Order::RequestWithdrawal { asset, amount, via } => {
                    collateral::request_withdrawal(&doing, &asset, amount, via).await
                }
                Order::CancelWithdrawal { asset, via } => collateral::cancel_withdrawal(&doing, &asset, via).await,
                Order::FinalizeWithdrawal { asset, via } => collateral::finalize_withdrawal(&doing, &asset, via).await,
                Order::Settle { cycle, via } => settlement::settle(&doing, &cycle, via).await,
                Order::ActiveCycle { asset, idle } => cycle::active(&doing, &asset, idle).await,
                Order::Issue { payload } => issuing::issue(&doing, &payload).await,
                Order::Exposure { records } => exposure::exposure(&doing, &records).await,
                Order::Readiness { known } => readiness::readiness(&doing, &known).await,
            }
        }))
    }
}

/// A task at work: where, with what of the outside, and its random bytes.
#[derive(Debug)]
struct Doing {
    place: Rc<Place>,
    outside: Outside,
    entropy: Hash,
    /// The node said which chain it is of.
    knows_node: Cell<bool>,
}

impl Doing {
    fn core(&self) -> &Core {
        self.place.session.core()
    }

    fn address(&self) -> Address {
        *self.place.session.address()
    }

    /// The pinned token at an address.
    fn asset(&self, address: &Address) -> Option<crate::registry::Asset> {
        order::asset_at(address, self.place.network, &self.place.registry)
    }

    /// Asks the core.
    async fn ask(&self, request: Request) -> Result<task::Fetched, Failure> {
        self.place.session.fetch(&self.outside, request).await
    }

    /// What the core says of itself, held against what is pinned.
    async fn parameters(&self) -> Result<Parameters, Failure> {
        let core = self.core();
        let answer = self.ask(Request::get(crate::core4mica::parameters_url(core), false)).await?;
        crate::core4mica::check_status(answer.status)?;
        Ok(Parameters::read(&answer.body, core)?)
    }
}

// What is signed for it goes there: over https, or on this machine.
fn facilitator(node: &Node<'_>) -> Option<String> {
    let text = node.text()?.trim_end_matches('/');
    Url::parse(text)?.origin.is_private().then(|| String::from(text))
}
