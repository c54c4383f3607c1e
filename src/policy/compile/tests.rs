use super::*;
use alloc::format;
use alloc::string::ToString;

fn parse(text: &str) -> Policy {
    Policy::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn safe_policy_is_readable_and_caps_every_payment() {
    let safe = Policy::safe();
    assert_ne!(safe, Policy::nothing());
    assert_eq!(safe.per_request, Money::parse("0.10 USD"));
    assert_eq!(safe.budgets.len(), 1);
}

#[test]
fn canonical_text_of_what_the_first_version_knew_is_the_one_it_wrote() {
    for (text, canonical) in [
        (
            SAFE,
            r#"{"perRequest":"0.10 USD","perAsset":{},"budgets":[{"limit":"1.00 USD","every":"day"}],"schemes":["exact","4mica-credit"],"payTo":{},"maxWindowSeconds":300}"#,
        ),
        (
            r#"{"sellers":["b.example.com","http://127.0.0.1:8402"],"budgets":[{"limit":"9 USD","every":"lifetime"},{"limit":"5 USD","every":"hour"}],
                "payTo":{"b.example.com":["0x209693bc6afc0c5328ba36faf03c514ef312287c"]}}"#,
            r#"{"perAsset":{},"budgets":[{"limit":"5.00 USD","every":"hour"},{"limit":"9.00 USD","every":"lifetime"}],"sellers":["http://127.0.0.1:8402","https://b.example.com"],"schemes":["exact","4mica-credit"],"payTo":{"https://b.example.com":["0x209693Bc6afc0C5328bA36FaF03C514EF312287C"]},"maxWindowSeconds":300}"#,
        ),
    ] {
        assert_eq!(parse(text).canonical(), canonical);
    }
}

#[test]
fn hash_depends_on_meaning_not_on_spelling() {
    for (a, b) in [
        (
            r#"{"perRequest":"0.1 USD","sellers":["b.example.com","a.example.com"]}"#,
            r#"{ "sellers" : ["https://a.example.com","b.example.com"], "perRequest":"0.10 USD" }"#,
        ),
        (r#"{"sellers":["*.example.com"]}"#, r#"{"sellers":{"allow":["https://*.example.com"],"deny":[]}}"#),
        (r#"{"sellers":{}}"#, "{}"),
        (r#"{"budgets":[{"count":5,"every":3600}]}"#, r#"{"budgets":[{"count":5,"every":"hour"}]}"#),
        (
            r#"{"budgets":[{"limit":"5 USD","every":"calendar-day","timeZone":"UTC","per":[],"only":{}}]}"#,
            r#"{"budgets":[{"limit":"5.0 USD","every":"calendar-day"}]}"#,
        ),
        (
            r#"{"budgets":[{"atOnce":5,"per":"task"},{"count":1,"every":7,"only":{"task":["b","a","b"],"agent":["x"]}}]}"#,
            r#"{"budgets":[{"only":{"agent":["x"],"task":["a","b"]},"count":1,"every":7},{"atOnce":5,"per":["task","task"]}]}"#,
        ),
        (
            r#"{"budgets":[{"count":1,"every":7,"only":{"seller":["a.example.com"],"payTo":["0x209693bc6afc0c5328ba36faf03c514ef312287c"]}}]}"#,
            r#"{"budgets":[{"count":1,"every":7,"only":{"seller":["https://a.example.com"],"payTo":["0x209693Bc6afc0C5328bA36FaF03C514EF312287C"]}}]}"#,
        ),
    ] {
        assert_eq!(parse(a).hash(), parse(b).hash(), "{a} {b}");
    }
}

#[test]
fn a_default_hashes_like_its_absence_and_anything_else_does_not() {
    for (default, other) in [
        (r#""payToChange":"ask""#, r#""payToChange":"deny""#),
        (r#""newSeller":"allow""#, r#""newSeller":"ask""#),
        (r#""changedTerms":"allow""#, r#""changedTerms":"ask""#),
        (r#""maxRise":20,"onRise":"ask""#, r#""maxRise":20,"onRise":"deny""#),
        (r#""approvalSeconds":3600"#, r#""approvalSeconds":60"#),
        (r#""ephemeralLimit":"1.0 USD""#, r#""ephemeralLimit":"1 EUR""#),
        (r#""askCategories":[]"#, r#""askCategories":["x"]"#),
        (r#""maxWindowSeconds":300"#, r#""maxWindowSeconds":299"#),
        (r#""payTo":{}"#, r#""payTo":{"*.example.com":[]}"#),
        (r#""sellers":{"deny":[]}"#, r#""sellers":{"allow":[]}"#),
        (r#""budgets":[]"#, r#""budgets":[{"atOnce":1}]"#),
        (r#""schemes":["exact","4mica-credit"]"#, r#""schemes":["4mica-credit","exact"]"#),
    ] {
        let with = |fields: &str| parse(&format!("{{{fields}}}"));
        let rise = if default.contains("maxRise") { r#""maxRise":20"# } else { "" };
        assert_eq!(with(default).hash(), with(rise).hash(), "{default}");
        assert_ne!(with(other).hash(), with(rise).hash(), "{other}");
    }
    for other in
        [r#"{"maxRise":0}"#, r#"{"askAbove":"1 USD"}"#, r#"{"categories":[]}"#, r#"{"sellers":{"deny":["a.b"]}}"#]
    {
        assert_ne!(parse(other).hash(), parse("{}").hash(), "{other}");
    }
}

#[test]
fn canonical_form_reads_back_to_the_same_policy() {
    let text = r#"{"perRequest":"0.1 USD","perAsset":{"eip155:8453/erc20:0x833589fcd6edb6e08f4c7c32d4f71b54bda02913":"7","eip155:1/slip44:60":"8"},
        "budgets":[{"limit":"5 USD","every":"day"},{"limit":"9 USD","every":"lifetime"},{"atOnce":5},{"count":20,"every":90,"per":["seller","task"]},
            {"limit":"5000000","asset":"eip155:1/slip44:60","every":"calendar-month","timeZone":"Europe/Berlin","only":{"category":["b","a"],"seller":["*.example.com"]}}],
        "sellers":{"allow":["api.example.com","*.example.com"],"deny":["bad.example.com"]},"networks":["eip155:8453"],"assets":["eip155:1/slip44:60"],
        "schemes":["4mica-credit"],"payTo":{"*.example.com":["0x209693Bc6afc0C5328bA36FaF03C514EF312287C"]},"maxWindowSeconds":60,
        "payToChange":"deny","newSeller":"ask","changedTerms":"deny","maxRise":20,"onRise":"deny","askAbove":"0.05 USD","askCategories":["x"],
        "categories":["x","y\n"],"approvalSeconds":604800,"ephemeralLimit":"2 EUR"}"#;
    let policy = parse(text);
    assert_eq!(parse(&policy.canonical()), policy);
    assert_eq!(
        (policy.approval_s(), policy.max_window_s(), policy.zones()),
        (604_800, 60, &["Europe/Berlin".to_string()][..])
    );
    assert_eq!(Policy::safe().approval_s(), 3_600);
    // Every field is in the text: nothing of it was read and forgotten.
    assert!(FIELDS.iter().all(|field| policy.canonical().contains(&format!("\"{field}\":"))));
}

#[test]
fn zones_are_named_once_and_without_utc() {
    let policy = parse(
        r#"{"budgets":[{"count":1,"every":"calendar-day","timeZone":"UTC"},{"count":1,"every":"calendar-month","timeZone":"America/New_York"},
            {"count":1,"every":"calendar-day","timeZone":"America/New_York"},{"count":1,"every":"calendar-day","timeZone":"Etc/GMT+12"}]}"#,
    );
    assert_eq!(policy.zones(), ["America/New_York", "Etc/GMT+12"]);
}

#[test]
fn a_malformed_field_is_named() {
    for (text, field) in [
        ("[]", "policy"),
        (r#"{"perrequest":"1 USD"}"#, "perrequest"),
        (r#"{"perRequest":"1 USD","max\u0007":1}"#, "max"),
        (r#"{"perRequest":"1"}"#, "perRequest"),
        (r#"{"perRequest":1}"#, "perRequest"),
        (r#"{"perAsset":{"USDC":"1"}}"#, "perAsset"),
        (r#"{"sellers":["https://u@example.com"]}"#, "sellers"),
        (r#"{"sellers":["example.com/path"]}"#, "sellers"),
        (r#"{"sellers":"example.com"}"#, "sellers"),
        (r#"{"sellers":{"deny":"example.com"}}"#, "sellers"),
        (r#"{"sellers":{"forbid":[]}}"#, "sellers.forbid"),
        (r#"{"networks":["base"]}"#, "networks"),
        (r#"{"schemes":["Exact"]}"#, "schemes"),
        (r#"{"payTo":{"example.com":["0x1"]}}"#, "payTo"),
        (r#"{"payTo":{"*":[]}}"#, "payTo"),
        (r#"{"maxWindowSeconds":901}"#, "maxWindowSeconds"),
        (r#"{"maxWindowSeconds":0}"#, "maxWindowSeconds"),
        (r#"{"payToChange":"never"}"#, "payToChange"),
        (r#"{"newSeller":true}"#, "newSeller"),
        (r#"{"changedTerms":"Ask"}"#, "changedTerms"),
        (r#"{"maxRise":10001}"#, "maxRise"),
        (r#"{"maxRise":0.5}"#, "maxRise"),
        (r#"{"maxRise":"20"}"#, "maxRise"),
        (r#"{"maxRise":20,"onRise":"allow"}"#, "onRise"),
        (r#"{"onRise":"deny"}"#, "onRise"),
        (r#"{"askAbove":1}"#, "askAbove"),
        (r#"{"askCategories":"x"}"#, "askCategories"),
        (r#"{"categories":[1]}"#, "categories"),
        (r#"{"approvalSeconds":59}"#, "approvalSeconds"),
        (r#"{"approvalSeconds":604801}"#, "approvalSeconds"),
        (r#"{"ephemeralLimit":"1"}"#, "ephemeralLimit"),
    ] {
        assert_eq!(Policy::parse(text.as_bytes()).unwrap_err().field, field, "{text}");
    }
    let long = format!(r#"{{"categories":["{}"]}}"#, "x".repeat(1_025));
    assert_eq!(Policy::parse(long.as_bytes()).unwrap_err().field, "categories");
}

#[test]
fn a_malformed_budget_is_refused() {
    let limit = r#""limit":"1 USD""#;
    for (budget, field) in [
        (format!("{{{limit}}}"), "budgets"),
        (format!(r#"{{{limit},"every":"fortnight"}}"#), "budgets"),
        (format!(r#"{{{limit},"every":"90 s"}}"#), "budgets"),
        (format!(r#"{{{limit},"every":0}}"#), "budgets"),
        (format!(r#"{{{limit},"every":31622401}}"#), "budgets"),
        (format!(r#"{{{limit},"count":1,"every":"day"}}"#), "budgets"),
        (format!(r#"{{{limit},"asset":"eip155:1/slip44:60","every":"day"}}"#), "budgets"),
        (r#"{"limit":"1","every":"day"}"#.into(), "budgets"),
        (r#"{"asset":"eip155:1/slip44:60","every":"day"}"#.into(), "budgets"),
        (r#"{"count":1,"asset":"eip155:1/slip44:60","every":"day"}"#.into(), "budgets"),
        (r#"{"count":"1","every":"day"}"#.into(), "budgets"),
        (r#"{"count":9007199254740992,"every":"day"}"#.into(), "budgets"),
        (r#"{"atOnce":1,"every":"day"}"#.into(), "budgets"),
        (r#"{"atOnce":1,"timeZone":"UTC"}"#.into(), "budgets"),
        (r#"{"every":"day"}"#.into(), "budgets"),
        (r#"{"count":1,"every":"day","timeZone":"UTC"}"#.into(), "budgets"),
        (r#"{"count":1,"every":"calendar-day","timeZone":""}"#.into(), "budgets"),
        (r#"{"count":1,"every":"calendar-day","timeZone":"Europe Berlin"}"#.into(), "budgets"),
        (format!(r#"{{"count":1,"every":"calendar-day","timeZone":"{}"}}"#, "a".repeat(65)), "budgets"),
        (r#"{"count":1,"every":"day","per":"payer"}"#.into(), "budgets"),
        (r#"{"count":1,"every":"day","per":["task",1]}"#.into(), "budgets"),
        (r#"{"count":1,"every":"day","only":{"payer":["x"]}}"#.into(), "budgets"),
        (r#"{"count":1,"every":"day","only":{"task":[]}}"#.into(), "budgets"),
        (r#"{"count":1,"every":"day","only":{"task":"x"}}"#.into(), "budgets"),
        (r#"{"count":1,"every":"day","only":{"scheme":["Exact"]}}"#.into(), "budgets"),
        (r#"{"count":1,"every":"day","only":{"network":["base"]}}"#.into(), "budgets"),
        (r#"{"count":1,"every":"day","only":{"asset":["USDC"]}}"#.into(), "budgets"),
        (r#"{"count":1,"every":"day","only":{"payTo":["0x1"]}}"#.into(), "budgets"),
        (r#"{"count":1,"every":"day","only":{"seller":["*"]}}"#.into(), "budgets"),
        (r#"{"count":1,"every":"day","limits":1}"#.into(), "budgets.limits"),
    ] {
        let text = format!(r#"{{"budgets":[{budget}]}}"#);
        assert_eq!(Policy::parse(text.as_bytes()).unwrap_err().field, field, "{text}");
    }
    // The largest number stands for prices beyond any number.
    let most = "115792089237316195423570985008687907853269984665640564039457.584007913129639935 USD";
    for (text, fits) in [(most, false), (&most.replace("35 USD", "34 USD"), true)] {
        assert!(Money::parse(text).is_some(), "{text}");
        let policy = format!(r#"{{"budgets":[{{"limit":"{text}","every":"day"}}]}}"#);
        assert_eq!(Policy::parse(policy.as_bytes()).is_ok(), fits, "{text}");
    }
}

#[test]
fn two_limits_of_one_sum_and_more_than_32_budgets_are_refused() {
    for (one, other, fine) in [
        (r#"{"limit":"1 USD","every":"day"}"#, r#"{"limit":"2 USD","every":86400}"#, false),
        (r#"{"atOnce":1,"per":"task"}"#, r#"{"atOnce":2,"per":["task"]}"#, false),
        (
            r#"{"count":1,"every":9,"only":{"task":["a","b"]}}"#,
            r#"{"count":2,"every":9,"only":{"task":["b","a"]}}"#,
            false,
        ),
        (r#"{"limit":"1 USD","every":"day"}"#, r#"{"limit":"1 EUR","every":"day"}"#, true),
        (r#"{"limit":"1 USD","every":"day"}"#, r#"{"limit":"1 USD","every":"calendar-day"}"#, true),
        (r#"{"count":1,"every":900}"#, r#"{"atOnce":1}"#, true),
        (r#"{"count":1,"every":9,"per":"task"}"#, r#"{"count":1,"every":9,"per":"agent"}"#, true),
        (r#"{"count":1,"every":9,"only":{"task":["a"]}}"#, r#"{"count":1,"every":9}"#, true),
        (
            r#"{"count":1,"every":"calendar-day","timeZone":"Asia/Tokyo"}"#,
            r#"{"count":1,"every":"calendar-day"}"#,
            true,
        ),
    ] {
        let text = format!(r#"{{"budgets":[{one},{other}]}}"#);
        assert_eq!(Policy::parse(text.as_bytes()).is_ok(), fine, "{text}");
    }
    for (count, fine) in [(32, true), (33, false)] {
        let budgets: Vec<_> = (1..=count).map(|every| format!(r#"{{"count":1,"every":{every}}}"#)).collect();
        let text = format!(r#"{{"budgets":[{}]}}"#, budgets.join(","));
        assert_eq!(Policy::parse(text.as_bytes()).is_ok(), fine, "{count}");
    }
}
