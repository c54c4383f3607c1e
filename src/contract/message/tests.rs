//! Every message against alloy's digest, and every change of its text.

use alloc::vec::Vec;

use alloy_primitives::U256;
use alloy_sol_types::{Eip712Domain, SolStruct, eip712_domain, sol};

use super::text::MAX_BYTES;
use super::*;
use crate::json::{self, Node, Value};
use crate::primitives::{Amount, Network, hex};
use crate::registry::Registry;

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
    struct CancelWithdrawal { address user; address asset; uint256 validAfter; uint256 validBefore; bytes32 nonce; }
    struct CancelAuthorization { address authorizer; bytes32 nonce; }
}

pub(super) const USER: [u8; 20] = [0x11; 20];
pub(super) const CONTRACT: [u8; 20] = [0xc0; 20];
pub(super) const NONCE: [u8; 32] = [0x4e; 32];
const CHAIN_ID: u64 = 84532;
pub(super) const AFTER_S: u64 = 1_795_227_400;
pub(super) const BEFORE_S: u64 = 1_795_231_000;

pub(super) fn token() -> Asset {
    let network = Network::from_chain_id(CHAIN_ID).unwrap();
    let usdc = Address::parse("0x036CbD53842c5426634e7929541eC2318f3dCF7e").unwrap();
    Asset { decimals: 0, currency: None, ..Registry::default().asset(network, &usdc).unwrap() }
}

pub(super) fn messages() -> [AccountMessage; 5] {
    let network = Network::from_chain_id(CHAIN_ID).unwrap();
    let (user, contract) = (Address::from_bytes(USER), Address::from_bytes(CONTRACT));
    let amount = Amount::from_u64(2_500_000);
    let (valid_after_s, valid_before_s) = (AFTER_S, BEFORE_S);
    let asset = token().address;
    [
        AccountMessage::Checkpoint(super::Checkpoint {
            chain_id: CHAIN_ID,
            clearing_house: contract,
            payer: user,
            cycle_id: [0xc1; 32],
            asset,
            cumulative_gross: amount,
            timestamp_cutoff_s: AFTER_S,
        }),
        AccountMessage::Receive(ReceiveAuthorization {
            asset: token(),
            from: user,
            to: contract,
            value: amount,
            valid_after_s,
            valid_before_s,
            nonce: NONCE,
        }),
        AccountMessage::RequestWithdrawal(WithdrawalRequest {
            network,
            contract,
            user,
            asset,
            amount,
            valid_after_s,
            valid_before_s,
            nonce: NONCE,
        }),
        AccountMessage::CancelWithdrawal(WithdrawalCancellation {
            network,
            contract,
            user,
            asset,
            valid_after_s,
            valid_before_s,
            nonce: NONCE,
        }),
        AccountMessage::CancelAuthorization {
            asset: token(),
            authorization: super::CancelAuthorization { authorizer: user, nonce: NONCE },
        },
    ]
}

fn digests_of_alloy() -> [Hash; 5] {
    let (user, asset) = (USER.into(), alloy_primitives::Address::from(*token().address.as_bytes()));
    let (value, after, before) = (U256::from(2_500_000), U256::from(AFTER_S), U256::from(BEFORE_S));
    let domain = |name: &'static str, version: &'static str, contract: alloy_primitives::Address| -> Eip712Domain {
        eip712_domain! { name: name, version: version, chain_id: CHAIN_ID, verifying_contract: contract, }
    };
    let house = domain("4micaClearingHouse", "1", CONTRACT.into());
    let core = domain("Core4Mica", "1", CONTRACT.into());
    let usdc = domain("USDC", "2", asset);
    let checkpoint =
        Checkpoint { payer: user, cycleId: [0xc1; 32].into(), asset, cumulativeGross: value, timestampCutoff: AFTER_S };
    let receive = ReceiveWithAuthorization {
        from: user,
        to: CONTRACT.into(),
        value,
        validAfter: after,
        validBefore: before,
        nonce: NONCE.into(),
    };
    let request =
        RequestWithdrawal { user, asset, amount: value, validAfter: after, validBefore: before, nonce: NONCE.into() };
    let cancel = CancelWithdrawal { user, asset, validAfter: after, validBefore: before, nonce: NONCE.into() };
    let revoke = CancelAuthorization { authorizer: user, nonce: NONCE.into() };
    [
        checkpoint.eip712_signing_hash(&house).0,
        receive.eip712_signing_hash(&usdc).0,
        request.eip712_signing_hash(&core).0,
        cancel.eip712_signing_hash(&core).0,
        revoke.eip712_signing_hash(&usdc).0,
    ]
}

#[test]
fn every_digest_is_the_one_of_alloy() {
    assert_eq!(messages().map(|message| message.digest()), digests_of_alloy());
}

#[test]
fn the_type_of_a_collected_transfer_is_the_one_of_the_standard() {
    // EIP-3009, RECEIVE_WITH_AUTHORIZATION_TYPEHASH.
    let encode_type = ReceiveWithAuthorization::eip712_encode_type();
    let expected = "0xd099cc98ef71107a616c4f0f941f04c322d8e254fe26b3c6668db87aae413de8";
    assert_eq!(hex::encode(&crate::primitives::keccak256(encode_type.as_bytes())), expected);
}

#[test]
fn the_payer_and_the_chain_are_those_of_the_fields() {
    for message in messages() {
        assert_eq!((message.payer(), message.chain_id()), (Address::from_bytes(USER), CHAIN_ID));
    }
}

#[test]
fn our_own_text_is_read_back_to_the_same_payer_and_digest() {
    for message in messages() {
        let read = AccountText::read(&message.typed_data()).unwrap();
        assert_eq!((read.payer(), read.digest()), (message.payer(), message.digest()));
    }
}

// The text with one value replaced, one member gone, or one added, and all else to the letter.
fn changes(text: &str, node: &Node<'_>) -> Vec<String> {
    let at = node.raw.as_ptr().addr() - text.as_ptr().addr();
    let with = |other: &str| format!("{}{other}{}", &text[..at], &text[at + node.raw.len()..]);
    let mut changed = alloc::vec![with("null"), with("[]"), with("{}"), with("\"\""), with("1"), with("\"1\"")];
    match &node.value {
        Value::Object(members) => {
            for (gone, _) in members {
                let kept: Vec<String> = members
                    .iter()
                    .filter(|(name, _)| name != gone)
                    .map(|(name, member)| format!("\"{name}\":{}", member.raw))
                    .collect();
                changed.push(with(&format!("{{{}}}", kept.join(","))));
            }
            changed.push(with(&node.raw.replacen('{', "{\"extra\":\"1\",", 1)));
            changed.extend(members.iter().flat_map(|(_, member)| changes(text, member)));
        }
        Value::Array(items) => {
            let reversed: Vec<&str> = items.iter().rev().map(|item| item.raw).collect();
            changed.push(with(&format!("[{}]", reversed.join(","))));
            changed.extend(items.iter().flat_map(|item| changes(text, item)));
        }
        Value::String(value) => {
            for last in ['0', '1', ' ', 'Z'] {
                changed.push(with(&format!("\"{}{last}\"", &value[..value.len() - 1])));
                changed.push(with(&format!("\"{value}{last}\"")));
            }
        }
        Value::Number(number) => changed.extend([with(&format!("{number}0")), with(&format!("\"{number}\""))]),
        Value::Null | Value::Bool(_) => panic!("there is none"),
    }
    changed.retain(|other| other != text);
    changed
}

#[test]
fn a_text_with_one_member_changed_is_another_message_or_none() {
    for message in messages() {
        let text = message.typed_data();
        let (mut refused, mut others) = (0, 0);
        for changed in changes(&text, &json::read(text.as_bytes()).unwrap()) {
            match AccountText::read(&changed) {
                None => refused += 1,
                // A field that may have another value makes another message.
                Some(other) => {
                    assert_ne!(other.digest(), message.digest(), "{changed}");
                    others += 1;
                }
            }
        }
        assert!(refused > 200 && others > 2, "{refused} refused, {others} others");
    }
}

#[test]
fn a_text_whose_types_differ_is_refused_whatever_its_members_say() {
    for message in messages() {
        let text = message.typed_data();
        let root = json::read(text.as_bytes()).unwrap();
        for changed in changes(&text, root.member("types").unwrap()) {
            assert_eq!(AccountText::read(&changed), None, "{changed}");
        }
    }
}

#[test]
fn a_second_spelling_of_the_same_message_is_refused() {
    for message in messages() {
        let text = message.typed_data();
        let lower = text.replace(&token().address.checksummed(), &token().address.lower());
        for other in [
            format!(" {text}"),
            format!("{text}\n"),
            text.replace("\":", "\" :"),
            text.replace("84532", "84532.0"),
            text.replace("\"chainId\":84532", "\"chainId\":\"84532\""),
            text.replace(&hex::encode(&NONCE), &hex::encode(&NONCE).to_uppercase().replace("0X", "0x")),
            lower,
        ] {
            assert!(other == text || AccountText::read(&other).is_none(), "{other}");
        }
        assert!(AccountText::read(&format!("{text}{}", " ".repeat(MAX_BYTES))).is_none());
    }
}

#[test]
fn a_payment_is_no_message_of_an_account() {
    let payment = crate::scheme::exact::TransferAuthorization {
        from: Address::from_bytes(USER),
        to: Address::from_bytes(CONTRACT),
        value: Amount::from_u64(1),
        valid_after_s: AFTER_S,
        valid_before_s: BEFORE_S,
        nonce: NONCE,
    };
    assert_eq!(AccountText::read(&payment.typed_data(&token())), None);
    for text in ["", "{}", "[]", "null", "{\"primaryType\":\"Checkpoint\"}"] {
        assert_eq!(AccountText::read(text), None);
    }
}

#[cfg(feature = "local-signer")]
#[test]
fn only_the_payers_signature_over_this_message_is_taken() {
    let key = |byte: u8| LocalKey::from_bytes(&mut [byte; 32]).unwrap();
    let mut request = match messages() {
        [_, _, AccountMessage::RequestWithdrawal(request), ..] => request,
        _ => panic!("the third is a request"),
    };
    request.user = key(1).address();
    let message = AccountMessage::RequestWithdrawal(request.clone());
    let signature = message.sign_locally(&key(1)).unwrap();
    assert_eq!(message.signature(&signature.to_hex()), Ok(signature.clone()));
    assert_eq!(message.sign_locally(&key(2)), Err(SignError::Signer));
    request.amount = Amount::from_u64(2_500_001);
    assert_eq!(
        AccountMessage::RequestWithdrawal(request).signature(&signature.to_hex()),
        Err(SignError::Signer),
        "over anything else"
    );
    assert_eq!(message.signature("0x"), Err(SignError::Format));
}
