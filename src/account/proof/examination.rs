//! Whether evidence proves what it says: every part held against the record, the record against its own chain.
//!
//! Knows no network, store or clock. Whose word the rest stands on is said: a chain shows that a record was not altered,
//! not who wrote it, and a key that nobody pinned is the evidence's own.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::certificate::{GuaranteeFacts, OperatorSignature, is_pinned};
use super::evidence::Parts;
use super::report::{Check, Report, Standing, Topic};
use super::terms::{Terms, asset_of};
use crate::account::Failure;
use crate::core4mica::Parameters;
use crate::error::Code;
use crate::owner::verify_record;
use crate::payment::{Message, Payment, decoded};
use crate::primitives::keccak256;
use crate::record::{AttemptFacts, Record, TermsFacts};
use crate::registry::{Core, Registry};

const UNSIGNED: &str = "the record tells of no signature";

/// Evidence whose parts were held against each other; the operator's BLS signature may still be open.
#[derive(Debug)]
pub struct Examination {
    checks: Vec<Check>,
    record: Option<Record>,
    pub(super) transaction: Option<String>,
    pub(super) certificate: Option<GuaranteeFacts>,
    pub(super) open: Option<OperatorSignature>,
}

impl Examination {
    /// Examines evidence. `registry` has the tokens and cores that whoever asks vouches for; a core that is not in it is
    /// taken at the word of the evidence, which is said. `response` are the bytes of the content, where they are at hand.
    ///
    /// # Errors
    /// [`Code::Options`]: not evidence of this version; names the member.
    pub fn new(evidence: &[u8], registry: &Registry, response: Option<&[u8]>) -> Result<Self, Failure> {
        let parts = Parts::read(evidence)?;
        let mut examination =
            Examination { checks: Vec::new(), record: None, transaction: None, certificate: None, open: None };
        match verify_record(parts.record.as_bytes()) {
            // Without a record nothing else has a meaning.
            Err(error) => {
                let says = alloc::format!("the record cannot be relied on: {}", error.as_str());
                examination.checks.push(Check::fails(Topic::Record, &says).with(Code::RecordUnreadable));
            }
            Ok(record) => {
                examination.note(Check::holds(Topic::Record, "the record is as it was written"));
                examination.note(challenge(&parts, &record));
                examination.payment(&parts, &record, registry);
                examination.note(content(&record, response));
                examination.record = Some(record);
            }
        }
        examination.tell_the_rest();
        Ok(examination)
    }

    /// What is still to be checked outside; `None` where nothing is.
    pub fn operator_signature(&self) -> Option<&OperatorSignature> {
        self.open.as_ref()
    }

    /// Takes what the verifier of [`Examination::operator_signature`] found: `None` when it is genuine.
    pub fn conclude(mut self, problem: Option<Code>) -> Report {
        if let Some(code) = problem.filter(|_| self.open.is_some()) {
            self.certificate = None;
            if let Some(check) = self.checks.iter_mut().find(|check| check.topic == Topic::Certificate) {
                *check = Check::fails(Topic::Certificate, code.meaning()).with(code);
            }
        }
        let Examination { checks, record, certificate, transaction, .. } = self;
        Report { checks, record, certificate, transaction }
    }

    pub(super) fn note(&mut self, check: Check) {
        self.checks.push(check);
    }

    // A check that was not made is named all the same.
    fn tell_the_rest(&mut self) {
        let guarantee = self.record.as_ref().and_then(|record| record.attempt.as_ref());
        let guarantee = guarantee.is_some_and(|attempt| attempt.kind != "eip3009");
        let made: Vec<_> = self.checks.iter().map(|check| check.topic).collect();
        let apply = |topic: &Topic| guarantee || !matches!(topic, Topic::Core | Topic::Certificate);
        for topic in Topic::ALL.into_iter().filter(|topic| !made.contains(topic)).filter(apply) {
            self.note(Check::new(topic, Standing::Absent, "not checked: what it rests on is not here, or wrong"));
        }
        self.checks.sort_by_key(|check| Topic::ALL.iter().position(|topic| *topic == check.topic));
    }

    fn payment(&mut self, parts: &Parts, record: &Record, registry: &Registry) {
        let signed = record.attempt.as_ref().zip(record.terms.as_ref());
        let signed = signed.and_then(|(attempt, terms)| Some((attempt, terms, attempt.authorisation?)));
        let Some((attempt, terms, authorisation)) = signed else {
            // A payment that the record does not know of proves nothing about it.
            let standing = if parts.payment.is_some() { Standing::Fails } else { Standing::Absent };
            return self.note(Check::new(Topic::Payment, standing, UNSIGNED));
        };
        let Some((header, value)) = &parts.payment else {
            return self.note(Check::new(Topic::Payment, Standing::Missing, "the signed payment is not here"));
        };
        if keccak256(value.as_bytes()) != authorisation {
            return self.note(Check::fails(Topic::Payment, "these are not the bytes whose hash the record has"));
        }
        let json = decoded(value);
        let payment = json.as_deref().and_then(Payment::read);
        let Some(payment) = payment.filter(|payment| is_of(payment, header, terms)) else {
            return self.note(Check::fails(Topic::Payment, "it is no payment of these terms"));
        };
        self.note(Check::holds(Topic::Payment, "the bytes that left are those whose hash the record has"));
        let Some((message, core)) = self.message(&payment, parts, attempt, terms, registry) else { return };
        self.signature(&payment, &message, attempt, terms);
        self.settlement(parts.settlement.as_deref(), record, attempt, &message, core);
    }

    // The message, and for a guarantee the core with its parameters.
    fn message(
        &mut self,
        payment: &Payment<'_>,
        parts: &Parts,
        attempt: &AttemptFacts,
        terms: &TermsFacts,
        registry: &Registry,
    ) -> Option<(Message, Option<(Core, Parameters)>)> {
        if attempt.kind == "eip3009" {
            let Some(asset) = asset_of(&terms.asset, payment.network, registry) else {
                let says = "the token is not pinned here, so the domain it is signed in is not known";
                self.note(Check::fails(Topic::Authorisation, says).with(Code::AssetNotAllowed));
                return None;
            };
            let message = payment.transfer(&asset);
            if message.is_none() {
                self.note(Check::fails(Topic::Authorisation, "it carries no transfer authorisation"));
            }
            return message.map(|message| (message, None));
        }
        let Some(document) = &parts.core else {
            self.note(Check::new(Topic::Core, Standing::Missing, "the core's parameters are not here"));
            return None;
        };
        let core = registry.core(payment.network).unwrap_or_else(|| Core::at(payment.network, ""));
        let parameters = match Parameters::read(document.as_bytes(), &core) {
            Ok(parameters) => parameters,
            Err(error) => {
                self.note(Check::fails(Topic::Core, error.code().meaning()).with(error.code()));
                return None;
            }
        };
        self.note(Check::holds(
            Topic::Core,
            match is_pinned(parameters.generation, &core) {
                true => "the core's parameters are those that were pinned, operator included",
                false => "the operator is whom this evidence names: no key was pinned to hold it against",
            },
        ));
        match payment.guarantee(&parameters) {
            Some(message) => Some((message, Some((core, parameters)))),
            None => {
                self.note(Check::fails(Topic::Authorisation, "it carries no guarantee of this core's generation"));
                None
            }
        }
    }

    fn signature(&mut self, payment: &Payment<'_>, message: &Message, attempt: &AttemptFacts, terms: &TermsFacts) {
        let differs = [
            ("kind", message.kind() == attempt.kind),
            ("payer", message.payer() == attempt.payer),
            ("recipient", message.recipient() == terms.pay_to),
            ("amount", message.amount() == terms.amount),
            ("asset", crate::policy::asset_text(&(payment.network, message.asset())) == terms.asset),
            ("nonce", message.nonce() == attempt.nonce),
            ("validBefore", message.valid_before_s() == attempt.valid_before_s),
            ("accepted", payment.repeats(message)),
            ("digest", message.digest() == attempt.digest),
        ];
        self.note(match differs.into_iter().find(|(_, same)| !same) {
            None => Check::holds(Topic::Authorisation, "it says what the record says, under the digest it has"),
            Some((field, _)) => {
                Check::fails(Topic::Authorisation, &alloc::format!("its {field} is not that of the record"))
            }
        });
        self.note(match payment.signer(message) {
            Ok(signer) if signer == attempt.payer => {
                Check::holds(Topic::Payer, &alloc::format!("{signer} signed exactly this"))
            }
            Ok(_) => Check::fails(Topic::Payer, Code::SignatureSigner.meaning()).with(Code::SignatureSigner),
            Err(error) => Check::fails(Topic::Payer, error.code().meaning()).with(error.code()),
        });
    }
}

/// As [`Examination`], with the operator's signature.
///
/// # Errors
/// As [`Examination::new`].
#[cfg(feature = "bls")]
pub fn verify_evidence(evidence: &[u8], registry: &Registry, response: Option<&[u8]>) -> Result<Report, Failure> {
    let examination = Examination::new(evidence, registry, response)?;
    let problem = examination.operator_signature().and_then(|signature| signature.verify().err());
    Ok(examination.conclude(problem))
}

fn challenge(parts: &Parts, record: &Record) -> Check {
    let (Some(entry), Some(terms)) = (&parts.challenge, &record.terms) else {
        return Check::new(Topic::Challenge, Standing::Absent, "the accepted entry is not here, only its hash");
    };
    if keccak256(entry.as_bytes()) != terms.hash {
        return Check::fails(Topic::Challenge, "it is not the entry whose hash the record has");
    }
    let same = Terms::read(entry, terms.version).is_some_and(|stated| {
        (stated.scheme.as_str(), &stated.network.to_string()) == (terms.scheme.as_str(), &terms.network)
            && (stated.amount, &stated.asset, stated.pay_to) == (terms.amount, &terms.asset, terms.pay_to)
    });
    match same {
        true => Check::holds(Topic::Challenge, "the seller asked for what the record says was accepted"),
        false => Check::fails(Topic::Challenge, "the seller asked for something else than the record says"),
    }
}

fn content(record: &Record, response: Option<&[u8]>) -> Check {
    match (record.evidence.output, response) {
        (_, None) => Check::new(Topic::Response, Standing::Absent, "no content was given to compare"),
        (None, Some(_)) => Check::fails(Topic::Response, "the record has no hash of the content"),
        (Some(hash), Some(bytes)) if keccak256(bytes) == hash => {
            Check::holds(Topic::Response, "the content is that of the paid answer")
        }
        (Some(_), Some(_)) => Check::fails(Topic::Response, "the content is not that of the paid answer"),
    }
}

fn is_of(payment: &Payment<'_>, header: &str, terms: &TermsFacts) -> bool {
    payment.version.number() == terms.version
        && payment.version.payment_header() == header
        && payment.scheme.as_str() == terms.scheme
        && payment.network.to_string() == terms.network
        && payment.accepted().is_none_or(|entry| keccak256(entry.as_bytes()) == terms.hash)
}
