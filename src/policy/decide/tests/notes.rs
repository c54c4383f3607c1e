use super::*;
use crate::budget::Note;

const BOTH: &str = r#""maxRise":20"#;

fn with(fields: &str) -> Scene {
    Scene::under(&generous(fields))
}

fn address(number: u8) -> String {
    Address::from_bytes([number; 20]).checksummed()
}

#[test]
fn a_policy_needs_the_note_of_the_seller_and_of_the_price_where_a_rule_compares() {
    let seller = Origin::parse("https://api.example.com:8443").unwrap();
    let keys = |fields: &str, resource: &str| with(fields).policy.note_keys(&seller, resource);
    let of_seller = "seller https://api.example.com:8443";
    assert_eq!(keys("", "GET /weather"), [of_seller]);
    assert_eq!(keys(r#""payToChange":"allow""#, "GET /weather"), [of_seller]);
    for fields in [BOTH, r#""changedTerms":"ask""#, r#""changedTerms":"deny""#] {
        assert_eq!(keys(fields, "GET /weather"), [of_seller, "price GET https://api.example.com:8443/weather"]);
    }
}

#[test]
fn long_paths_have_short_keys_of_their_own() {
    let seller = Origin::parse("api.example.com").unwrap();
    let key = |path: &str| with(BOTH).policy.note_keys(&seller, &format!("GET {path}")).remove(1);
    let (one, other) = (format!("/{}a", "x".repeat(8_000)), format!("/{}b", "x".repeat(8_000)));
    assert!(key(&one).len() <= 400 && key(&one) != key(&other) && key(&one) == key(&one));
    assert!(key(&one).starts_with("price #"));
    let host = Origin::parse(&"a".repeat(8_000)).unwrap();
    assert!(with("").policy.note_keys(&host, "GET /").iter().all(|key| key.len() <= 400));
}

#[test]
fn the_first_purchase_is_remembered_and_the_next_only_compared() {
    let first = with(BOTH);
    let terms = crate::primitives::hex::encode(&first.offer.terms(&first.seller));
    let seller = format!(r#"{{"payTo":["{RECIPIENT}"]}}"#);
    let price = format!(r#"{{"asset":"eip155:8453/erc20:{USDC}","amount":"10000","terms":"{terms}"}}"#);
    let note = |index: usize, was: Option<&str>, value: Option<&str>| Note {
        key: first.policy.note_keys(&first.seller, "GET /weather")[index].clone(),
        was: was.map(String::from),
        value: value.map(String::from),
    };
    assert_eq!(first.approved().notes(), [note(0, None, Some(&seller)), note(1, None, Some(&price))]);
    let second = with(BOTH).after(&first);
    assert_eq!(second.approved().notes(), [note(0, Some(&seller), None), note(1, Some(&price), None)]);
    let dearer = with(BOTH).after(&first).priced(11_000);
    let new_price = price.replace("10000", "11000");
    assert_eq!(dearer.approved().notes()[1], note(1, Some(&price), Some(&new_price)));
    assert_eq!(with("").approved().notes().len(), 1, "only what the policy needs");
}

#[test]
fn eight_recipients_are_remembered_and_the_first_is_forgotten_first() {
    let fields = r#""payToChange":"allow""#;
    let mut scene = with(fields).paid_to(&address(1));
    for number in 2..=9 {
        scene = with(fields).after(&scene).paid_to(&address(number));
    }
    let expected: Vec<_> = (2..=9).map(|number| format!("\"{}\"", address(number))).collect();
    let value = format!(r#"{{"payTo":[{}]}}"#, expected.join(","));
    assert_eq!(scene.approved().notes()[0].value.as_deref(), Some(value.as_str()));
    assert_eq!(with("").after(&scene).paid_to(&address(2)).said(), "allow");
    assert_eq!(with("").after(&scene).paid_to(&address(1)).said(), "approval/payto-changed");
}

#[test]
fn a_note_that_cannot_be_read_is_a_question_and_a_yes_mends_it() {
    let many: Vec<_> = (1..=9).map(|number| format!("\"{}\"", address(number))).collect();
    for text in [
        "".into(),
        "null".into(),
        "[]".into(),
        "{}".into(),
        r#"{"payTo":[]}"#.into(),
        r#"{"payTo":"0x209693Bc6afc0C5328bA36FaF03C514EF312287C"}"#.into(),
        r#"{"payTo":["0x209693Bc6afc0C5328bA36FaF03C514EF312287c"]}"#.into(),
        format!(r#"{{"payTo":["{RECIPIENT}"],"payTo":["{OTHER}"]}}"#),
        format!(r#"{{"payTo":["{RECIPIENT}"],"version":2}}"#),
        format!(r#"{{"payTo":[{}]}}"#, many.join(",")),
        format!(r#"{{"payTo":["{RECIPIENT}"]}}{}"#, " ".repeat(1_024)),
    ] {
        let with_note = |fields: &str| with(fields).noted(&[Some(&text)]);
        assert_eq!(with_note("").said(), "approval/payto-changed", "{text}");
        assert_eq!(with_note(r#""payToChange":"deny""#).said(), "approval/payto-changed", "{text}");
        for choice in ["ask", "deny"] {
            let fields = format!(r#""payToChange":"allow","newSeller":"{choice}""#);
            assert_eq!(with_note(&fields).said(), "approval/new-seller", "{text}");
        }
        let mended = with("").after(&with_note(""));
        assert_eq!((mended.said().as_str(), mended.noted[0].is_some()), ("allow", true), "{text}");
        assert_eq!(with_note("").approved().notes()[0].was.as_deref(), Some(text.as_str()));
    }
}

#[test]
fn a_price_that_cannot_be_read_is_a_question() {
    let good = with(BOTH).approved().notes()[1].value.clone().unwrap();
    for text in [
        "7".into(),
        good.replace("10000", "010000"),
        good.replace("\"10000\"", "10000"),
        good.replace("eip155:8453", "base"),
        good.replace("\"terms\":\"0x", "\"terms\":\"0x0"),
        good.replace('{', "{\"currency\":\"USD\","),
        good.replace("\"amount\"", "\"price\""),
    ] {
        assert_ne!(text, good);
        for (fields, code) in [
            (BOTH, "approval/price-rise"),
            (r#""maxRise":20,"onRise":"deny""#, "approval/price-rise"),
            (r#""changedTerms":"ask""#, "approval/terms-changed"),
            (r#""changedTerms":"deny""#, "approval/terms-changed"),
        ] {
            assert_eq!(with(fields).noted(&[None, Some(&text)]).said(), code, "{text}");
        }
    }
}

#[test]
fn a_store_that_was_not_asked_is_not_a_store_that_knows_nothing() {
    assert_eq!(with("").noted(&[]).said(), "approval/payto-changed");
    assert_eq!(with(BOTH).noted(&[None]).said(), "approval/price-rise");
    assert_eq!(with(r#""payToChange":"allow""#).noted(&[]).said(), "allow");
}
