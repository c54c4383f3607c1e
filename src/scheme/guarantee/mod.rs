//! `4mica-credit`: a guarantee signed by the payer, accepted by 4Mica Core, settled later in clearing cycles.
//!
//! Four incompatible generations share the name. Each is a variant of [`Guarantee`]; nothing else in the crate
//! depends on which one it is.

#[cfg(feature = "bls")]
pub mod bls;
mod certificate;
mod checkpoint;
mod clearing_house;
mod cycle;
mod house_validation;
mod identity;
mod tab;
mod validation;

use alloc::string::String;

pub use certificate::{Certificate, CertificateError, Expected};
pub use checkpoint::Checkpoint;
pub use clearing_house::{PaymentAuthorization, Receipt};
pub use cycle::{CycleClaims, Form};
pub use house_validation::HouseValidation;
pub use identity::{cycle_id, cycle_id_text, guarantee_id};
pub use tab::{Tab, TabError};
pub use validation::{StatedDomain, Validation, ValidationHashes};

use crate::json::Node;
use crate::primitives::{Address, Amount, Hash};
use crate::registry::Generation;

/// Where a guarantee is valid: the parts of a core's parameters that are signed over.
#[derive(Clone, Copy, Debug)]
pub struct Deployment<'a> {
    /// EIP-712 domain name; generation 4 has its own and ignores it.
    pub name: &'a str,
    /// EIP-712 domain version, likewise.
    pub version: &'a str,
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// Core4Mica (generation 3) or clearing house (generation 4); the others do not sign it.
    pub contract: Address,
    /// Which generation the core speaks.
    pub generation: Generation,
}

/// The signed thing of one generation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Guarantee {
    /// Generations 1 to 3, by their [`Form`].
    Cycle(CycleClaims),
    /// Generation 4.
    ClearingHouse(PaymentAuthorization),
}

impl Guarantee {
    /// Reads back the scheme's `payload` of a payment, under the parameters it was signed with. What is signed in other
    /// parameters is another guarantee, with another digest; the signature speaks for it, if it recovers to the payer.
    /// `None` for what we never write.
    pub fn read(payload: &Node<'_>, core: &Deployment<'_>) -> Option<Self> {
        match payload.member("claims") {
            Some(claims) => {
                let contract = (core.generation == Generation::Sdk2).then_some(core.contract);
                CycleClaims::read(claims, core.name, core.version, core.chain_id, contract).map(Guarantee::Cycle)
            }
            None => PaymentAuthorization::read(payload.member("payload")?, core.chain_id, core.contract)
                .map(Guarantee::ClearingHouse),
        }
    }

    /// Its generation.
    pub fn generation(&self) -> Generation {
        match self {
            Guarantee::Cycle(claims) => claims.form.generation(),
            Guarantee::ClearingHouse(_) => Generation::ClearingHouse,
        }
    }

    /// Its request id.
    pub fn req_id(&self) -> Amount {
        match self {
            Guarantee::Cycle(claims) => claims.req_id,
            Guarantee::ClearingHouse(authorization) => authorization.req_id,
        }
    }

    /// The digest Core checks.
    pub fn digest(&self) -> Hash {
        match self {
            Guarantee::Cycle(claims) => claims.digest(),
            Guarantee::ClearingHouse(authorization) => authorization.digest(),
        }
    }

    /// The `eth_signTypedData_v4` parameter.
    pub fn typed_data(&self) -> String {
        match self {
            Guarantee::Cycle(claims) => claims.typed_data(),
            Guarantee::ClearingHouse(authorization) => authorization.typed_data(),
        }
    }

    /// The scheme's `payload` of an x402 payment.
    pub fn payload(&self, signature: &str) -> String {
        match self {
            Guarantee::Cycle(claims) => claims.payload(signature),
            Guarantee::ClearingHouse(authorization) => authorization.payload(signature),
        }
    }
}
