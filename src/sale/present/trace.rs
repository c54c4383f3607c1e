//! A payment that fits nothing that is asked now: its headers in, the claim it may have made earlier out.
//!
//! Prices change while settlements are under way. Whoever paid the old one and asks again must not be told to pay the new
//! one before the store was asked (invariant I26). Nothing is sold on the strength of a trace.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Place, Request, Unverified, envelope, proof};
use crate::core4mica::Parameters;
use crate::json::Node;
use crate::payment::{Message, Payment};
use crate::primitives::{Address, Hash, Network, Secret};
use crate::registry::{Asset, Core};
use crate::sale::{Paywall, Terms};
use crate::signer::Signature;
use crate::x402::{SchemeName, Version};

/// A well-formed payment for a pinned token or core, still without proof of who signed it.
pub struct Trace {
    paywall: Rc<Paywall>,
    version: Version,
    network: Network,
    json: Secret,
    signature: Signature,
    /// Tokens it may be signed for: in version 1 any that is offered on its network.
    assets: Vec<Asset>,
    core: Option<Core>,
    place: Place,
    method: String,
}

/// What a payment that is presented once more is known by.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Traced {
    /// Id of the row.
    pub claim: String,
    /// See [`Presented::binding`](super::Presented::binding).
    pub binding: Hash,
    /// What was signed.
    pub digest: Hash,
    /// The buyer's own name for it, whether or not the seller has use for one now.
    pub identifier: Option<String>,
}

impl Terms {
    /// Follows the payment of a request that [`Terms::present`] or [`Unverified::verify`](super::Unverified::verify)
    /// refused with status 402. `None` where it cannot have made a claim.
    pub fn trace(&self, request: &Request<'_>) -> Option<Trace> {
        let place = self.place(request.url).ok()?;
        let (version, json) = envelope::decode(request).ok()?;
        self.traced(version, Secret::new(json), place, String::from(request.method))
    }

    fn traced(&self, version: Version, json: Secret, place: Place, method: String) -> Option<Trace> {
        let payment = envelope::read(&json, version).ok()?;
        let signature = Signature::parse_canonical(payment.signature()?).ok()?;
        let registry = self.paywall.registry();
        let network = payment.network;
        let (assets, core) = match (payment.scheme, version) {
            (SchemeName::Credit, _) => (Vec::new(), Some(registry.core(network)?)),
            (SchemeName::Exact, Version::V2) => {
                let address = Address::parse(payment.member("accepted")?.member("asset").and_then(Node::text)?).ok()?;
                (alloc::vec![registry.asset(network, &address)?], None)
            }
            (SchemeName::Exact, Version::V1) => {
                let offered = self.offers.iter().filter(|offer| offer.network == network);
                let offered = offered.map(|offer| offer.asset.clone()).chain(registry.first_asset(network));
                (offered.collect(), None)
            }
        };
        let paywall = Rc::clone(&self.paywall);
        Some(Trace { paywall, version, network, json, signature, assets, core, place, method })
    }
}

impl Unverified {
    /// As [`Terms::trace`], of a payment that could not be verified.
    pub fn trace(&self) -> Option<Trace> {
        self.terms.traced(self.version, self.json.clone(), self.place.clone(), self.method.clone())
    }
}

impl Trace {
    /// What the seller set up.
    pub fn paywall(&self) -> &Rc<Paywall> {
        &self.paywall
    }

    /// Version the buyer speaks, and is answered in.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The core whose public parameters [`Trace::verify`] needs, for a guarantee.
    pub fn core(&self) -> Option<&Core> {
        self.core.as_ref()
    }

    /// The claim, if the payer it names signed it, of a request with a body of this hash; zero for none. `parameters` are
    /// those of [`Trace::core`], for a guarantee.
    pub fn verify(&self, body: &Hash, parameters: Option<&Parameters>) -> Option<Traced> {
        let payment = envelope::read(&self.json, self.version).ok()?;
        let guarantee = parameters.and_then(|parameters| payment.guarantee(parameters));
        let mut messages = guarantee.into_iter().chain(self.transfers(&payment));
        let signed = |message: &Message| self.signature.recover(&message.digest()) == Ok(message.payer());
        let message = messages.find(signed)?;
        let claim = proof::claim(&message, self.network);
        let identifier = envelope::identifier(&payment);
        let binding = proof::binding(&self.method, &self.place, body);
        Some(Traced { claim, binding, digest: message.digest(), identifier })
    }

    fn transfers<'t>(&'t self, payment: &'t Payment<'_>) -> impl Iterator<Item = Message> + 't {
        self.assets.iter().filter_map(|asset| payment.transfer(asset))
    }
}

impl core::fmt::Debug for Trace {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Trace(redacted)")
    }
}
