//! Several tasks of one account at once, and tasks that are dropped in the middle.

use farthing::account::{Failure, Step, Task, Told};
use farthing::error::Code;
use serde_json::{Value, json};

use crate::world::World;
use crate::world::core::balance;

fn world() -> World {
    let mut world = World::with(json!({}), json!({ "node": false }));
    world.core.balance = balance(100, 0);
    world
}

fn look() -> Value {
    json!({ "do": "collateral" })
}

/// One step of each task in turn until all have ended.
fn interleaved(world: &mut World, orders: &[Value]) -> Vec<Result<Value, Failure>> {
    let mut tasks: Vec<(Task, Option<Step>)> = Vec::new();
    for order in orders {
        let (task, step) = world.begin(order);
        tasks.push((task, Some(step)));
    }
    let mut results: Vec<Option<Result<Value, Failure>>> = orders.iter().map(|_| None).collect();
    while results.iter().any(Option::is_none) {
        for ((task, step), result) in tasks.iter_mut().zip(&mut results) {
            match step.take().map(|next| world.turn(task, next)) {
                Some(Ok(next)) => *step = Some(next),
                Some(Err(ended)) => *result = Some(ended),
                None => {}
            }
        }
    }
    results.into_iter().flatten().collect()
}

fn count(steps: &[String], name: &str) -> usize {
    steps.iter().filter(|step| *step == name).count()
}

#[test]
fn parallel_tasks_ask_the_wallet_to_sign_in_once() {
    let mut world = world();
    let results = interleaved(&mut world, &[look(), look(), look()]);
    assert!(results.iter().all(|result| result.as_ref().unwrap()["total"] == "100"));
    let steps = world.steps();
    assert_eq!((count(&steps, "sign in"), count(&steps, "POST /auth/verify")), (1, 1));
    assert!(count(&steps, "pause") > 0, "the others waited");
}

#[test]
fn parallel_tasks_whose_token_is_refused_refresh_it_once() {
    let mut world = world();
    world.run(look()).unwrap();
    world.steps();
    world.core.expire();
    // The core of the script fails the test when it sees one refresh token twice.
    let results = interleaved(&mut world, &[look(), look(), look()]);
    assert!(results.iter().all(Result::is_ok));
    let steps = world.steps();
    assert_eq!((count(&steps, "POST /auth/refresh"), count(&steps, "sign in")), (1, 0));
}

#[test]
fn one_no_of_the_person_is_the_answer_for_every_task_that_waits() {
    let mut world = world();
    world.wallet.push_back(Told::Refused(Code::WalletRejected));
    for result in interleaved(&mut world, &[look(), look(), look()]) {
        assert_eq!(result.unwrap_err().code, Code::WalletRejected);
    }
    assert_eq!(count(&world.steps(), "sign in"), 1);
    world.run(look()).unwrap();
    assert_eq!(count(&world.steps(), "sign in"), 1, "a later task asks anew");
}

#[test]
fn a_task_that_is_dropped_in_the_middle_of_a_login_frees_the_turn() {
    for steps in 1..3 {
        let mut world = world();
        let (mut task, mut step) = world.begin(&look());
        for _ in 0..steps {
            step = world.turn(&mut task, step).unwrap();
        }
        let (mut second, waits) = world.begin(&look());
        assert!(matches!(waits, Step::Pause { .. }), "{waits:?}");
        drop(task);
        let mut step = world.turn(&mut second, waits).unwrap();
        let result = loop {
            match world.turn(&mut second, step) {
                Ok(next) => step = next,
                Err(ended) => break ended,
            }
        };
        assert_eq!(result.unwrap()["total"], "100");
        assert!(count(&world.steps(), "pause") == 1);
    }
}

#[test]
fn a_refresh_token_is_spent_also_when_its_task_is_dropped() {
    let mut world = world();
    world.run(look()).unwrap();
    world.core.expire();
    let (mut task, step) = world.begin(&look());
    let step = world.turn(&mut task, step).unwrap();
    world.answer(&step);
    assert_eq!(world.steps().last().unwrap(), "POST /auth/refresh");
    drop(task);
    world.run(look()).unwrap();
    let steps = world.steps();
    assert_eq!((count(&steps, "POST /auth/refresh"), count(&steps, "sign in")), (0, 1));
}

#[test]
fn a_logout_waits_for_the_login_under_way_and_ends_it() {
    let mut world = world();
    let results = interleaved(&mut world, &[look(), json!({ "do": "logout" })]);
    assert_eq!(results[1], Ok(json!(true)));
    world.steps();
    world.run(look()).unwrap();
    assert_eq!(count(&world.steps(), "sign in"), 1, "nothing of it is left");
}

#[test]
fn a_task_waits_two_minutes_for_the_login_of_another_and_no_longer() {
    let mut world = world();
    let (_hangs, _) = world.begin(&look());
    assert_eq!(world.fails(look()).0, Code::CoreLogin);
    let steps = world.steps();
    assert_eq!((steps.len(), count(&steps, "pause")), (600, 600));
}
