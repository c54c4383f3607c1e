//! EIP-3009 `ReceiveWithAuthorization`: tokens that only the recipient itself may collect.

use alloc::string::{String, ToString};

use crate::eip712::StructHash;
use crate::json::Writer;
use crate::primitives::{Address, Amount, Hash, hex};
use crate::registry::Asset;
use crate::scheme::exact::token_domain;

/// A transfer that only `to` may submit to the token contract, once, inside its window: nobody can take it out of the
/// deposit or the payment of a debit that it is meant for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReceiveAuthorization {
    /// The token. Its decimals and currency are no part of what is signed.
    pub asset: Asset,
    /// Payer.
    pub from: Address,
    /// Core4Mica for a deposit, the clearing house for a net debit.
    pub to: Address,
    /// Atomic units.
    pub value: Amount,
    /// First second (exclusive) of the window, Unix time.
    pub valid_after_s: u64,
    /// Last second (exclusive) of the window, Unix time.
    pub valid_before_s: u64,
    /// Random for a deposit; the cycle's id for a net debit, which can so be paid once.
    pub nonce: Hash,
}

impl ReceiveAuthorization {
    /// The struct, as hashed.
    pub(super) const TYPE: &[u8] = b"ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)";

    /// The digest the token contract checks.
    ///
    /// # Source
    /// EIP-3009, "receiveWithAuthorization".
    pub fn digest(&self) -> Hash {
        let fields = StructHash::new(Self::TYPE)
            .address(&self.from)
            .address(&self.to)
            .amount(&self.value)
            .uint(self.valid_after_s)
            .uint(self.valid_before_s)
            .word(&self.nonce);
        token_domain(&self.asset).digest(&fields.finish())
    }

    pub(super) fn typed_data(&self) -> String {
        let message = Writer::object()
            .text("from", &self.from.checksummed())
            .text("to", &self.to.checksummed())
            .text("value", &self.value.to_string())
            .text("validAfter", &self.valid_after_s.to_string())
            .text("validBefore", &self.valid_before_s.to_string())
            .text("nonce", &hex::encode(&self.nonce))
            .finish();
        token_domain(&self.asset).typed_data(Self::TYPE, &message)
    }
}
