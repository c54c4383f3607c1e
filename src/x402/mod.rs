//! The x402 wire: bytes of strangers in, checked terms out; signed payments and settlements the other way.
//!
//! Knows versions 1 and 2, headers and JSON shapes. Knows no registry, no policy and no key.

mod challenge;
pub mod facilitator;
pub mod header;
mod identifier;
mod payload;
mod requirement;
mod settlement;

#[cfg(feature = "seller")]
pub(crate) use challenge::MAX_ECHO_BYTES;
pub use challenge::{Answer, Challenge, Entry, MAX_ENTRIES, Skipped};
pub use header::{MAX_BODY_BYTES, MAX_HEADER_BYTES};
#[cfg(feature = "seller")]
pub(crate) use identifier::PAYMENT_IDENTIFIER;
pub(crate) use identifier::identifier;
pub use payload::Envelope;
pub use requirement::{Requirement, SchemeName};
pub use settlement::{CertificateHex, Settlement};

use crate::error::stage_error;
use crate::json::JsonError;

/// Protocol version of a challenge and of the payment that answers it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Version {
    /// Terms in the body, payment in `X-PAYMENT`.
    V1,
    /// Terms in `PAYMENT-REQUIRED`, payment in `PAYMENT-SIGNATURE`.
    V2,
}

impl Version {
    /// The number on the wire.
    pub const fn number(self) -> u64 {
        match self {
            Version::V1 => 1,
            Version::V2 => 2,
        }
    }

    /// Name of the request header that carries the payment.
    pub const fn payment_header(self) -> &'static str {
        match self {
            Version::V1 => "X-PAYMENT",
            Version::V2 => "PAYMENT-SIGNATURE",
        }
    }
}

stage_error! {
    /// Why a challenge, or one of its entries, cannot be read.
    ChallengeError, "read the payment challenge", {
        Base64 => Base64,
        Base64TrailingBits => Base64TrailingBits,
        MultipleHeaders => MultipleHeaders,
        TooLarge => TooLarge,
        EchoTooLarge => EchoTooLarge,
        Utf8 => Utf8,
        Json => Json,
        Depth => Depth,
        FieldTooLong => FieldTooLong,
        DuplicateKey => DuplicateKey,
        ForbiddenKey => ForbiddenKey,
        UnknownKey => UnknownKey,
        Type => Type,
        Version => Version,
        VersionConflict => VersionConflict,
        MixedVersion => MixedVersion,
        Accepts => Accepts,
        TooMany => TooMany,
        AmountType => AmountType,
        AmountSyntax => AmountSyntax,
        AmountNoncanonical => AmountNoncanonical,
        AmountRange => AmountRange,
        Network => NetworkSyntax,
        Scheme => Scheme,
        AddressSyntax => AddressSyntax,
        AddressChecksum => AddressChecksum,
        WindowType => WindowType,
        Window => Window,
        ResourceOrigin => ResourceOrigin,
        SiwxDomain => SiwxDomain,
        ChallengeHidden => ChallengeHidden,
    }
}

impl From<JsonError> for ChallengeError {
    fn from(error: JsonError) -> Self {
        match error {
            JsonError::Json => ChallengeError::Json,
            JsonError::Utf8 => ChallengeError::Utf8,
            JsonError::Depth => ChallengeError::Depth,
            JsonError::FieldTooLong => ChallengeError::FieldTooLong,
            JsonError::DuplicateKey => ChallengeError::DuplicateKey,
            JsonError::ForbiddenKey => ChallengeError::ForbiddenKey,
        }
    }
}
