//! One task at a time, told step by step: an `async` flow without I/O, run by hand.
//!
//! A flow awaits what it asks of the outside; awaiting ends the step, and the driver's answer begins the next one.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::future::Future;

use super::Failure;
use crate::contract::message::AccountMessage;
use crate::contract::transaction::Transaction;
use crate::core4mica::{Request, SignIn};
use crate::error::Code;
use crate::flow::{self, Flow, Turn};
use crate::primitives::{Network, Secret};

/// The next thing to do. The driver does exactly this, then reports with [`Task::tell`].
#[derive(Debug)]
pub enum Step {
    /// Send a request to a core or facilitator. Told with [`Told::Answer`].
    Fetch {
        /// What to send.
        request: Request,
        /// Bearer token for the `Authorization` header.
        bearer: Option<Secret>,
    },
    /// Ask the owner's node. Told with [`Told::Answer`].
    Call {
        /// Network it must be a node of.
        network: Network,
        /// JSON-RPC method.
        method: &'static str,
        /// JSON array.
        params: String,
    },
    /// Have the account sign a login (`personal_sign`). Told with [`Told::Signature`].
    SignIn {
        /// What is signed.
        login: Rc<SignIn>,
        /// URL of the core it is for.
        core: String,
    },
    /// Have the account sign typed data. Told with [`Told::Signature`].
    Sign {
        /// What is signed.
        message: Box<AccountMessage>,
        /// What it means, for the person.
        words: String,
    },
    /// Show the words, then have the wallet send (`eth_sendTransaction`). Told with [`Told::Sent`].
    Send(Box<Transaction>),
    /// Wait. Told with [`Told::Waited`].
    Pause {
        /// Milliseconds.
        ms: u32,
    },
    /// The task is done.
    Done {
        /// Its result as JSON.
        result: String,
    },
    /// The task failed.
    Fail(Failure),
}

/// What the driver reports. It may carry tokens or a signature, so it prints as its kind.
#[derive(Clone)]
pub enum Told {
    /// HTTP status, 0 for none, and body.
    Answer(u16, Vec<u8>),
    /// The wallet's signature, as text.
    Signature(String),
    /// The hash of the transaction, as the wallet tells it.
    Sent(String),
    /// The time is over.
    Waited,
    /// The wallet did not do it, and why.
    Refused(Code),
}

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Told::Answer(status, body) => write!(f, "Answer({status}, {} bytes)", body.len()),
            Told::Signature(_) => f.write_str("Signature(redacted)"),
            Told::Sent(_) => f.write_str("Sent"),
            Told::Waited => f.write_str("Waited"),
            Told::Refused(code) => write!(f, "Refused({code})"),
        }
    }
}

/// An answer, kept.
pub(super) struct Fetched {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

impl Fetched {
    pub(super) fn answer(&self) -> crate::core4mica::Answer<'_> {
        crate::core4mica::Answer { status: self.status, body: &self.body }
    }
}

/// What a flow sees of the outside.
#[derive(Clone, Debug)]
pub(super) struct Outside(flow::Outside<Step, Told>);

impl Outside {
    /// Unix second of the latest report.
    pub(super) fn now_s(&self) -> u64 {
        self.0.now_s()
    }

    pub(super) async fn fetch(&self, request: Request, bearer: Option<Secret>) -> Result<Fetched, Failure> {
        self.answered(Step::Fetch { request, bearer }).await
    }

    pub(super) async fn call(
        &self,
        network: Network,
        method: &'static str,
        params: String,
    ) -> Result<Fetched, Failure> {
        self.answered(Step::Call { network, method, params }).await
    }

    pub(super) async fn sign_in(&self, login: &Rc<SignIn>, core: &str) -> Result<String, Failure> {
        self.signed(Step::SignIn { login: Rc::clone(login), core: String::from(core) }).await
    }

    pub(super) async fn sign(&self, message: AccountMessage, words: String) -> Result<String, Failure> {
        self.signed(Step::Sign { message: Box::new(message), words }).await
    }

    pub(super) async fn send(&self, transaction: Transaction) -> Result<String, Failure> {
        match self.ask(Step::Send(Box::new(transaction))).await {
            Told::Sent(hash) => Ok(hash),
            Told::Refused(code) => Err(refused(code)),
            _ => Err(Failure::new(Code::OutOfOrder)),
        }
    }

    pub(super) async fn pause(&self, ms: u32) -> Result<(), Failure> {
        match self.ask(Step::Pause { ms }).await {
            Told::Waited => Ok(()),
            _ => Err(Failure::new(Code::OutOfOrder)),
        }
    }

    async fn answered(&self, step: Step) -> Result<Fetched, Failure> {
        match self.ask(step).await {
            Told::Answer(status, body) => Ok(Fetched { status, body }),
            _ => Err(Failure::new(Code::OutOfOrder)),
        }
    }

    async fn signed(&self, step: Step) -> Result<String, Failure> {
        match self.ask(step).await {
            Told::Signature(text) => Ok(text),
            Told::Refused(code) => Err(refused(code)),
            _ => Err(Failure::new(Code::OutOfOrder)),
        }
    }

    async fn ask(&self, step: Step) -> Told {
        self.0.ask(step).await
    }
}

// A payment's words about its budget mean nothing here.
fn refused(code: Code) -> Failure {
    Failure::new(if code == Code::WalletFailed { Code::AccountWallet } else { code })
}

/// A task under way.
#[derive(Debug)]
pub struct Task {
    flow: Flow<Step, Told, Result<String, Failure>>,
}

impl Task {
    /// Prepares a flow; nothing of it runs yet.
    pub(super) fn new<F>(flow: impl FnOnce(Outside) -> F) -> Self
    where
        F: Future<Output = Result<String, Failure>> + 'static,
    {
        Task { flow: Flow::new(|outside| flow(Outside(outside))) }
    }

    /// The first step. `now_s` in Unix seconds.
    pub fn first(&mut self, now_s: u64) -> Step {
        step(self.flow.first(now_s))
    }

    /// The step after a report. A report that nobody waits for fails the task.
    pub fn tell(&mut self, told: Told, now_s: u64) -> Step {
        step(self.flow.tell(told, now_s))
    }
}

fn step(turn: Turn<Step, Result<String, Failure>>) -> Step {
    match turn {
        Turn::Asks(step) => step,
        Turn::Ended(Ok(result)) => Step::Done { result },
        Turn::Ended(Err(failure)) => Step::Fail(failure),
        Turn::OutOfOrder => Step::Fail(Failure::new(Code::OutOfOrder)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn two_requests() -> Task {
        Task::new(|outside| async move {
            let first = outside.fetch(Request::get(String::from("https://a.example/"), false), None).await?;
            outside.pause(10).await?;
            let second = outside.fetch(Request::get(String::from("https://b.example/"), false), None).await?;
            Ok(format!("{} {} at {}", first.status, second.status, outside.now_s()))
        })
    }

    #[test]
    fn a_flow_runs_from_report_to_report() {
        let mut task = two_requests();
        assert!(matches!(task.first(1), Step::Fetch { request, .. } if request.url == "https://a.example/"));
        assert!(matches!(task.tell(Told::Answer(200, Vec::new()), 2), Step::Pause { ms: 10 }));
        assert!(
            matches!(task.tell(Told::Waited, 3), Step::Fetch { request, .. } if request.url == "https://b.example/")
        );
        assert!(matches!(task.tell(Told::Answer(0, Vec::new()), 4), Step::Done { result } if result == "200 0 at 4"));
        assert!(matches!(task.tell(Told::Waited, 5), Step::Fail(failure) if failure.code == Code::OutOfOrder));
    }

    #[test]
    fn a_report_of_another_kind_fails_the_task() {
        let mut task = two_requests();
        task.first(1);
        assert!(matches!(task.tell(Told::Waited, 2), Step::Fail(failure) if failure.code == Code::OutOfOrder));
    }

    #[test]
    fn time_never_runs_backwards_within_a_task() {
        let mut task = two_requests();
        task.first(10);
        task.tell(Told::Answer(200, Vec::new()), 9);
        task.tell(Told::Waited, 8);
        let last = task.tell(Told::Answer(0, Vec::new()), 4);
        assert!(matches!(last, Step::Done { result } if result == "200 0 at 10"));
    }
}
