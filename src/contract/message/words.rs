//! A message as the person reads it who is asked to sign it.

use alloc::format;
use alloc::string::String;

use super::AccountMessage;
use crate::contract::transaction::{stated, taken_back, withdrawn};
use crate::primitives::{Address, hex};
use crate::registry::Asset;

impl AccountMessage {
    /// The token it is about, zero for native ether, on the network of [`chain_id`](Self::chain_id).
    pub fn asset(&self) -> Address {
        match self {
            AccountMessage::Checkpoint(checkpoint) => checkpoint.asset,
            AccountMessage::Receive(authorization) => authorization.asset.address,
            AccountMessage::RequestWithdrawal(request) => request.asset,
            AccountMessage::CancelWithdrawal(cancellation) => cancellation.asset,
            AccountMessage::CancelAuthorization { asset, .. } => asset.address,
        }
    }

    /// What it does, for the person who is asked. `asset` is the pinned one: names and decimals of it are no message's
    /// to say. `None` for another asset than the message's.
    pub fn words(&self, asset: &Asset) -> Option<String> {
        if asset.address != self.asset() || asset.network.chain_id() != self.chain_id() {
            return None;
        }
        Some(match self {
            AccountMessage::Checkpoint(checkpoint) => {
                let (sum, cycle) = (stated(asset, checkpoint.cumulative_gross), hex::encode(&checkpoint.cycle_id));
                let cutoff_s = checkpoint.timestamp_cutoff_s;
                format!("Confirm payments of {sum} in all in cycle {cycle} until Unix second {cutoff_s}")
            }
            AccountMessage::Receive(authorization) => {
                let (sum, to) = (stated(asset, authorization.value), authorization.to);
                let before_s = authorization.valid_before_s;
                format!("Let 4Mica's contract {to} take exactly {sum}, once, before Unix second {before_s}")
            }
            AccountMessage::RequestWithdrawal(request) => withdrawn(&request.contract, asset, request.amount),
            AccountMessage::CancelWithdrawal(cancellation) => taken_back(&cancellation.contract, asset),
            AccountMessage::CancelAuthorization { authorization, .. } => {
                let (name, network, nonce) = (&asset.name, asset.network, hex::encode(&authorization.nonce));
                format!("Make the payment authorisation {nonce} of {name} ({network}) unusable")
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{AFTER_S, BEFORE_S, CONTRACT, messages, token};
    use super::*;
    use crate::primitives::Network;

    #[test]
    fn the_person_reads_what_every_message_does() {
        let asset = Asset { decimals: 6, ..token() };
        let (contract, cycle, nonce) = (Address::from_bytes(CONTRACT), "c1".repeat(32), "4e".repeat(32));
        let words = messages().map(|message| message.words(&asset).unwrap());
        assert_eq!(
            words,
            [
                format!(
                    "Confirm payments of 2.5 USDC (eip155:84532) in all in cycle 0x{cycle} until Unix second {AFTER_S}"
                ),
                format!(
                    "Let 4Mica's contract {contract} take exactly 2.5 USDC (eip155:84532), once, before Unix second {BEFORE_S}"
                ),
                format!(
                    "Ask 4Mica's contract {contract} for 2.5 USDC (eip155:84532) of collateral back, to be taken out when its waiting time is over"
                ),
                format!(
                    "Cancel the withdrawal of USDC (eip155:84532) from 4Mica's contract {contract}: it stays there as collateral"
                ),
                format!("Make the payment authorisation 0x{nonce} of USDC (eip155:84532) unusable"),
            ]
        );
        for other in [
            Asset { address: Address::ZERO, ..asset.clone() },
            Asset { network: Network::from_chain_id(8453).unwrap(), ..asset },
        ] {
            assert_eq!(messages().map(|message| message.words(&other)), [None, None, None, None, None]);
        }
    }
}
