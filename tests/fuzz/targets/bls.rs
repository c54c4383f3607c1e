//! Keys, signatures and verdicts of BLS12-381: never a panic, and the same as blst has them.
#![no_main]

#[path = "../judges/bls.rs"]
mod judge;
#[path = "../../core/support/mod.rs"]
mod support;

use blst::BLST_ERROR;
use blst::min_pk::{PublicKey, Signature};
use farthing::scheme::guarantee::bls::BlsError;
use judge::{DST, Question};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((Question { key, claims, signature }, ours)) = judge::judged(bytes) else { return };
    let about_key = matches!(ours, Err(BlsError::KeyEncoding | BlsError::KeyInfinity));
    let their_key = PublicKey::key_validate(&key);
    assert_eq!(about_key, their_key.is_err(), "{key:02x?}: {ours:?}, {their_key:?}");
    let Ok(their_key) = their_key else { return };
    let about_signature = matches!(ours, Err(BlsError::SignatureEncoding | BlsError::SignatureInfinity));
    let point = Signature::sig_validate(&signature, true);
    assert_eq!(about_signature, point.is_err(), "{signature:02x?}: {ours:?}, {point:?}");
    let Ok(point) = point else { return };
    let good = point.verify(true, &claims, DST, &[], &their_key, false) == BLST_ERROR::BLST_SUCCESS;
    assert_eq!(ours.is_ok(), good, "{ours:?}");
});
