//! A text of ours in, who must sign it and what out.
//!
//! By the types alone, not message by message: a payer's key signs them all and needs to know no more.

use alloc::string::String;

use super::receive::ReceiveAuthorization;
use super::withdrawal::{CANCEL, REQUEST};
use crate::eip712::{Domain, StructHash};
use crate::json::{self, Node, Writer};
use crate::primitives::{Address, Amount, Hash, Network, hex};
use crate::scheme::exact::CancelAuthorization;
use crate::scheme::guarantee::Checkpoint;
#[cfg(feature = "local-signer")]
use crate::signer::{LocalKey, SignError, Signature};

/// Longest text read: three times what ours need, with names as tokens have them.
pub(super) const MAX_BYTES: usize = 4096;

/// Every type of the closed set, and the domain it is signed under where that is not a token's. The first member is the
/// payer.
const TYPES: [(&[u8], Option<&str>); 5] = [
    (Checkpoint::TYPE, Some("4micaClearingHouse")),
    (ReceiveAuthorization::TYPE, None),
    (REQUEST, Some("Core4Mica")),
    (CANCEL, Some("Core4Mica")),
    (CancelAuthorization::TYPE, None),
];

/// A text of [`AccountMessage::typed_data`](super::AccountMessage::typed_data), which no other text is taken for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AccountText {
    payer: Address,
    digest: Hash,
}

impl AccountText {
    /// Reads the text of a message, and no other: it is written anew and compared.
    pub fn read(typed_data: &str) -> Option<Self> {
        if typed_data.len() > MAX_BYTES {
            return None;
        }
        let root = json::read(typed_data.as_bytes()).ok()?;
        let primary = root.member("primaryType")?.text()?;
        let is_named = |encode_type: &[u8]| encode_type.split(|byte| *byte == b'(').next() == Some(primary.as_bytes());
        let (encode_type, pinned) = TYPES.iter().find(|(encode_type, _)| is_named(encode_type))?;
        let domain = domain(root.member("domain")?)?;
        if pinned.is_some_and(|name| (domain.name, domain.version) != (name, "1")) {
            return None;
        }
        let (payer, struct_hash, message) = members(encode_type, root.member("message")?)?;
        let ours = domain.typed_data(encode_type, &message) == typed_data;
        ours.then(|| AccountText { payer, digest: domain.digest(&struct_hash) })
    }

    /// The account that must sign.
    pub fn payer(&self) -> Address {
        self.payer
    }

    /// The digest that contract or core checks.
    pub fn digest(&self) -> Hash {
        self.digest
    }

    /// Signs with a local key.
    ///
    /// # Errors
    /// [`SignError::Signer`]: the key of another account.
    #[cfg(feature = "local-signer")]
    pub fn sign_locally(&self, key: &LocalKey) -> Result<Signature, SignError> {
        if key.address() == self.payer { key.sign(&self.digest) } else { Err(SignError::Signer) }
    }
}

fn domain<'n>(node: &'n Node<'_>) -> Option<Domain<'n>> {
    Some(Domain {
        name: node.member("name")?.text()?,
        version: node.member("version")?.text()?,
        chain_id: Network::from_chain_id(node.member("chainId")?.integer()?)?.chain_id(),
        verifying_contract: Some(Address::parse(node.member("verifyingContract")?.text()?).ok()?),
    })
}

// The payer, the struct's hash, and the members as we write them.
fn members(encode_type: &[u8], message: &Node<'_>) -> Option<(Address, Hash, String)> {
    let (mut payer, mut hash, mut written) = (None, StructHash::new(encode_type), Writer::object());
    for field in core::str::from_utf8(encode_type).ok()?.split_once('(')?.1.trim_end_matches(')').split(',') {
        let (kind, name) = field.split_once(' ')?;
        let text = message.member(name)?.text()?;
        written = written.text(name, text);
        hash = match kind {
            "address" => {
                let address = Address::parse(text).ok().filter(|address| address.checksummed() == text)?;
                payer = payer.or(Some(address));
                hash.address(&address)
            }
            "bytes32" => hash.word(&hex::decode_fixed(text).filter(|word| hex::encode(word) == text)?),
            // Times are 64 bits wide here, whatever the contract's type.
            _ if kind == "uint64" || name.starts_with("valid") => {
                hash.amount(&Amount::from_decimal(text).ok().filter(|_| text.parse::<u64>().is_ok())?)
            }
            _ => hash.amount(&Amount::from_decimal(text).ok()?),
        };
    }
    Some((payer?, hash.finish(), written.finish()))
}
