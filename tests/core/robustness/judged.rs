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
    fuzz(name, seeds, judge);
}
