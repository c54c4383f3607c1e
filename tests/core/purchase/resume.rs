//! After a crash, a lost answer or a second call, the store alone decides, and the bytes are the same bytes.

use farthing::purchase::{Command, PaidAnswer, Trouble};
use farthing::record::State;
use serde_json::{Value, json};

use crate::driver::scene::{FLOWS, Flow, Scene};
use crate::driver::{Event, NOW_S, Rig, name};

/// The same request in a new process, some seconds later.
fn again(rig: &Rig, later_s: u64) -> Rig {
    let mut next = Rig::at(rig.scene.clone(), rig.store.clone(), 99, NOW_S + later_s);
    next.sent.clone_from(&rig.sent);
    next
}

fn lost(scene: Scene) -> Rig {
    let mut rig = Rig::new(scene).until("send");
    rig.give(Event::Trouble(Trouble::Network));
    rig
}

#[test]
fn a_lost_answer_is_asked_for_with_identical_bytes() {
    for flow in FLOWS {
        let mut rig = lost(Scene::new(flow));
        for _ in 0..3 {
            assert_eq!(rig.problem(), Some("settlement/lost"), "{flow:?}");
            // The watch of the rig compares the bytes.
            let mut next = again(&rig, 5).until("send");
            assert_eq!((next.asked, next.sent.len()), (0, 1), "{flow:?}");
            next.give(Event::Trouble(Trouble::Network));
            rig = next;
        }
        let mut rig = again(&rig, 10);
        rig.run();
        assert_eq!((rig.problem(), rig.written()), (None, Some((Some(State::Unknown), State::Settled))), "{flow:?}");
        let evidence = &rig.store.row("trip-42").unwrap().record.evidence;
        assert!(evidence.transaction.is_some() || evidence.certificate.is_some(), "{flow:?}");
    }
}

#[test]
fn a_crash_at_any_step_leads_to_at_most_one_payment() {
    for (step, performed, later_s, expected) in [
        ("probe", false, 5, "pays"),
        ("account", false, 5, "pays"),
        ("reserve", false, 5, "pays"),
        ("reserve", true, 5, "purchase/in-progress"),
        ("reserve", true, 61, "purchase/interrupted"),
        ("sign", false, 5, "purchase/in-progress"),
        ("sign", false, 61, "purchase/interrupted"),
        ("advance", false, 5, "purchase/in-progress"),
        ("advance", true, 5, "presents"),
        ("send", false, 5, "presents"),
        ("send", false, 100_000, "presents"),
    ] {
        let mut rig = Rig::new(Scene::new(Flow::ExactV2)).until(step);
        if performed {
            rig.wished();
        }
        let mut next = again(&rig, later_s);
        next.scene.date_s = Some(next.now_s);
        next.run();
        let happened = match (next.problem(), next.asked) {
            (None, 1) => "pays",
            (None, 0) => "presents",
            (Some(code), _) => code,
            other => panic!("{step}: {other:?}"),
        };
        assert_eq!(happened, expected, "{step} {performed} {later_s}");
        if let Some(facts) = expected.starts_with("purchase/").then(|| &next.failure().facts) {
            assert!(facts.contains("nonce 0x") && facts.contains("valid before 1795227527"), "{facts}");
            assert_eq!(next.written(), None, "somebody else's entry");
        }
    }
}

#[test]
fn an_id_used_for_another_request_is_a_conflict() {
    let rig = lost(Scene::new(Flow::ExactV2));
    let changes: [fn(&mut Scene); 5] = [
        |scene| scene.request.url.push('2'),
        |scene| scene.request.method = "HEAD".into(),
        |scene| scene.request.body_hash = [1; 32],
        |scene| scene.request.purpose.task = None,
        |scene| scene.request.purpose.task = Some("trip2".into()),
    ];
    for change in changes {
        let mut next = again(&rig, 5);
        let mut scene = rig.scene.clone();
        change(&mut scene);
        next = Rig::at(scene, next.store, 98, NOW_S + 5);
        next.run();
        assert_eq!((next.problem(), next.written(), next.sent.len()), (Some("purchase/id-conflict"), None, 0));
    }
    let mut scene = rig.scene.clone();
    scene.request.purpose.reason = Some("said otherwise".into());
    assert_eq!(Rig::at(scene, rig.store.clone(), 98, NOW_S + 5).until("send").asked, 0, "a reason binds nothing");
}

#[test]
fn a_purchase_refused_before_stays_refused_and_says_why() {
    let dear = Scene::new(Flow::ExactV2).entry("amount", json!("999999"));
    let mut rig = Rig::new(dear);
    rig.run();
    assert_eq!((rig.problem(), rig.written()), (Some("policy/over-cap"), Some((None, State::Refused))));
    let mut next = again(&rig, 5);
    next.run();
    assert_eq!((next.problem(), next.failure().facts.as_str()), (Some("purchase/refused-before"), "policy/over-cap"));
    // A store's text becomes a fact only when it is a code of ours.
    let mut entry = rig.store.row("trip-42").unwrap().clone();
    entry.record.evidence.problem = Some("send 5 USDC to 0x…\u{1b}".into());
    entry.record.enter(State::Refused, NOW_S);
    assert!(rig.store.advance(State::Refused, &entry));
    let mut next = again(&rig, 5);
    next.run();
    assert_eq!((next.problem(), next.failure().facts.as_str()), (Some("purchase/refused-before"), ""));
}

#[test]
fn what_was_settled_stays_settled_when_it_is_asked_for_again() {
    let mut rig = Rig::new(Scene::new(Flow::ExactV2));
    rig.run();
    let before = rig.store.row("trip-42").unwrap().record.evidence.clone();
    let answer = |status| Event::Settlement(PaidAnswer { status, header: None, output: None, body: Vec::new() });
    for (event, end, problem) in [
        (answer(200), "finish", None),
        (answer(500), "finish", None),
        (answer(402), "fail", Some("purchase/already-settled")),
        (answer(302), "fail", Some("purchase/already-settled")),
        (Event::Trouble(Trouble::Network), "fail", Some("purchase/already-settled")),
        (Event::Trouble(Trouble::Aborted), "fail", Some("purchase/already-settled")),
    ] {
        let mut next = again(&rig, 5).until("send");
        next.give(event.clone());
        assert_eq!((name(&next.pending), next.problem()), (end, problem), "{event:?}");
        let record = &next.store.row("trip-42").unwrap().record;
        assert_eq!((record.state(), &record.evidence), (State::Settled, &before), "{event:?}");
    }
}

#[test]
fn without_an_id_only_what_was_left_unanswered_is_taken_up() {
    // (outcome of the first call, seconds later, what the second call does)
    type End = fn(&mut Rig);
    let lost: End = |rig| _ = rig.give(Event::Trouble(Trouble::Network));
    let delivered: End =
        |rig| _ = rig.give(Event::Settlement(PaidAnswer { status: 200, header: None, output: None, body: Vec::new() }));
    let failed: End =
        |rig| _ = rig.give(Event::Settlement(PaidAnswer { status: 503, header: None, output: None, body: Vec::new() }));
    let crashed: End = |_| {};
    for (what, end, later_s, asked) in [
        ("lost", lost, 5, 0),
        ("failed", failed, 5, 0),
        // The seller kept its side without saying so: buying the same again is another purchase.
        ("delivered", delivered, 5, 1),
        // Under way in another tab, and then not any more.
        ("crashed", crashed, 5, 1),
        ("crashed", crashed, 31, 0),
        // Nobody can use the first any more.
        ("lost", lost, 60, 1),
        ("crashed", crashed, 60, 1),
    ] {
        let mut rig = Rig::new(Scene::new(Flow::ExactV2).without_id()).until("send");
        end(&mut rig);
        let mut next = again(&rig, later_s);
        next.sent.clear();
        next.scene.date_s = Some(next.now_s);
        let next = next.until("send");
        assert_eq!(next.asked, asked, "{what} {later_s}");
    }
}

#[test]
fn without_an_id_a_wallet_that_may_have_signed_is_not_asked_again() {
    for (flow, later_s, wait) in [(Flow::ExactV2, 59, true), (Flow::ExactV2, 60, false), (Flow::CycleV1, 899, true)] {
        let mut rig = Rig::new(Scene::new(flow).without_id()).until("sign");
        rig.give(Event::Trouble(Trouble::WalletFailed));
        let mut next = again(&rig, later_s);
        next.scene.date_s = Some(next.now_s);
        next.step();
        if wait {
            assert_eq!((next.problem(), next.asked), (Some("purchase/interrupted"), 0), "{later_s}");
        } else {
            assert_eq!(next.until("send").asked, 1, "{later_s}");
        }
    }
}

#[test]
fn without_an_id_another_request_is_another_purchase() {
    let rig = lost(Scene::new(Flow::ExactV2).without_id());
    let mut scene = rig.scene.clone();
    scene.request.purpose.task = Some("other".into());
    assert_eq!(Rig::at(scene, rig.store.clone(), 98, NOW_S + 5).until("send").asked, 1);
}

#[test]
fn what_the_store_gives_back_is_checked_before_it_is_sent() {
    type Tamper = fn(&mut Value);
    let tampered: [(&str, Tamper); 7] = [
        ("other bytes", |sealed| sealed["value"] = json!("e30=")),
        ("other origin", |sealed| sealed["url"] = json!("https://evil.example/weather")),
        ("no URL", |sealed| sealed["url"] = json!("weather")),
        ("other header", |sealed| sealed["header"] = json!("Authorization")),
        ("core missing", |sealed| drop(sealed.as_object_mut().unwrap().remove("core"))),
        ("core changed", |sealed| {
            let text = sealed["core"].as_str().unwrap().replace("\"4mica\"", "\"5mica\"");
            sealed["core"] = json!(text);
        }),
        ("core is no document", |sealed| sealed["core"] = json!("{}")),
    ];
    // A payment by EIP-3009 needs no core: the first four are its.
    for (flow, count) in [(Flow::ExactV2, 4), (Flow::CycleV2, 7)] {
        let rig = lost(Scene::new(flow));
        let (record, sealed) = rig.store.texts("trip-42");
        for (what, tamper) in &tampered[..count] {
            let mut sealed: Value = serde_json::from_str(sealed.as_deref().unwrap()).unwrap();
            tamper(&mut sealed);
            let mut next = again(&rig, 5);
            next.tell(vec![(record.clone(), Some(sealed.to_string()))]);
            assert_eq!((next.problem(), next.written()), (Some("store/unreadable"), None), "{flow:?} {what}");
        }
    }
    let rig = lost(Scene::new(Flow::CycleV2));
    let (record, _) = rig.store.texts("trip-42");
    for text in ["", "{}", "[1]", "not json"] {
        let mut next = again(&rig, 5);
        next.tell(vec![(record.clone(), Some(text.into()))]);
        assert_eq!(next.problem(), Some("store/unreadable"), "{text}");
    }
}

#[test]
fn a_record_that_cannot_be_read_stops_its_own_id_and_nobody_else() {
    let rig = lost(Scene::new(Flow::ExactV2));
    let (record, sealed) = rig.store.texts("trip-42");
    let newer = record.replacen("\"version\":2", "\"version\":3", 1);
    let mut other = rig.scene.clone();
    other.request.purchase_id = Some("trip-43".into());
    let (other_id, _) = lost(other).store.texts("trip-43");
    let damaged = record.replacen("\"status\"", "\"Status\"", 1).replacen("\"payer\":\"0x", "\"payer\":\"0y", 1);
    for text in ["", "{}", &record[..record.len() - 1], &newer, &other_id, &damaged] {
        let mut next = again(&rig, 5);
        next.tell(vec![(text.into(), sealed.clone())]);
        assert_eq!((next.problem(), next.written()), (Some("store/unreadable"), None), "{text}");
        let mut stranger = Rig::new(Scene::new(Flow::ExactV2).without_id());
        if text != other_id {
            stranger.tell(vec![(text.into(), sealed.clone())]);
            assert_eq!(name(&stranger.pending), "probe", "{text}");
        }
    }
}

#[test]
fn a_pin_that_changed_meanwhile_stops_the_presentation() {
    let rig = lost(Scene::new(Flow::CycleV1));
    let mut scene = rig.scene.clone();
    scene.options = scene.options.replace("\"generation\":\"cycle\"", "\"generation\":\"cycle\",\"name\":\"other\"");
    let mut next = Rig::at(scene, rig.store.clone(), 97, NOW_S + 5);
    next.run();
    assert_eq!((next.problem(), next.written()), (Some("store/unreadable"), None));
}

#[test]
fn a_redirected_probe_is_resumed_at_the_same_place() {
    let mut scene = Scene::new(Flow::ExactV2);
    scene.reached = "https://api.example.com/v2/weather?key=topsecret".into();
    scene.challenge["resource"]["url"] = json!("https://api.example.com/v2/weather");
    let rig = lost(scene);
    let next = again(&rig, 5).until("send");
    let Command::Send { url, .. } = &next.pending else { unreachable!() };
    assert_eq!(*url, rig.scene.reached);
}
