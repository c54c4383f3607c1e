//! From the signature to the outcome: recover, seal, send, judge. And the way back in after a restart.

use alloc::string::String;

use super::select::quoted;
use crate::core4mica::Parameters;
use crate::error::Code;
use crate::json::{self, Writer};
use crate::primitives::{Network, keccak256};
use crate::purchase::answer::{Expectation, Proof, Verdict};
use crate::purchase::authorisation::Message;
use crate::purchase::command::{Command, Entry, Failure};
use crate::purchase::{PaidAnswer, Purchase, Stage};
use crate::record::{Record, State};
use crate::scheme::guarantee::Guarantee;
#[cfg(feature = "local-signer")]
use crate::signer::LocalKey;
use crate::signer::Signature;
use crate::x402::header;

impl Purchase {
    /// The wallet's answer to [`Command::Sign`], as text.
    pub fn on_signature(&mut self, text: &str, now_s: u64) -> Command {
        self.tick(now_s);
        match Signature::parse(text) {
            Ok(signature) => self.seal(&signature),
            Err(error) => self.fail(Failure::new(error.code())),
        }
    }

    /// Answers [`Command::Sign`] with a local key.
    #[cfg(feature = "local-signer")]
    pub fn sign_locally(&mut self, key: &LocalKey, now_s: u64) -> Command {
        self.tick(now_s);
        let Stage::Signing { unsigned, .. } = &self.stage else { return self.out_of_order() };
        let signature = key.sign(unsigned.digest());
        self.seal(&signature)
    }

    fn seal(&mut self, signature: &Signature) -> Command {
        let Stage::Signing { unsigned, prepared } = core::mem::replace(&mut self.stage, Stage::Over) else {
            return self.out_of_order();
        };
        let signed = match unsigned.attach(signature) {
            Ok(signed) => signed,
            Err(error) => return self.fail(Failure::new(error.code())),
        };
        let proof = Proof::of(signed.message.clone(), prepared.as_ref().map(|prepared| &prepared.parameters));
        let Some(expectation) = self.record.as_ref().and_then(|record| expectation(record, proof?)) else {
            return self.out_of_order();
        };
        let Some(record) = &mut self.record else { return self.out_of_order() };
        if let Some(attempt) = &mut record.attempt {
            attempt.authorisation = Some(keccak256(signed.value.as_bytes()));
        }
        let mut sealed =
            Writer::object().text("url", &self.target).text("header", signed.header).text("value", &signed.value);
        if let Some(prepared) = &prepared {
            sealed = sealed.raw("core", &prepared.document);
        }
        self.sealed = Some(sealed.finish());
        let mut entry = Entry { record: record.clone(), sealed: self.sealed.clone() };
        entry.record.history.push((State::Signed, self.now_s));
        let from = record.state();
        self.stage = Stage::Sealing { signed, expectation };
        Command::Advance { from, entry }
    }

    /// The store confirmed [`Command::Advance`], or found the entry in another state.
    pub fn on_advanced(&mut self, confirmed: bool, now_s: u64) -> Command {
        self.tick(now_s);
        let Stage::Sealing { signed, expectation } = core::mem::replace(&mut self.stage, Stage::Over) else {
            return self.out_of_order();
        };
        let Some(record) = self.record.as_mut().filter(|_| confirmed) else {
            // Another process moved the entry on: what it wrote stands, ours was never sent.
            self.record = None;
            return self.fail(Failure::new(Code::PurchaseInProgress));
        };
        record.history.push((State::Signed, self.now_s));
        self.stage = Stage::Sending(expectation);
        Command::Send { url: self.target.clone(), header: signed.header, value: signed.value }
    }

    /// The answer to [`Command::Send`].
    pub fn on_settlement(&mut self, answer: &PaidAnswer, now_s: u64) -> Command {
        self.tick(now_s);
        let Stage::Sending(expectation) = core::mem::replace(&mut self.stage, Stage::Over) else {
            return self.out_of_order();
        };
        let Some(record) = &mut self.record else { return self.out_of_order() };
        record.evidence.status = Some(u64::from(answer.status));
        match expectation.judge(answer.header.as_deref()) {
            Verdict::Settled { transaction, certificate } => {
                record.evidence.transaction = Some(transaction).filter(|text| !text.is_empty());
                record.evidence.certificate = certificate.map(|certificate| certificate.hash);
                record.evidence.cycle_id = certificate.map(|certificate| certificate.cycle_id);
                self.settled(answer.status)
            }
            Verdict::Certified { certificate, signature, claims, operator_key } => {
                self.stage = Stage::Verifying { certificate, status: answer.status };
                Command::VerifyCertificate { claims, signature, operator_key }
            }
            Verdict::Unproven { code, reason } => self.unproven(answer.status, code, reason.as_deref()),
        }
    }

    /// The answer to [`Command::VerifyCertificate`]: `None` when genuine, else the code of what is wrong.
    pub fn on_certificate(&mut self, problem: Option<Code>, now_s: u64) -> Command {
        self.tick(now_s);
        let Stage::Verifying { certificate, status } = core::mem::replace(&mut self.stage, Stage::Over) else {
            return self.out_of_order();
        };
        let Some(record) = &mut self.record else { return self.out_of_order() };
        match problem {
            Some(code) => self.unproven(status, code, None),
            None => {
                record.evidence.certificate = Some(certificate.hash);
                record.evidence.cycle_id = Some(certificate.cycle_id);
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
            let write = self.write(State::Settled);
            return Command::Fail { failure: Failure::new(Code::PaidRedirect), write };
        }
        self.finish(State::Settled)
    }

    fn unproven(&mut self, status: u16, code: Code, reason: Option<&str>) -> Command {
        let facts = reason.map(quoted).unwrap_or_default();
        match status {
            402 => self.fail(Failure { facts, ..Failure::new(Code::SettlementDemandedAgain) }),
            status if is_redirect(status) => self.fail(Failure::new(Code::SettlementRedirected)),
            status => {
                let code =
                    if status >= 500 && code == Code::SettlementMissing { Code::SettlementUnavailable } else { code };
                if let Some(record) = &mut self.record {
                    record.evidence.problem = Some(String::from(code.as_str()));
                }
                // Content goes to the caller (threats P23); the amount stays counted as spent.
                self.finish(State::Unknown)
            }
        }
    }

    fn finish(&mut self, state: State) -> Command {
        match self.write(state) {
            Some(write) => Command::Finish { write },
            None => self.out_of_order(),
        }
    }

    /// Takes up a stored purchase: presents the identical bytes, or says why not.
    pub(in crate::purchase) fn resume(&mut self, record: Record, sealed: Option<String>) -> Command {
        let state = record.state();
        let restored = sealed.as_deref().and_then(|sealed| restore(sealed, &record, &self.config.registry));
        match (state, restored) {
            (State::Signed | State::Unknown | State::Settled, Some(restored)) => {
                self.record = Some(record);
                self.stored = true;
                self.sealed = sealed;
                self.target.clone_from(&restored.url);
                self.stage = Stage::Sending(restored.expectation);
                Command::Send { url: restored.url, header: restored.header, value: restored.value }
            }
            (State::Reserved, _) => self.fail(Failure::new(Code::PurchaseInterrupted)),
            (State::Unknown, None) => self.fail(Failure::new(Code::PurchaseInterrupted)),
            (State::Refused | State::Dead, _) => {
                let facts = record.evidence.problem.unwrap_or_default();
                self.fail(Failure { facts, ..Failure::new(Code::PurchaseRefused) })
            }
            (State::Signed | State::Settled, None) => self.fail(Failure::new(Code::RecordUnreadable)),
        }
    }
}

struct Restored {
    url: String,
    header: &'static str,
    value: String,
    expectation: Expectation,
}

// What a store gives back is checked like anything else from outside: the bytes must be those the record names.
fn restore(sealed: &str, record: &Record, registry: &crate::registry::Registry) -> Option<Restored> {
    let root = json::read_own(sealed.as_bytes()).ok()?;
    let text = |name: &str| root.member(name)?.text().map(String::from);
    let value = text("value")?;
    if record.attempt.as_ref()?.authorisation != Some(keccak256(value.as_bytes())) {
        return None;
    }
    let header = [crate::x402::Version::V1, crate::x402::Version::V2]
        .map(crate::x402::Version::payment_header)
        .into_iter()
        .find(|name| root.member("header").and_then(|node| node.text()) == Some(name))?;
    let proof = match root.member("core") {
        None => Proof::Transaction,
        Some(document) => {
            let network = Network::parse(&record.terms.as_ref()?.network)?;
            let parameters = Parameters::read(document.raw.as_bytes(), &registry.core(network)?).ok()?;
            let bytes = header::decode(&value).ok()?;
            let payment = json::read_own(&bytes).ok()?;
            let guarantee = Guarantee::read(payment.member("payload")?, &parameters.deployment())?;
            Proof::of(Message::Guarantee(guarantee), Some(&parameters))?
        }
    };
    Some(Restored { url: text("url")?, header, value, expectation: expectation(record, proof)? })
}

fn expectation(record: &Record, proof: Proof) -> Option<Expectation> {
    let terms = record.terms.as_ref()?;
    Some(Expectation {
        payer: record.attempt.as_ref()?.payer,
        network: Network::parse(&terms.network)?,
        amount: terms.amount,
        proof,
    })
}

fn is_redirect(status: u16) -> bool {
    // 0: browsers hide the status of a redirect they were told not to follow.
    status == 0 || (300..400).contains(&status) && status != 304
}
