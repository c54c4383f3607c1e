//! `RequestWithdrawal` and `CancelWithdrawal`: collateral asked back, and left where it is, without gas of one's own.

use alloc::string::{String, ToString};

use crate::eip712::{Domain, StructHash};
use crate::json::Writer;
use crate::primitives::{Address, Amount, Hash, Network, hex};

pub(super) const REQUEST: &[u8] = b"RequestWithdrawal(address user,address asset,uint256 amount,uint256 validAfter,uint256 validBefore,bytes32 nonce)";
pub(super) const CANCEL: &[u8] =
    b"CancelWithdrawal(address user,address asset,uint256 validAfter,uint256 validBefore,bytes32 nonce)";

/// Asks collateral back. Anybody may submit it to Core4Mica, once, inside its window.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WithdrawalRequest {
    /// Network.
    pub network: Network,
    /// Core4Mica.
    pub contract: Address,
    /// Whose collateral.
    pub user: Address,
    /// Token, zero for native ether.
    pub asset: Address,
    /// Atomic units.
    pub amount: Amount,
    /// First second (exclusive) of the window, Unix time.
    pub valid_after_s: u64,
    /// Last second (exclusive) of the window, Unix time.
    pub valid_before_s: u64,
    /// 32 random bytes.
    pub nonce: Hash,
}

/// Takes the request back. Anybody may submit it to Core4Mica, once, inside its window.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WithdrawalCancellation {
    /// Network.
    pub network: Network,
    /// Core4Mica.
    pub contract: Address,
    /// Whose collateral.
    pub user: Address,
    /// Token, zero for native ether.
    pub asset: Address,
    /// First second (exclusive) of the window, Unix time.
    pub valid_after_s: u64,
    /// Last second (exclusive) of the window, Unix time.
    pub valid_before_s: u64,
    /// 32 random bytes.
    pub nonce: Hash,
}

impl WithdrawalRequest {
    /// The digest Core4Mica checks.
    ///
    /// # Source
    /// protocol notes 2.4, "Withdraw types".
    pub fn digest(&self) -> Hash {
        let fields = StructHash::new(REQUEST)
            .address(&self.user)
            .address(&self.asset)
            .amount(&self.amount)
            .uint(self.valid_after_s)
            .uint(self.valid_before_s)
            .word(&self.nonce);
        domain(self.network, self.contract).digest(&fields.finish())
    }

    pub(super) fn typed_data(&self) -> String {
        let message = Writer::object()
            .text("user", &self.user.checksummed())
            .text("asset", &self.asset.checksummed())
            .text("amount", &self.amount.to_string())
            .text("validAfter", &self.valid_after_s.to_string())
            .text("validBefore", &self.valid_before_s.to_string())
            .text("nonce", &hex::encode(&self.nonce))
            .finish();
        domain(self.network, self.contract).typed_data(REQUEST, &message)
    }
}

impl WithdrawalCancellation {
    /// The digest Core4Mica checks.
    ///
    /// # Source
    /// protocol notes 2.4, "Withdraw types".
    pub fn digest(&self) -> Hash {
        let fields = StructHash::new(CANCEL)
            .address(&self.user)
            .address(&self.asset)
            .uint(self.valid_after_s)
            .uint(self.valid_before_s)
            .word(&self.nonce);
        domain(self.network, self.contract).digest(&fields.finish())
    }

    pub(super) fn typed_data(&self) -> String {
        let message = Writer::object()
            .text("user", &self.user.checksummed())
            .text("asset", &self.asset.checksummed())
            .text("validAfter", &self.valid_after_s.to_string())
            .text("validBefore", &self.valid_before_s.to_string())
            .text("nonce", &hex::encode(&self.nonce))
            .finish();
        domain(self.network, self.contract).typed_data(CANCEL, &message)
    }
}

fn domain(network: Network, contract: Address) -> Domain<'static> {
    Domain { name: "Core4Mica", version: "1", chain_id: network.chain_id(), verifying_contract: Some(contract) }
}
