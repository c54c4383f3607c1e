//! `eth_signTypedData_v4` as a wallet hashes it, over the EIP-712 primitives of the crate.
//!
//! Checked against the ethers vectors (`ecdsa.rs`), then used to hash what the crate sends to wallets.

use std::collections::BTreeSet;

use farthing::eip712::StructHash;
use farthing::primitives::{Address, Amount, Hash, keccak256, keccak256_of};
use serde_json::{Value, json};

use super::files::bytes;

/// The digest of `{types, domain, primaryType, message}`.
pub fn digest(request: &Value) -> Hash {
    let types = &request["types"];
    let message = hash_struct(types, request["primaryType"].as_str().unwrap(), &request["message"]);
    keccak256_of(&[b"\x19\x01", &separator(&request["domain"]), &message])
}

/// `hashStruct(EIP712Domain)` over the fields that are there.
pub fn separator(domain: &Value) -> Hash {
    const FIELDS: [(&str, &str); 5] = [
        ("name", "string"),
        ("version", "string"),
        ("chainId", "uint256"),
        ("verifyingContract", "address"),
        ("salt", "bytes32"),
    ];
    let present = FIELDS.iter().filter(|(name, _)| domain.get(name).is_some());
    let members: Vec<Value> = present.map(|(name, kind)| json!({ "name": name, "type": kind })).collect();
    hash_struct(&json!({ "EIP712Domain": members }), "EIP712Domain", domain)
}

/// `hashStruct`.
pub fn hash_struct(types: &Value, name: &str, value: &Value) -> Hash {
    fields(types, name)
        .fold(StructHash::new(encode_type(types, name).as_bytes()), |hash, (field, kind)| {
            append(hash, types, kind, &value[field])
        })
        .finish()
}

/// `encodeType`: the struct, then everything it refers to, by name.
pub fn encode_type(types: &Value, name: &str) -> String {
    let mut found = BTreeSet::new();
    referred(types, name, &mut found);
    found.remove(name);
    [name].into_iter().chain(found).map(|name| signature(types, name)).collect()
}

fn signature(types: &Value, name: &str) -> String {
    let members: Vec<String> = fields(types, name).map(|(field, kind)| format!("{kind} {field}")).collect();
    format!("{name}({})", members.join(","))
}

fn referred<'t>(types: &'t Value, name: &'t str, found: &mut BTreeSet<&'t str>) {
    if types.get(name).is_some() && found.insert(name) {
        for (_, kind) in fields(types, name) {
            referred(types, kind.split('[').next().unwrap(), found);
        }
    }
}

fn fields<'t>(types: &'t Value, name: &str) -> impl Iterator<Item = (&'t str, &'t str)> {
    let members = types[name].as_array().unwrap_or_else(|| panic!("no type {name}"));
    members.iter().map(|member| (member["name"].as_str().unwrap(), member["type"].as_str().unwrap()))
}

// One field of a struct, through the method for its type.
fn append(hash: StructHash, types: &Value, kind: &str, value: &Value) -> StructHash {
    match kind {
        "string" => hash.string(value.as_str().unwrap()),
        "bytes" => hash.bytes(&bytes(value.as_str().unwrap())),
        "address" => hash.address(&address(value)),
        "bool" => hash.uint(u64::from(value.as_bool().unwrap())),
        _ => hash.word(&word(types, kind, value)),
    }
}

// The word a value is encoded as. Source: EIP-712, "Definition of encodeData".
fn word(types: &Value, kind: &str, value: &Value) -> [u8; 32] {
    if kind.ends_with(']') {
        let element = &kind[..kind.rfind('[').unwrap()];
        let words: Vec<u8> = value.as_array().unwrap().iter().flat_map(|item| word(types, element, item)).collect();
        return keccak256(&words);
    }
    match kind {
        _ if types.get(kind).is_some() => hash_struct(types, kind, value),
        "string" => keccak256(value.as_str().unwrap().as_bytes()),
        "bytes" => keccak256(&bytes(value.as_str().unwrap())),
        "address" => address(value).word(),
        "bool" => Amount::from_u64(u64::from(value.as_bool().unwrap())).word(),
        _ if kind.starts_with("bytes") => {
            let mut word = [0; 32];
            let content = bytes(value.as_str().unwrap());
            word[..content.len()].copy_from_slice(&content);
            word
        }
        _ => integer(value),
    }
}

fn address(value: &Value) -> Address {
    Address::from_bytes(bytes(value.as_str().unwrap()).try_into().unwrap())
}

// Decimal text or a number; negative ones as their two's complement.
fn integer(value: &Value) -> [u8; 32] {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let (negative, digits) = text.strip_prefix('-').map_or((false, text.as_str()), |digits| (true, digits));
    let mut word = Amount::from_decimal(digits).unwrap_or_else(|error| panic!("{text}: {error:?}")).word();
    if negative {
        let mut carry = true;
        for byte in word.iter_mut().rev() {
            let (sum, overflow) = (!*byte).overflowing_add(u8::from(carry));
            (*byte, carry) = (sum, overflow);
        }
    }
    word
}
