//! Requests, clocks, random bytes and challenges that lead to no payment.

use farthing::primitives::keccak256;
use farthing::purchase::{Answer, Config, Entropy, Mode, Purchase, Time, Trouble};
use farthing::record::State;
use farthing::x402::header;
use serde_json::{Value, json};
use std::sync::Arc;

use crate::driver::scene::{Flow, Scene, URL};
use crate::driver::{Event, NOW_S, Rig, name};

fn problem_of(scene: Scene) -> (String, Rig) {
    let mut rig = Rig::new(scene);
    rig.run();
    assert_eq!(rig.asked, 0);
    (rig.problem().unwrap_or("none").to_owned(), rig)
}

#[test]
fn a_redirect_inside_the_origin_moves_a_request_without_a_body_only() {
    let moved = |reached: &str| {
        let mut scene = Scene::new(Flow::ExactV2);
        scene.reached = reached.into();
        scene.challenge["resource"]["url"] = json!(reached.split('?').next().unwrap());
        scene
    };
    let target = "https://api.example.com/v2/weather?key=topsecret";
    let payment = Rig::new(moved(target)).until("send");
    assert!(matches!(&payment.pending, farthing::purchase::Command::Send { url, .. } if url == target));

    let (code, rig) = problem_of(moved(target).post(b"{}"));
    assert_eq!((code.as_str(), rig.failure().facts.as_str()), ("policy/redirect-body", "to the path /v2/weather"));

    for (reached, to) in [
        ("https://evil.example/weather", "to https://evil.example"),
        ("http://api.example.com/weather", "to http://api.example.com"),
        ("https://api.example.com:8443/weather", "to https://api.example.com:8443"),
        ("https://api.example.com.evil.example/weather", "to https://api.example.com.evil.example"),
        ("data:text/plain,x", ""),
    ] {
        for scene in [moved(reached), moved(reached).post(b"{}")] {
            let (code, rig) = problem_of(scene);
            assert_eq!(code, "policy/redirect-cross-origin", "{reached}");
            assert!(rig.failure().facts.ends_with(to), "{}", rig.failure().facts);
        }
    }
    // Somewhere else inside the origin, but the challenge still names the first place.
    let mut scene = Scene::new(Flow::ExactV2);
    scene.reached = target.into();
    assert_eq!(problem_of(scene).0, "parse/resource-origin");
}

#[test]
fn a_clock_outside_any_plausible_range_starts_nothing() {
    for now_s in [0, 1_000, NOW_S * 1000, u64::MAX] {
        let rig = Rig::at(Scene::new(Flow::ExactV2), Default::default(), 1, now_s);
        assert_eq!(rig.problem(), Some("misuse/clock"), "{now_s}");
    }
}

#[test]
fn a_clock_that_breaks_on_the_way_is_not_believed() {
    for broken_s in [0, NOW_S - 1_000_000, u64::MAX] {
        let mut rig = Rig::new(Scene::new(Flow::ExactV2)).until("account");
        rig.now_s = broken_s;
        let payment = rig.until("send").payment();
        assert_eq!(payment["payload"]["authorization"]["validBefore"], (NOW_S + 60).to_string(), "{broken_s}");
    }
}

#[test]
fn a_clock_that_jumps_ahead_before_signing_stops_the_purchase() {
    for (later_s, end) in [(600, "reserve"), (601, "fail"), (86_400 * 365, "fail")] {
        let mut rig = Rig::new(Scene::new(Flow::ExactV2)).until("account");
        rig.now_s += later_s;
        rig.step();
        assert_eq!(name(&rig.pending), end, "{later_s}");
        if end == "fail" {
            assert_eq!((rig.problem(), rig.written()), (Some("misuse/clock"), None));
        }
    }
}

#[test]
fn clocks_may_differ_by_thirty_seconds() {
    for (date_s, pays) in [(NOW_S - 30, true), (NOW_S + 30, true), (NOW_S - 31, false), (NOW_S + 31, false), (0, false)]
    {
        let mut scene = Scene::new(Flow::ExactV2);
        scene.date_s = Some(date_s);
        let mut rig = Rig::new(scene);
        rig.run();
        let expected = if pays { None } else { Some("misuse/clock-skew") };
        assert_eq!(rig.problem(), expected, "{date_s}");
        assert!(pays || rig.failure().facts.contains(&date_s.to_string()));
    }
}

#[test]
fn random_bytes_that_repeat_stop_the_purchase() {
    let fresh = Entropy { id: [1; 16], nonce: [2; 32], salt: [3; 32] };
    let start = |entropy: Entropy| {
        let config = Arc::new(Config::parse(b"{}").unwrap());
        let request = Scene::new(Flow::ExactV2).request;
        let time = Time { now_s: NOW_S, zones: Vec::new() };
        name(&Purchase::new(config, Mode::Pay, request, entropy, time).1)
    };
    assert_eq!(start(fresh.clone()), "load");
    assert_eq!(start(Entropy { nonce: [0; 32], ..fresh.clone() }), "fail");
    assert_eq!(start(Entropy { salt: [2; 32], ..fresh.clone() }), "fail");
    assert_eq!(start(Entropy { id: [2; 16], ..fresh.clone() }), "fail");
    assert!(!format!("{fresh:?}").contains('2'), "random bytes are printed");
}

#[test]
fn the_same_random_bytes_give_two_purchases_two_nonces() {
    let nonce = |id: &str| {
        let mut scene = Scene::new(Flow::ExactV2);
        scene.request.purchase_id = Some(id.into());
        Rig::new(scene).until("reserve").purchase.record().unwrap().attempt.as_ref().unwrap().nonce
    };
    assert_ne!(nonce("a"), nonce("b"));
    assert_eq!(nonce("a"), nonce("a"));
}

#[test]
fn a_request_that_makes_no_sense_is_refused_by_name() {
    type Change = fn(&mut Scene);
    let cases: [(Change, &str, &str); 18] = [
        (|s| s.request.url = "/weather".into(), "request/url", ""),
        (|s| s.request.url = "https://u:p@api.example.com/".into(), "request/url", ""),
        (|s| s.request.url = "HTTPS://API.example.com/".into(), "request/url", ""),
        (|s| s.request.url.push_str("#part"), "request/url", ""),
        (|s| s.request.url.push_str(&"x".repeat(8192)), "request/url", ""),
        (|s| s.request.purchase_id = Some(String::new()), "misuse/options", "purchaseId"),
        (|s| s.request.purchase_id = Some("a b".into()), "misuse/options", "purchaseId"),
        (|s| s.request.purchase_id = Some("x".repeat(129)), "misuse/options", "purchaseId"),
        (|s| s.request.purpose.task = Some("x".repeat(1025)), "misuse/options", "task"),
        (|s| s.request.purpose.reason = Some("é".repeat(513)), "misuse/options", "reason"),
        (|s| s.request.purpose.agent = Some("x".repeat(1025)), "misuse/options", "agent"),
        (|s| s.request.purpose.session = Some("x".repeat(1025)), "misuse/options", "session"),
        (|s| s.request.purpose.category = Some("x".repeat(1025)), "misuse/options", "category"),
        (|s| s.request.at_most = Some("a lot".into()), "misuse/options", "atMost"),
        (|s| s.request.at_most = Some("-1 USD".into()), "misuse/options", "atMost"),
        (|s| s.request.method = String::new(), "misuse/options", "method"),
        (|s| s.request.method = "GET\0x".into(), "misuse/options", "method"),
        (|s| s.request.method = "GET X".into(), "misuse/options", "method"),
    ];
    for (change, code, facts) in cases {
        let mut scene = Scene::new(Flow::ExactV2);
        change(&mut scene);
        let rig = Rig::new(scene);
        assert_eq!((rig.problem(), rig.failure().facts.as_str(), rig.written()), (Some(code), facts, None));
    }
}

#[test]
fn a_long_path_is_recorded_and_read_back() {
    let path = format!("https://api.example.com/{}", "p".repeat(5000));
    let mut scene = Scene::new(Flow::ExactV1).entry("resource", json!(path.clone()));
    (scene.request.url, scene.reached) = (path.clone(), path);
    // A resource longer than a field is the seller's problem; the record of the refusal must still be ours.
    let (code, rig) = problem_of(scene);
    assert_eq!((code.as_str(), rig.kept), ("parse/field-too-long", Some(true)));
    let mut next = Rig::with(rig.scene.clone(), rig.store.clone(), 2);
    next.run();
    assert_eq!(next.problem(), Some("purchase/refused-before"));
}

#[test]
fn header_and_body_must_ask_for_the_same_money() {
    let v1 = |amount: &str| {
        let mut challenge = Scene::new(Flow::ExactV1).challenge;
        challenge["accepts"][0]["maxAmountRequired"] = json!(amount);
        challenge
    };
    let v2 = Scene::new(Flow::ExactV2).challenge;
    let both = |body: &Value| {
        let mut rig = Rig::new(Scene::new(Flow::ExactV2)).until("probe");
        let answer = Answer {
            status: 402,
            url: URL.into(),
            header: Some(header::encode(v2.to_string().as_bytes())),
            body: body.to_string().into_bytes(),
            date_s: None,
        };
        rig.give(Event::Answer(answer));
        rig
    };
    assert_eq!(name(&both(&v1("10000")).pending), "account");
    assert_eq!(name(&both(&json!({ "error": "payment required" })).pending), "account");
    assert_eq!(both(&v1("10001")).problem(), Some("parse/version-conflict"));
    assert_eq!(both(&json!({ "x402Version": 1, "accepts": [] })).problem(), Some("parse/accepts"));
}

#[test]
fn a_body_of_version_1_may_say_less_than_the_header_and_nothing_else() {
    let mut scene = Scene::new(Flow::ExactV2);
    // A way to pay that version 1 has no words for stands only in the header.
    let mut other = scene.challenge["accepts"][0].clone();
    (other["network"], other["asset"]) = (json!("eip155:42161"), json!("0xaf88d065e77c8cC2239327C5EDb3A432268e5831"));
    scene.challenge["accepts"].as_array_mut().unwrap().insert(0, other);
    let header = header::encode(scene.challenge.to_string().as_bytes());
    let both = |body: &Value| {
        let mut rig = Rig::new(Scene::new(Flow::ExactV2)).until("probe");
        let (header, body) = (Some(header.clone()), body.to_string().into_bytes());
        rig.give(Event::Answer(Answer { status: 402, url: URL.into(), header, body, date_s: None }));
        rig
    };
    let v1 = Scene::new(Flow::ExactV1).challenge;
    assert_eq!(name(&both(&v1).pending), "account");
    let mut dearer = v1["accepts"][0].clone();
    dearer["maxAmountRequired"] = json!("10001");
    let mut more = v1.clone();
    more["accepts"].as_array_mut().unwrap().push(dearer.clone());
    let mut unreadable = v1.clone();
    unreadable["accepts"][0]["scheme"] = json!("evil-exact");
    // The header's own version has words for everything.
    let v2 = Scene::new(Flow::ExactV2).challenge;
    for body in [more, json!({ "x402Version": 1, "accepts": [dearer] }), unreadable, v2] {
        assert_eq!(both(&body).problem(), Some("parse/version-conflict"), "{body}");
    }
}

#[test]
fn a_refused_challenge_leaves_a_record_that_names_the_problem() {
    let mut scene = Scene::new(Flow::ExactV2);
    let entry = scene.challenge["accepts"][0].clone();
    let mut others: Vec<Value> = vec![entry.clone(), entry.clone(), entry];
    others[0]["scheme"] = json!("evil-exact");
    others[1]["amount"] = json!("1e4");
    others[2]["payTo"] = json!("alice.eth");
    scene.challenge["accepts"] = json!(others);
    let (code, rig) = problem_of(scene);
    assert_eq!((code.as_str(), rig.written()), ("parse/scheme", Some((None, State::Refused))));
    let considered: Vec<_> = rig.failure().considered.iter().map(|(index, code)| (*index, code.as_str())).collect();
    assert_eq!(considered, [(0, "parse/scheme"), (1, "parse/amount-syntax"), (2, "parse/address-syntax")]);
    assert_eq!(rig.store.row("trip-42").unwrap().record.evidence.problem.as_deref(), Some("parse/scheme"));
}

#[test]
fn a_failure_that_says_nothing_about_the_terms_leaves_the_id_free() {
    let mut rig = Rig::new(Scene::new(Flow::CycleV1)).until("fetch");
    rig.give(Event::Trouble(Trouble::Network));
    let mut next = Rig::with(rig.scene.clone(), rig.store.clone(), 2);
    next.run();
    assert_eq!(next.problem(), None);
}

#[test]
fn a_purchase_without_an_id_gets_an_unpredictable_one() {
    let rig = Rig::new(Scene::new(Flow::ExactV2).without_id()).until("reserve");
    let id = &rig.purchase.record().unwrap().purchase_id;
    let expected: String = keccak256(b"id 1")[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(*id, format!("p_{expected}"));
}
