//! What a command sends the driver out for, and what can come back.

use farthing::error::Code;
use farthing::ledger::{Entry, Intent, Query, Reservation, View, Write};
use farthing::primitives::Secret;
use farthing::purchase::{Answer, Command, Consent, PaidAnswer, Trouble};
use farthing::record::{Record, State};

use super::Asked;
use super::seller::Terms;
use crate::simulator::fault::Fault;

/// One thing to do outside.
#[derive(Clone, Debug)]
pub enum Errand {
    Load(Query),
    Probe,
    Account,
    Fetch(String),
    Reserve(Box<Intent>),
    Ask(Box<Record>),
    /// By a wallet.
    Sign(Box<Asked>),
    /// By a key of the process.
    SignHere(Box<Asked>),
    Advance(State, Box<Entry>),
    Send {
        url: String,
        header: &'static str,
        value: Secret,
    },
    Verify {
        claims: Vec<u8>,
        signature: Vec<u8>,
        operator_key: [u8; 48],
    },
    /// The last write.
    Keep(Box<Write>),
    /// What the store has instead, where the last write was not confirmed.
    Look(Query),
}

/// An errand under way.
#[derive(Clone, Debug)]
pub struct Trip {
    pub run: usize,
    pub number: u64,
    pub errand: Errand,
    pub fault: Option<Fault>,
    /// What happens to the process once the errand had its effect.
    pub after: Option<Fault>,
    /// Seconds the answer takes.
    pub back_s: u64,
}

/// What comes back.
#[derive(Clone, Debug)]
pub enum Said {
    View(View),
    Answer(Answer, Vec<Terms>),
    Account(String),
    Document(u16, Vec<u8>),
    Reservation(Reservation),
    Consent(Consent),
    Signature(String),
    /// The key of the process is there.
    Key,
    Advanced(bool),
    /// And whether it proves the payment.
    Paid(PaidAnswer, bool),
    Certificate(Option<Code>),
    Kept(bool),
    Trouble(Trouble),
}

impl Errand {
    /// What a command that is not the last one asks for; the wallet's part is read by whoever knows the wallet.
    pub fn of(command: &Command, asked: impl FnOnce(&str) -> Asked, local_key: bool) -> Self {
        match command.clone() {
            Command::Load { query } => Errand::Load(query),
            Command::Probe => Errand::Probe,
            Command::Account => Errand::Account,
            Command::Fetch { url, .. } => Errand::Fetch(url),
            Command::ActiveCycle { .. } => Errand::Fetch(String::from("/core/cycles/active")),
            Command::Reserve { intent } => Errand::Reserve(intent),
            Command::Ask { record } => Errand::Ask(Box::new(record)),
            Command::Sign { typed_data, .. } if local_key => Errand::SignHere(Box::new(asked(&typed_data.to_string()))),
            Command::Sign { typed_data, .. } => Errand::Sign(Box::new(asked(&typed_data.to_string()))),
            Command::Advance { from, entry } => Errand::Advance(from, Box::new(entry)),
            Command::Send { url, header, value, .. } => Errand::Send { url, header, value },
            Command::VerifyCertificate { claims, signature, operator_key } => {
                Errand::Verify { claims, signature, operator_key }
            }
            last @ (Command::PassThrough { .. }
            | Command::Quoted(_)
            | Command::Finish { .. }
            | Command::Fail { .. }) => unreachable!("no errand: {last:?}"),
        }
    }

    /// One word for the trace.
    pub fn word(&self) -> &'static str {
        match self {
            Errand::Load(_) => "load",
            Errand::Probe => "probe",
            Errand::Account => "account",
            Errand::Fetch(_) => "fetch",
            Errand::Reserve(_) => "reserve",
            Errand::Ask(_) => "ask",
            Errand::Sign(_) => "sign",
            Errand::SignHere(_) => "sign here",
            Errand::Advance(..) => "advance",
            Errand::Send { .. } => "send",
            Errand::Verify { .. } => "verify",
            Errand::Keep(_) => "keep",
            Errand::Look(_) => "look",
        }
    }

    /// True where an abort of the caller is noticed: everywhere but at the store and the owner.
    pub fn heeds_abort(&self) -> bool {
        matches!(self, Errand::Probe | Errand::Account | Errand::Fetch(_) | Errand::Sign(_) | Errand::SignHere(_))
            || matches!(self, Errand::Send { .. } | Errand::Verify { .. })
    }

    /// What an abort makes of the waiting, where it ends it. A key of the process answers at once.
    pub fn when_aborted(&self) -> Option<Said> {
        match self {
            Errand::Ask(_) => Some(Said::Consent(Consent::Later)),
            Errand::SignHere(_) => None,
            other => other.heeds_abort().then_some(Said::Trouble(Trouble::Aborted)),
        }
    }

    /// True where a stop no longer matters: what left goes on.
    pub fn outlives_stop(&self) -> bool {
        matches!(self, Errand::Send { .. } | Errand::Verify { .. } | Errand::Keep(_) | Errand::Look(_))
    }

    /// What the driver makes of it when nothing comes back.
    pub fn trouble(&self) -> Trouble {
        match self {
            Errand::Load(_) | Errand::Reserve(_) | Errand::Advance(..) | Errand::Keep(_) | Errand::Look(_) => {
                Trouble::Store
            }
            Errand::Account | Errand::Sign(_) | Errand::SignHere(_) => Trouble::WalletFailed,
            Errand::Probe | Errand::Fetch(_) | Errand::Send { .. } | Errand::Verify { .. } | Errand::Ask(_) => {
                Trouble::Network
            }
        }
    }

    /// Seconds the driver waits.
    pub fn patience_s(&self) -> u64 {
        match self {
            Errand::Account | Errand::Sign(_) | Errand::SignHere(_) | Errand::Ask(_) => 120,
            Errand::Probe | Errand::Send { .. } => 30,
            Errand::Load(_)
            | Errand::Fetch(_)
            | Errand::Reserve(_)
            | Errand::Advance(..)
            | Errand::Verify { .. }
            | Errand::Keep(_)
            | Errand::Look(_) => 10,
        }
    }
}
