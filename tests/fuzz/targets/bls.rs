//! Keys, signatures and verdicts of BLS12-381: never a panic, and the same as blst has them.
#![no_main]

#[path = "../judges/bls.rs"]
mod judge;
#[path = "../../core/support/mod.rs"]
mod support;

use blst::BLST_ERROR;
use blst::min_pk::{PublicKey, Signature};
use farthing::scheme::guarantee::bls::{BlsError, OperatorKey, verify};
use judge::{DST, Question};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    judge::judge(bytes);
    let Some(Question { key, claims, signature }) = judge::question(bytes) else { return };
    let theirs = PublicKey::key_validate(&key);
    let ours = OperatorKey::from_bytes(&key);
    assert_eq!(ours.is_ok(), theirs.is_ok(), "{key:02x?}");
    let (Ok(ours), Ok(theirs)) = (ours, theirs) else { return };
    let point = Signature::sig_validate(&signature, true);
    let verdict = verify(&ours, &claims, &signature);
    let encoding = matches!(verdict, Err(BlsError::SignatureEncoding | BlsError::SignatureInfinity));
    assert_eq!(encoding, point.is_err(), "{signature:02x?}: {verdict:?}, {point:?}");
    if let Ok(point) = point {
        let good = point.verify(true, &claims, DST, &[], &theirs, false) == BLST_ERROR::BLST_SUCCESS;
        assert_eq!(verdict.is_ok(), good, "{verdict:?}");
    }
});
