//! What a message means, for the person whose wallet is asked to sign it.

use alloc::format;
use alloc::string::String;

use super::AccountMessage;
use crate::contract::transaction::counted;
use crate::primitives::hex;

impl AccountMessage {
    /// One sentence without its full stop.
    pub fn words(&self) -> String {
        match self {
            AccountMessage::Checkpoint(checkpoint) => format!(
                "Confirm that everything signed so far in cycle {} is {} atomic units of the token {}",
                hex::encode(&checkpoint.cycle_id),
                checkpoint.cumulative_gross,
                checkpoint.asset
            ),
            AccountMessage::Receive(authorization) => format!(
                "Let 4Mica's contract {} collect {} ({}), once",
                authorization.to,
                counted(&authorization.asset, authorization.value),
                authorization.asset.network
            ),
            AccountMessage::RequestWithdrawal(request) => format!(
                "Ask 4Mica's contract {} for {} atomic units of the token {} back",
                request.contract, request.amount, request.asset
            ),
            AccountMessage::CancelWithdrawal(cancellation) => format!(
                "Cancel the withdrawal of the token {} from 4Mica's contract {}",
                cancellation.asset, cancellation.contract
            ),
            AccountMessage::CancelAuthorization { asset, authorization } => {
                format!("Make the authorisation {} of {} unusable", hex::encode(&authorization.nonce), asset.name)
            }
        }
    }
}
