//! What a reconciliation asks, and what it found out.

use alloc::boxed::Box;
use alloc::string::String;

use crate::contract::rpc::Call;
use crate::ledger::Write;
use crate::primitives::Hash;

/// The next thing to do.
#[derive(Clone, Debug)]
pub enum Step {
    /// Ask a node, then report with [`on_answer`](super::Reconciliation::on_answer).
    Call(Call),
    /// Nothing more to ask.
    Done(Box<Report>),
}

/// What was found out about a purchase.
#[derive(Clone, Debug)]
pub struct Report {
    /// Purchase id; empty when the row could not be read.
    pub purchase_id: String,
    /// What was found.
    pub finding: Finding,
    /// What it changes in the store; `None` leaves everything as it is. Another's write in between wins.
    pub write: Option<Write>,
}

/// What became of an authorisation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Finding {
    /// It was used: the money moved.
    Settled {
        /// Where, when the node still has the log.
        transaction: Option<Hash>,
        /// The block of the transaction, else the finalized one in which it was seen.
        block: u64,
    },
    /// It can never be used: cancelled, or its time is over.
    Dead {
        /// The block of the cancellation, else the finalized one in which it was seen.
        block: u64,
    },
    /// Nothing was proven.
    Undetermined {
        /// Why.
        reason: Unproven,
        /// Unix second from which asking again may bring something new.
        again_s: Option<u64>,
    },
}

impl Finding {
    /// Nothing was proven, and no time is known that would change it.
    pub(super) const fn undetermined(reason: Unproven) -> Self {
        Finding::Undetermined { reason, again_s: None }
    }
}

/// Why nothing was proven.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unproven {
    /// Nothing of this purchase is in doubt.
    NotOpen,
    /// The row has another version, is damaged, or lacks what a proof needs.
    Unreadable,
    /// Another process may be paying at this moment.
    UnderWay,
    /// The authorisation is unused, and its time is not over in a finalized block.
    StillValid,
    /// A guarantee: only a record of the 4Mica core, or its certificate, proves anything. There is no core client yet, so
    /// a guarantee stays as it is until its payment is presented again and the certificate arrives.
    CoreRecordNeeded,
    /// The token is not in the registry.
    NotPinned,
    /// No answer.
    Unanswered,
    /// The node will not answer.
    Refused,
    /// The answer is not one to this question.
    Malformed,
    /// The node is on another network.
    OtherNetwork,
    /// Answers contradict each other, or our clock.
    Contradicts,
    /// Used or cancelled, the node does not know which, and a cancellation of ours may exist.
    UsedOrCancelled,
}

impl Unproven {
    /// Every reason.
    pub const ALL: [Unproven; 12] = [
        Unproven::NotOpen,
        Unproven::Unreadable,
        Unproven::UnderWay,
        Unproven::StillValid,
        Unproven::CoreRecordNeeded,
        Unproven::NotPinned,
        Unproven::Unanswered,
        Unproven::Refused,
        Unproven::Malformed,
        Unproven::OtherNetwork,
        Unproven::Contradicts,
        Unproven::UsedOrCancelled,
    ];

    /// The word in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Unproven::NotOpen => "not-open",
            Unproven::Unreadable => "unreadable",
            Unproven::UnderWay => "under-way",
            Unproven::StillValid => "still-valid",
            Unproven::CoreRecordNeeded => "core-record-needed",
            Unproven::NotPinned => "not-pinned",
            Unproven::Unanswered => "unanswered",
            Unproven::Refused => "refused",
            Unproven::Malformed => "malformed",
            Unproven::OtherNetwork => "other-network",
            Unproven::Contradicts => "contradicts",
            Unproven::UsedOrCancelled => "used-or-cancelled",
        }
    }
}
