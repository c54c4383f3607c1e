//! The ways of a sale on which everybody is honest.

use farthing::record::State;
use farthing::sale::SaleAnswer;

use super::world::{Setup, releases};
use crate::driver::scene::FLOWS;

#[test]
fn every_way_to_pay_is_sold_once_in_every_order() {
    for flow in FLOWS {
        for release in releases() {
            let mut world = Setup::new(flow, release.clone()).world();
            let payment = world.payment(1);
            let ending = world.present(&payment);
            assert_eq!(ending.report.refusal, None, "{flow:?} {release}: {:?}", world.steps);
            assert_eq!((world.works, world.asked.len(), world.row().state()), (1, 1, State::Settled));
            assert!(ending.report.settled && ending.report.delivered);
            let again = world.present(&payment);
            assert!(matches!(again.answer, SaleAnswer::Stored(..)), "{flow:?} {release}: {again:?}");
            assert_eq!((world.works, world.asked.len()), (1, 1), "{flow:?} {release}");
        }
    }
}
