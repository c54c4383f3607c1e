//! The seller's answer to a signed payment, held against what was signed. A claim that cannot be proven leaves
//! the outcome unknown; nothing here ever turns "don't know" into "not paid".

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::authorisation::Message;
use crate::core4mica::Parameters;
use crate::error::Code;
use crate::json::{self, Node};
use crate::primitives::{Address, Amount, Network, hex};
use crate::registry;
use crate::scheme::guarantee::{Certificate, Deployment, Guarantee, Receipt};
use crate::signer::Signature;
use crate::x402::{CertificateHex, ChallengeError, Settlement};

// Longest certificate read, in bytes: V2 claims with the longest tag are under 1 KiB.
const MAX_CLAIMS_BYTES: usize = 2048;
/// Longest body of a refusal that is looked at, in bytes.
pub(super) const MAX_REFUSAL_BYTES: usize = 16 * 1024;

/// What a settlement must match.
#[derive(Clone, Debug)]
pub(crate) struct Expectation {
    pub(crate) payer: Address,
    pub(crate) network: Network,
    pub(crate) amount: Amount,
    pub(crate) proof: Proof,
}

/// What counts as proof beyond the seller's word.
#[derive(Clone, Debug)]
pub(crate) enum Proof {
    /// A transaction the owner can look up.
    Transaction,
    /// Core's certificate or receipt over the guarantee.
    Certificate { guarantee: Arc<Guarantee>, parameters: Arc<Parameters> },
}

impl Proof {
    pub(super) fn of(message: &Message, parameters: Option<&Arc<Parameters>>) -> Option<Self> {
        match (message, parameters) {
            (Message::Transfer(_), _) => Some(Proof::Transaction),
            (Message::Guarantee(guarantee), Some(parameters)) => {
                Some(Proof::Certificate { guarantee: Arc::clone(guarantee), parameters: Arc::clone(parameters) })
            }
            (Message::Guarantee(_), None) => None,
        }
    }
}

impl Parameters {
    pub(crate) fn deployment(&self) -> Deployment<'_> {
        Deployment {
            name: &self.name,
            version: &self.version,
            chain_id: self.chain_id,
            contract: self.contract,
            generation: self.generation,
        }
    }
}

/// What the answer amounts to.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// Matches, and nothing more can be checked here.
    Settled { transaction: String, certificate: Option<Certified> },
    /// Matches; the operator's BLS signature is still to be checked.
    Certified { certificate: Certified, signature: Vec<u8>, claims: Vec<u8>, operator_key: [u8; 48] },
    /// Proves nothing.
    Unproven { code: Code, reason: Option<String> },
}

/// The part of a certificate that goes into the record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Certified {
    pub(crate) hash: [u8; 32],
    /// None where it is charged to a tab.
    pub(crate) cycle_id: Option<[u8; 32]>,
    /// Where Core's name for the guarantee can be known.
    pub(crate) guarantee_id: Option<[u8; 32]>,
}

impl Expectation {
    /// True where a guarantee was signed, of which Core takes each once.
    pub(super) fn is_of_a_guarantee(&self) -> bool {
        matches!(self.proof, Proof::Certificate { .. })
    }

    /// Judges the settlement header of an answer.
    pub(crate) fn judge_header(&self, header: &str) -> Verdict {
        self.judge(Some(Settlement::read(header)))
    }

    /// Judges the settlement of an answer, where it has one, as it was read from its header.
    pub(crate) fn judge(&self, settlement: Option<Result<Settlement, ChallengeError>>) -> Verdict {
        let Some(settlement) = settlement else { return unproven(Code::SettlementMissing) };
        let Ok(settlement) = settlement else { return unproven(Code::SettlementUnreadable) };
        if !settlement.success {
            return Verdict::Unproven { code: Code::SettlementFailure, reason: settlement.reason };
        }
        if !self.agrees(&settlement) {
            return unproven(Code::SettlementContradicts);
        }
        match (&self.proof, &settlement.certificate) {
            (Proof::Transaction, _) if is_transaction(&settlement.transaction) => {
                Verdict::Settled { transaction: settlement.transaction, certificate: None }
            }
            (Proof::Transaction, _) | (Proof::Certificate { .. }, None) => unproven(Code::SettlementMissing),
            (Proof::Certificate { guarantee, parameters }, Some(hex)) => judge_certificate(guarantee, parameters, hex),
        }
    }

    // Absent fields are not held against the seller: 4Mica's facilitator leaves `payer` out. Present ones must agree.
    fn agrees(&self, settlement: &Settlement) -> bool {
        let network =
            |text: &String| Network::parse(text).or_else(|| registry::network_of_v1_name(text)) == Some(self.network);
        let payer = |text: &String| Address::parse(text) == Ok(self.payer);
        let amount = |text: &String| Amount::from_decimal(text).is_ok_and(|amount| amount <= self.amount);
        settlement.network.as_ref().is_none_or(network)
            && settlement.payer.as_ref().is_none_or(payer)
            && settlement.amount.as_ref().is_none_or(amount)
    }
}

/// Judges a certificate or receipt by itself, whoever shows it.
pub(crate) fn judge_certificate(guarantee: &Guarantee, parameters: &Parameters, hex: &CertificateHex) -> Verdict {
    let Some((bytes, signature)) = decode(hex) else { return unproven(Code::CertificateEncoding) };
    match guarantee {
        Guarantee::Cycle(claims) => {
            let Some(operator_key) = parameters.operator_key else { return unproven(Code::CertificateKeyEncoding) };
            match Certificate::read(&bytes, claims, &parameters.expected) {
                Err(error) => unproven(error.code()),
                Ok(certificate) => Verdict::Certified {
                    certificate: Certified {
                        hash: certificate.hash(),
                        cycle_id: certificate.cycle_id,
                        guarantee_id: certificate.cycle_id.and_then(|cycle| claims.guarantee_id(&cycle)),
                    },
                    claims: bytes,
                    signature,
                    operator_key,
                },
            }
        }
        Guarantee::ClearingHouse(signed) => {
            let receipt = || -> Result<Certified, Code> {
                let (signer, registry) = parameters.receipt_signer.ok_or(Code::CertificateKeyEncoding)?;
                let receipt = Receipt::read(&bytes, registry, signed).map_err(|error| error.code())?;
                let signature: [u8; 65] = signature.try_into().map_err(|_| Code::CertificateEncoding)?;
                let recovered = Signature::from_bytes(&signature).and_then(|s| s.recover(receipt.digest()));
                if recovered != Ok(signer) {
                    return Err(Code::CertificateSignatureMismatch);
                }
                Ok(Certified { hash: *receipt.digest(), cycle_id: Some(signed.cycle_id), guarantee_id: None })
            };
            match receipt() {
                Ok(certified) => Verdict::Settled { transaction: String::new(), certificate: Some(certified) },
                Err(code) => unproven(code),
            }
        }
    }
}

fn unproven(code: Code) -> Verdict {
    Verdict::Unproven { code, reason: None }
}

/// Why a seller refuses, as the body of its refusal tells people: `error` of an x402 v1 challenge, and `details` where
/// 4Mica's sellers put what their facilitator said (vectors `4mica/server-packages.json`). Decides nothing.
pub(super) fn stated_reason(body: &[u8]) -> Option<String> {
    let root = json::read(body.get(..MAX_REFUSAL_BYTES).unwrap_or(body)).ok()?;
    let stated = |name| root.member(name).and_then(Node::text).filter(|text| !text.is_empty());
    match (stated("error"), stated("details")) {
        (Some(error), Some(details)) => Some(alloc::format!("{error}: {details}")),
        (error, details) => error.or(details).map(String::from),
    }
}

fn is_transaction(text: &str) -> bool {
    hex::decode_fixed::<32>(text).is_some()
}

// Core writes hex without a prefix, its facilitator with one.
fn decode(certificate: &CertificateHex) -> Option<(Vec<u8>, Vec<u8>)> {
    let bytes = |text: &str, limit: usize| {
        let digits = text.strip_prefix("0x").unwrap_or(text);
        hex::decode_up_to(&alloc::format!("0x{digits}"), limit)
    };
    Some((bytes(&certificate.claims, MAX_CLAIMS_BYTES)?, bytes(&certificate.signature, 96)?))
}
