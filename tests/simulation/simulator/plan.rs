//! What is meant to happen: processes, calls, rules. Faults are added on the way.

use std::sync::{Arc, LazyLock};

use farthing::purchase::{Config, Mode};

use super::random::Random;

/// Price in the challenge, unless a fault says otherwise: 0.01 USD.
pub const PRICE: u64 = 10_000;
/// What the seller asks when it asks for more, still within the cap of one request.
pub const DEARER: u64 = 20_000;
/// Above the cap.
pub const TOO_DEAR: u64 = 31_000;
/// `perRequest` of every policy here.
pub const CAP: u64 = 30_000;
/// `maxWindowSeconds` of every policy here.
pub const MAX_WINDOW_S: u64 = 120;
/// `askAbove` of the policies that ask.
pub const ASK_ABOVE: u64 = 15_000;
/// `atMost` of the calls that have one.
pub const AT_MOST: u64 = 15_000;

/// `ephemeralLimit` where the store is said to forget.
pub const EPHEMERAL_LIMIT: u64 = 15_000;

/// What the policy says besides caps and budgets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Rules {
    Plain,
    /// Prices above [`ASK_ABOVE`] want the owner's yes.
    Asking,
    /// The store is said to forget with the process.
    Ephemeral,
}

const RULES: [Rules; 3] = [Rules::Plain, Rules::Asking, Rules::Ephemeral];

/// How sellers want to be paid.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Scheme {
    ExactV1,
    ExactV2,
    Cycle,
    House,
}

/// What a budget counts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unit {
    /// Atomic units.
    Money,
    /// Purchases.
    Purchases,
    /// Purchases that wait for their answer.
    AtOnce,
}

/// One budget: a limit and how far back it counts.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    pub unit: Unit,
    pub limit: u64,
    /// `None` for ever.
    pub window_s: Option<u64>,
}

/// Somebody asks for a paid resource.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// Seconds after the start.
    pub at_s: u64,
    pub process: usize,
    pub id: Option<&'static str>,
    /// Number of the resource.
    pub path: usize,
    pub mode: Mode,
    pub capped: bool,
}

/// A plan.
#[derive(Clone, Debug)]
pub struct Plan {
    pub scheme: Scheme,
    pub budgets: &'static [Budget],
    pub config: Arc<Config>,
    pub processes: usize,
    pub calls: Vec<Call>,
    /// The seller asks the higher price from the start.
    pub dear: bool,
    pub rules: Rules,
    /// A key in the process instead of a wallet.
    pub local_key: bool,
    /// Every errand takes a second; otherwise chance decides.
    pub steady: bool,
    /// Processes are copies of one another, random source included.
    pub cloned: bool,
    /// Seconds from each end of the world to the next round of calls.
    pub rounds: &'static [u64],
}

const fn budget(limit: u64, window_s: Option<u64>) -> Budget {
    Budget { unit: Unit::Money, limit, window_s }
}

const fn purchases(limit: u64, window_s: u64) -> Budget {
    Budget { unit: Unit::Purchases, limit, window_s: Some(window_s) }
}

// The slot of a purchase that never got an answer is free again after this many seconds.
const AT_ONCE: Budget = Budget { unit: Unit::AtOnce, limit: 1, window_s: Some(900) };

const BUDGETS: [&[Budget]; 6] = [
    &[budget(100_000, None)],
    &[budget(10_000, None)],
    &[budget(20_000, Some(3_600)), budget(40_000, None)],
    &[budget(25_000, Some(86_400)), budget(15_000, Some(3_600))],
    &[purchases(2, 3_600), budget(100_000, None)],
    &[AT_ONCE, budget(40_000, Some(3_600))],
];
static CONFIGS: LazyLock<Vec<Vec<Arc<Config>>>> = LazyLock::new(|| {
    let of = |budgets| (0..9).map(|kind| Arc::new(config(budgets, kind % 3, RULES[kind / 3]))).collect();
    BUDGETS.iter().map(|budgets| of(*budgets)).collect()
});

fn config(budgets: &[Budget], kind: usize, rules: Rules) -> Config {
    let usd = |units: u64| format!("{}.{:06} USD", units / 1_000_000, units % 1_000_000);
    let every = |budget: &Budget| match budget.window_s {
        None => "lifetime",
        Some(3_600) => "hour",
        Some(_) => "day",
    };
    let json = |budget: &Budget| match budget.unit {
        Unit::Money => serde_json::json!({ "limit": usd(budget.limit), "every": every(budget) }),
        Unit::Purchases => serde_json::json!({ "count": budget.limit, "every": every(budget) }),
        Unit::AtOnce => serde_json::json!({ "atOnce": budget.limit }),
    };
    let budgets: Vec<_> = budgets.iter().map(json).collect();
    let network = if kind == 0 { "eip155:8453" } else { "eip155:84532" };
    let generation = if kind == 2 { "clearing-house" } else { "cycle" };
    let mut options = serde_json::json!({
        "policy": {
            "perRequest": usd(CAP), "budgets": budgets, "networks": [network], "maxWindowSeconds": MAX_WINDOW_S,
        },
        "cores": [{ "network": "eip155:84532", "url": "https://core.example.com", "generation": generation }],
        "store": "durable",
    });
    match rules {
        Rules::Plain => {}
        Rules::Asking => {
            options["policy"]["askAbove"] = usd(ASK_ABOVE).into();
            options["policy"]["approvalSeconds"] = 60.into();
        }
        Rules::Ephemeral => {
            options["store"] = "ephemeral".into();
            options["policy"]["ephemeralLimit"] = usd(EPHEMERAL_LIMIT).into();
        }
    }
    Config::parse(options.to_string().as_bytes()).unwrap_or_else(|error| panic!("{error}: {options}"))
}

impl Plan {
    /// One process that makes no call yet.
    pub fn plain(scheme: Scheme, budgets: usize) -> Self {
        let kind = match scheme {
            Scheme::ExactV1 | Scheme::ExactV2 => 0,
            Scheme::Cycle => 1,
            Scheme::House => 2,
        };
        Plan {
            scheme,
            budgets: BUDGETS[budgets],
            config: Arc::clone(&CONFIGS[budgets][kind]),
            processes: 1,
            calls: Vec::new(),
            dear: false,
            rules: Rules::Plain,
            local_key: false,
            steady: true,
            cloned: false,
            rounds: &[40, 1_000],
        }
    }

    /// With other rules.
    pub fn under(mut self, rules: Rules) -> Self {
        let budgets = BUDGETS.iter().position(|budgets| std::ptr::eq(*budgets, self.budgets)).unwrap();
        let kind = CONFIGS[budgets].iter().position(|config| Arc::ptr_eq(config, &self.config)).unwrap();
        let rule = RULES.iter().position(|other| *other == rules).unwrap();
        self.config = Arc::clone(&CONFIGS[budgets][3 * rule + kind % 3]);
        self.rules = rules;
        self
    }

    /// With one more call.
    pub fn call(mut self, at_s: u64, process: usize, id: Option<&'static str>) -> Self {
        self.processes = self.processes.max(process + 1);
        self.calls.push(Call { at_s, process, id, path: 0, mode: Mode::Pay, capped: false });
        self
    }

    /// The plan of a seed.
    pub fn random(seed: u64) -> Self {
        let random = &mut Random::seeded(seed);
        let scheme = match random.below(1_000) {
            0..3 => Scheme::Cycle,
            3..10 => Scheme::House,
            10..400 => Scheme::ExactV1,
            _ => Scheme::ExactV2,
        };
        let mut plan = Plan::plain(scheme, random.below(BUDGETS.len()));
        if random.below(3) == 0 {
            plan = plan.under(*random.pick(&RULES[1..]));
            plan.dear = random.below(3) == 0;
        }
        plan.processes = 1 + random.below(3);
        plan.local_key = random.below(8) == 0;
        plan.steady = random.below(4) == 0;
        plan.cloned = random.below(16) == 0;
        plan.rounds = if random.below(2) == 0 { &[40] } else { &[40, 1_000] };
        for _ in 0..1 + random.below(4) {
            plan.calls.push(Call {
                at_s: at_s(random),
                process: random.below(plan.processes),
                id: *random.pick(&[None, Some("a"), Some("a"), Some("b")]),
                path: random.below(6) / 5,
                mode: *random.pick(&[
                    Mode::Pay,
                    Mode::Pay,
                    Mode::Pay,
                    Mode::Pay,
                    Mode::Pay,
                    Mode::Pay,
                    Mode::Quote,
                    Mode::Observe,
                ]),
                capped: random.below(8) == 0,
            });
        }
        plan
    }
}

// Calls come together, one after the other, or hours apart.
fn at_s(random: &mut Random) -> u64 {
    let span_s = *random.pick(&[1, 12, 12, 60, 400, 8_000]);
    random.below(span_s) as u64
}
