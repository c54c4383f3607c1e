//! What an account may be asked to sign besides payments: fields in, digest and wallet request out, and back.
//!
//! A closed set. A key in another module signs a text that [`AccountText::read`] accepts, so a text that is spelled
//! in any other way than ours, or is of another type, is never signed. Knows nothing of why it is asked for.

mod receive;
mod sponsored;
mod text;
mod withdrawal;
mod words;

use alloc::string::String;

pub use receive::ReceiveAuthorization;
pub use text::AccountText;
pub use withdrawal::{WithdrawalCancellation, WithdrawalRequest};

use crate::primitives::{Address, Hash};
use crate::registry::Asset;
use crate::scheme::exact::CancelAuthorization;
use crate::scheme::guarantee::Checkpoint;
#[cfg(feature = "local-signer")]
use crate::signer::LocalKey;
use crate::signer::{SignError, Signature};

/// A message of one account.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AccountMessage {
    /// Confirms what was authorised in a cycle (generation 4).
    Checkpoint(Checkpoint),
    /// Lets one contract of 4Mica collect tokens: a deposit, or a net debit.
    Receive(ReceiveAuthorization),
    /// Asks collateral back.
    RequestWithdrawal(WithdrawalRequest),
    /// Takes that back.
    CancelWithdrawal(WithdrawalCancellation),
    /// Makes an authorisation that was not used unusable.
    CancelAuthorization {
        /// The token. Its decimals and currency are no part of what is signed.
        asset: Asset,
        /// Whose nonce, and which.
        authorization: CancelAuthorization,
    },
}

impl AccountMessage {
    /// The digest that contract or core checks.
    pub fn digest(&self) -> Hash {
        match self {
            AccountMessage::Checkpoint(checkpoint) => checkpoint.digest(),
            AccountMessage::Receive(authorization) => authorization.digest(),
            AccountMessage::RequestWithdrawal(request) => request.digest(),
            AccountMessage::CancelWithdrawal(cancellation) => cancellation.digest(),
            AccountMessage::CancelAuthorization { asset, authorization } => authorization.digest(asset),
        }
    }

    /// The `eth_signTypedData_v4` parameter.
    pub fn typed_data(&self) -> String {
        match self {
            AccountMessage::Checkpoint(checkpoint) => checkpoint.typed_data(),
            AccountMessage::Receive(authorization) => authorization.typed_data(),
            AccountMessage::RequestWithdrawal(request) => request.typed_data(),
            AccountMessage::CancelWithdrawal(cancellation) => cancellation.typed_data(),
            AccountMessage::CancelAuthorization { asset, authorization } => authorization.typed_data(asset),
        }
    }

    /// The account that must sign.
    pub fn payer(&self) -> Address {
        match self {
            AccountMessage::Checkpoint(checkpoint) => checkpoint.payer,
            AccountMessage::Receive(authorization) => authorization.from,
            AccountMessage::RequestWithdrawal(request) => request.user,
            AccountMessage::CancelWithdrawal(cancellation) => cancellation.user,
            AccountMessage::CancelAuthorization { authorization, .. } => authorization.authorizer,
        }
    }

    /// The EIP-155 chain the wallet must be on.
    pub fn chain_id(&self) -> u64 {
        match self {
            AccountMessage::Checkpoint(checkpoint) => checkpoint.chain_id,
            AccountMessage::Receive(ReceiveAuthorization { asset, .. })
            | AccountMessage::CancelAuthorization { asset, .. } => asset.network.chain_id(),
            AccountMessage::RequestWithdrawal(request) => request.network.chain_id(),
            AccountMessage::CancelWithdrawal(cancellation) => cancellation.network.chain_id(),
        }
    }

    /// Takes a wallet's answer, if it is the payer's signature over exactly this.
    ///
    /// # Errors
    /// [`SignError`]: no signature, or anybody else's, or over anything else.
    pub fn signature(&self, answer: &str) -> Result<Signature, SignError> {
        let signature = Signature::parse(answer)?;
        if signature.recover(&self.digest())? == self.payer() { Ok(signature) } else { Err(SignError::Signer) }
    }

    /// Signs with a local key.
    ///
    /// # Errors
    /// [`SignError::Signer`]: the key of another account.
    #[cfg(feature = "local-signer")]
    pub fn sign_locally(&self, key: &LocalKey) -> Result<Signature, SignError> {
        if key.address() == self.payer() { key.sign(&self.digest()) } else { Err(SignError::Signer) }
    }
}

#[cfg(test)]
mod tests;
