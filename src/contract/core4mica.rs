//! Core4Mica, the contract that holds collateral: calls out, its answers in.
//!
//! The asset is a token's address, or zero for native ether, which has functions of its own. Knows no names and no
//! decimals of assets, and not what Core has locked of a collateral: the contract does not know it either.

use alloc::vec::Vec;

use crate::abi::{Words, call, read};
use crate::primitives::{Address, Amount};

/// Call data that puts collateral in: `deposit()` with the amount as the transaction's value for native ether, else
/// `depositStablecoin(address,uint256)`, for which the contract needs an allowance first.
///
/// # Source
/// protocol notes, "Core4Mica"; vectors `4mica/deposit.json`.
pub fn deposit(asset: &Address, amount: &Amount) -> Vec<u8> {
    match native(asset) {
        true => call("deposit()", &[]),
        false => call("depositStablecoin(address,uint256)", &[asset.word(), amount.word()]),
    }
}

/// Call data of `requestWithdrawal`: the amount can be taken out when the grace period is over.
pub fn request_withdrawal(asset: &Address, amount: &Amount) -> Vec<u8> {
    match native(asset) {
        true => call("requestWithdrawal(uint256)", &[amount.word()]),
        false => call("requestWithdrawal(address,uint256)", &[asset.word(), amount.word()]),
    }
}

/// Call data of `cancelWithdrawal`: what was requested stays in.
pub fn cancel_withdrawal(asset: &Address) -> Vec<u8> {
    match native(asset) {
        true => call("cancelWithdrawal()", &[]),
        false => call("cancelWithdrawal(address)", &[asset.word()]),
    }
}

/// Call data of `finalizeWithdrawal`: what was requested goes to the caller.
pub fn finalize_withdrawal(asset: &Address) -> Vec<u8> {
    match native(asset) {
        true => call("finalizeWithdrawal()", &[]),
        false => call("finalizeWithdrawal(address)", &[asset.word()]),
    }
}

fn native(asset: &Address) -> bool {
    *asset == Address::ZERO
}

/// Call data of `collateral(address,address)`. Read with [`read_amount`](super::erc20::read_amount).
pub fn collateral(user: &Address, asset: &Address) -> Vec<u8> {
    call("collateral(address,address)", &[user.word(), asset.word()])
}

/// Call data of `getUser(address,address)`. Read with [`Deposited::read`].
pub fn deposited(user: &Address, asset: &Address) -> Vec<u8> {
    call("getUser(address,address)", &[user.word(), asset.word()])
}

/// Call data of `withdrawalGracePeriod()`. Read with [`read_seconds`].
pub fn withdrawal_grace_period() -> Vec<u8> {
    call("withdrawalGracePeriod()", &[])
}

/// Reads the grace period, in seconds.
pub fn read_seconds(answer: &[u8]) -> Option<u64> {
    read(answer, Words::integer)
}

/// What the contract holds of one user in one asset.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Deposited {
    /// Collateral, what was requested back included. Atomic units.
    pub collateral: Amount,
    /// What the user asked back and has not taken yet.
    pub withdrawal: Option<Withdrawal>,
}

/// A withdrawal under way.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Withdrawal {
    /// Unix second of the request, by the chain.
    pub requested_s: u64,
    /// Atomic units.
    pub amount: Amount,
}

impl Deposited {
    /// Reads the answer of `getUser`. `None` for other bytes, and for an amount that was never requested.
    ///
    /// # Source
    /// protocol notes, "Core4Mica": no request is a timestamp of zero; vectors `4mica/deposit.json`, `user_assets`.
    pub fn read(answer: &[u8]) -> Option<Self> {
        read(answer, |words| {
            let (collateral, requested_s, amount) = (words.amount()?, words.integer()?, words.amount()?);
            let withdrawal = match requested_s {
                0 if amount.is_zero() => None,
                0 => return None,
                _ => Some(Withdrawal { requested_s, amount }),
            };
            Some(Deposited { collateral, withdrawal })
        })
    }
}

impl Withdrawal {
    /// Unix second from which it can be finalized. `None` beyond 2^64 − 1: never.
    pub fn due_s(&self, grace_period_s: u64) -> Option<u64> {
        self.requested_s.checked_add(grace_period_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::U256;
    use alloy_sol_types::{SolCall, SolValue, sol};

    mod ether {
        alloy_sol_types::sol! {
            function deposit() payable;
            function requestWithdrawal(uint256 amount);
            function cancelWithdrawal();
            function finalizeWithdrawal();
        }
    }

    sol! {
        function depositStablecoin(address asset, uint256 amount);
        function requestWithdrawal(address asset, uint256 amount);
        function cancelWithdrawal(address asset);
        function finalizeWithdrawal(address asset);
        function collateral(address user, address asset) returns (uint256);
        function getUser(address user, address asset)
            returns (uint256 assetCollateral, uint256 withdrawalRequestTimestamp, uint256 withdrawalRequestAmount);
        function withdrawalGracePeriod() returns (uint256);
    }

    const TOKEN: [u8; 20] = [0x5f; 20];

    #[test]
    fn a_token_and_ether_have_calls_of_their_own() {
        let (token, asset) = (Address::from_bytes(TOKEN), alloy_primitives::Address::from(TOKEN));
        let (ours, amount) = (Amount::from_u64(25_000_000), U256::from(25_000_000));
        let pairs = [
            (deposit(&token, &ours), depositStablecoinCall { asset, amount }.abi_encode()),
            (deposit(&Address::ZERO, &ours), ether::depositCall {}.abi_encode()),
            (request_withdrawal(&token, &ours), requestWithdrawalCall { asset, amount }.abi_encode()),
            (request_withdrawal(&Address::ZERO, &ours), ether::requestWithdrawalCall { amount }.abi_encode()),
            (cancel_withdrawal(&token), cancelWithdrawalCall { asset }.abi_encode()),
            (cancel_withdrawal(&Address::ZERO), ether::cancelWithdrawalCall {}.abi_encode()),
            (finalize_withdrawal(&token), finalizeWithdrawalCall { asset }.abi_encode()),
            (finalize_withdrawal(&Address::ZERO), ether::finalizeWithdrawalCall {}.abi_encode()),
        ];
        for (index, (ours, theirs)) in pairs.into_iter().enumerate() {
            assert_eq!(ours, theirs, "pair {index}");
        }
    }

    #[test]
    fn questions_are_those_of_alloy() {
        let user = Address::from_bytes([0x11; 20]);
        let (theirs, asset) = (alloy_primitives::Address::from([0x11; 20]), alloy_primitives::Address::from(TOKEN));
        let token = Address::from_bytes(TOKEN);
        assert_eq!(collateral(&user, &token), collateralCall { user: theirs, asset }.abi_encode());
        assert_eq!(deposited(&user, &token), getUserCall { user: theirs, asset }.abi_encode());
        assert_eq!(withdrawal_grace_period(), withdrawalGracePeriodCall {}.abi_encode());
    }

    fn answer(collateral: u64, requested_s: u64, amount: u64) -> Vec<u8> {
        (U256::from(collateral), U256::from(requested_s), U256::from(amount)).abi_encode()
    }

    #[test]
    fn a_user_is_read_with_and_without_a_withdrawal() {
        let collateral = Amount::from_u64(5_000_000_000);
        let none = Deposited { collateral, withdrawal: None };
        assert_eq!(Deposited::read(&answer(5_000_000_000, 0, 0)), Some(none));
        let withdrawal = Withdrawal { requested_s: 1_795_227_044, amount: Amount::from_u64(7) };
        let some = Deposited { collateral, withdrawal: Some(withdrawal) };
        assert_eq!(Deposited::read(&answer(5_000_000_000, 1_795_227_044, 7)), Some(some));
        assert_eq!(withdrawal.due_s(1_900_800), Some(1_797_127_844));
        assert_eq!(withdrawal.due_s(u64::MAX), None);
    }

    #[test]
    fn a_user_that_contradicts_itself_or_has_another_length_is_refused() {
        assert_eq!(Deposited::read(&answer(5, 0, 7)), None);
        let fine = answer(5, 6, 7);
        for length in (0..fine.len()).chain([97, 128]) {
            let mut wrong = fine.clone();
            wrong.resize(length, 0);
            assert_eq!(Deposited::read(&wrong), None, "{length} bytes");
        }
        let mut beyond = fine;
        beyond[32 + 23] = 1;
        assert_eq!(Deposited::read(&beyond), None, "no second is that late");
    }

    #[test]
    fn the_grace_period_is_a_number_of_seconds() {
        assert_eq!(read_seconds(&U256::from(1_900_800).abi_encode()), Some(1_900_800));
        assert_eq!(read_seconds(&U256::MAX.abi_encode()), None);
    }
}
