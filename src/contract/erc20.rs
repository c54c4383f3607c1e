//! What of an ERC-20 token is called beside payments.
//!
//! Call data out, one amount in. Knows neither what is approved nor why.

use alloc::vec::Vec;

use crate::abi::{Words, call, read};
use crate::primitives::{Address, Amount};

/// Call data of `approve(address,uint256)`: from now on `spender` may take up to `amount` in all. It replaces what was
/// allowed before.
///
/// # Source
/// EIP-20, "approve".
pub fn approve(spender: &Address, amount: &Amount) -> Vec<u8> {
    call("approve(address,uint256)", &[spender.word(), amount.word()])
}

/// Call data of `allowance(address,address)`: what `spender` may still take from `owner`. Read with [`read_amount`].
///
/// # Source
/// EIP-20, "allowance".
pub fn allowance(owner: &Address, spender: &Address) -> Vec<u8> {
    call("allowance(address,address)", &[owner.word(), spender.word()])
}

/// Call data of `balanceOf(address)`, in atomic units. Read with [`read_amount`].
///
/// # Source
/// EIP-20, "balanceOf".
pub fn balance_of(owner: &Address) -> Vec<u8> {
    call("balanceOf(address)", &[owner.word()])
}

/// Reads the answer to a question with one amount for an answer.
pub fn read_amount(answer: &[u8]) -> Option<Amount> {
    read(answer, Words::amount)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_sol_types::{SolCall, SolValue, sol};

    sol! {
        function approve(address spender, uint256 amount) returns (bool);
        function allowance(address owner, address spender) returns (uint256);
        function balanceOf(address owner) returns (uint256);
    }

    const OWNER: [u8; 20] = [0x11; 20];
    const SPENDER: [u8; 20] = [0xee; 20];

    #[test]
    fn calls_are_those_of_alloy() {
        let (owner, spender) = (Address::from_bytes(OWNER), Address::from_bytes(SPENDER));
        let amount = alloy_primitives::U256::from(2_500_000);
        let theirs = approveCall { spender: SPENDER.into(), amount };
        assert_eq!(approve(&spender, &Amount::from_u64(2_500_000)), theirs.abi_encode());
        let theirs = allowanceCall { owner: OWNER.into(), spender: SPENDER.into() };
        assert_eq!(allowance(&owner, &spender), theirs.abi_encode());
        assert_eq!(balance_of(&owner), balanceOfCall { owner: OWNER.into() }.abi_encode());
    }

    #[test]
    fn an_amount_is_one_word() {
        assert_eq!(read_amount(&alloy_primitives::U256::MAX.abi_encode()), Some(Amount::MAX));
        for wrong in [&[][..], &[0; 31], &[0; 33], &[0; 64]] {
            assert_eq!(read_amount(wrong), None);
        }
    }
}
