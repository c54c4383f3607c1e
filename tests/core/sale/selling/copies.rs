//! Copies of a seller that know nothing of each other but the store, in every order; and copies that die at every step
//! (threats S3, S11; invariants I25, I26).

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use farthing::record::State;
use farthing::sale::{SaleAnswer, Step};
use serde_json::{Value, json};

use super::world::{Copy, LEASE_S, Setup, World, code, releases};
use crate::driver::scene::Flow;

/// Who moves: the first copy, the second, or the clock, past every lease.
const CLOCK: usize = 2;

struct Scene {
    world: World,
    copies: [Copy; 2],
    jumped: bool,
}

impl Scene {
    fn replayed(world: &World, payments: [&Value; 2], schedule: &[usize]) -> Self {
        let mut world = world.clone();
        let copies = payments.map(|payment| world.copy(payment));
        let mut scene = Scene {
            world: {
                world.steps.clear();
                world
            },
            copies,
            jumped: false,
        };
        schedule.iter().for_each(|actor| scene.act(*actor));
        scene
    }

    fn act(&mut self, actor: usize) {
        if actor == CLOCK {
            self.world.now_s += LEASE_S;
            self.jumped = true;
        } else {
            self.world.step(&mut self.copies[actor]);
        }
    }

    fn actors(&self) -> Vec<usize> {
        let mut actors: Vec<usize> =
            (0..2).filter(|index| !matches!(self.copies[*index].pending, Step::Done(_))).collect();
        if !actors.is_empty() && !self.jumped {
            actors.push(CLOCK);
        }
        actors
    }

    // What everybody knows is all there is to a state.
    fn key(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for copy in &self.copies {
            copy.told.hash(&mut hasher);
        }
        for row in self.world.ledger.rows() {
            (row.record.to_json(), row.sealed.as_deref()).hash(&mut hasher);
        }
        (self.world.now_s, self.world.asked.len(), self.world.chain.events.len()).hash(&mut hasher);
        hasher.finish()
    }
}

/// Walks through every order of two copies; how many states there are.
fn every_order(setup: &Setup, check: impl Fn(&mut Scene, &Value, &[usize])) -> usize {
    let world = setup.world();
    let payment = world.payment(1);
    let (mut seen, mut ends) = (HashSet::new(), 0);
    let mut open: Vec<Vec<usize>> = vec![Vec::new()];
    while let Some(mut schedule) = open.pop() {
        let mut scene = Scene::replayed(&world, [&payment, &payment], &schedule);
        // On with the first actor; the others' turn comes later.
        while seen.insert(scene.key()) {
            let actors = scene.actors();
            let Some((first, others)) = actors.split_first() else {
                ends += 1;
                check(&mut scene, &payment, &schedule);
                break;
            };
            open.extend(others.iter().map(|actor| [schedule.as_slice(), &[*actor]].concat()));
            scene.act(*first);
            schedule.push(*first);
        }
    }
    assert!(ends > 1);
    seen.len()
}

#[test]
fn of_two_copies_in_any_order_one_grants_and_one_settlement_is_asked_in_one_spelling() {
    for release in releases() {
        for flow in [Flow::ExactV2, Flow::House] {
            let setup = Setup::new(flow, release.clone()).with_node().lasting();
            let states = every_order(&setup, |scene, payment, schedule| {
                let world = &mut scene.world;
                assert!(world.handed <= 1, "two grants: {schedule:?} {:?}", world.steps);
                let in_time = !schedule.contains(&CLOCK);
                assert!(!in_time || world.works == 1 && world.asked.len() == 1, "{schedule:?} {:?}", world.steps);
                // Whatever was lost on the way, the buyer comes back and gets it.
                world.now_s += LEASE_S;
                let ending = world.present(payment);
                // Who came too late for a new claim, of which nothing was settled either.
                if code(&ending) == Some("sale/window") {
                    assert_eq!((world.chain.events.len(), world.handed), (0, 0), "{schedule:?}");
                    return;
                }
                assert_eq!(code(&ending), None, "{schedule:?} {:?}", world.steps);
                assert_eq!((world.row().state(), world.chain.events.len()), (State::Settled, 1));
                assert!(world.handed <= 1, "{schedule:?}");
            });
            assert!(states > 300, "{flow:?} {release}: {states}");
            eprintln!("{flow:?} {release} {states}");
        }
    }
}

#[test]
fn of_many_copies_at_once_one_works() {
    for release in releases() {
        let mut world = Setup::new(Flow::ExactV2, release.clone()).lasting().world();
        let payment = world.payment(1);
        let mut copies: Vec<Copy> = (0..40).map(|_| world.copy(&payment)).collect();
        while let Some(at) = copies.iter().position(|copy| !matches!(copy.pending, Step::Done(_))) {
            // One step each, round and round.
            for copy in &mut copies[at..] {
                if !matches!(copy.pending, Step::Done(_)) {
                    world.step(copy);
                }
            }
        }
        assert_eq!((world.works, world.asked.len(), world.handed), (1, 1, 1), "{release}");
    }
}

/// Lets a copy die after so many steps, `told` or just before it hears of the last one; false when it ends before.
fn dies(world: &mut World, payment: &Value, after: usize, told: bool) -> bool {
    let mut copy = world.copy(payment);
    for _ in 0..after {
        if matches!(copy.pending, Step::Done(_)) {
            return false;
        }
        world.step(&mut copy);
    }
    if !told && !matches!(copy.pending, Step::Done(_)) {
        let _ = world.wished(&copy.pending);
    }
    true
}

#[test]
fn a_copy_that_dies_at_any_step_costs_nobody_anything() {
    for flow in [Flow::ExactV2, Flow::ExactV1, Flow::CycleV1, Flow::House] {
        for release in releases() {
            let mut deaths = 0;
            for (after, told) in (0..20).flat_map(|after| [(after, true), (after, false)]) {
                let mut world = Setup::new(flow, release.clone()).with_node().lasting().world();
                let payment = world.payment(1);
                if !dies(&mut world, &payment, after, told) {
                    break;
                }
                deaths += 1;
                let (served, answered) = (world.served, world.handed);
                // At once, while its lease lives: nobody is asked anything but the store.
                let ending = world.present(&payment);
                let busy = matches!(code(&ending), Some("sale/in-progress"));
                assert!(busy || code(&ending).is_none(), "{flow:?} {release} {after} {told}: {ending:?}");
                world.now_s += LEASE_S;
                let expired = world.row_if_any().is_none_or(|row| row.state() == State::Reserved);
                let ending = world.present(&payment);
                let late = code(&ending) == Some("sale/window") && expired;
                assert!(late || code(&ending).is_none(), "{flow:?} {release} {after} {told}: {ending:?}");
                if !late {
                    assert_eq!((world.row().state(), world.chain.events.len()), (State::Settled, 1));
                    assert!(matches!(world.present(&payment).answer, SaleAnswer::Stored(..)));
                }
                // What was handed over already is the same result again, never a second one.
                assert!(world.handed <= 1 && (answered + served == 0 || world.works == 1), "{after} {told}");
            }
            assert!(deaths >= 14, "{flow:?} {release}: {deaths}");
        }
    }
}

#[test]
fn without_a_node_a_death_after_the_settlement_is_unknown_and_never_asked_for_again() {
    for release in releases() {
        for (after, told) in (0..20).flat_map(|after| [(after, true), (after, false)]) {
            let mut world = Setup::new(Flow::ExactV2, release.clone()).lasting().world();
            let payment = world.payment(1);
            if !dies(&mut world, &payment, after, told) {
                break;
            }
            let moved = world.chain.events.len();
            for _ in 0..5 {
                world.now_s += LEASE_S;
                let ending = world.present(&payment);
                let unknown = code(&ending) == Some("sale/unknown");
                assert!(moved == 0 || unknown || code(&ending).is_none(), "{release} {after} {told}: {ending:?}");
            }
            assert!(world.chain.events.len() <= 1 && world.handed <= 1);
        }
    }
}

#[test]
fn a_slow_copy_whose_settlement_is_proven_counts_even_after_it_was_taken_over() {
    let mut world = Setup::new(Flow::ExactV2, json!("verify-first")).lasting().world();
    let payment = world.payment(1);
    let mut slow = world.copy(&payment);
    world.until(&mut slow, "settle");
    // It is settled, and the answer takes longer than the lease; another copy takes over and is told that it failed.
    let told = world.wished(&slow.pending);
    world.now_s += LEASE_S;
    let mut fast = world.copy(&payment);
    world.until(&mut fast, "settle");
    world.tell(&mut slow, told);
    assert_eq!(code(&world.run(&mut slow)), None, "its proof is good");
    let ending = world.run(&mut fast);
    assert!(matches!(code(&ending), Some("sale/in-progress")) || matches!(ending.answer, SaleAnswer::Stored(..)));
    assert_eq!((world.row().state(), world.handed), (State::Settled, 1));
}
