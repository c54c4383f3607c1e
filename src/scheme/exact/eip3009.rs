//! EIP-3009 `TransferWithAuthorization`: fields in, digest, wallet request and payload out.

use alloc::string::{String, ToString};

use crate::eip712::{Domain, StructHash};
use crate::json::{Node, Writer};
use crate::primitives::{Address, Amount, Hash, hex};
use crate::registry::Asset;

const TYPE: &[u8] = b"TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)";

/// A transfer that anybody may submit to the token contract, once, inside its window.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TransferAuthorization {
    /// Payer.
    pub from: Address,
    /// Recipient.
    pub to: Address,
    /// Atomic units.
    pub value: Amount,
    /// First second (exclusive) of the window, Unix time.
    pub valid_after_s: u64,
    /// Last second (exclusive) of the window, Unix time.
    pub valid_before_s: u64,
    /// Unique per payer and token; the contract accepts each once.
    pub nonce: Hash,
}

impl TransferAuthorization {
    /// The digest the token contract checks.
    ///
    /// # Source
    /// EIP-3009, "transferWithAuthorization"; x402 `exact` on EVM, "EIP-3009".
    pub fn digest(&self, asset: &Asset) -> Hash {
        let fields = StructHash::new(TYPE)
            .address(&self.from)
            .address(&self.to)
            .amount(&self.value)
            .uint(self.valid_after_s)
            .uint(self.valid_before_s)
            .word(&self.nonce);
        domain(asset).digest(&fields.finish())
    }

    /// The `eth_signTypedData_v4` parameter, for a wallet to show and sign.
    pub fn typed_data(&self, asset: &Asset) -> String {
        domain(asset).typed_data(TYPE, &self.members())
    }

    /// The scheme's `payload` of an x402 payment.
    pub fn payload(&self, signature: &str) -> String {
        Writer::object().text("signature", signature).raw("authorization", &self.members()).finish()
    }

    /// Reads back the `authorization` of a payment.
    pub(crate) fn read(members: &Node<'_>) -> Option<Self> {
        let text = |name: &str| members.member(name)?.text();
        let address = |name: &str| Address::parse(text(name)?).ok();
        let seconds = |name: &str| {
            let text = text(name)?;
            // One spelling, as in amounts.
            Amount::from_decimal(text).ok().and_then(|_| text.parse().ok())
        };
        Some(TransferAuthorization {
            from: address("from")?,
            to: address("to")?,
            value: Amount::from_decimal(text("value")?).ok()?,
            valid_after_s: seconds("validAfter")?,
            valid_before_s: seconds("validBefore")?,
            nonce: hex::decode_fixed(text("nonce")?)?,
        })
    }

    fn members(&self) -> String {
        Writer::object()
            .text("from", &self.from.checksummed())
            .text("to", &self.to.checksummed())
            .text("value", &self.value.to_string())
            .text("validAfter", &self.valid_after_s.to_string())
            .text("validBefore", &self.valid_before_s.to_string())
            .text("nonce", &hex::encode(&self.nonce))
            .finish()
    }
}

/// The domain a token checks signatures under.
pub(crate) fn domain(asset: &Asset) -> Domain<'_> {
    Domain {
        name: &asset.name,
        version: &asset.version,
        chain_id: asset.network.chain_id(),
        verifying_contract: Some(asset.address),
    }
}
