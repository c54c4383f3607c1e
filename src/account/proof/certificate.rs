//! A 4Mica certificate or receipt, held against the payment it answers: for the payer that signed and for the seller that
//! was paid alike, without a network.
//!
//! A pinned core, its public parameters, a payment and what the core or its facilitator answered enter. What was signed
//! and guaranteed leaves, once the operator's signature is genuine. BLS is checked outside where it is not compiled in.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::account::Failure;
use crate::core4mica::Parameters;
use crate::error::Code;
use crate::json::{self, Node, Writer};
use crate::payment::{Message, Payment, decoded};
use crate::primitives::{Address, Amount, Hash, Network, hex};
use crate::purchase::{Certified, Expectation, Proof, Verdict, judge_certificate};
use crate::registry::{Core, Generation};
use crate::scheme::guarantee::Guarantee;
use crate::x402::{CertificateHex, header};

/// What a core guarantees, proven.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GuaranteeFacts {
    /// Generation of the core.
    pub generation: Generation,
    /// Network it clears on.
    pub network: Network,
    /// Who signed.
    pub payer: Address,
    /// Who is paid.
    pub recipient: Address,
    /// Atomic units.
    pub amount: Amount,
    /// Token, zero for native ether.
    pub asset: Address,
    /// Request id.
    pub req_id: Amount,
    /// Unix second that was signed.
    pub timestamp_s: u64,
    /// Tab it is charged to (generation 1).
    pub tab_id: Option<Amount>,
    /// Cycle it is charged in.
    pub cycle_id: Option<Hash>,
    /// Core's name for the guarantee, where it can be known.
    pub guarantee_id: Option<Hash>,
    /// Hash of the certificate, as records keep it.
    pub certificate: Hash,
    /// True when the operator's key, or the signer of receipts, was held against a pinned one. Otherwise it is the one in
    /// the parameters, and proves as much as whoever they came from.
    pub pinned: bool,
}

impl GuaranteeFacts {
    pub(super) fn new(guarantee: &Guarantee, certified: Certified, core: &Core) -> Self {
        let message = Message::Guarantee(guarantee.clone());
        let (timestamp_s, tab_id) = match guarantee {
            Guarantee::Cycle(claims) => (claims.timestamp_s, claims.tab_id().copied()),
            Guarantee::ClearingHouse(signed) => (signed.timestamp_s, None),
        };
        GuaranteeFacts {
            generation: guarantee.generation(),
            network: core.network,
            payer: message.payer(),
            recipient: message.recipient(),
            amount: message.amount(),
            asset: message.asset(),
            req_id: guarantee.req_id(),
            timestamp_s,
            tab_id,
            cycle_id: certified.cycle_id,
            guarantee_id: certified.guarantee_id,
            certificate: certified.hash,
            pinned: is_pinned(guarantee.generation(), core),
        }
    }

    /// As JSON; its TypeScript type is written from tests/core/generated.
    pub fn to_json(&self) -> String {
        let word = |hash: &Option<Hash>| hash.as_ref().map(|hash| hex::encode(hash));
        Writer::object()
            .text("generation", self.generation.as_str())
            .text("network", &self.network.to_string())
            .text("payer", &self.payer.checksummed())
            .text("recipient", &self.recipient.checksummed())
            .text("amount", &self.amount.to_string())
            .text("asset", &self.asset.checksummed())
            .text("reqId", &hex::encode(&self.req_id.word()))
            .integer("timestamp", self.timestamp_s)
            .text_if("tabId", self.tab_id.as_ref().map(Amount::to_string).as_deref())
            .text_if("cycleId", word(&self.cycle_id).as_deref())
            .text_if("guaranteeId", word(&self.guarantee_id).as_deref())
            .text("certificate", &hex::encode(&self.certificate))
            .text("operator", if self.pinned { "pinned" } else { "published" })
            .finish()
    }
}

/// Whether the owner pinned whoever certifies.
pub(super) fn is_pinned(generation: Generation, core: &Core) -> bool {
    match generation {
        Generation::Tab | Generation::Cycle | Generation::Sdk2 => core.operator_key.is_some(),
        Generation::ClearingHouse => core.guarantee_signer.is_some(),
    }
}

/// An operator's BLS signature that is still to be checked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OperatorSignature {
    /// The bytes that were signed.
    pub claims: Vec<u8>,
    /// As it came: 96 bytes when it is one.
    pub signature: Vec<u8>,
    /// The operator's key.
    pub operator_key: [u8; 48],
}

impl OperatorSignature {
    /// Checks it.
    ///
    /// # Errors
    /// A code of the stage `certificate/…`.
    #[cfg(feature = "bls")]
    pub fn verify(&self) -> Result<(), Code> {
        use crate::scheme::guarantee::bls::{OperatorKey, verify};
        let signature: &[u8; 96] =
            self.signature.as_slice().try_into().map_err(|_| Code::CertificateSignatureEncoding)?;
        let key = OperatorKey::from_bytes(&self.operator_key).map_err(|error| error.code())?;
        verify(&key, &self.claims, signature).map_err(|error| error.code())
    }

    /// As JSON, for the verifier outside.
    pub fn to_json(&self) -> String {
        Writer::object()
            .text("claims", &hex::encode(&self.claims))
            .text("signature", &hex::encode(&self.signature))
            .text("operatorKey", &hex::encode(&self.operator_key))
            .finish()
    }
}

/// A certificate whose every field is the signed one. What it says comes out with the operator's signature.
#[derive(Debug)]
pub struct CheckedCertificate {
    facts: GuaranteeFacts,
    open: Option<OperatorSignature>,
}

impl CheckedCertificate {
    /// Holds a certificate against the payment it answers.
    ///
    /// `parameters` is `GET /core/public-params` of the pinned `core`; `payment` the value of the payment header (x402 v1
    /// or v2) or its JSON; `shown` the JSON `{"claims" or "receipt", "signature"}` in hex with or without `0x`, or the
    /// whole settlement as a header value or JSON.
    ///
    /// # Errors
    /// [`Failure`] with
    /// - [`Code::CoreAnswer`], [`Code::CoreChanged`], [`Code::Generation`]: the parameters are not those of this core;
    /// - [`Code::Options`]: the payment, or what was shown, cannot be read;
    /// - [`Code::CoreUnknown`]: the payment is on another network than the core;
    /// - [`Code::SignatureFormat`], [`Code::SignatureSigner`]: the payer did not sign it under this core's domain;
    /// - `settlement/…`, `certificate/…`: what the answer itself does not prove.
    pub fn new(core: &Core, parameters: &[u8], payment: &str, shown: &str) -> Result<Self, Failure> {
        let parameters = Parameters::read(parameters, core)?;
        let json = decoded(payment);
        let payment = json.as_deref().and_then(Payment::read).ok_or_else(|| malformed("payment"))?;
        if payment.network != core.network {
            return Err(Failure::with(Code::CoreUnknown, payment.network.to_string()));
        }
        let message = payment.guarantee(&parameters).ok_or_else(|| malformed("payment"))?;
        let signer = payment.signer(&message).map_err(|error| Failure::new(error.code()))?;
        if signer != message.payer() {
            let facts = match payment.is_signed_as_text() {
                true => String::from("only EIP-712 signatures are checked, this one is EIP-191"),
                false => alloc::format!("payer {}, over these terms the signer would be {signer}", message.payer()),
            };
            return Err(Failure::with(Code::SignatureSigner, facts));
        }
        if !payment.repeats(&message) {
            return Err(Failure::with(Code::CertificateClaims, String::from("accepted")));
        }
        let Message::Guarantee(guarantee) = message else { return Err(malformed("payment")) };
        let verdict = match shown_as(shown).ok_or_else(|| malformed("certificate"))? {
            Shown::Certificate(hex) => judge_certificate(&guarantee, &parameters, &hex),
            Shown::Settlement(value) => expectation(&guarantee, &parameters, core.network).judge_header(&value),
        };
        let (certified, open) = certified(verdict)?;
        Ok(CheckedCertificate { facts: GuaranteeFacts::new(&guarantee, certified, core), open })
    }

    /// What is still to be checked; `None` for the receipts of generation 4.
    pub fn operator_signature(&self) -> Option<&OperatorSignature> {
        self.open.as_ref()
    }

    /// Takes what the verifier of [`CheckedCertificate::operator_signature`] found: `None` when it is genuine.
    ///
    /// # Errors
    /// What was wrong with it.
    pub fn conclude(self, problem: Option<Code>) -> Result<GuaranteeFacts, Failure> {
        match problem.filter(|_| self.open.is_some()) {
            Some(code) => Err(Failure::new(code)),
            None => Ok(self.facts),
        }
    }
}

/// As [`CheckedCertificate::new`], with the operator's signature: the facts when everything holds.
///
/// # Errors
/// As [`CheckedCertificate::new`].
#[cfg(feature = "bls")]
pub fn verify_certificate(
    core: &Core,
    parameters: &[u8],
    payment: &str,
    shown: &str,
) -> Result<GuaranteeFacts, Failure> {
    let checked = CheckedCertificate::new(core, parameters, payment, shown)?;
    let problem = checked.operator_signature().and_then(|signature| signature.verify().err());
    checked.conclude(problem)
}

/// What the settlement of a guarantee must match.
pub(super) fn expectation(guarantee: &Guarantee, parameters: &Parameters, network: Network) -> Expectation {
    let message = Message::Guarantee(guarantee.clone());
    let proof = Proof::Certificate { guarantee: guarantee.clone().into(), parameters: parameters.clone().into() };
    Expectation { payer: message.payer(), network, amount: message.amount(), proof }
}

/// The certificate of a verdict, and the signature that is still open.
pub(super) fn certified(verdict: Verdict) -> Result<(Certified, Option<OperatorSignature>), Failure> {
    match verdict {
        Verdict::Settled { certificate: Some(certificate), .. } => Ok((certificate, None)),
        Verdict::Certified { certificate, signature, claims, operator_key } => {
            Ok((certificate, Some(OperatorSignature { claims, signature, operator_key })))
        }
        Verdict::Settled { certificate: None, .. } => Err(Failure::new(Code::SettlementMissing)),
        Verdict::Unproven { code, reason } => {
            Err(Failure::with(code, reason.as_deref().map(json::quoted).unwrap_or_default()))
        }
    }
}

enum Shown {
    Certificate(CertificateHex),
    /// The value of the settlement header.
    Settlement(String),
}

fn shown_as(text: &str) -> Option<Shown> {
    let json = decoded(text)?;
    let root = json::read_own(&json).ok()?;
    let member = |name: &str| root.member(name).and_then(Node::text).map(String::from);
    // Core's own answer has the hex texts at the top, a settlement has them under `certificate`.
    match (member("claims").or_else(|| member("receipt")), member("signature")) {
        (Some(claims), Some(signature)) => Some(Shown::Certificate(CertificateHex { claims, signature })),
        _ => Some(Shown::Settlement(header::encode(&json))),
    }
}

fn malformed(field: &str) -> Failure {
    Failure::with(Code::Options, String::from(field))
}
