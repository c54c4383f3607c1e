//! farthing: pay HTTP 402 services inside the HTTP exchange, under the owner's policy.
//!
//! The crate is a pure state machine: events go in (an answer, a store's reply, a signature, the time, random
//! bytes), commands come out (load, probe, reserve, sign, persist, send, finish). It has no network, clock,
//! randomness, storage or global state. A driver, in JavaScript (`js/`) or Rust, carries the commands out.
//!
//! The way of a payment, in the order of the modules; each imports only from those above it:
//!
//! 1. [`primitives`], [`json`], [`eip712`], [`abi`]: exact types, strict text, the digest, the words of contracts.
//! 2. [`x402`]: a stranger's challenge becomes checked requirements, or a typed refusal.
//! 3. [`registry`]: what we know of tokens, networks and cores without asking anybody.
//! 4. [`scheme`]: requirements become offers that can be understood completely.
//! 5. [`signer`]: signatures in one normal form, payers recovered.
//! 6. [`contract`]: what a wallet may be asked to do for 4Mica beside payments, and what the chain answers.
//! 7. [`core4mica`]: what is asked of 4Mica Core and of facilitators, and what their answers prove.
//! 8. `payment`: a payment as it was sent, by anybody: what was signed, and by whom.
//! 9. [`budget`]: what a store must hold first, and the proof that it does.
//! 10. [`policy`]: an offer becomes an approval, or a denial that names its rule.
//! 11. [`record`]: the durable history of a purchase, with nothing secret in it.
//! 12. [`ledger`]: what a store is asked, what it answers, and the smallest store that is right.
//! 13. [`purchase`]: the state machine that ties these together.
//! 14. [`owner`]: what the owner does beside payments: answers, looks, takes back, counts, tries a policy on the past.
//! 15. [`account`]: what is done with a 4Mica account: collateral, settlement, checkpoints, exposure; and payments proven
//!     to others.
//! 16. `sale`, behind the feature `seller`: the mirror image. A price becomes a challenge, a stranger's payment at most one
//!     grant.
//!
//! Beside them, behind the feature `sandbox`: a 4Mica core, a facilitator and sellers for tests, with made-up money.
//!
//! Only an approved offer can be planned, only a plan whose budget is held can become a digest, only a digest
//! whose signature recovers to the payer can become a header: the types leave no other way.
#![no_std]
// A finished module says that it has one thread (wasm/artefact.rs), which is a promise that nobody checks.
#![cfg_attr(not(feature = "artefact"), forbid(unsafe_code))]
#![cfg_attr(feature = "artefact", deny(unsafe_code))]
#![warn(missing_docs)]
extern crate alloc;
#[cfg(test)]
// The types of the bindings derive ts-rs in tests, which writes `format!`.
#[cfg_attr(test, macro_use)]
extern crate std;

/// The mistake against an invariant, where it would be made: `false` at compile time without the feature.
macro_rules! seeded_bug {
    ($number:literal) => {{
        #[cfg(feature = "seeded-bugs")]
        let seeded = $crate::bugs::is_seeded($number);
        #[cfg(not(feature = "seeded-bugs"))]
        let seeded = false;
        seeded
    }};
}

pub mod abi;
pub mod account;
pub mod budget;
#[cfg(feature = "seeded-bugs")]
#[doc(hidden)]
pub mod bugs;
pub mod contract;
pub mod core4mica;
pub mod eip712;
pub mod error;
mod flow;
pub mod json;
pub mod ledger;
pub mod owner;
mod payment;
pub mod policy;
pub mod primitives;
pub mod purchase;
pub mod record;
pub mod registry;
#[cfg(feature = "seller")]
pub mod sale;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod scheme;
pub mod signer;
pub mod x402;

// Public for tests/wasm only: its users are in JavaScript.
#[cfg(any(
    feature = "wasm",
    feature = "wasm-bls",
    feature = "wasm-owner",
    feature = "wasm-account",
    feature = "wasm-seller",
    feature = "wasm-sandbox"
))]
#[doc(hidden)]
pub mod wasm;
