//! The seller's word and the core's, held against what was signed and what the record tells of the outcome.

use super::certificate::{GuaranteeFacts, certified, expectation};
use super::examination::Examination;
use super::report::{Check, Standing, Topic};
use crate::core4mica::Parameters;
use crate::error::Code;
use crate::payment::Message;
use crate::primitives::Network;
use crate::purchase::{Expectation, Proof, Verdict};
use crate::record::{AttemptFacts, Record};
use crate::registry::Core;
use crate::scheme::guarantee::Guarantee;

impl Examination {
    pub(super) fn settlement(
        &mut self,
        header: Option<&str>,
        record: &Record,
        attempt: &AttemptFacts,
        message: &Message,
        core: Option<(Core, Parameters)>,
    ) {
        let Some(header) = header else {
            self.note(Check::new(Topic::Settlement, Standing::Absent, "the seller's settlement is not here"));
            if core.is_some() {
                let claimed = record.evidence.certificate.is_some();
                let (standing, says) = match claimed {
                    true => (Standing::Missing, "the record tells of a certificate that is not here"),
                    false => (Standing::Absent, "nobody showed a certificate"),
                };
                self.note(Check::new(Topic::Certificate, standing, says));
            }
            return;
        };
        match (message, core) {
            (Message::Guarantee(guarantee), Some((core, parameters))) => {
                let verdict = expectation(guarantee, &parameters, core.network).judge_header(header);
                self.certified(record, guarantee, &core, verdict);
            }
            _ => {
                let verdict = network_of(record).map(|network| {
                    let (payer, amount) = (attempt.payer, message.amount());
                    Expectation { payer, network, amount, proof: Proof::Transaction }.judge_header(header)
                });
                self.transferred(record, verdict);
            }
        }
    }

    fn transferred(&mut self, record: &Record, verdict: Option<Verdict>) {
        let stated = match verdict {
            Some(Verdict::Settled { transaction, .. }) => transaction,
            Some(Verdict::Unproven { code, .. }) => return self.unproven(record, code),
            Some(Verdict::Certified { .. }) | None => return self.unproven(record, Code::SettlementUnreadable),
        };
        // What the chain proved later stands, whatever the seller wrote.
        let later = record.evidence.proof.is_some();
        self.note(if record.evidence.transaction.as_ref() == Some(&stated) || later {
            let says = "the seller states the transaction of the record; whether it happened the chain says";
            Check::holds(Topic::Settlement, if later { "it can be read; the chain proved the outcome" } else { says })
        } else {
            Check::fails(Topic::Settlement, "it states another transaction than the record")
        });
        self.transaction = record.evidence.transaction.clone();
    }

    fn unproven(&mut self, record: &Record, code: Code) {
        let proven = record.evidence.certificate.is_some()
            || record.evidence.transaction.is_some() && record.evidence.proof.is_none();
        self.note(if proven {
            Check::fails(Topic::Settlement, code.meaning()).with(code)
        } else {
            let says = alloc::format!("it proves nothing, as the record has it: {}", code.meaning());
            Check::holds(Topic::Settlement, &says).with(code)
        });
    }

    fn certified(&mut self, record: &Record, guarantee: &Guarantee, core: &Core, verdict: Verdict) {
        let (found, open) = match certified(verdict) {
            Ok(found) => found,
            Err(failure) if failure.code.as_str().starts_with("certificate/") => {
                self.note(Check::holds(Topic::Settlement, "it can be read and names this payment"));
                let check = Check::fails(Topic::Certificate, failure.code.meaning());
                return self.note(check.with(failure.code));
            }
            Err(failure) => {
                self.unproven(record, failure.code);
                let standing = if record.evidence.certificate.is_some() { Standing::Missing } else { Standing::Absent };
                return self.note(Check::new(Topic::Certificate, standing, "it carries no certificate"));
            }
        };
        self.note(Check::holds(Topic::Settlement, "it can be read and names this payment"));
        let known = &record.evidence;
        let same = known.certificate.is_none_or(|hash| hash == found.hash)
            && (known.certificate.is_none() || known.cycle_id == found.cycle_id)
            && known.guarantee_id.is_none_or(|id| found.guarantee_id == Some(id));
        if !same {
            let says = "it is not the certificate that the record tells of";
            return self.note(Check::fails(Topic::Certificate, says).with(Code::CertificateClaims));
        }
        let facts = GuaranteeFacts::new(guarantee, found, core);
        let says = match facts.pinned {
            true => "the pinned operator guarantees every term that was signed",
            false => "the operator that this evidence names guarantees every term that was signed",
        };
        self.note(Check::holds(Topic::Certificate, says));
        (self.certificate, self.open) = (Some(facts), open);
    }
}

fn network_of(record: &Record) -> Option<Network> {
    Network::parse(&record.terms.as_ref()?.network)
}
