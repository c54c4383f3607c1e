//! Proof of payments for others: certificates held against payments, and evidence that anybody can check without a
//! network, a store or this process.
//!
//! Texts enter, findings leave. What a check needs and was not given is said, never taken for granted.

mod certificate;
mod evidence;
mod examination;
mod outcome;
mod report;
mod terms;

#[cfg(feature = "bls")]
pub use certificate::verify_certificate;
pub use certificate::{CheckedCertificate, GuaranteeFacts, OperatorSignature};
pub use evidence::{EVIDENCE_VERSION, evidence};
pub use examination::Examination;
#[cfg(feature = "bls")]
pub use examination::verify_evidence;
pub use report::{Check, Report, Topic};
