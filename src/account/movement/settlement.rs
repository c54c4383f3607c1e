//! A closed cycle: the net debit paid, or the net credit claimed.

use alloc::string::String;
use alloc::vec;

use super::{carry_out, permit, sponsored};
use crate::account::order::Via;
use crate::account::{Doing, Failure};
use crate::contract::clearing_house::{self, Cycle, Participant};
use crate::contract::message::AccountMessage;
use crate::contract::transaction::{ClearingAccount, counted};
use crate::core4mica::facilitator;
use crate::core4mica::{self, ClearingProof, CycleId, Role};
use crate::error::Code;
use crate::primitives::{Address, hex};
use crate::registry::Asset;

pub(in crate::account) async fn settle(doing: &Doing, cycle: &CycleId, via: Via) -> Result<String, Failure> {
    let parameters = doing.parameters().await?;
    let house = parameters.clearing_house.ok_or_else(|| Failure::new(Code::AccountContract))?;
    let proof = proof(doing, cycle, parameters.chain_id, house).await?;
    let asset = doing.asset(proof.asset()).ok_or_else(|| Failure::new(Code::AccountAsset))?;
    if doing.place.node {
        agrees_with_chain(doing, &proof, house).await?;
    } else if via != Via::Calldata {
        return Err(Failure::new(Code::AccountNoNode));
    }
    let account = ClearingAccount { clearing_house: house, participant: doing.address(), asset: &asset };
    let (cycle_id, amount) = (proof.cycle_id(), proof.amount());
    match proof.role() {
        Role::Debtor if via == Via::Facilitator => sponsored_pay(doing, cycle, &proof, &asset, house).await,
        Role::Debtor => {
            let allowed = doing.may_take(&asset, &house, amount, via).await?;
            let pay = account.pay_net_debit(cycle_id, amount, proof.path());
            let pay = pay.ok_or_else(|| Failure::new(Code::AccountContract))?;
            carry_out(doing, account.allow(amount, allowed).into_iter().chain([pay]).collect(), via).await
        }
        Role::Creditor => {
            let claim = account.claim_net_credit(cycle_id, amount, proof.path());
            let claim = claim.ok_or_else(|| Failure::new(Code::AccountContract))?;
            if via != Via::Facilitator {
                return carry_out(doing, vec![claim], via).await;
            }
            // Unsigned: the contract pays nobody but the creditor.
            let creditor = doing.address();
            sponsored(doing, &claim.words, |sponsor| facilitator::clearing_claim_request(sponsor, cycle, &creditor))
                .await
        }
    }
}

/// The account's position in a cycle, its proof computed anew.
pub(in crate::account) async fn proof(
    doing: &Doing,
    cycle: &CycleId,
    chain_id: u64,
    house: Address,
) -> Result<ClearingProof, Failure> {
    let participant = doing.address();
    let answer = doing.ask(core4mica::proof_request(doing.core(), cycle, &participant)).await?;
    Ok(ClearingProof::read(&answer.answer(), cycle, chain_id, &house, &participant)?)
}

/// A cycle as the chain has it.
pub(in crate::account) async fn on_chain(
    doing: &Doing,
    cycle_id: &crate::primitives::Hash,
    house: &Address,
) -> Result<(Cycle, Participant), Failure> {
    let unreadable = |what: &str| Failure::with(Code::AccountNode, String::from(what));
    let answer = doing.view(house, &clearing_house::cycle(cycle_id)).await?;
    let cycle = Cycle::read(&answer).ok_or_else(|| unreadable("getCycle"))?;
    let answer = doing.view(house, &clearing_house::participant(cycle_id, &doing.address())).await?;
    let participant = Participant::read(&answer).ok_or_else(|| unreadable("getParticipantState"))?;
    Ok((cycle, participant))
}

// Core proves a position under a root; only the chain says which root counts.
async fn agrees_with_chain(doing: &Doing, proof: &ClearingProof, house: Address) -> Result<(), Failure> {
    let (cycle, participant) = on_chain(doing, proof.cycle_id(), &house).await?;
    if cycle.merkle_root != *proof.root() || cycle.asset != *proof.asset() {
        return Err(Failure::with(Code::CoreProof, hex::encode(proof.root())));
    }
    match proof.role() {
        Role::Debtor if participant.paid => Err(Failure::new(Code::AccountSettled)),
        Role::Creditor if participant.claimed => Err(Failure::new(Code::AccountSettled)),
        Role::Debtor if participant.defaulted || doing.outside.now_s() > cycle.submission_deadline_s => {
            Err(Failure::with(Code::AccountDeadline, alloc::format!("until {}", cycle.submission_deadline_s)))
        }
        Role::Debtor | Role::Creditor => Ok(()),
    }
}

async fn sponsored_pay(
    doing: &Doing,
    cycle: &CycleId,
    proof: &ClearingProof,
    asset: &Asset,
    house: Address,
) -> Result<String, Failure> {
    doing.facilitator()?;
    // The cycle is the nonce: no second signature for the same debit can ever be used besides this one.
    let message = doing.receive(asset, house, proof.amount(), *proof.cycle_id())?;
    let signature = doing.sign(asset, AccountMessage::Receive(message.clone())).await?;
    let permit = permit(&message, signature);
    let words = alloc::format!("Pay the net debit of {}, sent by the facilitator", counted(asset, proof.amount()));
    sponsored(doing, &words, |sponsor| facilitator::clearing_pay_request(sponsor, cycle, &permit)).await
}
