//! What the machine asks of its driver, and what the driver may answer with.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::authorisation::TypedData;
use crate::budget::Hold;
use crate::error::Code;
use crate::ledger::{Entry, Intent, Query, Write};
use crate::primitives::{Address, Amount, Network, Secret};
use crate::record::{Record, State};

/// The next thing to do. The driver does exactly this, then reports with the method named in brackets.
#[derive(Clone, Debug)]
pub enum Command {
    /// Read from the store. [`on_loaded`](super::Purchase::on_loaded)
    Load {
        /// What.
        query: Query,
    },
    /// Send the request unpaid. [`on_answer`](super::Purchase::on_answer)
    Probe,
    /// Tell the paying account, asking the wallet if need be. [`on_account`](super::Purchase::on_account)
    Account,
    /// Ask the pinned 4Mica core, or the seller for a tab. [`on_fetched`](super::Purchase::on_fetched)
    Fetch {
        /// Absolute URL. No redirects, no credentials, 64 KiB, 10 s.
        url: String,
        /// JSON for a POST; none for a GET.
        body: Option<String>,
    },
    /// Have the payer's 4Mica account ask for the active cycle, which takes a login: the core's answer as it came.
    /// [`on_fetched`](super::Purchase::on_fetched)
    ActiveCycle {
        /// Whose account.
        payer: Address,
        /// Where it clears.
        network: Network,
        /// Token of the payment.
        asset: Address,
    },
    /// Hold budget and write the intent, in one atomic step. [`on_reserved`](super::Purchase::on_reserved)
    Reserve {
        /// The row, its budgets and notes.
        intent: Box<Intent>,
    },
    /// Ask the owner, who may answer now or never. [`on_answered`](super::Purchase::on_answered)
    Ask {
        /// The ticket: a record in state `asked`, with the terms and the time they are good for.
        record: Record,
    },
    /// Have the wallet sign. [`on_signature`](super::Purchase::on_signature) or
    /// [`sign_locally`](super::Purchase::sign_locally)
    Sign {
        /// The account that must sign.
        payer: Address,
        /// EIP-155 chain id the wallet must be on.
        chain_id: u64,
        /// What a wallet shows and signs.
        typed_data: TypedData,
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
        /// Milliseconds to wait first: 0, but where the same bytes are presented again.
        pause_ms: u32,
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
    /// Give the answer to the caller as it came: there is nothing to pay, or nothing may be paid. Write first.
    PassThrough {
        /// What an observing policy would have paid.
        write: Option<Write>,
    },
    /// A quote was asked for, and this is it.
    Quoted(Box<Quoted>),
    /// The paid answer belongs to the caller. Write first.
    Finish {
        /// Last write; none when the store knows already.
        write: Option<Write>,
        /// The purchase.
        record: Box<Record>,
    },
    /// The payment failed. Write first, then report.
    Fail {
        /// Why.
        failure: Failure,
        /// Last write, when there is something to keep.
        write: Option<Write>,
    },
}

/// What would be paid and why.
#[derive(Clone, Debug)]
pub struct Quoted {
    /// Terms and decision, in state `planned`.
    pub record: Record,
    /// The rule that wants a person's yes; `None` when it would be paid at once.
    pub asks: Option<Code>,
    /// Every budget it would count against, and what counts there already.
    pub budgets: Vec<(Hold, Amount)>,
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
    /// The budget that has no room, and what counts there already.
    pub budget: Option<Box<(Hold, Amount)>>,
}

impl Failure {
    /// Without facts.
    // Not inlined, here and below: 2 KB of every place that fails.
    #[inline(never)]
    pub(super) fn new(code: Code) -> Self {
        Failure { code, facts: String::new(), considered: Vec::new(), budget: None }
    }

    /// With facts. Nothing of a stranger's enters unless it was parsed into one of our types, or escaped.
    #[inline(never)]
    pub(super) fn with(code: Code, facts: String) -> Self {
        Failure { facts, ..Failure::new(code) }
    }
}

/// The owner's answer to a question.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Consent {
    /// Yes, to exactly these terms.
    Yes {
        /// Who.
        by: String,
    },
    /// No.
    No,
    /// Nobody was there to answer. The ticket stays open until it expires.
    Later,
}

/// What went wrong outside, as far as the driver can tell.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Trouble {
    /// The network failed, or a deadline passed.
    Network,
    /// The caller aborted.
    Aborted,
    /// The caller aborted before the driver did what it was asked: the wallet knows nothing.
    Stopped,
    /// The kill switch fell before the driver did what it was asked.
    Killed,
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
