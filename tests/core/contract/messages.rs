//! Every message with random values: our digest, alloy's, and the one a wallet makes of our text.

use alloy_primitives::B256;
use alloy_sol_types::{Eip712Domain, SolStruct, sol};
use farthing::contract::message::{
    AccountMessage, AccountText, ReceiveAuthorization, WithdrawalCancellation, WithdrawalRequest,
};
use farthing::primitives::{Address, Hash, Network};
use farthing::registry::Asset;
use farthing::scheme::exact::CancelAuthorization;
use farthing::scheme::guarantee::Checkpoint;
use farthing::signer::{LocalKey, SignError};

use crate::support::random::Random;
use crate::support::typed_data;
use crate::{TRIES, address, uint};

mod typed {
    use super::sol;
    sol! {
        struct Checkpoint {
            address payer; bytes32 cycleId; address asset; uint256 cumulativeGross; uint64 timestampCutoff;
        }
        struct ReceiveWithAuthorization {
            address from; address to; uint256 value; uint256 validAfter; uint256 validBefore; bytes32 nonce;
        }
        struct RequestWithdrawal {
            address user; address asset; uint256 amount; uint256 validAfter; uint256 validBefore; bytes32 nonce;
        }
        struct CancelWithdrawal {
            address user; address asset; uint256 validAfter; uint256 validBefore; bytes32 nonce;
        }
        struct CancelAuthorization { address authorizer; bytes32 nonce; }
    }
}

fn network(random: &mut Random) -> Network {
    // A number that JavaScript holds exactly, as every chain's is.
    Network::from_chain_id((random.integer() >> 11).max(1)).unwrap()
}

fn token(random: &mut Random) -> Asset {
    let (name, version) = (random.text(), random.text());
    Asset { network: network(random), address: random.address(), name, version, decimals: 0, currency: None }
}

/// A message of the kind `index` names, of a random account.
pub fn message(index: usize, random: &mut Random) -> AccountMessage {
    let account = random.address();
    of(index, account, random)
}

fn of(index: usize, account: Address, random: &mut Random) -> AccountMessage {
    match index % 5 {
        0 => AccountMessage::Checkpoint(Checkpoint {
            chain_id: network(random).chain_id(),
            clearing_house: random.address(),
            payer: account,
            cycle_id: random.bytes(),
            asset: random.address(),
            cumulative_gross: random.amount(),
            timestamp_cutoff_s: random.integer(),
        }),
        1 => AccountMessage::Receive(ReceiveAuthorization {
            asset: token(random),
            from: account,
            to: random.address(),
            value: random.amount(),
            valid_after_s: random.integer(),
            valid_before_s: random.integer(),
            nonce: random.bytes(),
        }),
        2 => AccountMessage::RequestWithdrawal(WithdrawalRequest {
            network: network(random),
            contract: random.address(),
            user: account,
            asset: random.address(),
            amount: random.amount(),
            valid_after_s: random.integer(),
            valid_before_s: random.integer(),
            nonce: random.bytes(),
        }),
        3 => AccountMessage::CancelWithdrawal(WithdrawalCancellation {
            network: network(random),
            contract: random.address(),
            user: account,
            asset: random.address(),
            valid_after_s: random.integer(),
            valid_before_s: random.integer(),
            nonce: random.bytes(),
        }),
        _ => AccountMessage::CancelAuthorization {
            asset: token(random),
            authorization: CancelAuthorization { authorizer: account, nonce: random.bytes() },
        },
    }
}

fn domain(name: &str, version: &str, chain_id: u64, contract: &Address) -> Eip712Domain {
    Eip712Domain::new(
        Some(name.to_owned().into()),
        Some(version.to_owned().into()),
        Some(alloy_primitives::U256::from(chain_id)),
        Some(address(contract)),
        None,
    )
}

fn of_token(asset: &Asset) -> Eip712Domain {
    domain(&asset.name, &asset.version, asset.network.chain_id(), &asset.address)
}

fn seconds(value: u64) -> alloy_primitives::U256 {
    alloy_primitives::U256::from(value)
}

fn digest_of_alloy(message: &AccountMessage) -> B256 {
    match message {
        AccountMessage::Checkpoint(ours) => typed::Checkpoint {
            payer: address(&ours.payer),
            cycleId: ours.cycle_id.into(),
            asset: address(&ours.asset),
            cumulativeGross: uint(&ours.cumulative_gross),
            timestampCutoff: ours.timestamp_cutoff_s,
        }
        .eip712_signing_hash(&domain("4micaClearingHouse", "1", ours.chain_id, &ours.clearing_house)),
        AccountMessage::Receive(ours) => typed::ReceiveWithAuthorization {
            from: address(&ours.from),
            to: address(&ours.to),
            value: uint(&ours.value),
            validAfter: seconds(ours.valid_after_s),
            validBefore: seconds(ours.valid_before_s),
            nonce: ours.nonce.into(),
        }
        .eip712_signing_hash(&of_token(&ours.asset)),
        AccountMessage::RequestWithdrawal(ours) => typed::RequestWithdrawal {
            user: address(&ours.user),
            asset: address(&ours.asset),
            amount: uint(&ours.amount),
            validAfter: seconds(ours.valid_after_s),
            validBefore: seconds(ours.valid_before_s),
            nonce: ours.nonce.into(),
        }
        .eip712_signing_hash(&domain("Core4Mica", "1", ours.network.chain_id(), &ours.contract)),
        AccountMessage::CancelWithdrawal(ours) => typed::CancelWithdrawal {
            user: address(&ours.user),
            asset: address(&ours.asset),
            validAfter: seconds(ours.valid_after_s),
            validBefore: seconds(ours.valid_before_s),
            nonce: ours.nonce.into(),
        }
        .eip712_signing_hash(&domain("Core4Mica", "1", ours.network.chain_id(), &ours.contract)),
        AccountMessage::CancelAuthorization { asset, authorization } => typed::CancelAuthorization {
            authorizer: address(&authorization.authorizer),
            nonce: authorization.nonce.into(),
        }
        .eip712_signing_hash(&of_token(asset)),
    }
}

#[test]
fn every_digest_is_alloys_and_the_one_a_wallet_makes_of_our_text() {
    let mut random = Random::seeded(0x5161);
    for index in 0..TRIES * 5 {
        let message = message(index, &mut random);
        assert_eq!(message.digest(), digest_of_alloy(&message).0, "{message:?}");
        let text = message.typed_data();
        let shown: Hash = typed_data::digest(&serde_json::from_str(&text).unwrap());
        assert_eq!(message.digest(), shown, "{text}");
        let read = AccountText::read(&text).unwrap();
        assert_eq!((read.payer(), read.digest()), (message.payer(), message.digest()), "{text}");
    }
}

#[test]
fn a_key_signs_for_its_own_account_only() {
    let mut random = Random::seeded(0x0143);
    let key = LocalKey::from_bytes(&mut [0x11; 32]).unwrap();
    for index in 0..10 {
        let own = of(index, key.address(), &mut random);
        let signature = own.sign_locally(&key).unwrap();
        assert_eq!(signature.recover(&own.digest()), Ok(key.address()));
        let text = AccountText::read(&own.typed_data()).unwrap();
        assert_eq!(text.sign_locally(&key).as_ref(), Ok(&signature));
        assert_eq!(own.signature(&signature.to_hex()), Ok(signature.clone()));
        let others = message(index, &mut random);
        assert_eq!(others.sign_locally(&key), Err(SignError::Signer));
        let text = AccountText::read(&others.typed_data()).unwrap();
        assert_eq!(text.sign_locally(&key), Err(SignError::Signer));
        assert_eq!(others.signature(&signature.to_hex()), Err(SignError::Signer));
    }
}
