//! What the machine asks of its driver, and what the driver may answer with.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::budget::Hold;
use crate::error::Code;
use crate::primitives::{Address, hex, keccak256};
use crate::record::{Record, State};

/// The next thing to do. The driver does exactly this, then reports with the method named in brackets.
#[derive(Clone, Debug)]
pub enum Command {
    /// Read from the store: the purchase of that id, or without one everything open. [`on_loaded`]
    ///
    /// [`on_loaded`]: super::Purchase::on_loaded
    Load {
        /// The caller's id.
        purchase_id: Option<String>,
    },
    /// Send the request unpaid. [`on_answer`](super::Purchase::on_answer)
    Probe,
    /// Tell the paying account, asking the wallet if need be. [`on_account`](super::Purchase::on_account)
    Account,
    /// GET a document of the pinned 4Mica core. [`on_fetched`](super::Purchase::on_fetched)
    Fetch {
        /// Absolute URL. No redirects, no credentials, 64 KiB, 10 s.
        url: String,
    },
    /// Hold budget and write the intent, in one atomic step. [`on_reserved`](super::Purchase::on_reserved)
    Reserve {
        /// The new entry.
        entry: Entry,
        /// Every budget it counts against.
        holds: Vec<Hold>,
    },
    /// Have the wallet sign. [`on_signature`](super::Purchase::on_signature) or
    /// [`sign_locally`](super::Purchase::sign_locally)
    Sign {
        /// The account that must sign.
        payer: Address,
        /// EIP-155 chain id the wallet must be on.
        chain_id: u64,
        /// Parameter of `eth_signTypedData_v4`.
        typed_data: String,
    },
    /// Compare-and-set the entry. [`on_advanced`](super::Purchase::on_advanced)
    Advance {
        /// State it must be in.
        from: State,
        /// Its successor.
        entry: Entry,
    },
    /// Send the request with one more header. Redirects are not followed.
    /// [`on_settlement`](super::Purchase::on_settlement)
    Send {
        /// Absolute URL.
        url: String,
        /// Header name.
        header: &'static str,
        /// Header value.
        value: Secret,
    },
    /// Check the operator's BLS signature. [`on_certificate`](super::Purchase::on_certificate)
    VerifyCertificate {
        /// Signed bytes.
        claims: Vec<u8>,
        /// 96 bytes.
        signature: Vec<u8>,
        /// 48 bytes.
        operator_key: [u8; 48],
    },
    /// Give the answer to the caller as it came: there is nothing to pay.
    PassThrough,
    /// A quote was asked for, and this is it.
    Quoted {
        /// What would be paid and why it would be allowed.
        record: Record,
    },
    /// The paid answer belongs to the caller. Write first.
    Finish {
        /// Last write.
        write: Write,
    },
    /// The payment failed. Write first, then report.
    Fail {
        /// Why.
        failure: Failure,
        /// Last write, when there is something to keep.
        write: Option<Write>,
    },
}

/// A text that can move money: prints as its hash, so that it reaches no log by accident (threats P77).
#[derive(Clone, Eq, PartialEq)]
pub struct Secret(String);

impl Secret {
    pub(super) fn new(text: String) -> Self {
        Secret(text)
    }

    /// The text itself, for the one place it belongs to.
    pub fn into_text(self) -> String {
        self.0
    }
}

impl core::ops::Deref for Secret {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "redacted({})", &hex::encode(&keccak256(self.0.as_bytes()))[..10])
    }
}

/// One row of a store.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The record: public, nothing secret.
    pub record: Record,
    /// What is needed to present the payment again, as JSON: private to the store.
    pub sealed: Option<Secret>,
}

/// A write that ends a purchase.
#[derive(Clone, Debug)]
pub struct Write {
    /// State the entry must be in; `None` for a new entry.
    pub from: Option<State>,
    /// What to write.
    pub entry: Entry,
}

/// Why a payment failed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Failure {
    /// The stable code.
    pub code: Code,
    /// Numbers and names behind it, for people; may be empty. Seller text in it is escaped and bounded.
    pub facts: String,
    /// What was wrong with each way to pay, by position in `accepts`.
    pub considered: Vec<(usize, Code)>,
}

impl Failure {
    /// Without facts.
    pub(super) fn new(code: Code) -> Self {
        Failure { code, facts: String::new(), considered: Vec::new() }
    }

    /// With facts. Nothing of a stranger's enters unless it was parsed into one of our types, or escaped.
    pub(super) fn with(code: Code, facts: String) -> Self {
        Failure { facts, ..Failure::new(code) }
    }
}

/// What a store said to a reservation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Reservation {
    /// Held, and the entry written.
    Held,
    /// The budget of that key has no room.
    Exceeds(String),
    /// The purchase id exists already.
    Exists,
}

/// What went wrong outside, as far as the driver can tell.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Trouble {
    /// The network failed, or a deadline passed.
    Network,
    /// The caller aborted.
    Aborted,
    /// The caller aborted, or a kill switch fell, before the driver did what it was asked: the wallet knows nothing.
    Stopped,
    /// The store threw, or timed out.
    Store,
    /// The person said no (EIP-1193 code 4001).
    WalletRejected,
    /// No account, or another one.
    WalletAccount,
    /// Another chain.
    WalletChain,
    /// Anything else the wallet did.
    WalletFailed,
}
