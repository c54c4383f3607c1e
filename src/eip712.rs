//! EIP-712: domain separator, type hash, struct hash, digest. Fields in, 32 bytes out.
//!
//! Knows no scheme. The digest this module returns is the only thing a signer is ever asked to sign.

use alloc::string::String;
use alloc::vec::Vec;

use crate::json::Writer;
use crate::primitives::{Address, Amount, Hash, keccak256, keccak256_of};

/// Fields of the `EIP712Domain` a contract checks signatures under. Absent fields are absent from the type, too.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Domain<'a> {
    /// User-readable name of the signing domain.
    pub name: &'a str,
    /// Major version; absent in Permit2's domain.
    pub version: &'a str,
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// The contract that verifies; absent in 4Mica generations 1 and 2.
    pub verifying_contract: Option<Address>,
}

impl Domain<'_> {
    /// `hashStruct(EIP712Domain)`.
    ///
    /// # Source
    /// EIP-712, "Definition of domainSeparator".
    pub fn separator(&self) -> Hash {
        let kind: &[u8] = match self.verifying_contract {
            Some(_) => b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)",
            None => b"EIP712Domain(string name,string version,uint256 chainId)",
        };
        let mut fields = StructHash::new(kind).string(self.name).string(self.version).uint(self.chain_id);
        if let Some(contract) = &self.verifying_contract {
            fields = fields.address(contract);
        }
        fields.finish()
    }

    /// What is signed: `keccak256(0x1901 ‖ separator ‖ struct hash)`.
    ///
    /// # Source
    /// EIP-712, "Specification of the eth_signTypedData JSON RPC".
    pub fn digest(&self, struct_hash: &Hash) -> Hash {
        keccak256_of(&[b"\x19\x01", &self.separator(), struct_hash])
    }

    /// The parameter of `eth_signTypedData_v4` for one struct: `encode_type` as hashed (`Name(type field,…)`, followed by
    /// the structs it refers to), `message` its members as JSON. Wallets show it to people; we recover the payer over our
    /// own digest anyway.
    pub fn typed_data(&self, encode_type: &[u8], message: &str) -> String {
        let text = core::str::from_utf8(encode_type).unwrap_or_default();
        let primary = text.split('(').next().unwrap_or_default();
        let mut domain =
            Writer::object().text("name", self.name).text("version", self.version).integer("chainId", self.chain_id);
        let mut domain_fields = String::from("string name,string version,uint256 chainId");
        if let Some(contract) = &self.verifying_contract {
            domain = domain.text("verifyingContract", &contract.checksummed());
            domain_fields.push_str(",address verifyingContract");
        }
        let structs = text.split_terminator(')').filter_map(|one| one.split_once('('));
        let types = structs
            .fold(Writer::object().raw("EIP712Domain", &type_members(&domain_fields)), |types, (name, fields)| {
                types.raw(name, &type_members(fields))
            });
        Writer::object()
            .raw("types", &types.finish())
            .raw("domain", &domain.finish())
            .text("primaryType", primary)
            .raw("message", message)
            .finish()
    }
}

fn type_members(fields: &str) -> String {
    let mut json = String::from("[");
    for field in fields.split(',') {
        let (kind, name) = field.split_once(' ').unwrap_or_default();
        if json.len() > 1 {
            json.push(',');
        }
        json.push_str(&Writer::object().text("name", name).text("type", kind).finish());
    }
    json.push(']');
    json
}

/// Collects the encoded fields of one struct, in the order of its type.
#[derive(Debug)]
pub struct StructHash {
    words: Vec<u8>,
}

impl StructHash {
    /// Starts with the hash of `encodeType`, for example `b"Mail(address to)"`.
    pub fn new(encode_type: &[u8]) -> Self {
        StructHash { words: keccak256(encode_type).to_vec() }
    }

    /// Appends a `bytes32`, or the hash of a nested struct.
    pub fn word(mut self, word: &[u8; 32]) -> Self {
        self.words.extend_from_slice(word);
        self
    }

    /// Appends an `address`.
    pub fn address(self, address: &Address) -> Self {
        self.word(&address.word())
    }

    /// Appends a `uint256`.
    pub fn amount(self, amount: &Amount) -> Self {
        self.word(&amount.word())
    }

    /// Appends any `uintN` up to 64 bits.
    pub fn uint(self, value: u64) -> Self {
        self.amount(&Amount::from_u64(value))
    }

    /// Appends a `string` as the hash of its bytes.
    pub fn string(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    /// Appends dynamic `bytes` as their hash.
    pub fn bytes(self, bytes: &[u8]) -> Self {
        self.word(&keccak256(bytes))
    }

    /// `hashStruct`: `keccak256(typeHash ‖ encodeData)`.
    pub fn finish(self) -> Hash {
        keccak256(&self.words)
    }
}
