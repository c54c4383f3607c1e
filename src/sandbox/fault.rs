//! What goes wrong on purpose: each fault has a name, waits for the first request it concerns, and happens once.

use alloc::vec::Vec;

/// A named fault.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fault {
    /// The seller settles, and its answer never arrives.
    SettleThenTimeout,
    /// The seller settles, and demands payment again.
    DemandAgain,
    /// The seller sends the paid request to another host, unsettled.
    Redirect,
    /// The seller settles, and answers three seconds late.
    Slow,
    /// Core answers 409 and issues nothing.
    Conflict,
    /// Core issues, and answers 500.
    ErrorAfterIssue,
    /// The certificate is over one unit more than was issued, really signed.
    LyingAmount,
    /// The certificate's signature has a flipped bit.
    LyingSignature,
    /// The certificate names another cycle, really signed.
    LyingCycle,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Fault; 9] = [
        Fault::SettleThenTimeout,
        Fault::DemandAgain,
        Fault::Redirect,
        Fault::Slow,
        Fault::Conflict,
        Fault::ErrorAfterIssue,
        Fault::LyingAmount,
        Fault::LyingSignature,
        Fault::LyingCycle,
    ];

    /// The name used in options and in JavaScript.
    pub const fn as_str(self) -> &'static str {
        match self {
            Fault::SettleThenTimeout => "settle-then-timeout",
            Fault::DemandAgain => "demand-again",
            Fault::Redirect => "redirect",
            Fault::Slow => "slow",
            Fault::Conflict => "conflict",
            Fault::ErrorAfterIssue => "error-after-issue",
            Fault::LyingAmount => "lying-receipt-amount",
            Fault::LyingSignature => "lying-receipt-signature",
            Fault::LyingCycle => "lying-receipt-cycle",
        }
    }

    /// The fault of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Fault::ALL.into_iter().find(|fault| fault.as_str() == text)
    }

    /// Whether it happens where guarantees are issued; the others happen at a seller.
    pub(super) const fn is_of_core(self) -> bool {
        match self {
            Fault::Conflict
            | Fault::ErrorAfterIssue
            | Fault::LyingAmount
            | Fault::LyingSignature
            | Fault::LyingCycle => true,
            Fault::SettleThenTimeout | Fault::DemandAgain | Fault::Redirect | Fault::Slow => false,
        }
    }
}

/// Faults that have not happened yet, oldest first.
#[derive(Debug, Default)]
pub(super) struct Faults {
    pending: Vec<Fault>,
}

impl Faults {
    pub(super) fn inject(&mut self, fault: Fault) {
        self.pending.push(fault);
    }

    /// Whether this one is next where it happens.
    pub(super) fn is_next(&self, fault: Fault) -> bool {
        self.pending.iter().find(|pending| pending.is_of_core() == fault.is_of_core()) == Some(&fault)
    }

    /// The next fault of core, or of a seller. It is gone then.
    pub(super) fn take(&mut self, of_core: bool) -> Option<Fault> {
        let at = self.pending.iter().position(|fault| fault.is_of_core() == of_core)?;
        Some(self.pending.remove(at))
    }
}
