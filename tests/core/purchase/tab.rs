//! Generation 1: the seller's tab, who may be asked for it, and which generation its answer means.

use farthing::ledger::Reservation;
use farthing::purchase::{Command, Trouble};
use farthing::record::State;
use serde_json::{Value, json};

use crate::driver::scene::{Flow, Scene, TAB_URL};
use crate::driver::{Event, NOW_S, Rig};

/// A seller with a tab endpoint, and a core of which these members are pinned.
fn scene(pins: Value) -> Scene {
    let mut scene = Scene::new(Flow::Tab);
    let mut options: Value = serde_json::from_str(&scene.options).unwrap();
    let core = options["cores"][0].as_object_mut().unwrap();
    core.remove("generation");
    core.extend(pins.as_object().unwrap().clone());
    scene.options = options.to_string();
    scene
}

fn at_endpoint(mut scene: Scene, endpoint: Value) -> Scene {
    scene.challenge["accepts"][0]["extra"]["tabEndpoint"] = endpoint;
    scene
}

fn claims(scene: Scene) -> Value {
    Rig::new(scene).until("send").payment()["payload"]["claims"].clone()
}

fn problem_of(scene: Scene) -> &'static str {
    let mut rig = Rig::new(scene);
    rig.run();
    assert_eq!((rig.asked, rig.spent()), (0, false));
    rig.failure().code.as_str()
}

#[test]
fn a_tab_makes_generation_one_with_the_numbers_of_the_seller() {
    for pins in [json!({}), json!({ "generation": "tab" })] {
        let claims = claims(scene(pins));
        assert_eq!((&claims["tab_id"], &claims["req_id"]), (&json!("0x3"), &json!("0x7")));
    }
}

#[test]
fn a_seller_without_tabs_makes_generation_two_with_a_random_number() {
    let mut cycle = scene(json!({}));
    cycle.tab.as_object_mut().unwrap().remove("tabId");
    let named = claims(cycle.clone());
    assert_eq!(named.get("tab_id"), None);
    assert!(named["req_id"].as_str().unwrap().len() > 60, "{named}");
    // An owner who pins tabs does not get anything else.
    let tab = Scene { options: scene(json!({ "generation": "tab" })).options, ..cycle };
    assert_eq!(problem_of(tab), "guarantee/generation");
}

#[test]
fn a_pinned_generation_two_never_asks_a_seller() {
    let mut rig = Rig::new(Scene { flow: Flow::CycleV1, ..scene(json!({ "generation": "cycle" })) });
    let fetches = rig.walk().iter().filter(|step| **step == "fetch").count();
    assert_eq!((fetches, rig.problem()), (1, None));
}

#[test]
fn only_the_seller_itself_or_a_listed_origin_is_asked() {
    for endpoint in [
        json!("https://tabs.example.com/tab"),
        json!("http://api.example.com/tab"),
        json!("https://api.example.com:444/tab"),
        json!("https://api.example.com@evil.example/tab"),
        json!("/tab"),
        json!(""),
        json!(7),
        json!(null),
    ] {
        let mut rig = Rig::new(at_endpoint(scene(json!({})), endpoint.clone()));
        rig.run();
        assert_eq!(rig.problem(), Some("guarantee/tab-endpoint"), "{endpoint}");
        assert_eq!((rig.failure().facts.as_str(), rig.written()), ("origin", None), "{endpoint}");
    }
    let listed = scene(json!({ "tabOrigins": ["https://tabs.example.com"] }));
    let mut rig = Rig::new(at_endpoint(listed, json!("https://tabs.example.com/tab"))).until("fetch");
    rig.step();
    let Command::Fetch { url, body: Some(_) } = &rig.pending else { panic!("{:?}", rig.pending) };
    assert_eq!(url, "https://tabs.example.com/tab");
}

#[test]
fn an_owner_lists_origins_over_https_or_on_this_machine() {
    let parse = |origin: Value| {
        let core = json!({ "network": "eip155:84532", "url": "https://core.example.com", "tabOrigins": origin });
        farthing::purchase::Config::parse(json!({ "cores": [core] }).to_string().as_bytes()).is_ok()
    };
    for origins in [json!([]), json!(["https://tabs.example.com", "tabs.example.com", "http://127.0.0.1:4000"])] {
        assert!(parse(origins.clone()), "{origins}");
    }
    for origins in [json!("https://a.example"), json!([1]), json!(["http://a.example"]), json!(["https://a.example/x"])]
    {
        assert!(!parse(origins.clone()), "{origins}");
    }
}

#[test]
fn tabs_need_an_endpoint_that_answers() {
    let mut missing = scene(json!({ "generation": "tab" }));
    missing.challenge["accepts"][0]["extra"] = json!({});
    assert_eq!(problem_of(missing), "guarantee/tab-endpoint");
    let at_tab = || {
        let mut rig = Rig::new(scene(json!({}))).until("fetch");
        rig.step();
        assert!(matches!(&rig.pending, Command::Fetch { url, .. } if url == TAB_URL));
        rig
    };
    for status in [0, 302, 402, 404, 500] {
        let mut rig = at_tab();
        rig.give(Event::Fetched(status, rig.scene.tab.to_string().into_bytes()));
        // Nothing of it is about the terms: the purchase id can be used again.
        assert_eq!((rig.problem(), rig.written()), (Some("guarantee/tab-endpoint"), None), "{status}");
    }
    let mut rig = at_tab();
    rig.give(Event::Trouble(Trouble::Network));
    assert_eq!(rig.problem(), Some("guarantee/tab-endpoint"));
}

#[test]
fn an_answer_about_another_payer_or_without_numbers_is_refused() {
    for (field, value) in [
        ("userAddress", json!("0x209693Bc6afc0C5328bA36FaF03C514EF312287C")),
        ("userAddress", json!(null)),
        ("tabId", json!("03")),
        ("nextReqId", json!(-1)),
        ("reqId", json!("8")),
    ] {
        let mut scene = scene(json!({}));
        scene.tab[field] = value.clone();
        assert_eq!(problem_of(scene), "guarantee/tab-answer", "{field} {value}");
    }
}

#[test]
fn a_number_of_a_tab_is_signed_once_whoever_asks() {
    let mut first = Rig::new(scene(json!({})));
    first.run();
    assert_eq!(first.problem(), None);
    let mut next = scene(json!({}));
    next.request.purchase_id = Some("trip-43".into());
    next.date_s = None;
    let mut second = Rig::at(next.clone(), first.store.clone(), 2, NOW_S + 60);
    second.run();
    assert_eq!((second.problem(), second.asked), (Some("guarantee/tab-request-id"), 0));
    assert_eq!(second.store.state("trip-43"), None, "the id is free for the next number");
    next.tab["nextReqId"] = json!("0x8");
    let mut third = Rig::at(next, second.store, 3, NOW_S + 61);
    third.run();
    assert_eq!((third.problem(), third.store.state("trip-43")), (None, Some(State::Settled)));
}

#[test]
fn a_seller_cannot_use_up_the_numbers_of_another_ones_tab() {
    let mut thief = scene(json!({}));
    thief.challenge["accepts"][0]["payTo"] = json!("0x90F79bf6EB2c4f870365E785982E1f101E93b906");
    let mut first = Rig::new(thief).until("send");
    first.give(Event::Trouble(Trouble::Network));
    let mut next = scene(json!({}));
    next.request.purchase_id = Some("trip-43".into());
    let mut second = Rig::with(next, first.store.clone(), 2);
    second.run();
    assert_eq!((second.problem(), second.store.state("trip-43")), (None, Some(State::Settled)));
}

#[test]
fn a_number_that_was_never_signed_is_taken_over() {
    let mut first = Rig::new(scene(json!({}))).until("sign");
    first.give(Event::Trouble(Trouble::WalletRejected));
    assert_eq!(first.store.state("trip-42"), Some(State::Refused));
    let next = || {
        let mut next = scene(json!({}));
        next.request.purchase_id = Some("trip-43".into());
        next
    };
    let mut second = Rig::with(next(), first.store.clone(), 2);
    let steps = second.walk();
    assert_eq!((second.problem(), second.asked), (None, 1));
    assert_eq!(steps[5..10], ["reserve", "load", "load", "reserve", "sign"]);

    // The wallet that failed may have signed; a crash before the answer leaves the row where it was.
    for (trouble, state) in [(Some(Trouble::WalletFailed), State::Unknown), (None, State::Reserved)] {
        let mut first = Rig::new(scene(json!({}))).until("sign");
        if let Some(trouble) = trouble {
            first.give(Event::Trouble(trouble));
        }
        assert_eq!(first.store.state("trip-42"), Some(state));
        let mut second = Rig::with(next(), first.store.clone(), 2);
        second.run();
        assert_eq!((second.problem(), second.asked), (Some("guarantee/tab-request-id"), 0), "{state:?}");
    }
}

#[test]
fn two_that_take_a_number_over_at_once_do_not_both_get_it() {
    let mut first = Rig::new(scene(json!({}))).until("sign");
    first.give(Event::Trouble(Trouble::WalletRejected));
    let mut next = scene(json!({}));
    next.request.purchase_id = Some("trip-43".into());
    let mut second = Rig::with(next.clone(), first.store.clone(), 2).until("reserve");
    second.step();
    let mut second = second.until("reserve");
    next.request.purchase_id = Some("trip-44".into());
    let mut third = Rig::with(next, first.store, 3);
    third.run();
    assert_eq!(third.problem(), None);
    second.store = third.store;
    second.run();
    assert_eq!((second.problem(), second.asked), (Some("guarantee/tab-request-id"), 0));
}

#[test]
fn a_store_that_fails_about_the_holder_ends_it_untouched() {
    let mut first = Rig::new(scene(json!({})));
    first.run();
    for answers in [0, 1] {
        for trouble in [Trouble::Store, Trouble::Aborted, Trouble::Killed] {
            let mut next = scene(json!({}));
            next.request.purchase_id = Some("trip-43".into());
            let mut second = Rig::with(next, first.store.clone(), 2).until("reserve");
            second.step();
            for _ in 0..answers {
                second.step();
            }
            second.give(Event::Trouble(trouble));
            assert_eq!((second.asked, second.written(), second.store.state("trip-43")), (0, None, None));
            let money = second.failure().code.money().as_str();
            assert!(["untouched", "not-sent"].contains(&money), "{money}");
        }
    }
}

#[test]
fn the_number_is_held_in_the_step_that_holds_the_budget() {
    let mut rig = Rig::new(scene(json!({}))).until("reserve");
    let Command::Reserve { intent } = &rig.pending else { unreachable!() };
    let note = intent.notes.iter().find(|note| note.key.starts_with("tab:")).unwrap();
    let requirement = &rig.scene.challenge["accepts"][0];
    let recipient = requirement["payTo"].as_str().unwrap().to_lowercase();
    assert_eq!(note.key, format!("tab:https://core.example.com:{}:{recipient}:3:7", rig.key.address().lower()));
    assert_eq!((note.was.as_deref(), note.value.as_deref()), (None, Some("trip-42")));
    let key = note.key.clone();
    rig.give(Event::Reserved(Reservation::Changed(key)));
    // A store that refused and then knows of nobody.
    rig.run();
    assert_eq!((rig.problem(), rig.written()), (Some("guarantee/tab-request-id"), None));
}
