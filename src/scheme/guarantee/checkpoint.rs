//! Generation 4: the payer's running total, signed from time to time so that the core can prove it.

use alloc::string::{String, ToString};

use super::clearing_house::domain;
use crate::eip712::{Domain, StructHash};
use crate::json::{Node, Writer};
use crate::primitives::{Address, Amount, Hash, hex};

/// A payer's confirmation of everything it authorised in a cycle up to a moment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Checkpoint {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// Clearing house contract.
    pub clearing_house: Address,
    /// Payer.
    pub payer: Address,
    /// Cycle.
    pub cycle_id: Hash,
    /// Token, zero for native ether.
    pub asset: Address,
    /// Sum of all authorisations, atomic units.
    pub cumulative_gross: Amount,
    /// Unix seconds of the latest authorisation covered.
    pub timestamp_cutoff_s: u64,
}

impl Checkpoint {
    /// The struct, as hashed.
    pub(crate) const TYPE: &[u8] =
        b"Checkpoint(address payer,bytes32 cycleId,address asset,uint256 cumulativeGross,uint64 timestampCutoff)";

    /// The digest Core checks.
    ///
    /// # Source
    /// protocol notes 2.4; vectors `4mica/gen4-digests.json`.
    pub fn digest(&self) -> Hash {
        let fields = StructHash::new(Self::TYPE)
            .address(&self.payer)
            .word(&self.cycle_id)
            .address(&self.asset)
            .amount(&self.cumulative_gross)
            .uint(self.timestamp_cutoff_s);
        self.domain().digest(&fields.finish())
    }

    /// The `eth_signTypedData_v4` parameter.
    pub fn typed_data(&self) -> String {
        let message = Writer::object()
            .text("payer", &self.payer.checksummed())
            .text("cycleId", &hex::encode(&self.cycle_id))
            .text("asset", &self.asset.checksummed())
            .text("cumulativeGross", &self.cumulative_gross.to_string())
            .text("timestampCutoff", &self.timestamp_cutoff_s.to_string())
            .finish();
        self.domain().typed_data(Self::TYPE, &message)
    }

    /// The signed checkpoint as Core takes it.
    ///
    /// # Source
    /// Member names of vectors `4mica/gen4-digests.json`, `checkpoint`; wrapped as payments are (protocol notes 2.4).
    pub fn wire(&self, signature: &str) -> String {
        let payload = Writer::object()
            .text("payer", &self.payer.lower())
            .text("cycle_id", &hex::encode(&self.cycle_id))
            .text("asset_address", &self.asset.lower())
            .text("cumulative_gross", &self.cumulative_gross.to_hex_quantity())
            .integer("timestamp_cutoff", self.timestamp_cutoff_s)
            .finish();
        Writer::object().raw("payload", &payload).text("signature", signature).finish()
    }

    /// Reads the `payload` of a checkpoint, under the domain it must have been signed in.
    pub(crate) fn read(payload: &Node<'_>, chain_id: u64, clearing_house: Address) -> Option<Self> {
        let text = |name: &str| payload.member(name)?.text();
        let address = |name: &str| Address::parse(text(name)?).ok();
        Some(Checkpoint {
            chain_id,
            clearing_house,
            payer: address("payer")?,
            cycle_id: hex::decode_fixed(text("cycle_id")?)?,
            asset: address("asset_address")?,
            cumulative_gross: Amount::from_hex_quantity(text("cumulative_gross")?)?,
            timestamp_cutoff_s: payload.member("timestamp_cutoff")?.integer()?,
        })
    }

    fn domain(&self) -> Domain<'static> {
        domain(self.chain_id, self.clearing_house)
    }
}
