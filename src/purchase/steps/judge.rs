//! From the paid answer to the outcome. The answer is the caller's whatever it says; only a settlement that matches
//! what was signed makes it settled.

use alloc::boxed::Box;
use alloc::string::String;

use crate::error::Code;
use crate::purchase::answer::{Verdict, stated_reason};
use crate::purchase::steps::select::quoted;
use crate::purchase::{Command, Failure, PaidAnswer, Purchase, Stage};
use crate::record::State;
use crate::x402::Settlement;

impl Purchase {
    /// The answer to [`Command::Send`].
    pub fn on_settlement(&mut self, answer: &PaidAnswer, now_s: u64) -> Command {
        self.tick(now_s);
        let mut presented = match self.take_stage() {
            Stage::Sending(presented) => presented,
            other => return self.out_of_order(other),
        };
        let Some(record) = &self.record else { return self.out_of_order(Stage::Over) };
        if let Some(command) = presented.again(answer, &record.purchase_id, &self.entropy) {
            self.stage = Stage::Sending(presented);
            return command;
        }
        let settlement = answer.header.as_deref().map(Settlement::read);
        if let (Some(header), Some(Ok(_))) = (&answer.header, &settlement) {
            self.seal_settlement(header);
        }
        let Some(record) = &mut self.record else { return self.out_of_order(Stage::Over) };
        // What proved an earlier presentation is not overwritten by a later answer to the same bytes.
        if record.state() != State::Settled {
            record.evidence.status = Some(u64::from(answer.status));
            record.evidence.output = answer.output;
        }
        match presented.expectation.judge(settlement) {
            // Proven before: a second proof of the same bytes adds nothing.
            Verdict::Settled { .. } | Verdict::Certified { .. } if record.state() == State::Settled => {
                self.settled(answer.status)
            }
            Verdict::Settled { transaction, certificate } => {
                record.evidence.transaction = Some(transaction).filter(|text| !text.is_empty());
                record.evidence.certificate = certificate.map(|certificate| certificate.hash);
                record.evidence.cycle_id = certificate.and_then(|certificate| certificate.cycle_id);
                self.settled(answer.status)
            }
            Verdict::Certified { certificate, signature, claims, operator_key } => {
                self.stage = Stage::Verifying { certificate, status: answer.status };
                Command::VerifyCertificate { claims, signature, operator_key }
            }
            Verdict::Unproven { code, reason } => {
                let reason = reason.or_else(|| stated_reason(&answer.body));
                self.unproven(answer.status, code, reason.as_deref())
            }
        }
    }

    /// The answer to [`Command::VerifyCertificate`]: `None` when genuine, else the code of what is wrong.
    pub fn on_certificate(&mut self, problem: Option<Code>, now_s: u64) -> Command {
        self.tick(now_s);
        let (certificate, status) = match self.take_stage() {
            Stage::Verifying { certificate, status } => (certificate, status),
            other => return self.out_of_order(other),
        };
        let Some(record) = &mut self.record else { return self.out_of_order(Stage::Over) };
        match problem {
            Some(code) => self.unproven(status, code, None),
            None => {
                record.evidence.certificate = Some(certificate.hash);
                record.evidence.cycle_id = certificate.cycle_id;
                record.evidence.guarantee_id = certificate.guarantee_id;
                self.settled(status)
            }
        }
    }

    // A proven payment is settled whatever the status; the answer is the caller's.
    fn settled(&mut self, status: u16) -> Command {
        if let Some(record) = &mut self.record {
            record.evidence.problem = None;
        }
        if is_redirect(status) {
            // The money moved; the content would be elsewhere, where the payment must not go.
            let settled = self.record.as_ref().is_some_and(|record| record.state() == State::Settled);
            let write = if settled { None } else { self.write(State::Settled) };
            return Command::Fail { failure: Failure::new(Code::PaidRedirect), write };
        }
        self.finish(State::Settled)
    }

    pub(super) fn unproven(&mut self, status: u16, code: Code, reason: Option<&str>) -> Command {
        let refused = status == 402 || is_redirect(status);
        let Some(record) = &mut self.record else { return self.out_of_order(Stage::Over) };
        if record.state() == State::Settled {
            let failure = Failure::with(Code::PurchaseSettled, alloc::format!("status {status}"));
            return if refused { self.fail(failure) } else { self.finish(State::Settled) };
        }
        if status == 402 {
            return self.fail(Failure::with(Code::SettlementDemandedAgain, reason.map(quoted).unwrap_or_default()));
        }
        if refused {
            return self.refuse(Code::SettlementRedirected);
        }
        let silent = status >= 500 && code == Code::SettlementMissing;
        let code = if silent { Code::SettlementUnavailable } else { code };
        record.evidence.problem = Some(String::from(code.as_str()));
        // Content goes to the caller (threats P23); the amount stays counted as spent.
        self.finish(State::Unknown)
    }

    fn finish(&mut self, state: State) -> Command {
        // The same answer to the same bytes again is no news.
        let known = self.record.as_ref().is_some_and(|record| record.state() == State::Settled);
        let write = if known { None } else { self.write(state) };
        match &self.record {
            Some(record) => Command::Finish { write, record: Box::new(record.clone()) },
            None => self.out_of_order(Stage::Over),
        }
    }
}

fn is_redirect(status: u16) -> bool {
    // 0: browsers hide the status of a redirect they were told not to follow.
    status == 0 || (300..400).contains(&status) && status != 304
}
