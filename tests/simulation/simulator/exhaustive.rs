//! Every placement of a few faults in a few plain scenarios.

use super::oracle::Script;
use super::plan::{Plan, Rules, Scheme};
use super::report::{Report, Violation};
use super::world::{Outcome, World};

/// A plan that is tried with every placement of faults.
pub struct Scenario {
    pub name: String,
    plan: Plan,
}

/// The base scenarios. Those with two processes start the second one later and later, so that every step of one meets
/// every step of the other.
pub fn scenarios() -> Vec<Scenario> {
    let scenario = |name: &str, plan| Scenario { name: name.into(), plan };
    let exact = || Plan::plain(Scheme::ExactV2, 0);
    let mut scenarios = vec![
        scenario("one purchase with an id", exact().call(0, 0, Some("a"))),
        scenario("one purchase without an id", exact().call(0, 0, None)),
        scenario("one purchase by a key of the process", Plan { local_key: true, ..exact() }.call(0, 0, Some("a"))),
        scenario("one purchase of x402 v1", Plan::plain(Scheme::ExactV1, 0).call(0, 0, Some("a"))),
    ];
    scenarios.push(scenario("one purchase that is asked about", {
        let mut plan = exact().under(Rules::Asking).call(0, 0, Some("a"));
        plan.dear = true;
        plan
    }));
    for late_s in [0, 1, 3] {
        // The first call is left without an answer by one of the faults; two processes take it up.
        let plan = Plan { rounds: &[], ..exact().call(0, 0, Some("a")) };
        let plan = plan.call(60, 0, Some("a")).call(60 + late_s, 1, Some("a"));
        scenarios.push(scenario(&format!("taken up twice, {late_s} s apart"), plan));
    }
    for late_s in 0..8 {
        let calls = |plan: Plan, ids: [Option<&'static str>; 2]| {
            // In one round only: the purchases meet, and are taken up once.
            Plan { rounds: &[40], ..plan.call(0, 0, ids[0]).call(late_s, 1, ids[1]) }
        };
        let name = |what: &str| format!("{what}, {late_s} s apart");
        let both = calls(exact(), [Some("a"), Some("a")]);
        scenarios.push(scenario(&name("two processes, one purchase"), both));
        let rivals = calls(Plan::plain(Scheme::ExactV2, 1), [Some("a"), Some("b")]);
        scenarios.push(scenario(&name("two purchases, budget for one"), rivals));
    }
    scenarios
}

/// Runs a scenario with every placement of up to `faults` faults; of those that place any, the part `share.0` of
/// `share.1`. Stops at the first violation.
pub fn enumerate(scenario: &Scenario, faults: usize, share: (usize, usize)) -> Report {
    let mut search = Search { scenario, faults, share, report: Report::default(), firsts: 0 };
    search.explore(&mut Vec::new());
    search.report
}

struct Search<'s> {
    scenario: &'s Scenario,
    faults: usize,
    share: (usize, usize),
    report: Report,
    firsts: usize,
}

impl Search<'_> {
    fn explore(&mut self, placed: &mut Vec<(usize, usize)>) {
        let (outcome, points) = run(&self.scenario.plan, placed, false);
        if !placed.is_empty() || self.share.0 == 0 {
            self.report.add(&outcome);
        }
        if outcome.violation.is_some() {
            let (traced, _) = run(&self.scenario.plan, placed, true);
            let name = format!("{}, faults at {placed:?}", self.scenario.name);
            self.report.violation = Some(Violation { name, lines: traced.lines() });
            return;
        }
        if placed.len() == self.faults {
            return;
        }
        let first = placed.last().map_or(0, |(point, _)| point + 1);
        for (point, faults) in points.into_iter().enumerate().skip(first) {
            for number in 0..faults {
                if placed.is_empty() {
                    self.firsts += 1;
                    if self.firsts % self.share.1 != self.share.0 {
                        continue;
                    }
                }
                placed.push((point, number));
                self.explore(placed);
                placed.pop();
                if self.report.violation.is_some() {
                    return;
                }
            }
        }
    }
}

fn run(plan: &Plan, placed: &[(usize, usize)], traced: bool) -> (Outcome, Vec<usize>) {
    let mut script = Script::new(placed);
    let outcome = World::new(plan, &mut script, traced).run();
    (outcome, script.points)
}
