//! Certificates and receipts of all generations: whatever is accepted is, byte by byte, what was certified, except the
//! one word that is the core's to say.

use std::ops::Range;
use std::sync::LazyLock;

use farthing::core4mica::Parameters;
use farthing::primitives::{Address, Amount, Network, keccak256};
use farthing::registry::Core;
use farthing::scheme::guarantee::{Certificate, CycleClaims, Expected, Form, Guarantee, Receipt};
use serde_json::json;

use crate::support::files::{bytes, text, vector};
use crate::support::recorded::{cycle_claims, payment_authorization};

/// A guarantee and the answer that certifies it.
struct Case {
    signed: Guarantee,
    answer: Vec<u8>,
    /// The cycle, or what a tab amounts to.
    free: Range<usize>,
}

static CASES: LazyLock<(Expected, Vec<Case>)> = LazyLock::new(|| {
    let body = vector("4mica/core-public.json")["public_params"]["response"]["body"].to_string();
    let core = Core::at(Network::from_chain_id(84532).unwrap(), "https://core.example");
    let expected = Parameters::read(body.as_bytes(), &core).unwrap().expected;
    let domain = json!({ "name": "4mica", "version": "1", "chainId": 84532 });
    let file = vector("4mica/certificates.json");
    let mut cases = Vec::new();
    for entry in file["certs"].as_array().unwrap() {
        let claims = cycle_claims(&entry["request_claims"], &domain).unwrap();
        let answer = bytes(text(&entry["cert_wire"], "claims"));
        // Version, offset and length come first, and in V2 the offset of the tuple; then the domain.
        let cycle = if claims.validation().is_some() { 160 } else { 128 };
        if claims.validation().is_none() {
            cases.extend([in_a_tab(&claims, &answer), of_generation_three(&claims, &answer)]);
        }
        cases.push(Case { signed: Guarantee::Cycle(claims), answer, free: cycle..cycle + 32 });
    }
    cases.push(receipt());
    (expected, cases)
});

/// One byte that chooses the guarantee, then the answer.
pub fn judge(input: &[u8]) {
    let Some((which, answer)) = input.split_first() else { return };
    let (expected, cases) = &*CASES;
    let case = &cases[usize::from(*which) % cases.len()];
    let accepted = match &case.signed {
        Guarantee::Cycle(claims) => Certificate::read(answer, claims, expected).is_ok_and(|read| read.claims == answer),
        Guarantee::ClearingHouse(signed) => Receipt::read(answer, Address::ZERO, signed).is_ok(),
    };
    let same = answer.len() == case.answer.len()
        && answer[..case.free.start] == case.answer[..case.free.start]
        && answer[case.free.end..] == case.answer[case.free.end..];
    // A tab may amount to anything from the guarantee up.
    let enough = match &case.signed {
        Guarantee::Cycle(claims) if same && claims.tab_id().is_some() => {
            answer[case.free.clone()] >= claims.amount.word()[..]
        }
        _ => true,
    };
    assert_eq!(accepted, same && enough, "{:?}", case.signed);
}

/// Every answer for every guarantee, as it is and with a word more that its length counts.
pub fn seeds() -> Vec<Vec<u8>> {
    let (_, cases) = &*CASES;
    let answers = cases.iter().flat_map(|case| [case.answer.clone(), prolonged(&case.answer)]);
    let answers: Vec<_> = answers.collect();
    let one = |which| answers.iter().map(move |answer| [&[which], &answer[..]].concat());
    (0..u8::try_from(cases.len()).unwrap()).flat_map(one).collect()
}

fn prolonged(answer: &[u8]) -> Vec<u8> {
    let length = Amount::from_u64(u64::try_from(answer.len() - 64).unwrap()).word();
    [&answer[..64], &length, &answer[96..], &[0; 32]].concat()
}

// The tab stands where the cycle does, and its total behind the amount. Source: protocol notes 2.1.
fn in_a_tab(claims: &CycleClaims, answer: &[u8]) -> Case {
    let tab_id = Amount::from_u64(3);
    let form = Form::Tab { tab_id, validation: None };
    let amount = claims.amount.word();
    let length = Amount::from_u64(320).word();
    let (head, rest) = answer.split_at(96);
    let answer = [&head[..64], &length, &rest[..32], &tab_id.word(), &rest[64..192], &amount, &rest[192..]].concat();
    Case { signed: Guarantee::Cycle(CycleClaims { form, ..claims.clone() }), answer, free: 288..320 }
}

fn of_generation_three(claims: &CycleClaims, answer: &[u8]) -> Case {
    let form = Form::Sdk2 { contract: Address::ZERO, validation: None };
    Case { signed: Guarantee::Cycle(CycleClaims { form, ..claims.clone() }), answer: answer.to_vec(), free: 128..160 }
}

// Source: protocol notes 2.4, "receipt bytes".
fn receipt() -> Case {
    let gen4 = &vector("4mica/gen4-digests.json")["vectors"];
    let signed = payment_authorization(&gen4["plain"]["payload"], &gen4["domain"]);
    let kind = b"GuaranteeV1(uint256 cycleId,uint256 reqId,address client,address recipient,uint256 amount,address asset,uint64 timestamp)";
    let words = [
        keccak256(kind),
        signed.cycle_id,
        signed.req_id.word(),
        signed.payer.word(),
        signed.recipient.word(),
        signed.amount.word(),
        signed.asset.word(),
        Amount::from_u64(signed.timestamp_s).word(),
    ];
    Case { answer: words.concat(), signed: Guarantee::ClearingHouse(signed), free: 0..0 }
}
