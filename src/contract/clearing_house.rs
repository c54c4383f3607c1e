//! ClearingHouse, the contract that settles cycles: calls out, its answers in.
//!
//! Whether a proof fits is judged where it comes from; here it is bounded and encoded.

use alloc::vec::Vec;

use crate::abi::{Words, call, call_with_list, read};
use crate::primitives::{Address, Amount, Hash};

/// Most hashes of a proof: as many participants as no cycle has.
pub const MAX_PROOF: usize = 64;

/// Call data of `payNetDebit(bytes32,uint256,bytes32[])`: the caller pays exactly what it owes of a cycle, in ether as
/// the transaction's value, in a token out of an allowance. `None` for a proof of more than [`MAX_PROOF`] hashes.
///
/// # Source
/// protocol notes, "ClearingHouse"; vectors `4mica/cycle.json`, `actions`.
pub fn pay_net_debit(cycle_id: &Hash, amount: &Amount, proof: &[Hash]) -> Option<Vec<u8>> {
    with_proof("payNetDebit(bytes32,uint256,bytes32[])", cycle_id, amount, proof)
}

/// Call data of `claimNetCredit(bytes32,uint256,bytes32[])`: the caller takes exactly what it is owed of a cycle.
/// `None` as for [`pay_net_debit`].
pub fn claim_net_credit(cycle_id: &Hash, amount: &Amount, proof: &[Hash]) -> Option<Vec<u8>> {
    with_proof("claimNetCredit(bytes32,uint256,bytes32[])", cycle_id, amount, proof)
}

fn with_proof(function: &str, cycle_id: &Hash, amount: &Amount, proof: &[Hash]) -> Option<Vec<u8>> {
    (proof.len() <= MAX_PROOF).then(|| call_with_list(function, &[*cycle_id, amount.word()], proof))
}

/// Call data of `getCycle(bytes32)`. Read with [`Cycle::read`]. An unknown cycle reverts with `CycleNotFound`.
pub fn cycle(cycle_id: &Hash) -> Vec<u8> {
    call("getCycle(bytes32)", &[*cycle_id])
}

/// Call data of `getParticipantState(bytes32,address)`. Read with [`Participant::read`].
pub fn participant(cycle_id: &Hash, participant: &Address) -> Vec<u8> {
    call("getParticipantState(bytes32,address)", &[*cycle_id, participant.word()])
}

/// Where a cycle stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CycleStatus {
    /// Its net positions are fixed.
    Committed,
    /// Debits can be paid.
    PaymentWindowOpen,
    /// Everything is settled.
    Finalized,
    /// Somebody did not pay in time.
    Defaulted,
}

impl CycleStatus {
    /// The word in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            CycleStatus::Committed => "committed",
            CycleStatus::PaymentWindowOpen => "payment-window-open",
            CycleStatus::Finalized => "finalized",
            CycleStatus::Defaulted => "defaulted",
        }
    }

    pub(super) const fn of(number: u8) -> Option<Self> {
        match number {
            0 => Some(CycleStatus::Committed),
            1 => Some(CycleStatus::PaymentWindowOpen),
            2 => Some(CycleStatus::Finalized),
            3 => Some(CycleStatus::Defaulted),
            _ => None,
        }
    }
}

/// A cycle as it was committed, and what was paid and taken since. All amounts in atomic units of its asset.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cycle {
    /// Token, zero for native ether.
    pub asset: Address,
    /// Root of the tree of all net positions.
    pub merkle_root: Hash,
    /// What all debtors owe.
    pub net_debit: Amount,
    /// What all creditors are owed.
    pub net_credit: Amount,
    /// What debtors paid.
    pub paid_in: Amount,
    /// What creditors took.
    pub claimed_out: Amount,
    /// What was paid for debtors in default.
    pub default_covered: Amount,
    /// What of the debits is paid or in default.
    pub resolved_debit: Amount,
    /// Last moment for debtors to pay, Unix seconds.
    pub submission_deadline_s: u64,
    /// Moment from which an unpaid debit is a default, Unix seconds.
    pub finality_deadline_s: u64,
    /// Where it stands.
    pub status: CycleStatus,
}

impl Cycle {
    /// Reads the answer of `getCycle`. `None` for other bytes, and for a cycle that does not exist.
    ///
    /// # Source
    /// protocol notes, "ClearingHouse"; vectors `4mica/cycle.json`, `onchain_cycle`.
    pub fn read(answer: &[u8]) -> Option<Self> {
        let (cycle, exists) = read(answer, |words| {
            let cycle = Cycle {
                asset: words.address()?,
                merkle_root: words.word()?,
                net_debit: words.amount()?,
                net_credit: words.amount()?,
                paid_in: words.amount()?,
                claimed_out: words.amount()?,
                default_covered: words.amount()?,
                resolved_debit: words.amount()?,
                submission_deadline_s: words.integer()?,
                finality_deadline_s: words.integer()?,
                status: CycleStatus::of(words.byte()?)?,
            };
            Some((cycle, words.flag()?))
        })?;
        exists.then_some(cycle)
    }
}

/// What the contract knows of one participant of a cycle: amounts are zero until they were proven to it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Participant {
    /// What it owes, atomic units.
    pub net_debit: Amount,
    /// What it is owed, atomic units.
    pub net_credit: Amount,
    /// It paid its debit.
    pub paid: bool,
    /// It took its credit.
    pub claimed: bool,
    /// It did not pay in time.
    pub defaulted: bool,
}

impl Participant {
    /// Reads the answer of `getParticipantState`.
    pub fn read(answer: &[u8]) -> Option<Self> {
        read(answer, |words: &mut Words<'_>| {
            Some(Participant {
                net_debit: words.amount()?,
                net_credit: words.amount()?,
                paid: words.flag()?,
                claimed: words.flag()?,
                defaulted: words.flag()?,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{B256, U256};
    use alloy_sol_types::{SolCall, SolValue, sol};

    sol! {
        struct CycleAnswer {
            address asset; bytes32 merkleRoot; uint256 totalNetDebit; uint256 totalNetCredit; uint256 totalPaidIn;
            uint256 totalClaimedOut; uint256 totalDefaultCovered; uint256 totalResolvedDebit;
            uint64 paymentSubmissionDeadline; uint64 paymentFinalityDeadline; uint8 status; bool exists;
        }
        struct ParticipantAnswer { uint256 netDebit; uint256 netCredit; bool paid; bool claimed; bool defaulted; }
        function payNetDebit(bytes32 cycleId, uint256 netDebit, bytes32[] proof) payable;
        function claimNetCredit(bytes32 cycleId, uint256 netCredit, bytes32[] proof);
        function getCycle(bytes32 cycleId) returns (CycleAnswer);
        function getParticipantState(bytes32 cycleId, address participant) returns (ParticipantAnswer);
    }

    const CYCLE: Hash = [0xc1; 32];

    fn vector() -> serde_json::Value {
        serde_json::from_str(include_str!("../../tests/vectors/4mica/cycle.json")).unwrap()
    }

    fn proof(length: u8) -> (Vec<Hash>, Vec<B256>) {
        ((0..length).map(|item| [item; 32]).collect(), (0..length).map(|item| [item; 32].into()).collect())
    }

    #[test]
    fn calls_are_those_of_alloy_up_to_the_longest_proof() {
        let amount = Amount::from_u64(2_500_000);
        for length in [0, 1, 5, 64] {
            let (ours, theirs) = proof(length);
            let pay = payNetDebitCall { cycleId: CYCLE.into(), netDebit: U256::from(2_500_000), proof: theirs.clone() };
            assert_eq!(pay_net_debit(&CYCLE, &amount, &ours), Some(pay.abi_encode()));
            let claim = claimNetCreditCall { cycleId: CYCLE.into(), netCredit: U256::from(2_500_000), proof: theirs };
            assert_eq!(claim_net_credit(&CYCLE, &amount, &ours), Some(claim.abi_encode()));
        }
        let (long, _) = proof(65);
        assert_eq!((pay_net_debit(&CYCLE, &amount, &long), claim_net_credit(&CYCLE, &amount, &long)), (None, None));
        assert_eq!(cycle(&CYCLE), getCycleCall { cycleId: CYCLE.into() }.abi_encode());
        let theirs = getParticipantStateCall { cycleId: CYCLE.into(), participant: [0x11; 20].into() };
        assert_eq!(participant(&CYCLE, &Address::from_bytes([0x11; 20])), theirs.abi_encode());
    }

    fn recorded() -> CycleAnswer {
        let vector = vector();
        let said = &vector["onchain_cycle"];
        let text = |name: &str| said[name].as_str().unwrap();
        CycleAnswer {
            asset: text("asset").parse().unwrap(),
            merkleRoot: text("merkleRoot").parse().unwrap(),
            totalNetDebit: text("totalNetDebit").parse().unwrap(),
            totalNetCredit: text("totalNetCredit").parse().unwrap(),
            totalPaidIn: text("totalPaidIn").parse().unwrap(),
            totalClaimedOut: text("totalClaimedOut").parse().unwrap(),
            totalDefaultCovered: text("totalDefaultCovered").parse().unwrap(),
            totalResolvedDebit: text("totalResolvedDebit").parse().unwrap(),
            paymentSubmissionDeadline: text("paymentSubmissionDeadline").parse().unwrap(),
            paymentFinalityDeadline: text("paymentFinalityDeadline").parse().unwrap(),
            status: u8::try_from(said["status"].as_u64().unwrap()).unwrap(),
            exists: said["exists"].as_bool().unwrap(),
        }
    }

    #[test]
    fn the_recorded_cycle_is_read() {
        let cycle = Cycle::read(&recorded().abi_encode()).unwrap();
        assert_eq!(cycle.asset.checksummed(), "0x5FbDB2315678afecb367f032d93F642f64180aa3");
        assert_eq!((cycle.net_debit, cycle.net_credit), (Amount::from_u64(3700), Amount::from_u64(3700)));
        assert_eq!((cycle.paid_in, cycle.resolved_debit), (Amount::ZERO, Amount::ZERO));
        assert_eq!((cycle.submission_deadline_s, cycle.finality_deadline_s), (1_795_227_816, 1_795_227_826));
        assert_eq!(cycle.status.as_str(), "payment-window-open");
    }

    #[test]
    fn every_field_of_a_cycle_has_its_place() {
        let theirs = CycleAnswer {
            asset: [1; 20].into(),
            merkleRoot: [2; 32].into(),
            totalNetDebit: U256::from(3),
            totalNetCredit: U256::from(4),
            totalPaidIn: U256::from(5),
            totalClaimedOut: U256::from(6),
            totalDefaultCovered: U256::from(7),
            totalResolvedDebit: U256::from(8),
            paymentSubmissionDeadline: 9,
            paymentFinalityDeadline: 10,
            status: 3,
            exists: true,
        };
        let ours = Cycle {
            asset: Address::from_bytes([1; 20]),
            merkle_root: [2; 32],
            net_debit: Amount::from_u64(3),
            net_credit: Amount::from_u64(4),
            paid_in: Amount::from_u64(5),
            claimed_out: Amount::from_u64(6),
            default_covered: Amount::from_u64(7),
            resolved_debit: Amount::from_u64(8),
            submission_deadline_s: 9,
            finality_deadline_s: 10,
            status: CycleStatus::Defaulted,
        };
        assert_eq!(Cycle::read(&theirs.abi_encode()), Some(ours));
        for (status, exists) in [(4, true), (255, true), (3, false)] {
            assert_eq!(Cycle::read(&CycleAnswer { status, exists, ..theirs.clone() }.abi_encode()), None);
        }
    }

    #[test]
    fn every_field_of_a_participant_has_its_place() {
        for (paid, claimed, defaulted) in [(true, false, false), (false, true, false), (false, false, true)] {
            let theirs =
                ParticipantAnswer { netDebit: U256::from(3), netCredit: U256::from(4), paid, claimed, defaulted };
            let ours = Participant {
                net_debit: Amount::from_u64(3),
                net_credit: Amount::from_u64(4),
                paid,
                claimed,
                defaulted,
            };
            assert_eq!(Participant::read(&theirs.abi_encode()), Some(ours));
        }
    }
}
