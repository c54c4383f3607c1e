//! Where an account stands in one cycle: what core proves, and what became of it on the chain.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::alarm::Alarm;
use super::period::Period;
use super::signed::Ledger;
use crate::account::movement::settlement;
use crate::account::{Doing, Failure};
use crate::contract::transaction::counted;
use crate::core4mica::{ClearingProof, CycleId, Parameters, Role};
use crate::error::Code;
use crate::json::Writer;
use crate::primitives::{Address, Amount, Hash, hex};
use crate::registry::Asset;

/// Cycles after the last certificate that are looked at for charges nobody signed.
const LATER_CYCLES: u64 = 14;

/// A cycle to ask about.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    asset: Address,
    cycle: CycleId,
    /// Unix second it ends, where its period is known.
    ends_s: Option<u64>,
    /// It has a certificate of ours.
    known: bool,
}

impl Asked {
    /// Cycles of our certificates, then the ones after the last of them: a signature is valid in every later cycle. Where
    /// nobody ever showed a certificate, the ones from the first signature on.
    pub(super) fn all(ledger: &Ledger, now_s: u64) -> Vec<Self> {
        let mut all = Vec::new();
        for asset in ledger.assets() {
            let mut last: Option<Period> = None;
            for (_, cycle_id, at_s) in ledger.cycles().iter().filter(|(of, _, _)| *of == asset) {
                let period = Period::find(&asset, cycle_id, *at_s);
                let cycle = period.as_ref().map_or(CycleId::Hash(*cycle_id), Period::cycle);
                let ends_s = period.as_ref().map(Period::ends_s);
                all.push(Asked { asset, cycle, ends_s, known: true });
                last = period.filter(|period| last.as_ref().is_none_or(|last| last.start_s < period.start_s)).or(last);
            }
            let first = ledger.first_s(&asset).filter(|_| last.is_none()).map(|at_s| Period::of_day(&asset, at_s));
            let later = last.iter().chain(&first).flat_map(|last| last.following(now_s, LATER_CYCLES));
            for period in first.clone().into_iter().chain(later) {
                let known = all.iter().any(|asked: &Asked| asked.cycle == period.cycle());
                if !known {
                    all.push(Asked { asset, cycle: period.cycle(), ends_s: Some(period.ends_s()), known: false });
                }
            }
        }
        all
    }
}

/// Where an account stands in a cycle.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum State {
    /// Not closed yet: nothing is owed before.
    Open,
    /// A net debtor.
    Owes,
    /// A net creditor.
    IsOwed,
    /// Neither, after netting.
    Even,
    /// Core does not know the cycle by that name.
    Unknown,
    /// Without a pinned clearing house no answer about it can be checked.
    Unpinned,
}

impl State {
    const fn as_str(self) -> &'static str {
        match self {
            State::Open => "open",
            State::Owes => "owes",
            State::IsOwed => "is-owed",
            State::Even => "even",
            State::Unknown => "unknown",
            State::Unpinned => "unpinned",
        }
    }
}

/// What the clearing house says of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct OnChain {
    pub(super) pay_before_s: u64,
    pub(super) final_s: u64,
    /// Paid, or claimed.
    pub(super) settled: bool,
    /// Its root is the one that core proves under.
    same_root: bool,
}

/// An account's position in one cycle.
#[derive(Clone, Debug)]
pub(super) struct Position {
    asset: Asset,
    cycle: CycleId,
    ends_s: Option<u64>,
    pub(super) state: State,
    /// What is owed, in either direction.
    amount: Amount,
    /// Absent without a node.
    pub(super) chain: Option<OnChain>,
    /// What core proves it with, where something is owed.
    proof: Option<ClearingProof>,
}

impl Position {
    /// Asks about a cycle; `None` when it has nothing to do with this account.
    pub(super) async fn read(doing: &Doing, asked: &Asked, parameters: &Parameters) -> Result<Option<Self>, Failure> {
        let Some(asset) = doing.asset(&asked.asset) else { return Ok(None) };
        let mut position = Position {
            asset,
            cycle: asked.cycle.clone(),
            ends_s: asked.ends_s,
            state: State::Unpinned,
            amount: Amount::ZERO,
            chain: None,
            proof: None,
        };
        let Some(house) = parameters.clearing_house else { return Ok(asked.known.then_some(position)) };
        let proof = match settlement::proof(doing, &asked.cycle, parameters.chain_id, house).await {
            Ok(proof) => proof,
            Err(failure) => {
                position.state = match failure.code {
                    Code::CoreNotCleared => State::Open,
                    Code::CoreNotParticipant => State::Even,
                    Code::CoreUnknownCycle => State::Unknown,
                    _ => return Err(failure),
                };
                let ours = asked.known || position.state == State::Open;
                return Ok(ours.then_some(position));
            }
        };
        (position.state, position.amount) = match proof.role() {
            Role::Debtor => (State::Owes, proof.amount()),
            Role::Creditor => (State::IsOwed, proof.amount()),
        };
        if doing.place.node {
            position.chain = committed(doing, &proof, &house).await?;
        }
        position.proof = Some(proof);
        Ok(Some(position))
    }

    pub(super) fn cycle(&self) -> String {
        self.cycle.as_text()
    }

    fn cycle_id(&self) -> Hash {
        self.cycle.hash()
    }

    /// True while something is owed in either direction, as far as is known.
    pub(super) fn is_due(&self) -> bool {
        matches!(self.state, State::Owes | State::IsOwed) && self.chain.is_none_or(|chain| !chain.settled)
    }

    /// The position as a sentence.
    pub(super) fn words(&self) -> String {
        match self.state {
            State::Open => String::from("The cycle is not closed yet; nothing is owed before."),
            State::Even => String::from("After netting this account owes nothing and is owed nothing."),
            State::Unknown => String::from("The core does not know this cycle by that name."),
            State::Unpinned => {
                String::from("Pin `clearingHouse` of the core: without it no clearing answer can be checked.")
            }
            State::Owes | State::IsOwed => {
                let verb = if self.state == State::Owes { "Owes" } else { "Is owed" };
                let settled = if self.chain.is_some_and(|chain| chain.settled) { ", settled" } else { "" };
                format!("{verb} {}{settled}.", counted(&self.asset, self.amount))
            }
        }
    }

    /// What is wrong with it.
    pub(super) fn alarms(&self, ledger: &Ledger) -> Vec<Alarm> {
        let mut alarms = Vec::new();
        let (asset, cycle_id, amount) = (&self.asset.address, self.cycle_id(), self.amount);
        let signed = ledger.chargeable(asset, &cycle_id);
        if let Some(signed) = signed.filter(|signed| self.state == State::Owes && amount > *signed) {
            let words = format!(
                "Cycle {} charges {}, and this account signed for {} at most in it: one signature was charged again, \
                 or for another amount.",
                self.cycle(),
                counted(&self.asset, amount),
                counted(&self.asset, signed)
            );
            let alarm = Alarm::new("charged-beyond-signed", asset, words, amount, signed, ledger);
            alarms.push(alarm.in_cycle(&cycle_id).proven_by(self.proof.as_ref()));
        }
        if self.chain.is_some_and(|chain| !chain.settled && !chain.same_root) {
            let words = format!("Core proves cycle {} under a root that is not the contract's.", self.cycle());
            let alarm = Alarm::new("root-differs", asset, words, amount, amount, ledger);
            alarms.push(alarm.in_cycle(&cycle_id).proven_by(self.proof.as_ref()));
        }
        alarms
    }

    /// `{"cycle", "cycleId", "asset", "signed"?, "ends"?, "state", "amount"?, "payBefore"?, "finalAt"?, "settled"?, "words"}`
    pub(super) fn to_json(&self, ledger: &Ledger) -> String {
        let signed = ledger.chargeable(&self.asset.address, &self.cycle_id());
        let mut object = Writer::object()
            .text("cycle", &self.cycle())
            .text("cycleId", &hex::encode(&self.cycle_id()))
            .text("asset", &self.asset.address.checksummed())
            .text_if("signed", signed.map(|signed| signed.to_string()).as_deref());
        if let Some(ends_s) = self.ends_s {
            object = object.integer("ends", ends_s);
        }
        object = object.text("state", self.state.as_str());
        if matches!(self.state, State::Owes | State::IsOwed) {
            object = object.text("amount", &self.amount.to_string());
        }
        if let Some(chain) = self.chain {
            object = object
                .integer("payBefore", chain.pay_before_s)
                .integer("finalAt", chain.final_s)
                .raw("settled", if chain.settled { "true" } else { "false" });
        }
        object.text("words", &self.words()).finish()
    }
}

// A core proves positions before it commits them; until then the contract refuses to know the cycle.
async fn committed(doing: &Doing, proof: &ClearingProof, house: &Address) -> Result<Option<OnChain>, Failure> {
    match settlement::on_chain(doing, proof.cycle_id(), house).await {
        Ok((cycle, participant)) => Ok(Some(OnChain {
            pay_before_s: cycle.submission_deadline_s,
            final_s: cycle.finality_deadline_s,
            settled: if proof.role() == Role::Debtor { participant.paid } else { participant.claimed },
            same_root: cycle.merkle_root == *proof.root(),
        })),
        Err(failure) if failure.code == Code::AccountWouldRevert => Ok(None),
        Err(failure) => Err(failure),
    }
}
