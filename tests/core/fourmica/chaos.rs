//! Recorded answers with changes a network, a proxy or an attacker could make: nothing panics, nothing is believed twice.

use farthing::core4mica::facilitator::{Settled, Sponsored, Supported, Verified};
use farthing::core4mica::{
    Action, Answer, Balance, Batch, ClearingAction, ClearingProof, CoreToken, CycleId, Exists, SignIn, Tokens,
    read_issued, read_logout,
};
use farthing::primitives::Address;

use crate::clearing::{house, proof_of};
use crate::exchange::{all, core, file};
use crate::rules::LOGIN_S;
use crate::support::files::text;
use crate::support::random::Random;

const ROUNDS: usize = 2_000;

#[test]
fn altered_answers_are_read_without_panic_and_never_prove_more_than_the_recorded_ones() {
    let mut random = Random::seeded(0x4a1c);
    // An answer has at most 64 KiB; one recorded page for people has more.
    let answers = all().iter().filter(|exchange| exchange.answer.len() < 1 << 16);
    let (payer_proof, others): (Vec<_>, Vec<_>) = answers.partition(|exchange| exchange.name == "cycle/proofs/payer");
    let pools =
        [payer_proof, others].map(|pool| pool.into_iter().map(|exchange| exchange.answer.clone()).collect::<Vec<_>>());
    let cycle = CycleId::parse(text(&file("cycle"), "cycle_id_text")).unwrap();
    let payer = Address::parse("0x70997970C51812dc3A010C7d01b50e0d17dc79C8").unwrap();
    let proof = proof_of(&cycle, &payer);
    let (mut refusals, mut proofs) = (0, 0);
    for _ in 0..ROUNDS {
        let pool = random.pick(&pools);
        let body = random.mutated(pool);
        let status = *random.pick(&[0, 200, 200, 200, 400, 401, 404, 409, 422, 500, 503]);
        let answer = Answer { status, body: &body };
        for refusal in [read_issued(&answer).err(), Settled::read(&answer).err()].into_iter().flatten() {
            let failed = !(400..500).contains(&status) && status != 200;
            assert!(!failed || refusal.exists == Exists::Maybe, "{status} {refusal}");
            let said = refusal.facts.said.unwrap_or_default();
            assert!(said.len() <= 200 && said.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{said:?}");
            refusals += 1;
        }
        // A proof that is still read is the recorded one: every member of it is checked.
        if let Ok(read) = ClearingProof::read(&answer, &cycle, 84532, &house(), &payer) {
            assert_eq!(read, proof);
            proofs += 1;
        }
        if let Ok(call) = ClearingAction::read(&answer, &proof, Action::PayNetDebit) {
            assert_eq!(call.proof(), &proof);
        }
        if let Ok(batch) = Batch::read(&answer, 84532, &house(), &payer, &Address::ZERO, None) {
            assert_eq!(batch.checkpoint(), None);
        }
        if let Ok(sign_in) = SignIn::read(&answer, &core(), &payer, LOGIN_S) {
            assert_eq!(sign_in.message().lines().count(), 11);
        }
        let _ = Tokens::read(&answer, LOGIN_S).map(drop);
        let _ = read_logout(&answer);
        let _ = Balance::read(&answer, &payer, &Address::ZERO).map(drop);
        let _ = CoreToken::read_all(&answer, &core()).map(drop);
        let _ = Supported::read(&answer).map(drop);
        let _ = Verified::read(&answer).map(drop);
        let _ = Sponsored::read(&answer);
    }
    assert!(refusals > ROUNDS && proofs > 0, "{refusals} {proofs}");
}
