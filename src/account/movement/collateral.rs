//! Collateral in and out.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::{carry_out, permit, sponsored};
use crate::account::order::Via;
use crate::account::{Doing, Failure};
use crate::contract::message::{AccountMessage, ReceiveAuthorization, WithdrawalCancellation, WithdrawalRequest};
use crate::contract::transaction::{CollateralAccount, Transaction, counted};
use crate::core4mica::facilitator::{self, WithdrawalPermit};
use crate::error::Code;
use crate::primitives::{Address, Amount, Hash, keccak256_of};
use crate::registry::Asset;
use crate::signer::Signature;

/// Seconds for which a facilitator may use what was signed for it.
const SPONSORED_LIFE_S: u64 = 600;

pub(in crate::account) async fn deposit(
    doing: &Doing,
    asset: &Asset,
    amount: Amount,
    via: Via,
) -> Result<String, Failure> {
    let account = doing.collateral_account(asset).await?;
    if via == Via::Facilitator {
        return sponsored_deposit(doing, asset, amount, account.contract).await;
    }
    let allowed = doing.may_take(asset, &account.contract, amount, via).await?;
    let deposit = account.deposit(amount).ok_or_else(|| Failure::new(Code::AccountContract))?;
    let plan: Vec<Transaction> = account.allow(amount, allowed).into_iter().chain([deposit]).collect();
    carry_out(doing, plan, via).await
}

pub(in crate::account) async fn request_withdrawal(
    doing: &Doing,
    asset: &Asset,
    amount: Amount,
    via: Via,
) -> Result<String, Failure> {
    let account = doing.collateral_account(asset).await?;
    let plan = account.request_withdrawal(amount).ok_or_else(|| Failure::new(Code::AccountContract))?;
    if via != Via::Facilitator {
        return carry_out(doing, vec![plan], via).await;
    }
    doing.facilitator()?;
    let times = doing.sponsored_times();
    let message = WithdrawalRequest {
        network: doing.place.network,
        contract: account.contract,
        user: account.owner,
        asset: asset.address,
        amount,
        valid_after_s: times.0,
        valid_before_s: times.1,
        nonce: doing.nonce(b"withdraw"),
    };
    let signature = doing.sign(asset, AccountMessage::RequestWithdrawal(message.clone())).await?;
    let permit = doing.withdrawal(asset, times, message.nonce, signature);
    sponsored(doing, &plan.words, |sponsor| facilitator::withdraw_request(sponsor, amount, &permit)).await
}

pub(in crate::account) async fn cancel_withdrawal(doing: &Doing, asset: &Asset, via: Via) -> Result<String, Failure> {
    let account = doing.collateral_account(asset).await?;
    let plan = account.cancel_withdrawal().ok_or_else(|| Failure::new(Code::AccountContract))?;
    if via != Via::Facilitator {
        return carry_out(doing, vec![plan], via).await;
    }
    doing.facilitator()?;
    let times = doing.sponsored_times();
    let message = WithdrawalCancellation {
        network: doing.place.network,
        contract: account.contract,
        user: account.owner,
        asset: asset.address,
        valid_after_s: times.0,
        valid_before_s: times.1,
        nonce: doing.nonce(b"cancel"),
    };
    let signature = doing.sign(asset, AccountMessage::CancelWithdrawal(message.clone())).await?;
    let permit = doing.withdrawal(asset, times, message.nonce, signature);
    sponsored(doing, &plan.words, |sponsor| facilitator::withdraw_cancel_request(sponsor, &permit)).await
}

pub(in crate::account) async fn finalize_withdrawal(doing: &Doing, asset: &Asset, via: Via) -> Result<String, Failure> {
    let account = doing.collateral_account(asset).await?;
    let plan = account.finalize_withdrawal().ok_or_else(|| Failure::new(Code::AccountContract))?;
    if via != Via::Facilitator {
        return carry_out(doing, vec![plan], via).await;
    }
    // Unsigned: the contract pays nobody but the owner.
    let (user, asset) = (doing.address(), asset.address);
    sponsored(doing, &plan.words, |sponsor| facilitator::withdraw_finalize_request(sponsor, &user, &asset)).await
}

async fn sponsored_deposit(doing: &Doing, asset: &Asset, amount: Amount, contract: Address) -> Result<String, Failure> {
    doing.facilitator()?;
    let words = alloc::format!("Deposit {} as collateral, sent by the facilitator", counted(asset, amount));
    let message = doing.receive(asset, contract, amount, doing.nonce(b"deposit"))?;
    let signature = doing.sign(asset, AccountMessage::Receive(message.clone())).await?;
    let permit = permit(&message, signature);
    sponsored(doing, &words, |sponsor| facilitator::deposit_request(sponsor, &asset.address, amount, &permit)).await
}

impl Doing {
    async fn collateral_account<'a>(&self, asset: &'a Asset) -> Result<CollateralAccount<'a>, Failure> {
        Ok(CollateralAccount { contract: self.parameters().await?.core4mica, owner: self.address(), asset })
    }

    /// What a contract may take of a token without another approval. Unknown without a node: then nothing.
    pub(super) async fn may_take(
        &self,
        asset: &Asset,
        spender: &Address,
        amount: Amount,
        via: Via,
    ) -> Result<Amount, Failure> {
        if !self.place.node && via == Via::Calldata {
            return Ok(Amount::ZERO);
        }
        let held = self.holdings(asset).await?;
        if held < amount {
            let facts = alloc::format!("{} of {}", counted(asset, held), counted(asset, amount));
            return Err(Failure::with(Code::AccountFunds, facts));
        }
        if asset.address == Address::ZERO { Ok(Amount::ZERO) } else { self.allowance(asset, spender).await }
    }

    /// The right to take a sum out of the wallet, once, for whoever sends it.
    pub(super) fn receive(
        &self,
        asset: &Asset,
        to: Address,
        value: Amount,
        nonce: Hash,
    ) -> Result<ReceiveAuthorization, Failure> {
        if asset.address == Address::ZERO {
            return Err(Failure::new(Code::AccountAsset));
        }
        let (valid_after_s, valid_before_s) = self.sponsored_times();
        let from = self.address();
        Ok(ReceiveAuthorization { asset: asset.clone(), from, to, value, valid_after_s, valid_before_s, nonce })
    }

    /// Has the account sign, and looks whose signature came back.
    pub(in crate::account) async fn sign(&self, asset: &Asset, message: AccountMessage) -> Result<Signature, Failure> {
        let words = message.words(asset).ok_or_else(|| Failure::new(Code::AccountAsset))?;
        let answer = self.outside.sign(message.clone(), words).await?;
        message.signature(&answer).map_err(|error| Failure::new(error.code()))
    }

    fn withdrawal(
        &self,
        asset: &Asset,
        (valid_after_s, valid_before_s): (u64, u64),
        nonce: Hash,
        signature: Signature,
    ) -> WithdrawalPermit {
        let (user, asset) = (self.address(), asset.address);
        WithdrawalPermit { user, asset, valid_after_s, valid_before_s, nonce, signature }
    }

    pub(super) fn facilitator(&self) -> Result<&str, Failure> {
        self.place.facilitator.as_deref().ok_or_else(|| Failure::new(Code::AccountNoFacilitator))
    }

    fn sponsored_times(&self) -> (u64, u64) {
        (0, self.outside.now_s().saturating_add(SPONSORED_LIFE_S))
    }

    /// Random, and another one for every purpose.
    fn nonce(&self, purpose: &[u8]) -> Hash {
        keccak256_of(&[b"farthing/account/1", purpose, &self.entropy])
    }
}
