//! The judges of the coverage-guided fuzzer (`make fuzz`), here on seeded mutations of its seeds.
//!
//! With `FARTHING_CORPUS=folder` the seeds are also written into it, one folder for each of the fuzzer's targets.

use std::fs;
use std::path::Path;

use crate::fuzz;

#[path = "../../fuzz/judges/certificate.rs"]
mod certificate;
#[path = "../../fuzz/judges/contract_answers.rs"]
mod contract_answers;
#[path = "../../fuzz/judges/core_answers.rs"]
mod core_answers;

#[cfg(feature = "bls")]
#[path = "../../fuzz/judges/bls.rs"]
mod bls;

#[cfg(feature = "seller")]
#[path = "../../fuzz/judges/sale.rs"]
mod sale;

#[test]
fn altered_certificates_and_receipts_of_any_generation_are_refused() {
    judged("certificate", &certificate::seeds(), certificate::judge);
}

#[test]
fn altered_answers_of_cores_and_facilitators_prove_nothing_new() {
    judged("core_answers", &core_answers::seeds(), core_answers::judge);
}

#[test]
fn altered_answers_of_nodes_are_refused_or_written_back_the_same() {
    judged("contract_answers", &contract_answers::seeds(), contract_answers::judge);
}

#[cfg(feature = "seller")]
#[test]
fn altered_payments_buy_nothing_from_sellers() {
    judged("sale", &sale::seeds(), sale::judge);
}

#[cfg(feature = "bls")]
#[test]
fn altered_keys_and_signatures_are_refused() {
    judged("bls", &bls::seeds(), bls::judge);
}

fn judged(name: &str, seeds: &[Vec<u8>], judge: fn(&[u8])) {
    if let Ok(folder) = std::env::var("FARTHING_CORPUS") {
        let folder = Path::new(&folder).join(name);
        fs::create_dir_all(&folder).unwrap();
        for (index, seed) in seeds.iter().enumerate() {
            fs::write(folder.join(format!("seed-{index}")), seed).unwrap();
        }
    }
    seeds.iter().for_each(|seed| judge(seed));
    for seed in seeds {
        rearranged(seed).iter().for_each(|seed| judge(seed));
    }
    fuzz(name, seeds, judge);
}

/// The seed with one word of its ABI changed: exchanged with the next, left out, repeated, emptied, filled.
fn rearranged(seed: &[u8]) -> Vec<Vec<u8>> {
    // The first byte chooses what the rest is.
    let (first, rest) = seed.split_at(1);
    let words: Vec<&[u8]> = rest.chunks(32).collect();
    let (none, all) = ([0; 32], [0xff; 32]);
    let changed = |at: usize| {
        let with = |words: &[&[u8]]| [first, &rest[..32 * at], &words.concat()].concat();
        let (word, after) = (words[at], &words[at + 1..]);
        let next = after.first().copied().unwrap_or_default();
        [
            with(&[&[next, word], after.get(1..).unwrap_or_default()].concat()),
            with(after),
            with(&[&[word, word], after].concat()),
            with(&[&[&none[..word.len()]], after].concat()),
            with(&[&[&all[..word.len()]], after].concat()),
        ]
    };
    (0..words.len()).flat_map(changed).collect()
}
