use super::*;

fn with(fields: &str) -> Scene {
    Scene::under(&generous(fields))
}

#[test]
fn a_recipient_the_seller_never_had_is_a_question_first() {
    for (fields, said) in [
        ("", "approval/payto-changed".to_string()),
        (r#""payToChange":"allow""#, "allow".into()),
        (r#""payToChange":"deny""#, format!("policy/payto-not-pinned: {OTHER}")),
    ] {
        let first = with(fields);
        assert_eq!(first.said(), "allow", "the first one is remembered");
        assert_eq!(with(fields).after(&first).said(), "allow", "{fields}");
        let changed = with(fields).after(&first).paid_to(OTHER);
        assert_eq!(changed.said(), said, "{fields}");
        // One that was allowed, or that somebody said yes to, is remembered beside the first.
        if fields != r#""payToChange":"deny""# {
            assert_eq!(with("").after(&changed).paid_to(OTHER).said(), "allow");
            assert_eq!(with("").after(&changed).said(), "allow");
        }
    }
}

#[test]
fn a_pinned_recipient_never_counts_as_changed() {
    let pins = format!(r#""payTo":{{"api.example.com":["{OTHER}"]}}"#);
    for change in ["ask", "deny"] {
        let fields = format!(r#"{pins},"payToChange":"{change}""#);
        let first = with("");
        assert_eq!(with(&fields).after(&first).paid_to(OTHER).said(), "allow");
        assert_eq!(with(&fields).noted(&[Some("broken")]).paid_to(OTHER).said(), "allow");
    }
}

#[test]
fn a_seller_is_new_until_something_is_remembered_of_it() {
    for (choice, said) in [
        ("allow", "allow"),
        ("ask", "approval/new-seller"),
        ("deny", "policy/seller-not-allowed: https://api.example.com"),
    ] {
        let fields = format!(r#""newSeller":"{choice}""#);
        assert_eq!(with(&fields).said(), said);
        assert_eq!(with(&fields).after(&with("")).said(), "allow");
    }
}

#[test]
fn a_rise_above_the_percentage_is_noticed_and_nothing_below() {
    for (choice, said) in [
        ("ask", "approval/price-rise".to_string()),
        ("deny", "policy/price-rise: price 12001, last 10000 atomic units, at most 20 % more".into()),
    ] {
        let fields = format!(r#""maxRise":20,"onRise":"{choice}""#);
        let first = with(&fields);
        assert_eq!(first.said(), "allow");
        assert_eq!(with(&fields).after(&first).priced(12_000).said(), "allow");
        assert_eq!(with(&fields).after(&first).priced(12_001).said(), said);
        assert_eq!(with(&fields).after(&first).priced(1).said(), "allow");
        // Measured from the last price, not from the first.
        let second = with(&fields).after(&first).priced(12_000);
        assert_eq!(with(&fields).after(&second).priced(14_400).said(), "allow");
    }
    assert_eq!(with("").noted(&[None, Some("anything")]).priced(1_000_000).said(), "allow", "without a rule");
}

#[test]
fn prices_of_two_tokens_are_not_compared() {
    let policy = format!(
        r#"{{"perRequest":"1000 USD","maxRise":0,"onRise":"deny","perAsset":{{"eip155:8453/erc20:{POINTS}":"50000000"}}}}"#
    );
    let first = Scene::under(&policy);
    assert_eq!(Scene::under(&policy).after(&first).in_token(POINTS).priced(50_000_000).said(), "allow");
    let other_network = format!(r#"{{"asset":"eip155:1/erc20:{USDC}","amount":"1","terms":"0x{}"}}"#, "00".repeat(32));
    assert_eq!(Scene::under(&policy).noted(&[None, Some(&other_network)]).said(), "allow");
    let same = other_network.replace("eip155:1/", "eip155:8453/");
    assert!(Scene::under(&policy).noted(&[None, Some(&same)]).said().starts_with("policy/price-rise"));
}

#[test]
fn terms_change_with_everything_but_the_price() {
    let fields = r#""changedTerms":"ask","payToChange":"allow""#;
    let first = with(fields);
    for (scene, said) in [
        (with(fields), "allow"),
        (with(fields).priced(20_000), "allow"),
        (with(fields).paid_to(OTHER), "approval/terms-changed"),
        (with(fields).guaranteed("10000", "{}"), "approval/terms-changed"),
    ] {
        assert_eq!(scene.after(&first).said(), said);
    }
    // What a guarantee is given for is part of its terms; its price is not.
    let guarantee = with(fields).guaranteed("10000", "{}");
    assert_eq!(with(fields).after(&guarantee).guaranteed("20000", "{}").said(), "allow");
    assert_eq!(with(fields).after(&guarantee).guaranteed("10000", r#"{"note":"x"}"#).said(), "approval/terms-changed");
    let guarantee = with(fields).guaranteed_v1("10000");
    assert_eq!(with(fields).after(&guarantee).guaranteed_v1("20000").said(), "allow");
    let strict = r#""changedTerms":"deny","payToChange":"allow""#;
    assert_eq!(with(strict).after(&with(strict)).paid_to(OTHER).said(), "policy/terms-changed: ");
    assert_eq!(with(r#""payToChange":"allow""#).after(&first).paid_to(OTHER).said(), "allow", "without the rule");
}

#[test]
fn prices_above_a_limit_or_without_a_value_in_its_currency_are_questions() {
    let capped = format!(r#""perAsset":{{"eip155:8453/erc20:{POINTS}":"50000000"}}"#);
    let mut beyond =
        Scene::under(&format!(r#"{{"askAbove":"1 USD","perAsset":{{"eip155:8453/erc20:{USDC}":"{}"}}}}"#, Amount::MAX));
    beyond.offer.amount = Amount::MAX;
    for (scene, said) in [
        (with(r#""askAbove":"0.01 USD""#), "allow"),
        (with(r#""askAbove":"0.01 USD""#).priced(10_001), "approval/amount"),
        (with(r#""askAbove":"1 EUR""#), "approval/amount"),
        (with(&format!(r#""askAbove":"1000 USD",{capped}"#)).in_token(POINTS), "approval/amount"),
        (with(&capped).in_token(POINTS), "allow"),
        (beyond, "approval/amount"),
    ] {
        assert_eq!(scene.said(), said);
    }
}

#[test]
fn categories_that_the_owner_wants_to_see_are_questions() {
    let fields = r#""askCategories":["a","b"]"#;
    assert_eq!(with(fields).category("b").said(), "approval/category");
    assert_eq!(with(fields).category("c").said(), "allow");
    assert_eq!(with(fields).said(), "allow");
}

#[test]
fn the_first_question_in_order_is_asked_and_none_replaces_a_denial() {
    let had = format!(r#"{{"payTo":["{OTHER}"]}}"#);
    let last = format!(r#"{{"asset":"eip155:8453/erc20:{USDC}","amount":"1","terms":"0x{}"}}"#, "00".repeat(32));
    let all = r#""newSeller":"ask","changedTerms":"ask","maxRise":20,"askAbove":"0.001 USD","askCategories":["a"]"#;
    for (fields, notes, code) in [
        (all, [Some(had.as_str()), Some(last.as_str())], "approval/payto-changed"),
        (all, [None, Some(&last)], "approval/new-seller"),
        (&all.replace(r#""newSeller":"ask","#, ""), [None, Some(&last)], "approval/terms-changed"),
        (r#""maxRise":20,"askAbove":"0.001 USD","askCategories":["a"]"#, [None, Some(&last)], "approval/price-rise"),
        (r#""askAbove":"0.001 USD","askCategories":["a"]"#, [None, None], "approval/amount"),
        (r#""askCategories":["a"]"#, [None, None], "approval/category"),
    ] {
        assert_eq!(with(fields).noted(&notes).category("a").said(), code);
        let poor = format!(r#"{{"perRequest":"0.001 USD",{fields}}}"#);
        let denied = Scene::under(&poor).noted(&notes).category("a").said();
        assert_eq!(denied, "policy/over-cap: price 0.01 USD, limit 0.001 USD");
    }
}

#[test]
fn the_time_and_the_sellers_order_decide_nothing() {
    let fields = r#""newSeller":"ask","maxRise":20,"budgets":[{"limit":"1 USD","every":"day"}]"#;
    for notes in [[None, None], [Some("broken"), Some("broken")]] {
        let scene = with(fields).noted(&notes);
        for (index, now_s) in [(0, 0), (3, 1_704_067_200), (15, u64::MAX)] {
            let mut other = with(fields).noted(&notes);
            (other.offer.index, other.now_s) = (index, now_s);
            assert_eq!(other.said(), scene.said());
            let (one, other) = (scene.approved(), other.approved());
            assert_eq!((one.binding(), one.notes(), one.rule()), (other.binding(), other.notes(), other.rule()));
            assert_eq!((&one.holds()[0].key, one.holds()[0].amount), (&other.holds()[0].key, other.holds()[0].amount));
        }
    }
}
