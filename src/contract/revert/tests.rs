//! Every error as alloy encodes it.

use super::*;
use alloc::vec::Vec;
use alloy_primitives::U256;
use alloy_sol_types::{Panic, Revert as Text, SolError, SolInterface, sol};

sol! {
    interface Contracts {
        error AmountZero();
        error CycleAlreadyCommitted(bytes32 cycle);
        error CycleNotFound(bytes32 cycle);
        error InvalidCycleStatus(bytes32 cycle, uint8 status);
        error InvalidDeadline();
        error InvalidProof();
        error ExactPaymentRequired(uint256 expected, uint256 actual);
        error AlreadyPaid(bytes32 cycle, address debtor);
        error AlreadyClaimed(bytes32 cycle, address creditor);
        error AlreadyDefaulted(bytes32 cycle, address debtor);
        error PaymentFinalityPending(uint64 at);
        error PaymentWindowElapsed(uint64 at);
        error ClaimExceedsFundedLiquidity(uint256 available, uint256 requested);
        error CycleDebtUnresolved(uint256 a, uint256 b);
        error CycleUnderfunded(uint256 a, uint256 b);
        error CycleClaimsUnresolved(uint256 a, uint256 b);
        error NativeTransferFailed(address to, uint256 amount);
        error InsufficientAvailable();
        error NoWithdrawalRequested();
        error GracePeriodNotElapsed();
        error UnsupportedAsset(address asset);
        error InvalidAsset(address asset);
        error TransferFailed();
        error DirectTransferNotAllowed();
    }
}

fn read(data: &[u8]) -> (Cause, String) {
    let Revert { cause, words } = Revert::read(data);
    (cause, words)
}

#[test]
fn the_table_has_the_errors_of_the_contracts_and_no_others() {
    let mut ours: Vec<[u8; 4]> = KNOWN.iter().map(|(_, signature, _)| selector(signature)).collect();
    let mut theirs: Vec<[u8; 4]> = Contracts::ContractsErrors::selectors().collect();
    ours.sort_unstable();
    theirs.sort_unstable();
    assert_eq!(ours, theirs);
    for (cause, signature, words) in KNOWN {
        assert_eq!(signature.split('(').next(), Some(cause.as_str()));
        let arguments = signature.split(['(', ',', ')']).filter(|part| !part.is_empty()).count() - 1;
        assert_eq!(words.matches("{}").count(), arguments, "{signature}");
    }
}

#[test]
fn recorded_selectors_are_known() {
    // protocol notes C1.
    assert_eq!(read(&[0xcb, 0xca, 0x5a, 0xa2]), (Cause::AmountZero, "the amount is zero".into()));
}

#[test]
fn arguments_stand_where_alloy_encodes_them() {
    let cycle = [0xc1; 32];
    let who = alloy_primitives::Address::from([0x11; 20]);
    let (cycle_text, who_text) = (hex::encode(&cycle), who.to_checksum(None));
    let (a, b) = (U256::from(700), U256::MAX);
    for (data, cause, words) in [
        (
            Contracts::AlreadyPaid { cycle: cycle.into(), debtor: who }.abi_encode(),
            Cause::AlreadyPaid,
            format!("the net debit of cycle {cycle_text} is already paid for {who_text}"),
        ),
        (
            Contracts::InvalidCycleStatus { cycle: cycle.into(), status: 3 }.abi_encode(),
            Cause::InvalidCycleStatus,
            format!("cycle {cycle_text} does not allow it any more, or not yet: it is defaulted"),
        ),
        (
            Contracts::PaymentWindowElapsed { at: 1_795_227_816 }.abi_encode(),
            Cause::PaymentWindowElapsed,
            "it is too late: debits could be paid until Unix second 1795227816".into(),
        ),
        (
            Contracts::ClaimExceedsFundedLiquidity { available: a, requested: b }.abi_encode(),
            Cause::ClaimExceedsFundedLiquidity,
            format!(
                "debtors have not paid enough yet: 700 atomic units are there, {b} were asked for; try again later"
            ),
        ),
        (
            Contracts::NativeTransferFailed { to: who, amount: a }.abi_encode(),
            Cause::NativeTransferFailed,
            format!("{who_text} did not accept 700 wei"),
        ),
    ] {
        assert_eq!(read(&data), (cause, words));
    }
}

#[test]
fn data_of_another_length_or_with_dirty_bits_is_not_taken_for_a_known_error() {
    let fine = Contracts::UnsupportedAsset { asset: [0x11; 20].into() }.abi_encode();
    assert_eq!(Revert::read(&fine).cause, Cause::UnsupportedAsset);
    let mut dirty = fine.clone();
    dirty[4] = 1;
    let beyond = Contracts::InvalidCycleStatus { cycle: [0; 32].into(), status: 4 }.abi_encode();
    assert_eq!(Revert::read(&beyond).cause, Cause::Unknown);
    for wrong in [&fine[..35], &fine[..4], &[fine.as_slice(), &[0]].concat(), &dirty] {
        let (cause, words) = read(wrong);
        assert_eq!((cause, words.contains(&hex::encode(&fine[..4]))), (Cause::Unknown, true));
    }
}

#[test]
fn a_contracts_own_text_is_quoted_printable_and_bounded() {
    let said = |text: &str| Revert::read(&Text::from(text).abi_encode());
    assert_eq!(said("ERC20: transfer amount exceeds balance").words, "\"ERC20: transfer amount exceeds balance\"");
    assert_eq!(
        said("a\n\u{1b}[2J\u{202e}\"").words,
        "\"a\\u{a}\\u{1b}[2J\\u{202e}\\u{22}\"",
        "nothing that a terminal or a page would obey"
    );
    let long = said(&"é".repeat(100_000)).words;
    assert_eq!(long.chars().count(), MAX_QUOTED + 3);
    assert!(long.ends_with("…\""));
    assert_eq!(said(&"é".repeat(MAX_QUOTED)).words.chars().count(), MAX_QUOTED + 2);
    let mut broken = Text::from("abc").abi_encode();
    broken[68] = 0xff;
    assert_eq!(Revert::read(&broken).cause, Cause::Unknown);
    for cut in 4..broken.len() {
        assert_eq!(Revert::read(&broken[..cut]).cause, Cause::Unknown);
    }
}

#[test]
fn a_panic_is_named_by_its_code() {
    let said = |code: u64| read(&Panic { code: U256::from(code) }.abi_encode());
    assert_eq!(said(0x11), (Cause::Panic, "it fails itself: an overflow (Panic 0x11)".into()));
    assert_eq!(said(0x01).1, "it fails itself: an assertion (Panic 0x01)");
    assert_eq!(said(0x99).1, "it fails itself: an unknown kind (Panic 0x99)");
    assert_eq!(read(&Panic { code: U256::MAX }.abi_encode()).0, Cause::Unknown);
}

#[test]
fn silence_and_the_unknown_are_named_as_such() {
    assert_eq!(read(&[]), (Cause::Silent, "it gives no reason".into()));
    assert_eq!(read(&[0xab]).1, "an error that is not known here (0xab)");
    let (cause, words) = read(&[0x8b, 0xaa, 0x57, 0x9f, 1, 2, 3]);
    assert_eq!((cause, words.as_str()), (Cause::Unknown, "an error that is not known here (0x8baa579f)"));
    let sentence = Revert::read(&[]).to_string();
    assert_eq!(sentence, "the contract refuses: it gives no reason");
}
