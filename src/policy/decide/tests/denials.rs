use super::*;

fn usdc() -> String {
    format!("eip155:8453/erc20:{USDC}")
}

#[test]
fn every_rule_has_its_code_and_its_facts() {
    let points = format!("eip155:8453/erc20:{POINTS}");
    let with = |fields: &str| Scene::under(&generous(fields));
    let too_high = Amount::MAX;
    let mut beyond = with("");
    beyond.offer.amount = too_high;
    let pinned_elsewhere = format!(r#""payTo":{{"*.example.com":["{OTHER}"]}}"#);
    let had_another = format!(r#"{{"payTo":["{OTHER}"]}}"#);
    for (scene, said) in [
        (with(r#""sellers":{"deny":["*.example.com"]}"#), "policy/seller-denied: https://api.example.com".into()),
        (
            with(r#""sellers":{"allow":["api.example.com"],"deny":["api.example.com"]}"#),
            "policy/seller-denied: https://api.example.com".into(),
        ),
        (with(r#""sellers":["*.api.example.com"]"#), "policy/seller-not-allowed: https://api.example.com".into()),
        (with("").at("http://api.example.com"), "policy/seller-not-allowed: http://api.example.com".into()),
        (
            with(r#""sellers":{"deny":["x.com"]}"#).at("https://127.0.0.1:8402"),
            "policy/seller-not-allowed: https://127.0.0.1:8402".into(),
        ),
        (with(r#""newSeller":"deny""#), "policy/seller-not-allowed: https://api.example.com".into()),
        (with(r#""categories":["a","b"]"#), "policy/category-not-allowed: ".into()),
        (with(r#""categories":["a","b"]"#).category("c"), "policy/category-not-allowed: ".into()),
        (with(r#""categories":[]"#).category("c"), "policy/category-not-allowed: ".into()),
        (with(r#""schemes":["4mica-credit"]"#), "policy/scheme-not-allowed: exact".into()),
        (with(r#""networks":["eip155:1"]"#), "policy/network-not-allowed: eip155:8453".into()),
        (with(r#""assets":["eip155:1/slip44:60"]"#), format!("policy/asset-not-allowed: {}", usdc())),
        (with("").paid_to(USDC), format!("policy/payto-forbidden: {USDC}")),
        (
            with("").paid_to("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"),
            "policy/payto-forbidden: 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266".into(),
        ),
        (with(&pinned_elsewhere), format!("policy/payto-not-pinned: {RECIPIENT}")),
        (with(r#""payToChange":"deny""#).noted(&[Some(&had_another)]), format!("policy/payto-not-pinned: {RECIPIENT}")),
        (with("").priced(0), "policy/amount-zero: ".into()),
        (
            Scene::under(r#"{"perRequest":"0.009999 USD"}"#),
            "policy/over-cap: price 0.01 USD, limit 0.009999 USD".into(),
        ),
        (
            Scene::under(&format!(r#"{{"perAsset":{{"{}":"9999"}}}}"#, usdc())),
            "policy/over-cap: price 10000, limit 9999 atomic units".into(),
        ),
        (beyond, format!("policy/over-cap: price {too_high} atomic units, limit 1000.00 USD")),
        (Scene::under("{}"), format!("policy/no-cap: {}", usdc())),
        (Scene::under(r#"{"perRequest":"5 EUR"}"#), format!("policy/no-cap: {}", usdc())),
        (with("").priced(1_000_001).ephemeral(), "policy/store-ephemeral: price 1.000001 USD, limit 1.00 USD".into()),
        (
            Scene::under(r#"{"perRequest":"5 EUR"}"#).in_token(EURO).ephemeral(),
            "policy/store-ephemeral: price 10000 atomic units, limit 1.00 USD".into(),
        ),
    ] {
        assert_eq!(scene.said(), said);
    }
    assert_eq!(
        Scene::under(&format!(r#"{{"perAsset":{{"{points}":"1"}}}}"#)).said(),
        format!("policy/no-cap: {}", usdc())
    );
}

#[test]
fn what_a_rule_allows_names_the_rule_and_the_policy() {
    for (policy, rule) in [
        (r#"{"perRequest":"0.01 USD"}"#.into(), "perRequest 0.01 USD".into()),
        (format!(r#"{{"perAsset":{{"{}":"10000"}}}}"#, usdc()), format!("perAsset {} 10000", usdc())),
        (r#"{"perRequest":"0.01 USD","sellers":["*.example.com"]}"#.into(), "perRequest 0.01 USD".into()),
    ] {
        let scene = Scene::under(&policy);
        let approved = scene.approved();
        assert_eq!((approved.rule(), approved.policy()), (rule.as_str(), scene.policy.hash()));
    }
}

#[test]
fn an_authorisation_lives_as_long_as_the_shorter_of_both_allows() {
    for (fields, window_s) in [("", 60), (r#""maxWindowSeconds":59"#, 59), (r#""maxWindowSeconds":900"#, 60)] {
        assert_eq!(Scene::under(&generous(fields)).approved().window_s(), window_s);
    }
}

#[test]
fn the_first_rule_in_order_denies() {
    // Broken one after the other, from the last to the first: each hides those behind it.
    let had = format!(r#"{{"payTo":["{OTHER}"]}}"#);
    let last = format!(r#"{{"asset":"{}","amount":"1","terms":"0x{}"}}"#, usdc(), "00".repeat(32));
    let mut fields: Vec<(&str, &str)> = Vec::from([("perRequest", r#""1000 USD""#), ("maxRise", "20")]);
    let mut notes = Vec::from([None, Some(last)]);
    let mut durable = true;
    let mut said = Vec::new();
    for step in 0..11 {
        match step {
            0 => fields.push(("onRise", r#""deny""#)),
            1 => fields.push(("changedTerms", r#""deny""#)),
            2 => durable = false,
            3 => fields[0].1 = r#""0.01 USD""#,
            4 => (notes[0], _) = (Some(had.clone()), fields.push(("payToChange", r#""deny""#))),
            5 => fields.push(("assets", "[]")),
            6 => fields.push(("networks", "[]")),
            7 => fields.push(("schemes", "[]")),
            8 => fields.push(("categories", "[]")),
            9 => (notes[0], _) = (None, fields.push(("newSeller", r#""deny""#))),
            _ => fields.push(("sellers", r#"{"deny":["api.example.com"]}"#)),
        }
        let texts: Vec<_> = fields.iter().map(|(name, value)| format!(r#""{name}":{value}"#)).collect();
        let mut scene = Scene::under(&format!("{{{}}}", texts.join(","))).priced(2_000_000);
        (scene.noted, scene.durable) = (notes.clone(), durable);
        said.push(scene.said().split(':').next().unwrap().to_string());
    }
    assert_eq!(
        said,
        [
            "policy/price-rise",
            "policy/terms-changed",
            "policy/store-ephemeral",
            "policy/over-cap",
            "policy/payto-not-pinned",
            "policy/asset-not-allowed",
            "policy/network-not-allowed",
            "policy/scheme-not-allowed",
            "policy/category-not-allowed",
            "policy/seller-not-allowed",
            "policy/seller-denied",
        ]
    );
}

#[test]
fn what_the_lists_allow_is_paid() {
    let with = |fields: &str| Scene::under(&generous(fields));
    for scene in [
        with(r#""sellers":["*.example.com"]"#),
        with(r#""sellers":["http://*.localhost:3000"]"#).at("http://a.b.localhost:3000"),
        with(r#""sellers":{"deny":["*.api.example.com","other.example.com"]}"#),
        with(r#""categories":["a"]"#).category("a"),
        with(&format!(r#""payTo":{{"*.example.com":["{OTHER}","{RECIPIENT}"]}}"#)),
        with(&format!(r#""payTo":{{"other.example.com":["{OTHER}"]}}"#)),
        // The narrowest pattern counts.
        with(&format!(r#""payTo":{{"*.example.com":["{OTHER}"],"api.example.com":["{RECIPIENT}"]}}"#)),
    ] {
        assert_eq!(scene.said(), "allow");
    }
}

#[test]
fn a_store_that_forgets_pays_small_prices_only() {
    let capped =
        format!(r#"{{"perAsset":{{"eip155:8453/erc20:{POINTS}":"50000000","{}":"{}"}}}}"#, usdc(), Amount::MAX);
    for (scene, paid) in [
        (Scene::under(&generous("")).priced(1_000_000), true),
        (Scene::under(&generous("")).priced(1_000_001), false),
        (Scene::under(&generous(r#""ephemeralLimit":"2 USD""#)).priced(2_000_000), true),
        (Scene::under(&generous(r#""ephemeralLimit":"0.001 USD""#)), false),
        // No value in dollars, but a cap of its own.
        (Scene::under(&capped).in_token(POINTS).priced(50_000_000), true),
        (Scene::under(r#"{"perRequest":"5 EUR"}"#).in_token(EURO), false),
        (Scene::under(r#"{"perRequest":"5 EUR","ephemeralLimit":"5 EUR"}"#).in_token(EURO), true),
    ] {
        assert_eq!(scene.said(), "allow");
        assert_eq!(scene.ephemeral().said() == "allow", paid);
    }
    // Dollars beyond any number of them are above the limit, whatever cap the token has.
    let mut beyond = Scene::under(&capped);
    beyond.offer.amount = Amount::MAX;
    assert_eq!(beyond.said(), "allow");
    assert!(beyond.ephemeral().said().starts_with("policy/store-ephemeral"));
}
