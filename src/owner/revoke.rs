//! Taking back an authorisation that was not used: a row in, a write, then something to sign, then a transaction out.
//!
//! What was signed moves money until its time is over. A cancellation ends that sooner, if it reaches the chain first.
//! That one may exist is durable before the wallet is asked, or a later look would take "used or cancelled" for used.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Row, advance, pinned_asset};
use crate::error::Code;
use crate::ledger::Write;
use crate::primitives::{Address, Network};
use crate::record::State;
use crate::registry::{Asset, Registry};
use crate::scheme::exact::CancelAuthorization;
#[cfg(feature = "local-signer")]
use crate::signer::LocalKey;
use crate::signer::{SignError, Signature};

/// Why an authorisation cannot be taken back.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RevokeError {
    /// The row has another version, is damaged, or lacks what a cancellation needs.
    Unreadable,
    /// Nothing was signed, and nothing will be.
    NothingSigned,
    /// The money moved.
    Settled,
    /// A 4Mica guarantee: there is no way to cancel one.
    Guarantee,
    /// The token is not in the registry, so its domain is not known.
    NotPinned,
}

impl RevokeError {
    /// The stable code.
    pub const fn code(self) -> Code {
        match self {
            RevokeError::Unreadable => Code::RecordUnreadable,
            RevokeError::NothingSigned => Code::PurchaseRefused,
            RevokeError::Settled => Code::PurchaseSettled,
            RevokeError::Guarantee => Code::PurchaseIrrevocable,
            RevokeError::NotPinned => Code::AssetNotAllowed,
        }
    }

    /// The word in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            RevokeError::Unreadable => "unreadable",
            RevokeError::NothingSigned => "nothing-signed",
            RevokeError::Settled => "settled",
            RevokeError::Guarantee => "guarantee",
            RevokeError::NotPinned => "not-pinned",
        }
    }
}

impl core::fmt::Display for RevokeError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "cannot revoke the payment: {} ({})", self.as_str(), self.code())
    }
}

impl core::error::Error for RevokeError {}

/// A cancellation that the store does not know of yet: there is nothing to sign.
#[derive(Debug)]
pub struct Revocation {
    authorisation: CancelAuthorization,
    asset: Asset,
}

impl Revocation {
    /// Begins to take back the authorisation of a row in state `reserved`, `signed` or `unknown`.
    ///
    /// The write moves the row to `unknown`. A process that is paying at this moment finds the row changed and sends
    /// nothing, and what was signed is no longer kept to be presented again: the owner does not want it paid.
    ///
    /// # Errors
    /// [`RevokeError`]
    pub fn new(row: Row<'_>, registry: &Registry, now_s: u64) -> Result<(Self, Write), RevokeError> {
        let (mut record, _) = row.read().ok_or(RevokeError::Unreadable)?;
        match record.state() {
            State::Reserved | State::Signed | State::Unknown => {}
            State::Settled => return Err(RevokeError::Settled),
            State::Planned | State::Asked | State::Approved | State::Refused | State::Dead => {
                return Err(RevokeError::NothingSigned);
            }
        }
        let attempt = record.attempt.as_ref().ok_or(RevokeError::Unreadable)?;
        if attempt.kind != "eip3009" {
            return Err(RevokeError::Guarantee);
        }
        let asset =
            record.terms.as_ref().and_then(|terms| pinned_asset(terms, registry)).ok_or(RevokeError::NotPinned)?;
        let authorisation = CancelAuthorization { authorizer: attempt.payer, nonce: attempt.nonce };
        // The first time stands: from then on one may exist.
        record.evidence.revoking_s = record.evidence.revoking_s.or(Some(now_s));
        Ok((Revocation { authorisation, asset }, advance(record, None, State::Unknown, now_s)))
    }

    /// The store confirmed the write.
    pub fn written(self) -> Cancellation {
        Cancellation { authorisation: self.authorisation, asset: self.asset }
    }
}

/// A cancellation that the store knows of, ready to be signed.
#[derive(Debug)]
pub struct Cancellation {
    authorisation: CancelAuthorization,
    asset: Asset,
}

/// A call that anybody may send, and pay the gas of.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Transaction {
    /// Network.
    pub network: Network,
    /// Token contract.
    pub to: Address,
    /// `cancelAuthorization(address,bytes32,uint8,bytes32,bytes32)` and its arguments.
    pub data: Vec<u8>,
}

impl Cancellation {
    /// The account that must sign: the payer.
    pub fn signer(&self) -> Address {
        self.authorisation.authorizer
    }

    /// The EIP-155 chain the wallet must be on.
    pub fn chain_id(&self) -> u64 {
        self.asset.network.chain_id()
    }

    /// The parameter of `eth_signTypedData_v4`.
    pub fn typed_data(&self) -> String {
        self.authorisation.typed_data(&self.asset)
    }

    /// Takes the wallet's answer, if it is the payer's signature over exactly this. It may be asked again.
    ///
    /// # Errors
    /// [`SignError`]: no signature, or anybody else's, or over anything else.
    pub fn sign(&self, signature: &str) -> Result<Transaction, SignError> {
        let signature = Signature::parse(signature)?;
        if signature.recover(&self.authorisation.digest(&self.asset))? != self.authorisation.authorizer {
            return Err(SignError::Signer);
        }
        Ok(self.transaction(&signature))
    }

    /// Signs with a local key.
    ///
    /// # Errors
    /// [`SignError::Signer`]: the key of another account.
    #[cfg(feature = "local-signer")]
    pub fn sign_locally(&self, key: &LocalKey) -> Result<Transaction, SignError> {
        if key.address() != self.authorisation.authorizer {
            return Err(SignError::Signer);
        }
        Ok(self.transaction(&key.sign(&self.authorisation.digest(&self.asset))?))
    }

    fn transaction(&self, signature: &Signature) -> Transaction {
        let data = self.authorisation.call(signature);
        Transaction { network: self.asset.network, to: self.asset.address, data }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{self, NONCE, NOW_S};
    use super::super::verify_record;
    use super::*;
    use crate::ledger::{Entry, Intent, MemoryLedger};
    use crate::record::Record;
    use crate::signer::LocalKey;

    const LATER_S: u64 = NOW_S + 30;

    fn begun(record: &Record) -> Result<(Revocation, Write), RevokeError> {
        let row = Row { record: &record.to_json(), sealed: Some("{\"value\":\"x\"}") };
        Revocation::new(row, &Registry::default(), LATER_S)
    }

    #[test]
    fn the_store_knows_before_the_wallet_is_asked() {
        for record in [sample::reserved(), sample::signed(), sample::unknown()] {
            let (_, write) = begun(&record).unwrap();
            assert_eq!((write.from, write.entry.record.state()), (Some(record.state()), State::Unknown));
            assert_eq!(write.entry.record.evidence.revoking_s, Some(LATER_S));
            assert!(write.entry.sealed.is_none(), "it is not presented again");
            let text = write.entry.record.to_json();
            assert!(text.contains(&alloc::format!("\"revoking\":{LATER_S}")));
            assert_eq!(verify_record(text.as_bytes()), Ok(write.entry.record.clone()));
            // Once more: the first time stands.
            let again =
                Revocation::new(Row { record: &text, sealed: None }, &Registry::default(), LATER_S + 9).unwrap().1;
            assert_eq!(again.entry.record.evidence.revoking_s, Some(LATER_S));
        }
    }

    #[test]
    fn a_process_that_is_paying_at_this_moment_finds_its_row_changed() {
        let mut ledger = MemoryLedger::default();
        let entry = Entry { record: sample::reserved(), sealed: None };
        ledger.reserve(&Intent { from: None, entry, holds: Vec::new(), notes: Vec::new() });
        let (_, write) = begun(&sample::reserved()).unwrap();
        assert!(ledger.advance(write.from.unwrap(), &write.entry));
        assert!(!ledger.advance(State::Reserved, &Entry { record: sample::signed(), sealed: None }));
    }

    #[test]
    fn what_cannot_be_cancelled_is_refused_by_name() {
        let mut dead = sample::unknown();
        dead.enter(State::Dead, LATER_S);
        let mut unpinned = sample::reserved();
        unpinned.terms.as_mut().unwrap().asset = alloc::format!("eip155:1/erc20:{}", Address::from_bytes([0x33; 20]));
        for (record, error) in [
            (sample::settled(), RevokeError::Settled),
            (sample::guarantee(), RevokeError::Guarantee),
            (sample::asked(), RevokeError::NothingSigned),
            (dead, RevokeError::NothingSigned),
            (sample::rebuilt(unpinned), RevokeError::NotPinned),
        ] {
            assert_eq!(begun(&record).unwrap_err(), error);
        }
        let damaged = sample::unknown().to_json().replace("10000", "10001");
        let row = Row { record: &damaged, sealed: None };
        assert_eq!(Revocation::new(row, &Registry::default(), LATER_S).unwrap_err(), RevokeError::Unreadable);
    }

    #[test]
    fn only_the_payers_signature_over_this_cancellation_makes_a_transaction() {
        let cancellation = begun(&sample::unknown()).unwrap().0.written();
        assert_eq!((cancellation.signer(), cancellation.chain_id()), (sample::payer(), 8453));
        assert!(cancellation.typed_data().contains("\"primaryType\":\"CancelAuthorization\""));
        let digest = CancelAuthorization { authorizer: sample::payer(), nonce: NONCE }.digest(&cancellation.asset);
        let signed = |key: u8, digest| LocalKey::from_bytes(&mut [key; 32]).unwrap().sign(digest).unwrap().to_hex();
        let transaction = cancellation.sign(&signed(1, &digest)).unwrap();
        assert_eq!(transaction.to.checksummed(), sample::USDC);
        // Source: FiatTokenV2, selector of the form with v, r and s.
        assert_eq!(transaction.data[..4], [0x5a, 0x04, 0x9a, 0x70]);
        assert_eq!(transaction.data.len(), 4 + 5 * 32);
        let key = |byte: u8| LocalKey::from_bytes(&mut [byte; 32]).unwrap();
        assert_eq!(cancellation.sign_locally(&key(1)), Ok(transaction));
        assert_eq!(cancellation.sign_locally(&key(2)), Err(SignError::Signer));
        assert_eq!(cancellation.sign(&signed(2, &digest)), Err(SignError::Signer));
        assert_eq!(cancellation.sign(&signed(1, &[9; 32])), Err(SignError::Signer));
        assert_eq!(cancellation.sign("0x"), Err(SignError::Format));
    }
}
