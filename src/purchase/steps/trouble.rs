//! Something failed outside. What that means for the money depends on how far the purchase was.

use crate::error::Code;
use crate::ledger::{Query, View};
use crate::purchase::{Command, Failure, Purchase, Stage, Trouble};
use crate::record::{Record, State};

impl Purchase {
    /// The answer to any command that could not be carried out.
    pub fn on_trouble(&mut self, trouble: Trouble, now_s: u64) -> Command {
        self.tick(now_s);
        match self.take_stage() {
            Stage::Loading | Stage::Probing | Stage::NeedsAccount(_) | Stage::Measuring { .. } => {
                self.refuse(early(trouble))
            }
            // The ticket may have been written or not; the next call finds out.
            Stage::Filing { .. } | Stage::Asking { .. } => {
                let code = early(trouble);
                Command::Fail { failure: Failure::new(code), write: None }
            }
            Stage::NeedsParameters { .. } | Stage::NeedsCycle { .. } => self.refuse(match trouble {
                Trouble::Network => Code::CoreUnreachable,
                other => early(other),
            }),
            Stage::NeedsTab { .. } => self.refuse(match trouble {
                Trouble::Network => Code::TabEndpoint,
                other => early(other),
            }),
            // The store was not asked: there is nothing to take back.
            Stage::Reserving { .. } if matches!(trouble, Trouble::Stopped | Trouble::Killed) => {
                self.refuse(early(trouble))
            }
            Stage::Reserving { .. } => self.unreserve(trouble),
            // The store refused to hold anything.
            Stage::Taken { .. } => {
                self.record = None;
                self.refuse(early(trouble))
            }
            // It stays as it is, and counts if it is there.
            Stage::ReadingBack { code } => Command::Fail { failure: Failure::new(code), write: None },
            Stage::Signing { unsigned, .. } => match trouble {
                Trouble::Stopped => self.refuse(Code::Aborted),
                Trouble::Killed => self.refuse(Code::Stopped),
                Trouble::WalletRejected => self.refuse(Code::WalletRejected),
                Trouble::WalletAccount => {
                    self.fail(Failure::with(Code::WalletAccount, alloc::format!("the payer is {}", unsigned.payer())))
                }
                Trouble::WalletChain => {
                    let facts = alloc::format!("the payment is on eip155:{}", unsigned.chain_id());
                    self.fail(Failure::with(Code::WalletChain, facts))
                }
                // A wallet that was asked may have signed, whoever gave up waiting (threats P68).
                Trouble::Aborted | Trouble::WalletFailed | Trouble::Network | Trouble::Store => {
                    self.refuse(Code::WalletFailed)
                }
            },
            Stage::Sealing { .. } => self.refuse(match trouble {
                Trouble::Aborted | Trouble::Stopped | Trouble::Killed => Code::AbortedUnsent,
                _ => Code::StoreFailed,
            }),
            Stage::Sending(_) => {
                let paid_before = self.record.as_ref().is_some_and(|record| record.state() == State::Settled);
                self.refuse(match trouble {
                    _ if paid_before => Code::PurchaseSettled,
                    Trouble::Aborted | Trouble::Stopped | Trouble::Killed => Code::AbortedLate,
                    _ => Code::SettlementLost,
                })
            }
            Stage::Verifying { certificate: _, status } => match trouble {
                Trouble::Aborted | Trouble::Stopped | Trouble::Killed => self.refuse(Code::AbortedLate),
                // The answer is here, only its proof could not be checked.
                _ => self.unproven(status, Code::CertificateUnchecked, None),
            },
            Stage::Over => self.out_of_order(Stage::Over),
        }
    }

    // A store that failed may still have written the entry (threats P25), or another process an entry of the same id.
    // Only the store can tell, and nothing was signed either way.
    fn unreserve(&mut self, trouble: Trouble) -> Command {
        let code = if trouble == Trouble::Aborted { Code::Aborted } else { Code::StoreFailed };
        let purchase_id = self.proposed.as_ref().map(|record| record.purchase_id.clone());
        self.stage = Stage::ReadingBack { code };
        Command::Load { query: Query { purchase_id, ..Query::default() } }
    }

    /// Takes back what the store turns out to hold, if it is exactly what was proposed.
    pub(super) fn take_back(&mut self, view: &View, code: Code) -> Command {
        let failure = Failure::new(code);
        let mut rows = view.entries.iter().filter_map(|(json, _)| Record::read(json.as_bytes()));
        if !rows.any(|row| self.proposed.as_ref() == Some(&row)) {
            // Not there, or somebody else's. If it comes late it stays, and counts.
            self.stage = Stage::Over;
            return Command::Fail { failure, write: None };
        }
        self.adopt();
        if let Some(record) = &mut self.record {
            record.evidence.problem = Some(code.as_str().into());
        }
        self.stage = Stage::Over;
        let write = self.write(State::Refused);
        Command::Fail { failure, write }
    }
}

fn early(trouble: Trouble) -> Code {
    match trouble {
        Trouble::Network => Code::RequestFailed,
        Trouble::Aborted | Trouble::Stopped => Code::Aborted,
        Trouble::Killed => Code::Stopped,
        Trouble::Store => Code::StoreFailed,
        Trouble::WalletRejected => Code::WalletRejected,
        Trouble::WalletChain => Code::WalletChain,
        // Nothing was asked of it yet but its account.
        Trouble::WalletAccount | Trouble::WalletFailed => Code::WalletAccount,
    }
}
