mod chance;

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::budget::{Hold, Span, Until};
use crate::policy::decide::tests::{EURO, OTHER, POINTS, RECIPIENT, Scene, USDC};
use crate::policy::{Decision, Purpose};
use crate::primitives::{Amount, Origin};

// Caps of their own for the tokens that are not dollars.
fn with(budgets: &str) -> Scene {
    Scene::under(&format!(
        r#"{{"perRequest":"1000 USD","perAsset":{{"eip155:8453/erc20:{EURO}":"50000000","eip155:8453/erc20:{POINTS}":"50000000"}},"budgets":[{budgets}]}}"#
    ))
}

fn holds(scene: &Scene) -> Vec<Hold> {
    scene.approved().holds().to_vec()
}

// Key and what is held there.
fn held(scene: &Scene) -> Vec<(String, String)> {
    holds(scene).into_iter().map(|hold| (hold.key, hold.amount.to_string())).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(key, amount)| (key.to_string(), amount.to_string())).collect()
}

const ALL_UNITS: &str = r#"{"limit":"5 USD","every":"day"},{"limit":"5 EUR","every":"week"},{"count":20,"every":"minute"},{"atOnce":5},
    {"limit":"5000000","asset":"eip155:8453/erc20:0x833589fcd6edb6e08f4c7c32d4f71b54bda02913","every":90}"#;

#[test]
fn a_payment_is_held_against_every_budget_that_applies_in_its_unit() {
    let shared = [("all count minute", "1"), ("all at-once 900 s", "1")];
    let usdc = format!("all eip155:8453/erc20:{USDC} 90 s");
    let dollars = [("all USD day", "10000000000000000"), (usdc.as_str(), "10000")];
    assert_eq!(held(&with(ALL_UNITS)), pairs(&[dollars, shared].concat()));
    let euros = [("all EUR week", "10000000000000000"), shared[0], shared[1]];
    assert_eq!(held(&with(ALL_UNITS).in_token(EURO)), pairs(&euros));
    assert_eq!(held(&with(ALL_UNITS).in_token(POINTS)), pairs(&shared));
}

#[test]
fn a_hold_has_its_limit_and_words_for_people() {
    let shown = |hold: &Hold| (hold.limit.to_string(), hold.shown.0.clone(), hold.shown.1.clone());
    let expected = [
        ("5000000000000000000", "0.01 USD", "5.00 USD"),
        ("5000000", "10000 atomic units", "5000000 atomic units"),
        ("20", "1 purchase", "20 purchases"),
        ("5", "1 at once", "5 at once"),
    ];
    let expected: Vec<_> = expected.map(|(a, b, c)| (a.to_string(), b.to_string(), c.to_string())).into();
    assert_eq!(holds(&with(ALL_UNITS)).iter().map(shown).collect::<Vec<_>>(), expected);
}

#[test]
fn only_purchases_at_once_are_given_back_by_an_answer() {
    let untils: Vec<_> = holds(&with(ALL_UNITS)).iter().map(|hold| hold.until).collect();
    assert_eq!(untils, [Until::Proof, Until::Proof, Until::Proof, Until::Answer]);
}

#[test]
fn a_price_beyond_its_currency_fits_no_budget() {
    let policy = format!(
        r#"{{"perAsset":{{"eip155:8453/erc20:{USDC}":"{}"}},"budgets":[{{"limit":"5 USD","every":"day"}}]}}"#,
        Amount::MAX
    );
    let mut scene = Scene::under(&policy);
    scene.offer.amount = Amount::MAX;
    let hold = holds(&scene).remove(0);
    assert!(hold.amount > hold.limit);
}

#[test]
fn spans_follow_the_clock_and_the_zone() {
    let mut scene = with(
        r#"{"count":1,"every":"calendar-day","timeZone":"Asia/Tokyo"},{"count":2,"every":"calendar-day"},
            {"count":3,"every":"calendar-month","timeZone":"America/New_York"},{"count":4,"every":"hour"},{"count":5,"every":"lifetime"}"#,
    );
    // 2026-11-30 23:59:59 UTC: in Tokyo it is December already.
    scene.now_s = 1_796_083_199;
    assert_eq!(scene.policy.zones(), ["America/New_York", "Asia/Tokyo"]);
    scene.zones = [-300, 540].into();
    let spans = |scene: &Scene| -> Vec<Span> { holds(scene).iter().map(|hold| hold.span).collect() };
    let before = spans(&scene);
    let day = scene.now_s / 86_400;
    assert_eq!((before[0].bucket, before[1].bucket), (day + 1, day));
    assert_eq!((before[3], before[4]), (Span { bucket: scene.now_s / 60, keep: 61 }, Span { bucket: 0, keep: 1 }));
    scene.now_s += 1;
    let after = spans(&scene);
    let moved: Vec<_> = before.iter().zip(&after).map(|(before, after)| after.bucket - before.bucket).collect();
    assert_eq!(moved, [0, 1, 0, 1, 0]);
    let keys: Vec<_> = holds(&scene).into_iter().map(|hold| hold.key).collect();
    assert_eq!(
        keys,
        [
            "all count calendar-day Asia/Tokyo",
            "all count calendar-day UTC",
            "all count calendar-month America/New_York",
            "all count hour",
            "all count lifetime",
        ]
    );
}

#[test]
fn every_scope_keeps_a_sum_for_each_value() {
    let usdc = format!("eip155:8453/erc20:{USDC}");
    for (scope, value) in [
        ("task", "t"),
        ("session", "s"),
        ("agent", "a"),
        ("seller", "https://api.example.com"),
        ("payTo", RECIPIENT),
        ("category", "c"),
        ("asset", &usdc),
        ("network", "eip155:8453"),
        ("scheme", "exact"),
    ] {
        let mut scene = with(&format!(r#"{{"count":1,"every":"day","per":"{scope}"}}"#));
        let label = |text: &str| Some(text.to_string());
        scene.purpose =
            Purpose { task: label("t"), session: label("s"), agent: label("a"), category: label("c"), reason: None };
        assert_eq!(holds(&scene)[0].key, format!("{scope} \"{value}\" count day"));
    }
    let several = with(r#"{"count":1,"every":"day","per":["agent","task"]}"#);
    assert_eq!(holds(&several)[0].key, r#"task "" agent "" count day"#, "absent labels share one budget");
}

#[test]
fn another_subdomain_is_no_fresh_budget() {
    let budget = r#""budgets":[{"limit":"1 USD","every":"day","per":"seller"}]"#;
    let key = |sellers: &str, seller: &str| {
        let scene = Scene::under(&format!(r#"{{"perRequest":"1 USD",{budget}{sellers}}}"#)).at(seller);
        holds(&scene).remove(0).key
    };
    let listed = r#","sellers":["*.example.com","api.example.com"]"#;
    assert_eq!(key(listed, "a.example.com"), r#"seller "https://*.example.com" USD day"#);
    assert_eq!(key(listed, "a.b.example.com"), key(listed, "c.example.com"));
    assert_eq!(key(listed, "api.example.com"), r#"seller "https://api.example.com" USD day"#);
    assert_eq!(key("", "a.example.com"), r#"seller "https://a.example.com" USD day"#);
}

#[test]
fn a_filter_lets_only_its_values_count() {
    let usdc = format!("eip155:8453/erc20:{}", USDC.to_lowercase());
    for (filter, key, counts) in [
        (r#"{"category":["a","c"]}"#.into(), r#"only category "a" "c""#.into(), true),
        (r#"{"category":["a"]}"#.into(), String::new(), false),
        (r#"{"task":[""]}"#.into(), r#"only task """#.into(), true),
        (r#"{"task":["x"]}"#.into(), String::new(), false),
        (r#"{"seller":["*.example.com"]}"#.into(), r#"only seller "https://*.example.com""#.into(), true),
        (r#"{"seller":["example.com"]}"#.into(), String::new(), false),
        (format!(r#"{{"payTo":["{}"]}}"#, RECIPIENT.to_lowercase()), format!(r#"only payTo "{RECIPIENT}""#), true),
        (format!(r#"{{"payTo":["{OTHER}"]}}"#), String::new(), false),
        (format!(r#"{{"asset":["{usdc}"]}}"#), format!(r#"only asset "eip155:8453/erc20:{USDC}""#), true),
        (r#"{"asset":["eip155:8453/slip44:60"]}"#.into(), String::new(), false),
        (r#"{"network":["eip155:8453","eip155:1"]}"#.into(), r#"only network "eip155:1" "eip155:8453""#.into(), true),
        (r#"{"network":["eip155:1"]}"#.into(), String::new(), false),
        (r#"{"scheme":["exact"]}"#.into(), r#"only scheme "exact""#.into(), true),
        (r#"{"scheme":["4mica-credit"]}"#.into(), String::new(), false),
        // All of them must fit.
        (r#"{"scheme":["exact"],"category":["c"]}"#.into(), r#"only category "c" scheme "exact""#.into(), true),
        (r#"{"scheme":["exact"],"category":["a"]}"#.into(), String::new(), false),
    ] {
        let scene = with(&format!(r#"{{"count":1,"every":"day","only":{filter}}}"#)).category("c");
        let keys: Vec<_> = holds(&scene).into_iter().map(|hold| hold.key).collect();
        let expected = Vec::from([format!("all count day {key}")]);
        assert_eq!(keys, if counts { expected } else { Vec::new() }, "{filter}");
    }
}

#[test]
fn labels_of_any_length_and_content_have_keys_that_a_store_can_keep() {
    let scopes = r#"["task","session","agent","category","seller","payTo","asset","network","scheme"]"#;
    let mut scene = with(&format!(r#"{{"count":1,"every":"day","per":{scopes}}}"#));
    let mut keys = Vec::new();
    for label in ["\u{0}\u{202e}\n".repeat(170), "😀".repeat(256), "x".repeat(1_024), format!("{}y", "x".repeat(1_023))]
    {
        let label = Some(label);
        scene.purpose = Purpose { task: label.clone(), session: label.clone(), agent: label, ..Purpose::default() };
        keys.push(holds(&scene).remove(0).key);
    }
    for (index, key) in keys.iter().enumerate() {
        assert!(key.len() <= 400 && key.starts_with("budget #") && !key.chars().any(char::is_control), "{key}");
        assert!(!keys[..index].contains(key));
    }
}

#[test]
fn budgets_are_known_before_a_seller_names_terms() {
    let scene = with(
        r#"{"limit":"5 USD","every":"day"},{"count":9,"every":"day","per":"task"},{"count":8,"every":"day","per":"seller"},
            {"count":7,"every":"day","per":"payTo"},{"count":6,"every":"day","per":"asset"},{"count":5,"every":"day","per":"network"},
            {"count":4,"every":"day","per":["task","scheme"]},{"count":3,"every":"day","only":{"network":["eip155:1"]}},
            {"count":2,"every":"day","only":{"category":["c"]}},{"count":1,"every":"day","only":{"seller":["other.example.com"]}}"#,
    );
    let purpose = Purpose { task: Some("t".into()), ..Purpose::default() };
    let known = |seller: Option<&Origin>, purpose: &Purpose| -> Vec<(String, bool)> {
        let holds = scene.policy.budgets_without_terms(seller, purpose, scene.now_s, &[]);
        holds.into_iter().map(|hold| (hold.key, hold.amount.is_zero())).collect()
    };
    let keys = |keys: &[&str]| -> Vec<(String, bool)> { keys.iter().map(|key| (key.to_string(), true)).collect() };
    let other_network = r#"all count day only network "eip155:1""#;
    assert_eq!(
        known(None, &purpose),
        keys(&[
            "all USD day",
            r#"all count day only seller "https://other.example.com""#,
            other_network,
            r#"task "t" count day"#
        ])
    );
    let category = Purpose { category: Some("c".into()), ..Purpose::default() };
    assert_eq!(
        known(Some(&scene.seller), &category),
        keys(&[
            "all USD day",
            r#"all count day only category "c""#,
            other_network,
            r#"seller "https://api.example.com" count day"#,
            r#"task "" count day"#,
        ])
    );
    // What they are called there is what a payment is held under.
    let holds = holds(&scene);
    for hold in scene.policy.budgets_without_terms(Some(&scene.seller), &Purpose::default(), scene.now_s, &[]) {
        let same = holds.iter().any(|held| (&held.key, held.limit, held.span) == (&hold.key, hold.limit, hold.span));
        assert!(same || hold.key == other_network, "{}", hold.key);
    }
}

#[test]
fn a_question_holds_what_its_yes_will_need() {
    let mut scene =
        Scene::under(r#"{"perRequest":"1 USD","askAbove":"0.001 USD","budgets":[{"limit":"5 USD","every":"day"}]}"#);
    scene.purpose.task = Some("t".into());
    let Decision::Ask(pending) = scene.decide() else { panic!("{}", scene.said()) };
    assert_eq!(pending.approval().holds().len(), 1);
}
