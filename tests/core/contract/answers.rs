//! Every answer with random values, and every way it can be spoiled.

use alloy_primitives::U256;
use alloy_sol_types::{SolValue, sol};
use farthing::contract::clearing_house::{Cycle, CycleStatus, Participant};
use farthing::contract::core4mica::{Deposited, Withdrawal, read_seconds};
use farthing::contract::erc20::read_amount;
use farthing::contract::message::AccountText;
use farthing::contract::revert::{Cause, Revert};
use farthing::contract::rpc;

use crate::support::random::Random;
use crate::support::typed_data;
use crate::{TRIES, address, messages, uint};

sol! {
    struct CycleAnswer {
        address asset; bytes32 merkleRoot; uint256 totalNetDebit; uint256 totalNetCredit; uint256 totalPaidIn;
        uint256 totalClaimedOut; uint256 totalDefaultCovered; uint256 totalResolvedDebit;
        uint64 paymentSubmissionDeadline; uint64 paymentFinalityDeadline; uint8 status; bool exists;
    }
    struct ParticipantAnswer { uint256 netDebit; uint256 netCredit; bool paid; bool claimed; bool defaulted; }
}

const STATUSES: [CycleStatus; 4] =
    [CycleStatus::Committed, CycleStatus::PaymentWindowOpen, CycleStatus::Finalized, CycleStatus::Defaulted];

fn cycle(random: &mut Random) -> (Vec<u8>, Cycle) {
    let number = random.below(4);
    let ours = Cycle {
        asset: random.address(),
        merkle_root: random.bytes(),
        net_debit: random.amount(),
        net_credit: random.amount(),
        paid_in: random.amount(),
        claimed_out: random.amount(),
        default_covered: random.amount(),
        resolved_debit: random.amount(),
        submission_deadline_s: random.integer(),
        finality_deadline_s: random.integer(),
        status: STATUSES[number],
    };
    let theirs = CycleAnswer {
        asset: address(&ours.asset),
        merkleRoot: ours.merkle_root.into(),
        totalNetDebit: uint(&ours.net_debit),
        totalNetCredit: uint(&ours.net_credit),
        totalPaidIn: uint(&ours.paid_in),
        totalClaimedOut: uint(&ours.claimed_out),
        totalDefaultCovered: uint(&ours.default_covered),
        totalResolvedDebit: uint(&ours.resolved_debit),
        paymentSubmissionDeadline: ours.submission_deadline_s,
        paymentFinalityDeadline: ours.finality_deadline_s,
        status: u8::try_from(number).unwrap(),
        exists: true,
    };
    (theirs.abi_encode(), ours)
}

fn participant(random: &mut Random) -> (Vec<u8>, Participant) {
    let mut flag = || random.below(2) == 1;
    let (paid, claimed, defaulted) = (flag(), flag(), flag());
    let ours = Participant { net_debit: random.amount(), net_credit: random.amount(), paid, claimed, defaulted };
    let theirs = ParticipantAnswer {
        netDebit: uint(&ours.net_debit),
        netCredit: uint(&ours.net_credit),
        paid,
        claimed,
        defaulted,
    };
    (theirs.abi_encode(), ours)
}

fn deposited(random: &mut Random) -> (Vec<u8>, Deposited) {
    let requested = random.below(2) == 1;
    let withdrawal = requested.then(|| Withdrawal { requested_s: random.integer().max(1), amount: random.amount() });
    let ours = Deposited { collateral: random.amount(), withdrawal };
    let (at, amount) = withdrawal.map_or((0, U256::ZERO), |some| (some.requested_s, uint(&some.amount)));
    ((uint(&ours.collateral), at, amount).abi_encode(), ours)
}

/// Every length but the right one, and the answer twice.
fn spoiled(fine: &[u8]) -> Vec<Vec<u8>> {
    let mut spoiled: Vec<Vec<u8>> = (0..fine.len()).map(|length| fine[..length].to_vec()).collect();
    spoiled.extend([1, 31, 32].map(|more| [fine, &vec![0; more]].concat()));
    spoiled.push([fine, fine].concat());
    spoiled
}

/// The answer with each bit set, one at a time, that a type of `used` bytes leaves unused in the word `index`.
fn dirtied(fine: &[u8], index: usize, used: usize) -> Vec<Vec<u8>> {
    let bit = |at: usize| {
        let mut dirty = fine.to_vec();
        dirty[32 * index + at / 8] |= 1 << (at % 8);
        dirty
    };
    (0..8 * (32 - used)).map(bit).collect()
}

#[test]
fn a_cycle_is_what_alloy_encodes_and_nothing_that_is_spoiled() {
    let mut random = Random::seeded(0xc1c1e);
    for _ in 0..TRIES {
        let (fine, ours) = cycle(&mut random);
        assert_eq!(Cycle::read(&fine), Some(ours));
    }
    let (fine, _) = cycle(&mut random);
    let narrow = [(0, 20), (8, 8), (9, 8), (10, 1), (11, 1)];
    let dirty = narrow.into_iter().flat_map(|(index, used)| dirtied(&fine, index, used));
    for wrong in spoiled(&fine).into_iter().chain(dirty) {
        assert_eq!(Cycle::read(&wrong), None);
    }
}

#[test]
fn a_participant_is_what_alloy_encodes_and_nothing_that_is_spoiled() {
    let mut random = Random::seeded(0xda71);
    for _ in 0..TRIES {
        let (fine, ours) = participant(&mut random);
        assert_eq!(Participant::read(&fine), Some(ours));
    }
    let (fine, _) = participant(&mut random);
    let dirty = [2, 3, 4].into_iter().flat_map(|index| dirtied(&fine, index, 1));
    for wrong in spoiled(&fine).into_iter().chain(dirty) {
        assert_eq!(Participant::read(&wrong), None);
    }
}

#[test]
fn collateral_is_what_alloy_encodes_and_nothing_that_is_spoiled() {
    let mut random = Random::seeded(0xde90);
    for _ in 0..TRIES {
        let (fine, ours) = deposited(&mut random);
        assert_eq!(Deposited::read(&fine), Some(ours));
    }
    let (fine, _) = deposited(&mut random);
    for wrong in spoiled(&fine).into_iter().chain(dirtied(&fine, 1, 8)) {
        assert_eq!(Deposited::read(&wrong), None);
    }
}

#[test]
fn amounts_and_seconds_are_single_words() {
    let mut random = Random::seeded(0x5ec0);
    for _ in 0..TRIES {
        let (amount, seconds) = (random.amount(), random.integer());
        assert_eq!(read_amount(&uint(&amount).abi_encode()), Some(amount));
        let fine = U256::from(seconds).abi_encode();
        assert_eq!(read_seconds(&fine), Some(seconds));
        for wrong in spoiled(&fine) {
            assert_eq!((read_amount(&wrong), read_seconds(&wrong)), (None, None));
        }
        for wrong in dirtied(&fine, 0, 8) {
            assert_eq!(read_seconds(&wrong), None);
        }
    }
}

#[test]
fn whatever_a_stranger_sends_is_read_or_refused_and_never_stops_us() {
    let mut random = Random::seeded(0xbad);
    let abi: Vec<Vec<u8>> = vec![cycle(&mut random).0, participant(&mut random).0, deposited(&mut random).0, {
        use alloy_sol_types::SolError;
        alloy_sol_types::Revert::from("ERC20: insufficient allowance").abi_encode()
    }];
    let texts: Vec<Vec<u8>> = vec![
        br#"{"jsonrpc":"2.0","id":1,"result":{"status":"0x1","transactionHash":"0x00","blockNumber":"0x10"}}"#.to_vec(),
        br#"{"jsonrpc":"2.0","id":1,"error":{"code":3,"message":"execution reverted","data":"0xcbca5aa2"}}"#.to_vec(),
        messages::message(0, &mut random).typed_data().into_bytes(),
        messages::message(1, &mut random).typed_data().into_bytes(),
    ];
    let (mut quoted, mut read) = (0, 0);
    for _ in 0..20_000 {
        let bytes = random.mutated(&abi);
        let _ = (Cycle::read(&bytes), Participant::read(&bytes), read_seconds(&bytes));
        read += usize::from(Deposited::read(&bytes).is_some());
        let revert = Revert::read(&bytes);
        quoted += usize::from(revert.cause == Cause::Text);
        assert!(revert.words.chars().count() < 3_000 && !revert.words.chars().any(char::is_control));
        let text = random.mutated(&texts);
        let _ = rpc::read(200, &text, |node| rpc::receipt(node, &[0; 32]));
        let _ = rpc::read(200, &text, rpc::amount);
        if let Ok(text) = std::str::from_utf8(&text) {
            let shown = || typed_data::digest(&serde_json::from_str(text).unwrap());
            assert!(AccountText::read(text).is_none_or(|message| message.digest() == shown()));
        }
    }
    assert!(quoted > 100 && read > 100, "{quoted} quoted, {read} read: the mutations reach what they are meant for");
}
