//! Random events, crashes, clocks and processes. What must hold is checked by the rig at every step: one payment per
//! purchase, nothing signed unheld, nothing sent unwritten, records that read back, no panic.

use std::collections::BTreeSet;

use farthing::error::Code;
use farthing::ledger::{Reservation, View};
use farthing::primitives::Amount;
use farthing::purchase::{Answer, Consent, PaidAnswer, Trouble};
use farthing::record::State;
use farthing::x402::header;
use serde_json::json;

use crate::driver::scene::{FLOWS, Flow, Scene, TRANSACTION, URL};
use crate::driver::store::Store;
use crate::driver::{Event, NOW_S, Rig, TROUBLES, is_last, name};
use crate::support::random::Random;

/// An event of every kind, plausible where it can be.
pub fn one_of_each(rig: &mut Rig) -> Vec<Event> {
    let settlement = json!({ "success": true, "transaction": TRANSACTION, "network": "eip155:8453" });
    let rows = rig.store.rows();
    let texts = rows.iter().map(|row| (row.record.to_json(), row.sealed.as_deref().map(str::to_owned)));
    let key = rig.holds.first().map(|hold| hold.key.clone()).unwrap_or_default();
    vec![
        Event::Loaded(View { entries: texts.collect(), ..View::default() }),
        Event::Answered(Consent::Yes { by: "owner".into() }),
        Event::Answered(Consent::No),
        Event::Answered(Consent::Later),
        Event::Answer(rig.scene.answer(rig.now_s)),
        Event::Account(rig.key.address().checksummed()),
        Event::Fetched(200, rig.scene.parameters.to_string().into_bytes()),
        Event::Fetched(500, Vec::new()),
        Event::Reserved(Reservation::Held),
        Event::Reserved(Reservation::Exists),
        Event::Reserved(Reservation::Changed("stop".into())),
        Event::Reserved(Reservation::Exceeds { key, used: Amount::from_u64(1) }),
        Event::Signature(format!("0x{}", "11".repeat(65))),
        Event::Signature("no".into()),
        Event::SignLocally,
        Event::Advanced(true),
        Event::Advanced(false),
        Event::Settlement(PaidAnswer {
            status: 200,
            header: Some(header::encode(settlement.to_string().as_bytes())),
            output: None,
            body: Vec::new(),
        }),
        Event::Settlement(PaidAnswer { status: 402, header: None, output: None, body: Vec::new() }),
        Event::Certificate(None),
        Event::Certificate(Some(Code::CertificateClaims)),
    ]
}

fn any(random: &mut Random, rig: &mut Rig) -> Event {
    match random.below(6) {
        0 => Event::Trouble(*random.pick(&TROUBLES)),
        1 => Event::Settlement(PaidAnswer {
            status: *random.pick(&[0, 200, 302, 304, 402, 404, 500]),
            header: if random.below(2) == 0 { None } else { Some(random.text()) },
            output: None,
            body: Vec::new(),
        }),
        2 => Event::Answer(Answer {
            status: *random.pick(&[200, 402, 500]),
            url: (*random.pick(&[URL, "https://evil.example/", ""])).into(),
            header: Some(random.text()),
            body: random.bytes::<24>().to_vec(),
            date_s: None,
        }),
        _ => {
            let events = one_of_each(rig);
            random.pick(&events).clone()
        }
    }
}

/// One step of one process: mostly as wished, else anything. The store is never lied about: what it confirms it did.
fn step(random: &mut Random, rig: &mut Rig) {
    if random.below(10) < 6 && !is_last(&rig.pending) {
        rig.step();
        return;
    }
    let event = any(random, rig);
    let confirms = matches!(event, Event::Loaded(_) | Event::Reserved(Reservation::Held) | Event::Advanced(true));
    if confirms && crate::driver::answers(&event, &rig.pending) {
        rig.step();
    } else if matches!(event, Event::Trouble(Trouble::Store)) && matches!(name(&rig.pending), "reserve" | "advance") {
        // It failed after it had done what it was asked, or before.
        if random.below(2) == 0 {
            rig.wished();
        }
        rig.give(event);
    } else {
        rig.give(event);
    }
}

fn wind_clock(random: &mut Random, rig: &mut Rig) {
    rig.now_s = match random.below(40) {
        0 => 0,
        1 => u64::MAX,
        2 => NOW_S - 100_000,
        3 => NOW_S + 2_000,
        _ => NOW_S + random.below(50) as u64,
    };
}

#[test]
fn any_order_of_events_sends_at_most_one_payment() {
    let (mut sent, mut settled, mut over) = (0, 0, 0);
    for seed in 0..2_000 {
        let mut random = Random::seeded(seed);
        // Certificates cost milliseconds: fewer of those.
        let flow = if random.below(20) == 0 { *random.pick(&FLOWS) } else { *random.pick(&FLOWS[..2]) };
        let scene = Scene::new(flow);
        let mut rig = Rig::with(if seed % 3 == 0 { scene.without_id() } else { scene }, Store::default(), 1);
        for _ in 0..30 {
            wind_clock(&mut random, &mut rig);
            step(&mut random, &mut rig);
        }
        sent += rig.sent.len();
        over += usize::from(is_last(&rig.pending));
        settled += rig.store.rows().iter().filter(|row| row.record.state() == State::Settled).count();
        check_budget(&rig.store, &rig.sent, seed);
    }
    // The walk is worth something only if it gets everywhere.
    assert!(sent > 200 && settled > 50 && over > 1_000, "{sent} sent, {settled} settled, {over} over");
}

#[test]
fn crashes_and_restarts_send_at_most_one_payment_for_an_id() {
    let (mut resumed, mut asked) = (0, 0);
    for seed in 10_000..11_000 {
        let mut random = Random::seeded(seed);
        let scene = Scene::new(*random.pick(&FLOWS[..2]));
        let mut rig = Rig::with(scene.clone(), Store::default(), 1);
        let mut total = 0;
        for process in 2..12 {
            for _ in 0..random.below(12) {
                step(&mut random, &mut rig);
                total = total.max(rig.asked);
            }
            asked += rig.asked;
            let sent = rig.sent.clone();
            let later_s = NOW_S + u64::from(process) * random.below(40) as u64;
            rig = Rig::at(scene.clone(), rig.store, process, later_s);
            rig.scene.date_s = None;
            // The rig refuses a second value.
            rig.sent = sent;
            resumed += usize::from(!rig.sent.is_empty());
        }
        check_budget(&rig.store, &rig.sent, seed);
    }
    assert!(resumed > 500 && asked > 500, "{resumed} resumed, {asked} asked");
}

#[test]
fn processes_that_race_for_an_id_send_at_most_one_payment() {
    let mut sent_at_all = 0;
    for seed in 20_000..20_500 {
        let mut random = Random::seeded(seed);
        let scene = Scene::new(Flow::ExactV2);
        let mut store = Store::default();
        let mut sent = BTreeSet::new();
        let mut rigs: Vec<_> = (1..5).map(|process| Rig::with(scene.clone(), Store::default(), process)).collect();
        for _ in 0..100 {
            let rig = random.below(rigs.len());
            let rig = &mut rigs[rig];
            std::mem::swap(&mut rig.store, &mut store);
            std::mem::swap(&mut rig.sent, &mut sent);
            if random.below(12) == 0 {
                step(&mut random, rig);
            } else if !is_last(&rig.pending) {
                rig.step();
            }
            std::mem::swap(&mut rig.store, &mut store);
            std::mem::swap(&mut rig.sent, &mut sent);
        }
        sent_at_all += sent.len();
        check_budget(&store, &sent, seed);
    }
    assert!(sent_at_all > 250, "{sent_at_all}");
}

#[test]
fn parallel_purchases_never_exceed_a_budget() {
    for seed in 30_000..30_100 {
        let mut random = Random::seeded(seed);
        let policy = json!({ "perRequest": "0.10 USD", "budgets": [
            { "limit": "0.05 USD", "every": "day" }, { "limit": "0.03 USD", "every": "hour" },
        ]});
        let mut store = Store::default();
        let purchase = |id: u8| {
            let mut scene = Scene::new(Flow::ExactV2).policy(policy.clone());
            scene.request.purchase_id = Some(format!("n{id}"));
            Rig::with(scene, Store::default(), id)
        };
        let mut rigs: Vec<_> = (1..12).map(purchase).collect();
        for _ in 0..200 {
            let rig = random.below(rigs.len());
            let rig = &mut rigs[rig];
            std::mem::swap(&mut rig.store, &mut store);
            if random.below(10) == 0 {
                step(&mut random, rig);
            } else if !is_last(&rig.pending) {
                rig.step();
            }
            std::mem::swap(&mut rig.store, &mut store);
        }
        let exposed = rigs.iter().filter(|rig| !rig.sent.is_empty()).count();
        assert!((1..=3).contains(&exposed), "{exposed} payments of a cent in a budget of three, seed {seed}");
        for rig in &rigs {
            check_budget(&store, &BTreeSet::new(), seed);
            assert!(rig.sent.is_empty() || store.holds(&rig.scene.request.purchase_id.clone().unwrap()), "seed {seed}");
        }
    }
}

// What left is in the store, counts against the budget, and is not called refused or dead.
fn check_budget(store: &Store, sent: &BTreeSet<String>, seed: u64) {
    let exposed = |state: State| matches!(state, State::Signed | State::Settled | State::Unknown);
    for row in store.rows() {
        let (id, state) = (&row.record.purchase_id, row.record.state());
        assert!(!exposed(state) || store.holds(id), "{state:?} but not held, seed {seed}");
    }
    if !sent.is_empty() {
        let rows = store.rows();
        assert!(
            rows.iter().any(|row| exposed(row.record.state())),
            "a payment left and nothing in the store says so, seed {seed}"
        );
    }
}
