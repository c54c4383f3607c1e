//! Why a sandbox is not made, or does not do what it was told.

use core::fmt;

use super::options;
use crate::primitives::Network;

/// What a contract, or the sandbox in its place, refuses. Named as the contracts' errors are, where they have one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Revert {
    /// The wallet holds less.
    TransferFailed,
    /// Less collateral is free.
    InsufficientAvailable,
    /// A sum above 2^256 − 1.
    AmountTooLarge,
    /// There is nothing to net.
    AmountZero,
    /// No such cycle, or not closed yet.
    CycleNotFound,
    /// The cycle was closed before.
    CycleAlreadyCommitted,
    /// The account has no such position in the cycle.
    InvalidProof,
    /// The debtor paid, or the creditor claimed, before.
    AlreadySettled,
    /// Debtors may not pay any more.
    PaymentWindowElapsed,
    /// Debtors may still pay.
    PaymentFinalityPending,
    /// Debtors have not paid enough in yet.
    ClaimExceedsFundedLiquidity,
}

/// Why a sandbox is not made, or a command not carried out.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SandboxError {
    /// The network is not one of those that nothing is worth anything on.
    Production {
        /// The network.
        network: Network,
    },
    /// An option that cannot be read, by its name.
    Options {
        /// Its name.
        field: &'static str,
    },
    /// A command that cannot be read, by the name of the member.
    Command {
        /// Its name.
        field: &'static str,
    },
    /// A command that cannot be carried out as things are.
    Reverted(Revert),
    /// The random bytes made no key.
    Entropy,
}

impl From<Revert> for SandboxError {
    fn from(revert: Revert) -> Self {
        SandboxError::Reverted(revert)
    }
}

impl fmt::Display for SandboxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SandboxError::Production { network } => write!(
                f,
                "cannot make a sandbox for {network}: it makes up money and keys, so `network` must be {}",
                options::accepted("network")
            ),
            SandboxError::Options { field: "options" } => {
                write!(f, "cannot make a sandbox: the options must be {}", options::accepted("options"))
            }
            SandboxError::Options { field } => {
                write!(f, "cannot make a sandbox: `{field}` must be {}", options::accepted(field))
            }
            SandboxError::Command { field } => write!(f, "cannot carry out the command: `{field}` makes no sense"),
            SandboxError::Reverted(revert) => write!(f, "cannot carry out the command: reverted with {revert:?}"),
            SandboxError::Entropy => write!(f, "cannot make a sandbox: the random bytes made no key"),
        }
    }
}

impl core::error::Error for SandboxError {}
