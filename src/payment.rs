//! A payment as it was sent: the value of its header, or its JSON, in; what was signed and by whom out.
//!
//! Any client may have made it, so nothing of it is believed but what the signature covers: the message is read under
//! the domain of a pinned token or core, and the signer is recovered over our own digest.

#[cfg(feature = "seller")]
use alloc::string::String;
use alloc::vec::Vec;

use crate::core4mica::Parameters;
use crate::json::{self, Node};
use crate::primitives::{Address, Amount, Hash, Network};
use crate::registry::{Asset, network_of_v1_name};
use crate::scheme::exact::TransferAuthorization;
use crate::scheme::guarantee::Guarantee;
use crate::signer::{SignError, Signature};
use crate::x402::{MAX_BODY_BYTES, Requirement, SchemeName, Version, header};

/// The JSON behind a header's value, or the JSON itself. `None` for neither, or more than 64 KiB.
pub(crate) fn decoded(text: &str) -> Option<Vec<u8>> {
    if text.trim_start().starts_with('{') {
        (text.len() <= MAX_BODY_BYTES).then(|| text.as_bytes().to_vec())
    } else {
        header::decode(text).ok()
    }
}

/// The payment of an x402 request. Not printable: it is signed.
pub(crate) struct Payment<'a> {
    root: Node<'a>,
    pub(crate) version: Version,
    pub(crate) scheme: SchemeName,
    pub(crate) network: Network,
}

impl<'a> Payment<'a> {
    /// Reads the envelope. `None` where it is not one of x402 v1 or v2, or of a scheme or network that nobody here knows.
    pub(crate) fn read(json: &'a [u8]) -> Option<Self> {
        Payment::of(json::read_own(json).ok()?)
    }

    /// As [`Payment::read`], of JSON that was read.
    pub(crate) fn of(root: Node<'a>) -> Option<Self> {
        let version = match root.member("x402Version")?.integer()? {
            1 => Version::V1,
            2 => Version::V2,
            _ => return None,
        };
        let terms = match version {
            Version::V1 => &root,
            Version::V2 => root.member("accepted")?,
        };
        let text = |name: &str| terms.member(name)?.text();
        let (scheme, network) = (SchemeName::parse(text("scheme")?)?, network(text("network")?, version)?);
        Some(Payment { root, version, scheme, network })
    }

    /// A member of its envelope.
    #[cfg(feature = "seller")]
    pub(crate) fn member(&self, name: &str) -> Option<&Node<'a>> {
        self.root.member(name)
    }

    /// The terms it repeats, word for word. v1 repeats none.
    pub(crate) fn accepted(&self) -> Option<&str> {
        self.root.member("accepted").filter(|_| self.version == Version::V2).map(|node| node.raw)
    }

    /// The message of `exact`, where its token is pinned.
    pub(crate) fn transfer(&self, asset: &Asset) -> Option<Message> {
        let payload = self.root.member("payload").filter(|_| self.scheme == SchemeName::Exact)?;
        let transfer = TransferAuthorization::read(payload.member("authorization")?)?;
        Some(Message::Transfer(transfer, asset.clone()))
    }

    /// The message of `4mica-credit`, under a core's parameters.
    pub(crate) fn guarantee(&self, core: &Parameters) -> Option<Message> {
        let payload = self.root.member("payload").filter(|_| self.scheme == SchemeName::Credit)?;
        Guarantee::read(payload, &core.deployment()).map(Message::Guarantee)
    }

    /// Whether the terms it repeats are those of the message. What v1 does not repeat cannot differ.
    pub(crate) fn repeats(&self, message: &Message) -> bool {
        match (self.version, self.root.member("accepted")) {
            (Version::V1, _) => true,
            (Version::V2, None) => false,
            (Version::V2, Some(node)) => Requirement::read(node, self.version).is_ok_and(|terms| {
                (terms.scheme, terms.network) == (self.scheme, self.network)
                    && (terms.pay_to, terms.amount, terms.asset)
                        == (message.recipient(), message.amount(), message.asset())
            }),
        }
    }

    /// Whether it says that its guarantee is signed as text (EIP-191): Core takes that, nobody here checks it.
    pub(crate) fn is_signed_as_text(&self) -> bool {
        let scheme = self.root.member("payload").and_then(|payload| payload.member("scheme")?.text());
        scheme == Some("eip191")
    }

    /// Its signature, as it was written.
    pub(crate) fn signature(&self) -> Option<&str> {
        self.root.member("payload")?.member("signature")?.text()
    }

    /// Who signed the message.
    ///
    /// # Errors
    /// [`SignError`]: no signature of 65 bytes, or nobody's.
    pub(crate) fn signer(&self, message: &Message) -> Result<Address, SignError> {
        let digits = self.signature().ok_or(SignError::Format)?;
        // Core takes it without the prefix, too.
        let digits = digits.strip_prefix("0x").unwrap_or(digits);
        Signature::parse(&["0x", digits].concat())?.recover(&message.digest())
    }
}

fn network(text: &str, version: Version) -> Option<Network> {
    match version {
        Version::V1 => Network::parse(text).or_else(|| network_of_v1_name(text)),
        Version::V2 => Network::parse(text),
    }
}

/// What was signed.
#[derive(Clone, Debug)]
pub(crate) enum Message {
    /// An EIP-3009 transfer, with the token whose domain it is signed in.
    Transfer(TransferAuthorization, Asset),
    /// A guarantee.
    Guarantee(Guarantee),
}

impl Message {
    pub(crate) fn payer(&self) -> Address {
        match self {
            Message::Transfer(transfer, _) => transfer.from,
            Message::Guarantee(Guarantee::Cycle(claims)) => claims.user,
            Message::Guarantee(Guarantee::ClearingHouse(signed)) => signed.payer,
        }
    }

    pub(crate) fn recipient(&self) -> Address {
        match self {
            Message::Transfer(transfer, _) => transfer.to,
            Message::Guarantee(Guarantee::Cycle(claims)) => claims.recipient,
            Message::Guarantee(Guarantee::ClearingHouse(signed)) => signed.recipient,
        }
    }

    pub(crate) fn amount(&self) -> Amount {
        match self {
            Message::Transfer(transfer, _) => transfer.value,
            Message::Guarantee(Guarantee::Cycle(claims)) => claims.amount,
            Message::Guarantee(Guarantee::ClearingHouse(signed)) => signed.amount,
        }
    }

    pub(crate) fn asset(&self) -> Address {
        match self {
            Message::Transfer(_, asset) => asset.address,
            Message::Guarantee(Guarantee::Cycle(claims)) => claims.asset,
            Message::Guarantee(Guarantee::ClearingHouse(signed)) => signed.asset,
        }
    }

    /// Nonce of a transfer, request id of a guarantee.
    pub(crate) fn nonce(&self) -> Hash {
        match self {
            Message::Transfer(transfer, _) => transfer.nonce,
            Message::Guarantee(guarantee) => guarantee.req_id().word(),
        }
    }

    pub(crate) fn valid_before_s(&self) -> Option<u64> {
        match self {
            Message::Transfer(transfer, _) => Some(transfer.valid_before_s),
            Message::Guarantee(_) => None,
        }
    }

    /// The scheme's `payload`, in the one spelling that we write: whatever else a client put into it is gone.
    #[cfg(feature = "seller")]
    pub(crate) fn payload(&self, signature: &str) -> String {
        match self {
            Message::Transfer(transfer, _) => transfer.payload(signature),
            Message::Guarantee(guarantee) => guarantee.payload(signature),
        }
    }

    /// `eip3009`, or the generation, as records call it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Message::Transfer(..) => "eip3009",
            Message::Guarantee(guarantee) => guarantee.generation().as_str(),
        }
    }

    pub(crate) fn digest(&self) -> Hash {
        match self {
            Message::Transfer(transfer, asset) => transfer.digest(asset),
            Message::Guarantee(guarantee) => guarantee.digest(),
        }
    }
}
