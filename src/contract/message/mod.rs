//! What an account may be asked to sign besides payments: fields in, digest and wallet request out, and back.
//!
//! A closed set. A key in another module signs a text that [`AccountMessage::read`] accepts, so a text that is spelled
//! in any other way than ours, or is of another type, is never signed. Knows nothing of why it is asked for.

mod receive;
mod sponsored;
mod withdrawal;
mod words;

use alloc::string::String;

pub use receive::ReceiveAuthorization;
pub use withdrawal::{WithdrawalCancellation, WithdrawalRequest};

use crate::json::{self, Node};
use crate::primitives::{Address, Amount, Hash, Network, hex};
use crate::registry::Asset;
use crate::scheme::exact::CancelAuthorization;
use crate::scheme::guarantee::Checkpoint;
#[cfg(feature = "local-signer")]
use crate::signer::LocalKey;
use crate::signer::{SignError, Signature};

/// Longest text read: three times what ours need, with names as tokens have them.
const MAX_BYTES: usize = 4096;

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

    /// Reads a text of [`typed_data`](Self::typed_data), and no other: it is written anew and compared.
    pub fn read(typed_data: &str) -> Option<Self> {
        if typed_data.len() > MAX_BYTES {
            return None;
        }
        let root = json::read(typed_data.as_bytes()).ok()?;
        let members = Members { domain: root.member("domain")?, message: root.member("message")? };
        let message = match root.member("primaryType")?.text()? {
            "Checkpoint" => AccountMessage::Checkpoint(members.checkpoint()?),
            "ReceiveWithAuthorization" => AccountMessage::Receive(ReceiveAuthorization::members(&members)?),
            "RequestWithdrawal" => AccountMessage::RequestWithdrawal(WithdrawalRequest::members(&members)?),
            "CancelWithdrawal" => AccountMessage::CancelWithdrawal(WithdrawalCancellation::members(&members)?),
            "CancelAuthorization" => AccountMessage::CancelAuthorization {
                asset: members.token()?,
                authorization: CancelAuthorization {
                    authorizer: members.address("authorizer")?,
                    nonce: members.word("nonce")?,
                },
            },
            _ => return None,
        };
        (message.typed_data() == typed_data).then_some(message)
    }
}

/// The members of a typed text by name.
struct Members<'n, 'a> {
    domain: &'n Node<'a>,
    message: &'n Node<'a>,
}

impl<'n> Members<'n, '_> {
    fn text(&self, name: &str) -> Option<&'n str> {
        self.message.member(name)?.text()
    }

    fn address(&self, name: &str) -> Option<Address> {
        Address::parse(self.text(name)?).ok()
    }

    fn word(&self, name: &str) -> Option<Hash> {
        hex::decode_fixed(self.text(name)?)
    }

    fn amount(&self, name: &str) -> Option<Amount> {
        Amount::from_decimal(self.text(name)?).ok()
    }

    fn seconds(&self, name: &str) -> Option<u64> {
        self.text(name)?.parse().ok()
    }

    fn network(&self) -> Option<Network> {
        Network::from_chain_id(self.domain.member("chainId")?.integer()?)
    }

    fn contract(&self) -> Option<Address> {
        Address::parse(self.domain.member("verifyingContract")?.text()?).ok()
    }

    fn token(&self) -> Option<Asset> {
        let text = |name: &str| Some(String::from(self.domain.member(name)?.text()?));
        Some(Asset {
            network: self.network()?,
            address: self.contract()?,
            name: text("name")?,
            version: text("version")?,
            decimals: 0,
            currency: None,
        })
    }

    fn checkpoint(&self) -> Option<Checkpoint> {
        Some(Checkpoint {
            chain_id: self.network()?.chain_id(),
            clearing_house: self.contract()?,
            payer: self.address("payer")?,
            cycle_id: self.word("cycleId")?,
            asset: self.address("asset")?,
            cumulative_gross: self.amount("cumulativeGross")?,
            timestamp_cutoff_s: self.seconds("timestampCutoff")?,
        })
    }
}

#[cfg(test)]
mod tests;
