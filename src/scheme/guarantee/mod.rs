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
mod validation;

use alloc::string::String;

pub use certificate::{Certificate, CertificateError, Expected};
pub use checkpoint::Checkpoint;
pub use clearing_house::{HouseValidation, PaymentAuthorization, Receipt};
pub use cycle::CycleClaims;
pub use validation::{StatedDomain, Validation, ValidationHashes};

use crate::json::Node;
use crate::primitives::{Address, Hash};

/// Where a guarantee is valid: the parts of a core's parameters that are signed over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deployment<'a> {
    pub(crate) name: &'a str,
    pub(crate) version: &'a str,
    pub(crate) chain_id: u64,
    pub(crate) contract: Address,
}

/// The signed thing of one generation. Generations 1 and 3 join as variants: the first adds a tab id to
/// [`CycleClaims`], the third a verifying contract to its domain.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Guarantee {
    /// Generation 2.
    Cycle(CycleClaims),
    /// Generation 4.
    ClearingHouse(PaymentAuthorization),
}

impl Guarantee {
    /// Reads back the scheme's `payload` of a payment we made, under the parameters it was signed with.
    pub(crate) fn read(payload: &Node<'_>, core: &Deployment<'_>) -> Option<Self> {
        match payload.member("claims") {
            Some(claims) => CycleClaims::read(claims, core.name, core.version, core.chain_id).map(Guarantee::Cycle),
            None => PaymentAuthorization::read(payload.member("payload")?, core.chain_id, core.contract)
                .map(Guarantee::ClearingHouse),
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
