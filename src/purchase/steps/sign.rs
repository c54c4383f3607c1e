//! From the signature to the paid request: recover, seal, write, send.

use crate::error::Code;
use crate::json::Writer;
use crate::ledger::Entry;
use crate::primitives::{Secret, keccak256};
use crate::purchase::answer::{Expectation, Proof};
use crate::purchase::authorisation::Signed;
use crate::purchase::presented::Presented;
use crate::purchase::steps::resume::expectation;
use crate::purchase::{Command, Failure, Purchase, Stage, TypedData};
use crate::record::State;
#[cfg(feature = "local-signer")]
use crate::signer::LocalKey;
use crate::signer::{Signature, Verified};

impl Purchase {
    /// What [`Command::Sign`] asks of a wallet, until it is answered.
    pub fn typed_data(&self) -> Option<TypedData> {
        match &self.stage {
            Stage::Signing { unsigned, .. } => Some(unsigned.typed_data()),
            _ => None,
        }
    }

    /// The wallet's answer to [`Command::Sign`], as text.
    pub fn on_signature(&mut self, text: &str, now_s: u64) -> Command {
        self.tick(now_s);
        let Stage::Signing { unsigned, .. } = &self.stage else {
            let stage = self.take_stage();
            return self.out_of_order(stage);
        };
        match Signature::parse(text).and_then(|signature| signature.verify(unsigned.digest())) {
            Ok(verified) => self.seal(&verified),
            Err(error) => self.refuse(error.code()),
        }
    }

    /// Answers [`Command::Sign`] with a local key.
    #[cfg(feature = "local-signer")]
    pub fn sign_locally(&mut self, key: &LocalKey, now_s: u64) -> Command {
        self.tick(now_s);
        let Stage::Signing { unsigned, .. } = &self.stage else {
            let stage = self.take_stage();
            return self.out_of_order(stage);
        };
        // Checked before, not after: a key of another account signs nothing.
        if key.address() != unsigned.payer() {
            return self.refuse(Code::WalletAccount);
        }
        match key.sign_verified(unsigned.digest()) {
            Ok(verified) => self.seal(&verified),
            Err(error) => self.refuse(error.code()),
        }
    }

    fn seal(&mut self, verified: &Verified) -> Command {
        let (unsigned, prepared) = match self.take_stage() {
            Stage::Signing { unsigned, prepared } => (unsigned, prepared),
            other => return self.out_of_order(other),
        };
        let payer = unsigned.payer();
        let signed = match unsigned.attach(verified) {
            Ok(signed) => signed,
            Err(error) => {
                let facts = alloc::format!("payer {payer}, over these terms the signer would be {}", verified.signer());
                return self.fail(Failure::with(error.code(), facts));
            }
        };
        let proof = Proof::of(&signed.message, prepared.as_ref().map(|prepared| &prepared.parameters));
        let Some(record) = &self.record else { return self.out_of_order(Stage::Over) };
        let Some(expectation) = proof.and_then(|proof| expectation(record, proof)) else {
            return self.out_of_order(Stage::Over);
        };
        let authorisation = keccak256(signed.value.as_bytes());
        if let Some(attempt) = &record.attempt {
            // A person may take an hour to say yes. What is dead already is not sent.
            if let Some(valid_before_s) = attempt.valid_before_s.filter(|valid_before_s| self.now_s >= *valid_before_s)
            {
                let facts = alloc::format!("valid before {valid_before_s}, answered at {}", self.now_s);
                return self.fail(Failure::with(Code::SignatureExpired, facts));
            }
        }
        let mut sealed =
            Writer::object().text("url", &self.target).text("header", signed.header).text("value", &signed.value);
        // What was agreed to, word for word: the record has only its hash.
        sealed = sealed.text("accepted", &signed.accepted);
        if let Some(prepared) = &prepared {
            // As text, so that a document of any depth fits into an object of ours.
            sealed = sealed.text("core", &prepared.document);
        }
        self.sealed = Some(Secret::new(sealed.finish()));
        let from = record.state();
        let mut proposed = record.clone();
        if let Some(attempt) = &mut proposed.attempt {
            attempt.authorisation = Some(authorisation);
        }
        proposed.enter(State::Signed, self.now_s);
        let entry = Entry { record: proposed.clone(), sealed: self.sealed.clone() };
        self.proposed = Some(proposed);
        if seeded_bug!(12) {
            self.adopt();
            return self.present(signed, expectation);
        }
        self.stage = Stage::Sealing { signed, expectation };
        Command::Advance { from, entry }
    }

    /// The store confirmed [`Command::Advance`], or found the entry in another state.
    pub fn on_advanced(&mut self, confirmed: bool, now_s: u64) -> Command {
        self.tick(now_s);
        let (signed, expectation) = match self.take_stage() {
            Stage::Sealing { signed, expectation } => (signed, expectation),
            other => return self.out_of_order(other),
        };
        if !confirmed {
            // Another process moved the entry on: what it wrote stands, ours was never sent.
            (self.record, self.proposed, self.sealed) = (None, None, None);
            return self.refuse(Code::PurchaseInProgress);
        }
        self.adopt();
        self.present(signed, expectation)
    }

    fn present(&mut self, signed: Signed, expectation: Expectation) -> Command {
        let presented = Presented::new(self.target.clone(), signed.header, Secret::new(signed.value), expectation);
        let command = presented.send();
        self.stage = Stage::Sending(presented);
        command
    }
}
