//! Certificates of generations 1 to 3: ABI bytes in, every field compared with what the payer signed.
//!
//! The BLS signature over the same bytes is checked separately (`bls`), because that code is large and only
//! loaded when a certificate arrives.

use alloc::vec::Vec;

use super::cycle::CycleClaims;
use crate::error::stage_error;
use crate::primitives::{Address, Amount, Hash, keccak256, keccak256_of};

stage_error! {
    /// Why a certificate proves nothing.
    CertificateError, "accept the certificate", {
        Encoding => CertificateEncoding,
        Claims => CertificateClaims,
    }
}

/// What must be true of a certificate, known before it arrives.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Expected {
    /// Domain separator of V1 certificates: recomputed from chain and contract, in generation 3 as the core publishes it.
    pub domain_v1: Hash,
    /// Domain separator of the highest version the core accepts, as it publishes it.
    pub domain_active: Option<Hash>,
}

impl Expected {
    /// For the core at `contract`.
    ///
    /// # Source
    /// `keccak256(abi.encode("4MICA_CORE_GUARANTEE_V1", chainId, core4mica))`, recomputed from recordings.
    pub fn new(chain_id: u64, contract: &Address, domain_active: Option<Hash>) -> Self {
        let mut tag = [0; 32];
        tag[..23].copy_from_slice(b"4MICA_CORE_GUARANTEE_V1");
        let domain_v1 = keccak256_of(&[
            &Amount::from_u64(96).word(),
            &Amount::from_u64(chain_id).word(),
            &contract.word(),
            &Amount::from_u64(23).word(),
            &tag,
        ]);
        Expected { domain_v1, domain_active }
    }
}

/// A certificate whose every field equals what was signed. Its signature is not checked yet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Certificate {
    /// The cycle it is charged in; `None` for one that is charged to a tab.
    pub cycle_id: Option<Hash>,
    /// The bytes the operator signed.
    pub claims: Vec<u8>,
}

// Fields of the inner tuple before those of a validation. A tab adds its total.
const V1_WORDS: u64 = 9;
const TAB_WORDS: u64 = 10;
// Eight static fields of a validation, and the offset of the tag.
const VALIDATION_WORDS: u64 = 9;

impl Certificate {
    /// Decodes `abi.encode(uint64 version, bytes inner)` and compares.
    ///
    /// # Errors
    /// - [`CertificateError::Encoding`]: another layout, length or padding.
    /// - [`CertificateError::Claims`]: a field differs from `signed` or from `expected`, or a tab's total is less than
    ///   what was added to it.
    ///
    /// # Source
    /// protocol notes 2.1, 2.7 and "Certificate."; vectors `4mica/certificates.json`. V2 of generation 1 was never
    /// recorded: its ten words, then the validation as in generation 2.
    pub fn read(bytes: &[u8], signed: &CycleClaims, expected: &Expected) -> Result<Self, CertificateError> {
        let version: u64 = if signed.validation().is_some() { 2 } else { 1 };
        let mut words = Words::new(bytes);
        words.expect_uint(version)?;
        words.expect_uint(64)?;
        let inner_bytes = words.length()?;
        if inner_bytes != bytes.len().saturating_sub(96) {
            return Err(CertificateError::Encoding);
        }
        if version == 2 {
            words.expect_uint(32)?;
        }
        let domain = words.next()?;
        let known = if version == 1 { Some(expected.domain_v1) } else { expected.domain_active };
        if known != Some(domain) {
            return Err(CertificateError::Claims);
        }
        let charged_to = words.next()?;
        let cycle_id = match signed.tab_id() {
            None => Some(charged_to),
            Some(tab_id) if charged_to == tab_id.word() => None,
            Some(_) => return Err(CertificateError::Claims),
        };
        words.expect_claims(&[
            signed.req_id.word(),
            signed.user.word(),
            signed.recipient.word(),
            signed.amount.word(),
        ])?;
        // What the tab amounts to with this guarantee: only Core knows the rest.
        if signed.tab_id().is_some() && Amount::from_word(&words.next()?).minus(signed.amount).is_none() {
            return Err(CertificateError::Claims);
        }
        words.expect_claims(&[
            signed.asset.word(),
            Amount::from_u64(signed.timestamp_s).word(),
            Amount::from_u64(version).word(),
        ])?;
        if let Some(validation) = signed.validation() {
            let hashes = signed.hashes(validation);
            words.expect_claims(&[
                validation.registry.word(),
                hashes.request,
                Amount::from_u64(signed.chain_id).word(),
                validation.validator.word(),
                validation.agent_id.word(),
                Amount::from_u64(u64::from(validation.min_score)).word(),
                hashes.subject,
                validation.job_hash,
            ])?;
            let before = if signed.tab_id().is_some() { TAB_WORDS } else { V1_WORDS };
            words.expect_uint(32 * (before + VALIDATION_WORDS))?;
            words.expect_text(&validation.tag)?;
        }
        if words.is_empty() {
            Ok(Certificate { cycle_id, claims: bytes.to_vec() })
        } else {
            Err(CertificateError::Encoding)
        }
    }

    /// Identity of the certificate for records: the hash of the signed bytes.
    pub fn hash(&self) -> Hash {
        keccak256(&self.claims)
    }
}

/// Reads ABI words from the front.
pub(super) struct Words<'a> {
    bytes: &'a [u8],
}

impl<'a> Words<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Words { bytes }
    }

    pub(super) fn next(&mut self) -> Result<Hash, CertificateError> {
        let (word, rest) = self.bytes.split_first_chunk::<32>().ok_or(CertificateError::Encoding)?;
        self.bytes = rest;
        Ok(*word)
    }

    fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    fn length(&mut self) -> Result<usize, CertificateError> {
        let word = self.next()?;
        let (high, low) = word.split_at(28);
        let short = high.iter().all(|byte| *byte == 0).then_some(low);
        let low: [u8; 4] = short.and_then(|low| low.try_into().ok()).ok_or(CertificateError::Encoding)?;
        usize::try_from(u32::from_be_bytes(low)).map_err(|_| CertificateError::Encoding)
    }

    fn expect_uint(&mut self, value: u64) -> Result<(), CertificateError> {
        if self.next()? == Amount::from_u64(value).word() { Ok(()) } else { Err(CertificateError::Encoding) }
    }

    fn expect_claims(&mut self, claims: &[Hash]) -> Result<(), CertificateError> {
        for claim in claims {
            if self.next()? != *claim {
                return Err(CertificateError::Claims);
            }
        }
        Ok(())
    }

    fn expect_text(&mut self, text: &str) -> Result<(), CertificateError> {
        // The length is compared before it is used: rounding a hostile one up could wrap on a 32-bit machine.
        let length = self.length()?;
        if length != text.len() {
            return Err(CertificateError::Claims);
        }
        let padded = length.div_ceil(32) * 32;
        let (content, rest) = self.bytes.split_at_checked(padded).ok_or(CertificateError::Encoding)?;
        self.bytes = rest;
        if content[length..].iter().any(|byte| *byte != 0) {
            return Err(CertificateError::Encoding);
        }
        if content[..length] == *text.as_bytes() { Ok(()) } else { Err(CertificateError::Claims) }
    }
}
