//! The slice of the simulation that every change runs through. The long run is `long.rs`; see the README beside it.

mod simulator;

use simulator::{Report, enumerate, scenarios, simulate};

fn none(report: &Report) {
    assert!(report.violation.is_none(), "{report}");
}

#[test]
fn no_single_fault_breaks_a_promise() {
    let mut total = Report::default();
    for scenario in scenarios() {
        let report = enumerate(&scenario, 1, (0, 1));
        none(&report);
        total.join(report);
    }
    println!("{total}");
}

#[test]
fn two_faults_in_one_purchase_break_no_promise() {
    // A part of the pairs; the long run tries them all.
    let report = enumerate(&scenarios()[0], 2, (7, 20));
    none(&report);
    println!("{report}");
}

#[test]
fn chance_breaks_no_promise() {
    let report = simulate(1, 3_000);
    none(&report);
    println!("{report}");
}

#[test]
fn no_process_replaces_what_another_one_added() {
    let together = scenarios().into_iter().find(|scenario| scenario.name.starts_with("taken up twice")).unwrap();
    let report = enumerate(&together, 2, (0, 12));
    none(&report);
}
