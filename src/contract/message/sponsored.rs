//! Messages for a facilitator that pays the gas: the same deeds as the transactions, under the same conditions.
//!
//! Valid from the beginning of time: only their end says how long they may lie somewhere.

use super::{AccountMessage, ReceiveAuthorization, WithdrawalCancellation, WithdrawalRequest};
use crate::contract::transaction::{ClearingAccount, CollateralAccount, Parties};
use crate::primitives::{Address, Amount, Hash};

impl CollateralAccount<'_> {
    /// Lets the contract collect a deposit until `valid_before_s` (Unix seconds, exclusive). `nonce` is random. `None`
    /// for native ether, no amount, or a contract that cannot be one.
    pub fn deposit_message(&self, amount: Amount, valid_before_s: u64, nonce: Hash) -> Option<AccountMessage> {
        collected(self.parties().amounting(amount)?, amount, valid_before_s, nonce)
    }

    /// Asks collateral back. `None` for no amount, or a contract that cannot be one.
    pub fn withdrawal_message(&self, amount: Amount, valid_before_s: u64, nonce: Hash) -> Option<AccountMessage> {
        let Parties { contract, owner, asset } = self.parties().amounting(amount)?;
        Some(AccountMessage::RequestWithdrawal(WithdrawalRequest {
            network: asset.network,
            contract,
            user: owner,
            asset: asset.address,
            amount,
            valid_after_s: 0,
            valid_before_s,
            nonce,
        }))
    }

    /// Takes that request back. `None` for a contract that cannot be one.
    pub fn cancellation_message(&self, valid_before_s: u64, nonce: Hash) -> Option<AccountMessage> {
        let Parties { contract, owner, asset } = self.parties().sound()?;
        Some(AccountMessage::CancelWithdrawal(WithdrawalCancellation {
            network: asset.network,
            contract,
            user: owner,
            asset: asset.address,
            valid_after_s: 0,
            valid_before_s,
            nonce,
        }))
    }
}

impl ClearingAccount<'_> {
    /// Lets the clearing house collect what is owed of a cycle, whose id is the nonce: no cycle is paid twice. `None`
    /// for native ether, no amount, or a contract that cannot be one.
    ///
    /// # Source
    /// protocol notes 2.4, "Net debit by EIP-3009".
    pub fn net_debit_message(&self, cycle_id: Hash, amount: Amount, valid_before_s: u64) -> Option<AccountMessage> {
        collected(self.parties().amounting(amount)?, amount, valid_before_s, cycle_id)
    }
}

fn collected(parties: Parties<'_>, value: Amount, valid_before_s: u64, nonce: Hash) -> Option<AccountMessage> {
    let Parties { contract, owner, asset } = parties;
    let receive = ReceiveAuthorization {
        asset: asset.clone(),
        from: owner,
        to: contract,
        value,
        valid_after_s: 0,
        valid_before_s,
        nonce,
    };
    (asset.address != Address::ZERO).then_some(AccountMessage::Receive(receive))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{BEFORE_S, CONTRACT, NONCE, USER, messages, token};
    use super::*;
    use crate::registry::Asset;

    #[test]
    fn a_sponsored_deed_has_the_parties_and_the_conditions_of_the_transaction() {
        let (asset, amount, cycle_id) = (token(), Amount::from_u64(2_500_000), [0xc1; 32]);
        let (user, contract) = (Address::from_bytes(USER), Address::from_bytes(CONTRACT));
        let all = |contract: Address, asset: &Asset, amount: Amount| {
            let collateral = CollateralAccount { contract, owner: user, asset };
            let clearing = ClearingAccount { clearing_house: contract, participant: user, asset };
            [
                collateral.deposit_message(amount, BEFORE_S, NONCE),
                clearing.net_debit_message(cycle_id, amount, BEFORE_S),
                collateral.withdrawal_message(amount, BEFORE_S, NONCE),
                collateral.cancellation_message(BEFORE_S, NONCE),
            ]
        };
        let [_, AccountMessage::Receive(receive), AccountMessage::RequestWithdrawal(request), cancel, _] = messages()
        else {
            panic!("the order of the messages")
        };
        let AccountMessage::CancelWithdrawal(cancel) = cancel else { panic!("the order of the messages") };
        let receive = ReceiveAuthorization { valid_after_s: 0, ..receive };
        let made = [
            AccountMessage::Receive(receive.clone()),
            AccountMessage::Receive(ReceiveAuthorization { nonce: cycle_id, ..receive }),
            AccountMessage::RequestWithdrawal(WithdrawalRequest { valid_after_s: 0, ..request }),
            AccountMessage::CancelWithdrawal(WithdrawalCancellation { valid_after_s: 0, ..cancel }),
        ];
        assert_eq!(all(contract, &asset, amount), made.map(Some));
        let made =
            |contract: Address, asset: &Asset, amount: Amount| all(contract, asset, amount).map(|made| made.is_some());
        let ether = Asset { address: Address::ZERO, ..asset.clone() };
        assert_eq!(made(contract, &ether, amount), [false, false, true, true], "ether cannot be collected");
        assert_eq!(made(contract, &asset, Amount::ZERO), [false, false, false, true]);
        assert_eq!(made(Address::ZERO, &asset, amount), [false; 4]);
        assert_eq!(made(asset.address, &asset, amount), [false; 4]);
    }
}
