//! Random policies read back equal, and no key names two sums.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::with;
use crate::json::push_string;
use crate::policy::Policy;

/// SplitMix64. Source: Steele, Lea, Flood, OOPSLA 2014; as in tests/core/support/random.rs.
struct Random(u64);

impl Random {
    fn u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.u64() % u64::try_from(bound).unwrap()).unwrap()
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn pick<'t>(&mut self, items: &[&'t str]) -> &'t str {
        items[self.below(items.len())]
    }

    /// Up to `most` of the items, as JSON strings in an array; with repetitions.
    fn some(&mut self, items: &[&str], least: usize, most: usize) -> String {
        let count = least + self.below(most - least + 1);
        let texts: Vec<_> = (0..count).map(|_| quoted(self.pick(items))).collect();
        format!("[{}]", texts.join(","))
    }
}

fn quoted(text: &str) -> String {
    let mut json = String::new();
    push_string(&mut json, text);
    json
}

/// Texts that would pass for other parts of a key if they could.
const LABELS: [&str; 12] =
    ["", "a", "\"", "\\", "a\" agent \"b", "\" count day", " only ", "#", "a\n", "é", "\u{202e}", "all USD day"];
const PATTERNS: [&str; 5] =
    ["api.example.com", "*.example.com", "http://127.0.0.1:8402", "https://*.b.example.com:8443", "http://*.localhost"];
const ADDRESSES: [&str; 2] =
    ["0x209693bc6afc0c5328ba36faf03c514ef312287c", "0x90F79bf6EB2c4f870365E785982E1f101E93b906"];
const ASSETS: [&str; 2] = ["eip155:8453/erc20:0x833589fcd6edb6e08f4c7c32d4f71b54bda02913", "eip155:1/slip44:60"];
const NETWORKS: [&str; 3] = ["eip155:8453", "eip155:1", "eip155:84532"];
const SCHEMES: [&str; 2] = ["exact", "4mica-credit"];
const MONEY: [&str; 5] = ["5 USD", "0.10 USD", "0.000000000000000001 EUR", "1 USD", "123456789.5 CHF"];
const SCOPES: [&str; 9] = ["task", "session", "agent", "seller", "payTo", "category", "asset", "network", "scheme"];

fn values(random: &mut Random, scope: &str) -> String {
    match scope {
        "seller" => random.some(&PATTERNS, 1, 3),
        "payTo" => random.some(&ADDRESSES, 1, 2),
        "asset" => random.some(&ASSETS, 1, 2),
        "network" => random.some(&NETWORKS, 1, 3),
        "scheme" => random.some(&SCHEMES, 1, 2),
        _ => random.some(&LABELS, 1, 3),
    }
}

fn budget(random: &mut Random) -> String {
    let mut fields = Vec::new();
    match random.below(4) {
        0 => fields.push(format!(r#""limit":"{}""#, random.pick(&MONEY))),
        1 => fields.push(format!(r#""limit":"{}","asset":"{}""#, random.u64(), random.pick(&ASSETS))),
        2 => fields.push(format!(r#""count":{}"#, random.below(1 << 20))),
        _ => fields.push(format!(r#""atOnce":{}"#, random.below(100))),
    }
    if !fields[0].contains("atOnce") {
        match random.below(3) {
            0 => fields.push(format!(r#""every":{}"#, 1 + random.below(100))),
            1 => {
                let words = ["minute", "hour", "day", "week", "lifetime"];
                fields.push(format!(r#""every":"{}""#, random.pick(&words)));
            }
            _ => {
                let zone = random.pick(&["UTC", "Europe/Berlin", "Etc/GMT+12", "utc"]);
                fields.push(format!(r#""every":"{}""#, random.pick(&["calendar-day", "calendar-month"])));
                fields.push(format!(r#""timeZone":"{zone}""#));
            }
        }
    }
    if random.one_in(2) {
        fields.push(format!(r#""per":{}"#, random.some(&SCOPES, 0, 4)));
    }
    if random.one_in(3) {
        let mut only = Vec::new();
        for scope in SCOPES {
            if random.one_in(6) {
                only.push(format!(r#""{scope}":{}"#, values(random, scope)));
            }
        }
        fields.push(format!(r#""only":{{{}}}"#, only.join(",")));
    }
    format!("{{{}}}", fields.join(","))
}

fn policy(random: &mut Random) -> String {
    let mut fields = Vec::new();
    let mut add = |present: bool, name: &str, value: String| {
        if present {
            fields.push(format!(r#""{name}":{value}"#));
        }
    };
    const CHOICES: [&str; 3] = ["allow", "ask", "deny"];
    add(random.one_in(2), "perRequest", quoted(random.pick(&MONEY)));
    add(random.one_in(3), "perAsset", format!(r#"{{"{}":"{}"}}"#, random.pick(&ASSETS), random.u64()));
    let budgets: Vec<_> = (0..random.below(4)).map(|_| budget(random)).collect();
    add(random.one_in(2), "budgets", format!("[{}]", budgets.join(",")));
    let (allow, deny) = (random.some(&PATTERNS, 0, 3), random.some(&PATTERNS, 0, 3));
    let sellers = match random.below(4) {
        0 => allow,
        1 => format!(r#"{{"allow":{allow}}}"#),
        2 => format!(r#"{{"deny":{deny}}}"#),
        _ => format!(r#"{{"deny":{deny},"allow":{allow}}}"#),
    };
    add(random.one_in(2), "sellers", sellers);
    add(random.one_in(3), "networks", random.some(&NETWORKS, 0, 3));
    add(random.one_in(3), "assets", random.some(&ASSETS, 0, 3));
    add(random.one_in(3), "schemes", random.some(&SCHEMES, 0, 2));
    let pins = format!(r#"{{"{}":{}}}"#, random.pick(&PATTERNS), random.some(&ADDRESSES, 0, 2));
    add(random.one_in(3), "payTo", pins);
    add(random.one_in(3), "maxWindowSeconds", (1 + random.below(900)).to_string());
    for name in ["payToChange", "newSeller", "changedTerms"] {
        add(random.one_in(2), name, quoted(random.pick(&CHOICES)));
    }
    let compares = random.one_in(2);
    add(compares, "maxRise", random.below(10_001).to_string());
    add(compares && random.one_in(2), "onRise", quoted(random.pick(&CHOICES[1..])));
    add(random.one_in(3), "askAbove", quoted(random.pick(&MONEY)));
    add(random.one_in(3), "askCategories", random.some(&LABELS, 0, 3));
    add(random.one_in(3), "categories", random.some(&LABELS, 0, 3));
    add(random.one_in(3), "approvalSeconds", (60 + random.below(604_741)).to_string());
    add(random.one_in(3), "ephemeralLimit", quoted(random.pick(&MONEY)));
    format!("{{{}}}", fields.join(","))
}

#[test]
fn canonical_text_reads_back_to_the_same_policy_and_text() {
    let mut random = Random(402);
    let mut read = 0;
    for _ in 0..2_000 {
        let text = policy(&mut random);
        // Two budgets may be one sum by chance.
        let Ok(policy) = Policy::parse(text.as_bytes()) else { continue };
        read += 1;
        let again = Policy::parse(policy.canonical().as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!((&again, again.canonical()), (&policy, policy.canonical()), "{text}");
    }
    assert!(read > 1_950, "{read}");
}

#[test]
fn keys_of_different_sums_never_collide() {
    let mut random = Random(8_402);
    let mut sums: BTreeMap<String, String> = BTreeMap::new();
    for _ in 0..8_000 {
        let mut scene = with(&budget(&mut random));
        let mut label = || Some(String::from(random.pick(&LABELS))).filter(|text| text != "a");
        (scene.purpose.task, scene.purpose.session) = (label(), label());
        (scene.purpose.agent, scene.purpose.category) = (label(), label());
        let budget = scene.policy.budgets[0].clone();
        let Some(hold) = scene.approved().holds().first().cloned() else { continue };
        // Everything that gives the sum its meaning, in another notation.
        let label = |text: &Option<String>| text.clone().unwrap_or_default();
        let purpose = &scene.purpose;
        let values: Vec<_> = budget
            .per
            .iter()
            .map(|scope| match scope.as_str() {
                "task" => label(&purpose.task),
                "session" => label(&purpose.session),
                "agent" => label(&purpose.agent),
                "category" => label(&purpose.category),
                // The same in every scene.
                other => String::from(other),
            })
            .collect();
        let sum = format!("{:?}", (&budget.unit, budget.window, &budget.zone, &budget.per, values, &budget.only));
        let known = sums.entry(hold.key.clone()).or_insert_with(|| sum.clone());
        assert_eq!(*known, sum, "{}", hold.key);
    }
    let distinct: alloc::collections::BTreeSet<_> = sums.values().collect();
    assert_eq!(distinct.len(), sums.len(), "one sum has one key");
    assert!(sums.len() > 2_000, "{}", sums.len());
}
