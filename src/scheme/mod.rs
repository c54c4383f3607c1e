//! How each scheme turns accepted terms into something to sign. A closed set, matched exactly.
//!
//! A requirement enters, an [`Offer`] leaves: terms that the pinned registry knows how to pay. Knows no policy,
//! no key and no clock.

pub mod exact;
pub mod guarantee;

use alloc::boxed::Box;
use alloc::string::{String, ToString};

use crate::error::stage_error;
use crate::json::{self, Node, Value, Writer};
use crate::primitives::{Address, Amount, Hash, Network, Origin, keccak256};
use crate::registry::{Asset, Registry};
use crate::x402::{Challenge, Entry, Envelope, Requirement, SchemeName};
use guarantee::{HouseValidation, Validation};

stage_error! {
    /// Why terms that can be read cannot be paid, whatever the policy says.
    OfferError, "pay on these terms", {
        AssetNotPinned => AssetNotAllowed,
        DomainPin => DomainPin,
        TransferMethod => TransferMethod,
        UnlimitedApproval => UnlimitedApproval,
        ValidationIncomplete => ValidationIncomplete,
    }
}

/// What will be signed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Method {
    /// An EIP-3009 `TransferWithAuthorization`.
    Eip3009,
    /// A 4Mica guarantee, conditional on a validation when the seller asks for one.
    Guarantee {
        /// The seller's validation policy for claims V2 (generations 1 and 2).
        validation: Option<Box<Validation>>,
        /// The seller's validation policy for generations 3 and 4.
        house_validation: Option<Box<HouseValidation>>,
        /// Where the seller opens tabs, as it spells the URL; empty where it is no text. Asked only on conditions.
        tab_endpoint: Option<String>,
        /// Domain fields the seller stated, to be held against the core's.
        stated: guarantee::StatedDomain,
    },
}

/// One way to pay, understood completely.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Offer {
    /// Position in `accepts`.
    pub index: usize,
    /// Scheme.
    pub scheme: SchemeName,
    /// Network.
    pub network: Network,
    /// Token, from the pinned table.
    pub asset: Asset,
    /// Price in atomic units.
    pub amount: Amount,
    /// Recipient.
    pub pay_to: Address,
    /// Seconds the seller gives.
    pub window_s: u64,
    /// What will be signed.
    pub method: Method,
    /// What the payment header repeats.
    pub envelope: Envelope,
}

impl Offer {
    /// Reads the scheme's own fields of one entry.
    ///
    /// # Errors
    /// [`OfferError`]: the token is not pinned, or `extra` contradicts what is pinned, or asks for more than one
    /// transfer of the price.
    pub fn read(challenge: &Challenge<'_>, entry: &Entry<'_>, registry: &Registry) -> Result<Self, OfferError> {
        let terms = &entry.requirement;
        let asset = registry.asset(terms.network, &terms.asset).ok_or(OfferError::AssetNotPinned)?;
        let method = match terms.scheme {
            SchemeName::Exact => exact_method(challenge, terms, &asset)?,
            SchemeName::Credit => Method::Guarantee {
                validation: Validation::read(terms.extra.as_ref())?.map(Box::new),
                house_validation: HouseValidation::read(terms.extra.as_ref())?.map(Box::new),
                tab_endpoint: terms
                    .extra
                    .as_ref()
                    .and_then(|extra| extra.member("tabEndpoint"))
                    .map(|node| String::from(node.text().unwrap_or_default())),
                stated: guarantee::StatedDomain::read(terms.extra.as_ref())?,
            },
        };
        Ok(Offer {
            index: entry.index,
            scheme: terms.scheme,
            network: terms.network,
            asset,
            amount: terms.amount,
            pay_to: terms.pay_to,
            window_s: terms.window_s,
            method,
            envelope: Envelope::new(challenge, terms),
        })
    }

    /// Terms of the past as a record keeps them, for a decision that nothing follows: what else the seller wrote into the
    /// entry is not known any more.
    pub(crate) fn recalled(scheme: SchemeName, asset: Asset, amount: Amount, pay_to: Address) -> Self {
        let method = match scheme {
            SchemeName::Exact => Method::Eip3009,
            SchemeName::Credit => Method::Guarantee {
                validation: None,
                house_validation: None,
                tab_endpoint: None,
                stated: guarantee::StatedDomain::default(),
            },
        };
        let envelope = Envelope::recalled(scheme, asset.network);
        Offer { index: 0, scheme, network: asset.network, asset, amount, pay_to, window_s: 1, method, envelope }
    }

    /// Hash of what a person's yes or a quote is bound to: who is paid how much of what, where and how. Anything else
    /// may change without asking again.
    pub fn binding(&self, seller: &Origin) -> Hash {
        let method = match &self.method {
            Method::Eip3009 => "eip3009",
            // A validation and whatever else the seller writes into `extra` is part of a guarantee's terms.
            Method::Guarantee { .. } => self.envelope.accepted(),
        };
        self.hash(seller, method, &self.amount.to_string())
    }

    /// Hash of everything [`Offer::binding`] covers but the price: what stays the same when only the price changes.
    pub fn terms(&self, seller: &Origin) -> Hash {
        match &self.method {
            Method::Eip3009 => self.hash(seller, "eip3009", ""),
            Method::Guarantee { .. } => self.hash(seller, &without_price(self.envelope.accepted()), ""),
        }
    }

    fn hash(&self, seller: &Origin, method: &str, amount: &str) -> Hash {
        let terms = alloc::format!(
            "{seller}|{}|{method}|{}|{}|{amount}|{}",
            self.scheme.as_str(),
            self.network,
            self.asset.address,
            self.pay_to,
        );
        keccak256(terms.as_bytes())
    }
}

// An entry of `accepts` without the member that names its price, in v1 or v2.
fn without_price(accepted: &str) -> String {
    let Ok(entry) = json::read(accepted.as_bytes()) else { return String::from(accepted) };
    Writer::object().others(&entry, &["amount", "maxAmountRequired"]).finish()
}

// `extra` may repeat what is pinned, nothing else (threats P40, P41, P43, P44).
fn exact_method(challenge: &Challenge<'_>, terms: &Requirement<'_>, asset: &Asset) -> Result<Method, OfferError> {
    if terms.asset == Address::ZERO {
        return Err(OfferError::TransferMethod);
    }
    let member = |name| terms.extra.as_ref().and_then(|extra| extra.member(name));
    match member("assetTransferMethod").map(Node::text) {
        None | Some(Some("eip3009")) => {}
        Some(_) if challenge.asks_approval() => return Err(OfferError::UnlimitedApproval),
        Some(_) => return Err(OfferError::TransferMethod),
    }
    // Another flow (`upfront`, `escrow`) changes when and to whom the money moves.
    if !matches!(member("paymentFlow").map(Node::text), None | Some(Some("authorization"))) {
        return Err(OfferError::TransferMethod);
    }
    let same_text = |name, pinned: &str| member(name).is_none_or(|node| node.text() == Some(pinned));
    let same_number = |name, pinned: u64| member(name).is_none_or(|node| node.integer() == Some(pinned));
    let contract = member("verifyingContract").is_none_or(|node| states_address(node, &terms.asset));
    let agrees = same_text("name", &asset.name)
        && same_text("version", &asset.version)
        && same_number("decimals", u64::from(asset.decimals))
        && same_number("chainId", terms.network.chain_id())
        && contract;
    if agrees { Ok(Method::Eip3009) } else { Err(OfferError::DomainPin) }
}

fn states_address(node: &Node<'_>, expected: &Address) -> bool {
    matches!(&node.value, Value::String(text) if Address::parse(text) == Ok(*expected))
}
