//! From approval to payment header, one step at a time. Each type is proof of the step before it:
//! [`Approved`] → [`Plan`] → [`Reserved<Plan>`](Reserved) → [`Unsigned`] → [`Signed`].

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;

use super::Entropy;
use super::guarantee::{Draft, Prepared, Refusal};
use crate::budget::{Note, Reserved};
use crate::policy::Approved;
use crate::primitives::{Address, Amount, Hash, keccak256_of};
use crate::registry::Asset;
use crate::scheme::Method;
use crate::scheme::exact::TransferAuthorization;
use crate::scheme::guarantee::Guarantee;
use crate::signer::{SignError, Verified};
use crate::x402::identifier;

/// Seconds by which a payer's clock may be ahead of the chain's.
pub(crate) const CLOCK_ALLOWANCE_S: u64 = 600;
/// Seconds by which a guarantee is dated back: Core refuses the future, to the second.
const GUARANTEE_BACKDATE_S: u64 = 2;

/// The message of one scheme.
#[derive(Clone, Debug)]
pub(super) enum Message {
    Transfer(TransferAuthorization),
    Guarantee(Arc<Guarantee>),
}

/// Our time, and how far it was ahead of the seller's when the challenge came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clocks {
    pub(super) now_s: u64,
    pub(super) ahead_s: u64,
}

/// An approved offer with its nonce and times fixed. Not signable: nothing is reserved yet.
#[derive(Debug)]
pub(super) struct Plan {
    approved: Approved,
    payer: Address,
    message: Message,
    digest: Hash,
    note: Option<Note>,
    /// Its name for the seller.
    identifier: String,
}

impl Plan {
    /// Fixes what will be signed.
    ///
    /// # Errors
    /// [`Refusal`]: the core cannot take such a guarantee, or the seller describes it differently.
    pub(super) fn new(
        approved: Approved,
        payer: Address,
        purchase_id: &str,
        entropy: &Entropy,
        clocks: Clocks,
        prepared: Option<&Prepared>,
    ) -> Result<Self, Refusal> {
        let Clocks { now_s, ahead_s } = clocks;
        let nonce = keccak256_of(&[b"farthing/nonce/1", purchase_id.as_bytes(), &entropy.nonce]);
        let offer = approved.offer();
        let message = match (&offer.method, prepared) {
            (Method::Eip3009, _) => Message::Transfer(TransferAuthorization {
                from: payer,
                to: offer.pay_to,
                value: if seeded_bug!(9) { Amount::MAX } else { offer.amount },
                valid_after_s: now_s.saturating_sub(CLOCK_ALLOWANCE_S),
                valid_before_s: now_s.saturating_add(if seeded_bug!(3) { offer.window_s } else { approved.window_s() }),
                nonce,
            }),
            (Method::Guarantee { .. }, Some(prepared)) => {
                let salt = keccak256_of(&[b"farthing/salt/1", purchase_id.as_bytes(), &entropy.salt]);
                // Core compares with its own clock, of which the seller's is the best guess (threats P54).
                let issued_s = now_s.saturating_sub(ahead_s).saturating_sub(GUARANTEE_BACKDATE_S);
                let draft = Draft { payer, req_id: nonce, salt, issued_s };
                Message::Guarantee(Arc::new(draft.complete(offer, prepared)?))
            }
            (Method::Guarantee { .. }, None) => return Err(Refusal::unprepared()),
        };
        let digest = match &message {
            Message::Transfer(transfer) => transfer.digest(&offer.asset),
            Message::Guarantee(guarantee) => guarantee.digest(),
        };
        // In a tab the seller numbers the requests; a number that this payer signed before is never signed again.
        let tab = prepared.and_then(|prepared| prepared.tab_key(&payer, &offer.pay_to));
        let note = tab.map(|key| Note { key, was: None, value: Some(String::from(purchase_id)) });
        let identifier = identifier(purchase_id, &entropy.nonce);
        Ok(Plan { approved, payer, message, digest, note, identifier })
    }

    pub(super) fn approved(&self) -> &Approved {
        &self.approved
    }

    pub(super) fn payer(&self) -> Address {
        self.payer
    }

    /// Nonce of a transfer, request id of a guarantee.
    pub(super) fn nonce(&self) -> Hash {
        match &self.message {
            Message::Transfer(transfer) => transfer.nonce,
            Message::Guarantee(guarantee) => guarantee.req_id().word(),
        }
    }

    /// What the store must not know yet, besides the policy's own notes.
    pub(super) fn note(&self) -> Option<&Note> {
        self.note.as_ref()
    }

    /// That note, if it has this key and nobody was assumed to have it yet.
    pub(super) fn untried_note(&self, key: &str) -> Option<&Note> {
        self.note.as_ref().filter(|note| note.key == key && note.was.is_none())
    }

    /// Takes the note over from a purchase that has it and never signed.
    pub(super) fn take_over(&mut self, holder: String) {
        if let Some(note) = &mut self.note {
            note.was = Some(holder);
        }
    }

    /// `eip3009`, or the generation.
    pub(super) fn kind(&self) -> &'static str {
        match &self.message {
            Message::Transfer(_) => "eip3009",
            Message::Guarantee(guarantee) => guarantee.generation().as_str(),
        }
    }

    /// Unix second from which the authorisation is dead, where the scheme has one.
    pub(super) fn valid_before_s(&self) -> Option<u64> {
        match &self.message {
            Message::Transfer(transfer) => Some(transfer.valid_before_s),
            Message::Guarantee(_) => None,
        }
    }

    pub(super) fn digest(&self) -> &Hash {
        &self.digest
    }
}

/// The parameter of `eth_signTypedData_v4`: text for whoever shows it. A local key wants none, and it is long.
#[derive(Clone, Debug)]
pub struct TypedData(Box<(Message, Asset)>);

impl core::fmt::Display for TypedData {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (message, asset) = &*self.0;
        f.write_str(&match message {
            Message::Transfer(transfer) => transfer.typed_data(asset),
            Message::Guarantee(guarantee) => guarantee.typed_data(),
        })
    }
}

/// Something to sign: its terms are approved and its budget is held.
#[derive(Debug)]
pub(super) struct Unsigned {
    plan: Plan,
}

impl Unsigned {
    pub(super) fn new(reserved: Reserved<Plan>) -> Self {
        Unsigned { plan: reserved.into_subject() }
    }

    pub(super) fn digest(&self) -> &Hash {
        &self.plan.digest
    }

    pub(super) fn payer(&self) -> Address {
        self.plan.payer
    }

    pub(super) fn chain_id(&self) -> u64 {
        self.plan.approved.offer().network.chain_id()
    }

    pub(super) fn typed_data(&self) -> TypedData {
        TypedData(Box::new((self.plan.message.clone(), self.plan.approved.offer().asset.clone())))
    }

    /// Takes a signature, if it is the payer's over exactly this digest.
    ///
    /// # Errors
    /// [`SignError::Signer`]: anybody else's, or over anything else.
    pub(super) fn attach(self, verified: &Verified) -> Result<Signed, SignError> {
        let payer = if seeded_bug!(2) { verified.signer() } else { self.plan.payer };
        let text = verified.by(&payer, &self.plan.digest)?.to_hex();
        let payload = match &self.plan.message {
            Message::Transfer(transfer) => transfer.payload(&text),
            Message::Guarantee(guarantee) => guarantee.payload(&text),
        };
        let envelope = &self.plan.approved.offer().envelope;
        Ok(Signed {
            header: envelope.version().payment_header(),
            value: envelope.header_value(&payload, &self.plan.identifier),
            accepted: String::from(envelope.accepted()),
            message: self.plan.message,
        })
    }
}

/// A payment header: signed, recovered, complete. And what its settlement must match.
pub(super) struct Signed {
    pub(super) header: &'static str,
    pub(super) value: String,
    /// The entry of the challenge that it accepts, as received.
    pub(super) accepted: String,
    pub(super) message: Message,
}

// The value is a bearer instrument.
impl core::fmt::Debug for Signed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Signed({}: redacted)", self.header)
    }
}
