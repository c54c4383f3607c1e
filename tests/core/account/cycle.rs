//! Generation 4: the cycle that the next payment is charged in, and checkpoints ahead of time.

use alloy_primitives::B256;
use farthing::account::{Step, Told};
use farthing::error::Code;
use serde_json::{Value, json};

use crate::world::{HOUSE, NOW_S, USDC, World, payer};

const CYCLE: B256 = B256::repeat_byte(0x11);
const HEAD: [&str; 3] = ["POST /auth/nonce", "sign in", "POST /auth/verify"];

fn active(idle: bool) -> Value {
    json!({ "do": "active-cycle", "idle": idle })
}

fn cycle_at(server_time_s: u64) -> Value {
    json!({
        "cycle_id": CYCLE.to_string(), "asset_address": USDC, "period_start": NOW_S - 600, "period_end": NOW_S + 600,
        "server_time": server_time_s, "max_uncheckpointed": 10,
    })
}

/// So many payments of 100 and their number, of consecutive seconds up to `ago_s` before now.
fn payments(count: u64, ago_s: u64) -> Vec<Value> {
    (1..=count)
        .map(|number| payer().authorisation(number, 100 + number, CYCLE, NOW_S - ago_s - count + number))
        .collect()
}

fn batch(payments: &[Value]) -> Value {
    json!({ "cycle_id": CYCLE.to_string(), "asset_address": USDC, "previous": null, "authorizations": payments })
}

fn world(open: u64) -> World {
    let mut world = World::house();
    world.core.cycle = cycle_at(NOW_S);
    world.core.batch = batch(&payments(open, 5));
    world
}

fn short(steps: Vec<String>) -> Vec<&'static str> {
    let names = [
        ("/core/cycles/active", "active"),
        ("/core/payers/", "batch"),
        ("/core/checkpoints", "checkpoint"),
        ("/core/public-params", "parameters"),
        ("sign Checkpoint", "sign"),
        ("pause", "pause"),
    ];
    let name = |step: &String| names.iter().find(|(part, _)| step.contains(part)).map(|(_, name)| *name);
    steps.iter().filter_map(name).collect()
}

#[test]
fn the_answer_is_the_cores_own_text_and_below_half_nothing_is_confirmed() {
    for open in [0, 4] {
        let mut world = world(open);
        let body = world.run(active(true)).unwrap();
        assert_eq!(serde_json::from_str::<Value>(body.as_str().unwrap()).unwrap(), cycle_at(NOW_S));
        let steps = world.steps();
        assert_eq!(steps[..3], HEAD);
        assert_eq!(short(steps), ["active", "parameters", "batch"]);
        assert!(!world.asked_wallet());
    }
}

#[test]
fn at_half_everything_is_confirmed_when_nothing_is_under_way() {
    let mut world = world(5);
    world.run(active(true)).unwrap();
    assert_eq!(short(world.steps()), ["active", "parameters", "batch", "sign", "checkpoint"]);
    // 101 to 105, and the second of the last; by alloy.
    assert_eq!(world.core.body("/core/checkpoints"), &payer().checkpoint(CYCLE, 515, NOW_S - 5));
    assert_eq!(world.signed[0]["domain"]["verifyingContract"], HOUSE);
}

#[test]
fn while_payments_are_under_way_a_checkpoint_waits_for_the_last_tenth() {
    for (open, confirmed) in [(5, false), (8, false), (9, true), (10, true)] {
        let mut world = world(open);
        world.run(active(false)).unwrap();
        assert_eq!(!world.signed.is_empty(), confirmed, "{open}");
    }
}

#[test]
fn payments_of_this_process_are_counted_without_asking() {
    let mut world = world(0);
    for _ in 0..5 {
        world.run(active(true)).unwrap();
    }
    assert_eq!(short(world.steps()), ["active", "parameters", "batch", "active", "active", "active", "active"]);
    world.core.batch = batch(&payments(5, 5));
    world.run(active(true)).unwrap();
    assert_eq!(short(world.steps()), ["active", "parameters", "batch", "sign", "checkpoint"]);
    world.run(active(true)).unwrap();
    assert_eq!(short(world.steps()), ["active"], "counted from the checkpoint on");
    world.core.cycle["cycle_id"] = json!(B256::repeat_byte(0x12).to_string());
    world.core.batch = json!({ "cycle_id": B256::repeat_byte(0x12).to_string(), "authorizations": [] });
    world.run(active(true)).unwrap();
    assert_eq!(short(world.steps()), ["active", "parameters", "batch"], "of another cycle nothing is known");
}

#[test]
fn a_payment_is_never_of_a_second_that_the_checkpoint_covers() {
    let mut world = world(0);
    world.core.batch = batch(&payments(5, 0));
    world.core.always("/core/cycles/active", 200, cycle_at(NOW_S));
    assert_eq!(world.fails(active(true)), (Code::CoreAnswer, String::from("server_time")));
    assert_eq!(world.signed.len(), 1);
    world.steps();
    // The checkpoint is through: another payment has to wait for the next second, too.
    assert_eq!(world.fails(active(false)).0, Code::CoreAnswer);
    assert!(!short(world.steps()).contains(&"sign"));
    world.core.always.clear();
    world.core.once("/core/cycles/active", 200, cycle_at(NOW_S));
    world.core.cycle = cycle_at(NOW_S + 1);
    let body = world.run(active(true)).unwrap();
    assert_eq!(serde_json::from_str::<Value>(body.as_str().unwrap()).unwrap(), cycle_at(NOW_S + 1));
    assert_eq!(short(world.steps()), ["active", "pause", "active"]);
}

#[test]
fn parallel_payments_make_one_checkpoint_and_none_is_of_its_seconds() {
    let mut world = world(0);
    world.core.batch = batch(&payments(9, 0));
    let (mut first, mut step) = world.begin(&active(true));
    while !matches!(step, Step::Sign { .. }) {
        step = world.turn(&mut first, step).unwrap();
    }
    let (mut second, mut waits) = world.begin(&active(true));
    waits = world.turn(&mut second, waits).unwrap();
    assert!(matches!(waits, Step::Pause { .. }), "{waits:?}");
    world.core.cycle = cycle_at(NOW_S + 1);
    let mut end = |mut task, mut step| loop {
        match world.turn(&mut task, step) {
            Ok(next) => step = next,
            Err(ended) => return serde_json::from_str::<Value>(ended.unwrap().as_str().unwrap()).unwrap(),
        }
    };
    assert_eq!(end(first, step)["server_time"], NOW_S + 1);
    assert_eq!(end(second, waits)["server_time"], NOW_S + 1);
    assert_eq!(world.signed.len(), 1);
}

#[test]
fn a_checkpoint_that_is_dropped_in_the_middle_frees_the_turn() {
    let mut world = world(5);
    let (mut first, mut step) = world.begin(&active(true));
    while !matches!(step, Step::Sign { .. }) {
        step = world.turn(&mut first, step).unwrap();
    }
    drop(first);
    world.run(active(true)).unwrap();
    assert_eq!(world.signed.len(), 1);
}

#[test]
fn one_strange_entry_in_the_batch_stops_everything() {
    for open in [1, 5] {
        let mut foreign = payments(open, 5);
        foreign[0]["payload"]["amount"] = json!("0x1");
        let twice = [payments(open, 5), payments(1, 5)].concat();
        for (entries, why) in [(foreign, "Signature"), (twice, "Repeated")] {
            let mut world = world(0);
            world.core.batch = batch(&entries);
            assert_eq!(world.fails(active(true)), (Code::CoreBatch, String::from(why)));
            assert!(!world.asked_wallet());
        }
    }
    let mut world = world(5);
    world.core.batch["previous"] = payer().checkpoint(B256::repeat_byte(9), 7, NOW_S - 100);
    assert_eq!(world.fails(active(true)), (Code::CoreBatch, String::from("Terms")));
}

#[test]
fn the_total_goes_on_from_the_previous_checkpoint() {
    let mut world = world(5);
    world.core.batch["previous"] = payer().checkpoint(CYCLE, 5_000, NOW_S - 100);
    world.run(active(true)).unwrap();
    assert_eq!(world.core.body("/core/checkpoints"), &payer().checkpoint(CYCLE, 5_515, NOW_S - 5));
}

#[test]
fn payments_that_came_in_between_are_read_again_once() {
    let mismatch = json!({ "error": "x", "code": "CHECKPOINT_MISMATCH", "details": {} });
    let mut world = world(5);
    world.core.once("/core/payers/", 200, batch(&payments(6, 5)));
    world.core.once("/core/checkpoints", 400, mismatch.clone());
    world.core.batch = batch(&payments(7, 5));
    world.run(active(true)).unwrap();
    let twice = ["active", "parameters", "batch", "sign", "checkpoint", "batch", "sign", "checkpoint"];
    assert_eq!(short(world.steps()), twice);
    assert_eq!(world.core.posted.last().unwrap().1, payer().checkpoint(CYCLE, 728, NOW_S - 5));
    let mut world = self::world(5);
    world.core.always("/core/checkpoints", 400, mismatch);
    assert_eq!(world.fails(active(true)).0, Code::CoreCheckpointMismatch);
    assert_eq!(short(world.steps()), twice, "no third time");
}

#[test]
fn a_checkpoint_that_was_not_taken_is_made_before_the_next_payment() {
    let mut world = world(5);
    world.core.once("/core/checkpoints", 0, Value::Null);
    assert_eq!(world.fails(active(true)).0, Code::CoreUnreachable);
    world.steps();
    world.wallet.push_back(Told::Refused(Code::WalletRejected));
    assert_eq!(world.fails(active(true)).0, Code::WalletRejected);
    assert_eq!(short(world.steps()), ["active", "parameters", "batch", "sign"]);
    world.run(active(true)).unwrap();
    assert_eq!(short(world.steps()), ["active", "parameters", "batch", "sign", "checkpoint"]);
}

#[test]
fn a_cycle_of_another_token_or_clock_is_no_answer() {
    for (member, value) in
        [("asset_address", json!(HOUSE)), ("server_time", json!(NOW_S + 301)), ("max_uncheckpointed", json!("10"))]
    {
        let mut world = world(0);
        world.core.cycle[member] = value;
        assert_eq!(world.fails(active(true)).0, Code::CoreAnswer, "{member}");
    }
}
