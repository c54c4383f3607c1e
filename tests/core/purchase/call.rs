//! What one call may want besides the owner's rules: a largest price, the terms of a quote. It only gets narrower.

use farthing::primitives::{Amount, Hash};
use farthing::purchase::{Command, Quoted};
use farthing::record::State;
use serde_json::{Value, json};

use crate::driver::Rig;
use crate::driver::scene::{FLOWS, Flow, Scene};
use crate::driver::store::Store;

fn at_most(price: &str) -> Scene {
    let mut scene = Scene::new(Flow::ExactV2);
    scene.request.at_most = Some(price.into());
    scene
}

fn quoted(scene: Scene, store: Store) -> Quoted {
    let mut rig = Rig::with(scene.quote(), store, 9);
    match rig.run() {
        Command::Quoted(quoted) => (**quoted).clone(),
        other => panic!("{other:?}"),
    }
}

fn binding(scene: &Scene) -> Hash {
    quoted(scene.clone(), Store::default()).record.terms.unwrap().binding
}

#[test]
fn a_price_up_to_at_most_is_paid() {
    for limit in ["0.01 USD", "0.010000000000000001 USD", "5 USD"] {
        let mut rig = Rig::new(at_most(limit));
        rig.run();
        assert_eq!((rig.problem(), rig.store.state("trip-42")), (None, Some(State::Settled)), "{limit}");
    }
}

#[test]
fn a_price_above_at_most_or_in_another_currency_is_refused_with_its_terms() {
    for (limit, facts) in [
        ("0.009999 USD", "price 0.01 USD, limit 0.009999 USD"),
        ("0 USD", "price 0.01 USD, limit 0.00 USD"),
        ("1 EUR", "no price in EUR"),
    ] {
        let mut rig = Rig::new(at_most(limit));
        rig.run();
        assert_eq!((rig.problem(), rig.failure().facts.as_str()), (Some("policy/over-at-most"), facts), "{limit}");
        // The id is not used up: the same call may be made with more.
        assert_eq!((rig.written(), rig.asked, rig.store.rows().len()), (None, 0, 0), "{limit}");
        let record = rig.purchase.record().unwrap();
        let rule = record.decision.as_ref().map(|decision| decision.rule.as_str());
        // The owner's rules allowed it.
        assert_eq!((record.terms.is_some(), rule), (true, Some("perRequest 0.10 USD")), "{limit}");
    }
}

#[test]
fn at_most_does_not_lift_a_limit_of_the_owner() {
    let mut rig = Rig::new(at_most("5 USD").entry("amount", json!("100001")));
    rig.run();
    assert_eq!(rig.problem(), Some("policy/over-cap"));
}

#[test]
fn at_most_holds_for_a_quote_as_well() {
    let mut rig = Rig::new(at_most("0.009 USD").quote());
    rig.run();
    assert_eq!((rig.problem(), rig.written(), rig.store.rows().len()), (Some("policy/over-at-most"), None, 0));
}

#[test]
fn the_terms_of_a_quote_are_paid_while_they_are_the_same() {
    for flow in FLOWS {
        let mut scene = Scene::new(flow);
        scene.request.quoted = Some(binding(&scene));
        let mut rig = Rig::new(scene);
        rig.run();
        assert_eq!((rig.problem(), rig.sent.len()), (None, 1), "{flow:?}");
    }
    // What a quote does not promise: how long a signature would live, and what is said to people.
    let mut scene = Scene::new(Flow::ExactV2);
    scene.request.quoted = Some(binding(&scene));
    scene.challenge["resource"]["description"] = json!("weather, as ever");
    let mut rig = Rig::new(scene.entry("maxTimeoutSeconds", json!(61)));
    rig.run();
    assert_eq!(rig.problem(), None);
}

#[test]
fn other_terms_than_the_quoted_are_not_paid() {
    type Change = fn(&mut Scene);
    let changes: [(&str, Flow, Change); 6] = [
        ("dearer", Flow::ExactV2, |scene| entry(scene, "amount", json!("10001"))),
        ("cheaper", Flow::ExactV2, |scene| entry(scene, "amount", json!("9999"))),
        ("recipient", Flow::ExactV2, |scene| {
            entry(scene, "payTo", json!("0x90F79bf6EB2c4f870365E785982E1f101E93b906"));
        }),
        ("network and token", Flow::ExactV2, |scene| {
            entry(scene, "network", json!("eip155:84532"));
            entry(scene, "asset", json!(crate::driver::scene::USDC_SEPOLIA));
            entry(scene, "extra", json!({ "name": "USDC", "version": "2" }));
        }),
        ("seller", Flow::ExactV2, |scene| {
            let url = "https://api.example.org/weather";
            (scene.request.url, scene.reached) = (url.into(), url.into());
            scene.challenge["resource"]["url"] = json!(url);
        }),
        ("validation", Flow::CycleV2, |scene| {
            scene.challenge["accepts"][0]["extra"]["minValidationScore"] = json!(81);
        }),
    ];
    for (what, flow, change) in changes {
        let mut scene = Scene::new(flow);
        scene.request.quoted = Some(binding(&scene));
        change(&mut scene);
        let mut rig = Rig::new(scene);
        rig.run();
        assert_eq!((rig.problem(), rig.asked, rig.spent()), (Some("policy/terms-changed"), 0, false), "{what}");
        assert_eq!((rig.written(), rig.store.rows().len()), (None, 0), "{what}");
        assert!(rig.purchase.record().unwrap().terms.is_some(), "{what}");
    }
}

fn entry(scene: &mut Scene, field: &str, value: Value) {
    scene.challenge["accepts"][0][field] = value;
}

#[test]
fn a_quote_tells_what_its_budgets_hold_already() {
    let policy = json!({ "perRequest": "0.10 USD", "budgets": [
        { "limit": "1 USD", "every": "day" }, { "limit": "0.02 USD", "every": "hour" },
    ]});
    let scene = |id: &str| {
        let mut scene = Scene::new(Flow::ExactV2).policy(policy.clone());
        scene.request.purchase_id = Some(id.into());
        scene
    };
    let cents = |count: u64| Amount::from_u64(count * 10_000_000_000_000_000);
    let mut store = Store::default();
    for bought in 0..3 {
        let before: Vec<_> = store.rows().iter().map(|row| row.record.to_json()).collect();
        let told = quoted(scene("quote"), store.clone());
        let mut uses: Vec<_> = told.budgets.iter().map(|(hold, used)| (hold.amount, hold.limit, *used)).collect();
        uses.sort();
        let used = cents(bought);
        assert_eq!(uses, [(cents(1), cents(2), used), (cents(1), cents(100), used)], "{bought}");
        assert_eq!(told.asks, None, "a full budget is no question: it says wait");
        assert_eq!((told.record.state(), told.record.attempt), (State::Planned, None));
        assert_eq!(store.rows().iter().map(|row| row.record.to_json()).collect::<Vec<_>>(), before);
        let mut rig = Rig::with(scene(&format!("n{bought}")), store, 1);
        rig.run();
        assert_eq!(rig.problem(), (bought == 2).then_some("budget/exceeded"), "{bought}");
        store = rig.store;
    }
}

#[test]
fn a_quote_reads_twice_and_asks_for_no_account() {
    for flow in FLOWS {
        let mut rig = Rig::new(Scene::new(flow).quote());
        let Command::Load { query } = &rig.pending else { panic!("{:?}", rig.pending) };
        // A price is no purchase: what the store knows of this id or request is not looked at.
        assert_eq!((&query.purchase_id, &query.request, query.holds.len()), (&None, &None, 0), "{flow:?}");
        assert_eq!(rig.walk(), ["load", "probe", "load", "quoted"], "{flow:?}");
    }
}
