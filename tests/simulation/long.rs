//! The long run: `cargo run --release --features bls --example simulate -- --schedules 10000000 --seed 1`.

mod simulator;

use std::process::ExitCode;
use std::time::Instant;
use std::{env, thread};

use simulator::{Report, enumerate, scenarios, simulate, trace};

const BATCH: u64 = 2_000;

fn main() -> ExitCode {
    let words: Vec<String> = env::args().collect();
    let number = |name: &str| {
        let at = words.iter().position(|word| word == name)?;
        Some(words.get(at + 1)?.parse().unwrap_or_else(|_| panic!("{name} takes a number")))
    };
    let seed = number("--seed").unwrap_or(1);
    let threads = number("--threads").unwrap_or(2);
    #[cfg(feature = "seeded-bugs")]
    farthing::bugs::seed(number("--bug").map_or(0, |bug| bug.try_into().unwrap()));
    if words.iter().any(|word| word == "--trace") {
        trace(seed).iter().for_each(|line| println!("{line}"));
    }
    let sound = match number("--exhaustive") {
        Some(faults) => exhaustive(usize::try_from(faults).unwrap(), threads),
        None => random(seed, number("--schedules").unwrap_or(100_000), threads),
    };
    if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn random(seed: u64, schedules: u64, threads: u64) -> bool {
    let began = Instant::now();
    let share = |thread: u64| {
        let mut report = Report::default();
        for batch in (0..schedules.div_ceil(BATCH)).filter(|batch| batch % threads == thread) {
            let done = batch * BATCH;
            report.join(simulate(seed + done, BATCH.min(schedules - done)));
            if report.violation.is_some() {
                break;
            }
        }
        report
    };
    shown("random", &together(threads, share), began)
}

fn exhaustive(faults: usize, threads: u64) -> bool {
    scenarios().iter().all(|scenario| {
        let began = Instant::now();
        let share = |thread| enumerate(scenario, faults, (part(thread), part(threads)));
        shown(&format!("{}, up to {faults} faults", scenario.name), &together(threads, share), began)
    })
}

fn part(number: u64) -> usize {
    usize::try_from(number).unwrap()
}

fn together(threads: u64, share: impl Fn(u64) -> Report + Sync) -> Report {
    let mut total = Report::default();
    thread::scope(|scope| {
        let share = &share;
        let parts: Vec<_> = (0..threads).map(|thread| scope.spawn(move || share(thread))).collect();
        parts.into_iter().for_each(|part| total.join(part.join().unwrap()));
    });
    total
}

fn shown(name: &str, report: &Report, began: Instant) -> bool {
    let seconds = began.elapsed().as_secs_f64();
    println!("{name}: {report}{:.0} schedules per second", report.count.schedules as f64 / seconds);
    report.violation.is_none()
}
