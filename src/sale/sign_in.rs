//! Signing in without paying again: an offer to sign, made for one challenge, and what a buyer made of it, checked.
//!
//! A message that can only mean this place and the next minutes leaves; the header of a request enters, an address that
//! signed it leaves. Nothing is remembered between the two: a header that somebody else saw is good for its minutes.

use alloc::format;
use alloc::string::{String, ToString};

use super::Refusal;
use super::present::{Place, reason};
use crate::core4mica::{SignInParts, is_statement};
use crate::error::SaleCode;
use crate::json::{self, Node, Value, Writer, only};
use crate::owner::calendar;
use crate::primitives::{Address, Hash, Network, Url, hex};
use crate::signer::Signature;
use crate::x402::header;

const LIFE_S: u64 = 300;
const STATEMENT: &str = "Sign in to this service.";
const KNOWN: [&str; 12] = [
    "domain",
    "address",
    "statement",
    "uri",
    "version",
    "chainId",
    "type",
    "nonce",
    "issuedAt",
    "expirationTime",
    "signatureScheme",
    "signature",
];

/// What buyers are asked to sign.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct SignInOffer {
    statement: String,
}

/// A buyer that signed in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignedIn {
    /// The account.
    pub address: Address,
    /// The network it named.
    pub network: Network,
    /// What it signed was made for this place then, Unix seconds.
    pub expires_s: u64,
}

impl SignInOffer {
    pub(super) const WANTED: &'static str = "true, or { statement: one line of ASCII }";

    /// `Some(None)` for `false`.
    pub(super) fn read(node: &Node<'_>) -> Option<Option<Self>> {
        match &node.value {
            Value::Bool(false) => Some(None),
            Value::Bool(true) => Some(Some(SignInOffer { statement: String::from(STATEMENT) })),
            _ => {
                only(node, &["statement"])?;
                let statement = match node.member("statement") {
                    None => STATEMENT,
                    Some(node) => node.text().filter(|text| is_statement(text))?,
                };
                Some(Some(SignInOffer { statement: String::from(statement) }))
            }
        }
    }

    /// The extension for one challenge. The nonce is 16 of the random bytes.
    pub(super) fn written(&self, place: &Place, networks: &[Network], entropy: &Hash, now_s: u64) -> String {
        let url = place.resource();
        self.document(&place.host(), &url, &hex::encode(&entropy[..16])[2..], now_s, networks)
    }

    /// Bytes of the extension beside host and URL, for the limit of what payments repeat.
    pub(super) fn written_bytes(&self, networks: &[Network]) -> usize {
        self.document("", "", &"0".repeat(32), 0, networks).len()
    }

    fn document(&self, domain: &str, uri: &str, nonce: &str, now_s: u64, networks: &[Network]) -> String {
        let info = Writer::object()
            .text("domain", domain)
            .text("uri", uri)
            .text("statement", &self.statement)
            .text("version", "1")
            .text("nonce", nonce)
            .text("issuedAt", &calendar::instant(now_s))
            .text("expirationTime", &calendar::instant(now_s.saturating_add(LIFE_S)))
            .finish();
        let chain = |network: &Network| format!("{{\"chainId\":\"{network}\",\"type\":\"eip191\"}}");
        let chains = networks.iter().map(chain).reduce(|all, one| format!("{all},{one}")).unwrap_or_default();
        Writer::object()
            .raw("info", &info)
            .raw("supportedChains", &format!("[{chains}]"))
            .raw("schema", "{\"type\":\"object\"}")
            .finish()
    }

    /// Reads the header of a request to `place`.
    ///
    /// # Errors
    /// `sale/sign-in` with what is wrong.
    ///
    /// # Source
    /// x402 extension `sign-in-with-x`; EIP-4361.
    pub(super) fn verify(
        &self,
        value: &str,
        place: &Place,
        networks: &[Network],
        now_s: u64,
    ) -> Result<SignedIn, Refusal> {
        let wrong = |field: &str| Refusal::new(SaleCode::SignIn, field);
        let bytes = header::decode(value).map_err(|error| wrong(reason(error)))?;
        let root = json::read(&bytes).map_err(|error| wrong(reason(error.into())))?;
        only(&root, &KNOWN).ok_or_else(|| wrong("a field that was not asked for"))?;
        let text = |name: &'static str| root.member(name).and_then(Node::text).ok_or_else(|| wrong(name));
        let address = Address::parse(text("address")?).map_err(|_| wrong("address"))?;
        let network = Network::parse(text("chainId")?).filter(|network| networks.contains(network));
        let network = network.ok_or_else(|| wrong("chainId"))?;
        let scheme = root.member("signatureScheme").is_none_or(|node| node.text() == Some("eip191"));
        let stated = [
            ("type", text("type")? == "eip191"),
            ("signatureScheme", scheme),
            ("version", text("version")? == "1"),
            ("statement", text("statement")? == self.statement),
            ("domain", text("domain")? == place.host()),
            ("uri", Url::parse(text("uri")?).is_some_and(|uri| uri.origin == *place.origin())),
        ];
        if let Some((field, _)) = stated.iter().find(|(_, fine)| !fine) {
            return Err(wrong(field));
        }
        let parts = SignInParts {
            domain: place.host(),
            uri: String::from(text("uri")?),
            statement: self.statement.clone(),
            chain_id: network.chain_id(),
            nonce: String::from(text("nonce")?),
            issued_at: String::from(text("issuedAt")?),
            expiration: String::from(text("expirationTime")?),
        };
        let expires_s = parts.expires_s(place.origin(), now_s).ok_or_else(|| wrong("nonce or time"))?;
        let signature = Signature::parse_canonical(text("signature")?).map_err(|_| wrong("signature"))?;
        match signature.recover(&parts.digest(&address)) {
            Ok(signer) if signer == address => Ok(SignedIn { address, network, expires_s }),
            _ => Err(wrong("signature")),
        }
    }
}

impl SignedIn {
    /// As JSON, for whoever admits buyers.
    pub fn to_json(&self) -> String {
        Writer::object()
            .text("address", &self.address.checksummed())
            .text("network", &self.network.to_string())
            .integer("expires", self.expires_s)
            .finish()
    }
}
