//! The terms of a route as data: JSON in, compiled [`Terms`] out, read once more by this package's own payer.

use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use super::entry::inside;
use super::{Release, Resource, SaleOffer, Terms, extensions};
use crate::json::{self, Node, Writer, push_string};
use crate::policy::Money;
use crate::sale::OptionError;
use crate::sale::config::{Paywall, known, money, read};
use crate::scheme::Offer;
use crate::x402::{Challenge, MAX_ECHO_BYTES, MAX_ENTRIES, SchemeName, Version};

const KNOWN: [&str; 9] =
    ["accepts", "description", "mimeType", "serviceName", "tags", "iconUrl", "extensions", "release", "floor"];
// Of the bytes that a payment repeats, so many are left for the URL of the request.
const URL_BYTES: usize = 1024;
const ACCEPTS: &str = "one way to pay, or a list of 1 to 16 that differ";

pub(super) fn terms(paywall: &Rc<Paywall>, bytes: &[u8]) -> Result<Terms, OptionError> {
    let root = json::read(bytes).map_err(|_| OptionError::new("terms", "one JSON object"))?;
    let accepts = match root.member("accepts") {
        None => &root,
        Some(accepts) => {
            known(&root, &KNOWN, "terms")?;
            accepts
        }
    };
    // One way to pay alone has none of the other members, and refuses them itself.
    let floor = read(&root, "floor", money, "an amount as `0.001 USD`")?;
    let offers = match accepts.elements() {
        None => alloc::vec![Rc::new(SaleOffer::read(accepts, paywall, floor.as_ref())?)],
        Some(nodes) => offers(nodes, paywall, floor.as_ref())?,
    };
    let release = read(&root, "release", Release::read, Release::WANTED)?;
    let terms = Terms {
        paywall: Rc::clone(paywall),
        resource: resource(&root)?,
        extensions: extensions::members(root.member("extensions"), paywall)?,
        accepts: list(offers.iter().map(|offer| offer.entry())),
        release: release.unwrap_or_else(|| paywall.release.clone()),
        offers,
    };
    terms.check_settlement()?;
    terms.check_payer()?;
    Ok(terms)
}

fn offers(nodes: &[Node<'_>], paywall: &Paywall, floor: Option<&Money>) -> Result<Vec<Rc<SaleOffer>>, OptionError> {
    if !(1..=MAX_ENTRIES).contains(&nodes.len()) {
        return Err(OptionError::new("accepts", ACCEPTS));
    }
    let mut offers: Vec<Rc<SaleOffer>> = Vec::with_capacity(nodes.len());
    for (index, node) in nodes.iter().enumerate() {
        let offer =
            SaleOffer::read(node, paywall, floor).map_err(|error| error.within(&format!("accepts[{index}]")))?;
        // A payment is for exactly one of them.
        if offers.iter().any(|other| other.entry == offer.entry) {
            return Err(OptionError::new("accepts", ACCEPTS));
        }
        offers.push(Rc::new(offer));
    }
    Ok(offers)
}

fn list<'t>(entries: impl Iterator<Item = &'t str>) -> String {
    let mut json = String::from("[");
    for entry in entries {
        if json.len() > 1 {
            json.push(',');
        }
        json.push_str(entry);
    }
    json.push(']');
    json
}

fn resource(root: &Node<'_>) -> Result<Resource, OptionError> {
    let text = |name: &str| read(root, name, |node| node.text().map(String::from), "a text");
    let (description, mime_type, service_name) = (text("description")?, text("mimeType")?, text("serviceName")?);
    let texts = [
        ("description", description.clone()),
        ("mimeType", mime_type.clone()),
        ("serviceName", service_name.clone()),
        ("iconUrl", text("iconUrl")?),
    ];
    let mut members = String::new();
    for (name, text) in &texts {
        let Some(text) = text else { continue };
        members.push(',');
        push_string(&mut members, name);
        members.push(':');
        push_string(&mut members, text);
    }
    let tags = |node: &Node<'_>| node.elements()?.iter().map(|tag| tag.text().map(String::from)).collect();
    let tags: Option<Vec<String>> = read(root, "tags", tags, "a list of texts")?;
    if let Some(tags) = tags {
        let tags: Vec<String> = tags.iter().map(|tag| quoted(tag)).collect();
        members.push_str(",\"tags\":");
        members.push_str(&list(tags.iter().map(String::as_str)));
    }
    // Version 1 wants both, be they empty.
    let members_v1 = Writer::object()
        .text("description", description.as_deref().unwrap_or_default())
        .text("mimeType", mime_type.as_deref().unwrap_or_default())
        .finish();
    Ok(Resource { description, service_name, members_v1: inside(members_v1), members })
}

fn quoted(text: &str) -> String {
    let mut json = String::new();
    push_string(&mut json, text);
    json
}

impl Terms {
    /// What every sale will need must be there before the first one.
    fn check_settlement(&self) -> Result<(), OptionError> {
        for offer in &self.offers {
            let facilitator = self.paywall.facilitator(offer.scheme);
            let spoken = facilitator.is_some_and(|facilitator| facilitator.version == Version::V2);
            if !spoken && offer.v1_network().is_none() {
                return Err(OptionError::new("x402Version", "2: version 1 has no name for this network"));
            }
            if let (Some(above), SchemeName::Exact) = (&self.paywall.evidence_above, offer.scheme) {
                let price = offer.price().filter(|price| price.currency() == above.currency());
                if price.is_none_or(|price| price >= *above) && !self.paywall.has_node(offer.network) {
                    return Err(OptionError::new(
                        "evidenceAbove",
                        "a node in `rpc` of every network where so much is asked in `exact`",
                    ));
                }
            }
            if let Release::Optimistic { cap } = &self.release {
                if offer.price().is_none_or(|price| price.currency() != cap.currency()) {
                    return Err(OptionError::new("release", "a cap in the currency of every token that is offered"));
                }
            }
        }
        Ok(())
    }

    /// This package's own payer must be able to read, understand and repeat all of it.
    fn check_payer(&self) -> Result<(), OptionError> {
        let url = "https://seller.example/";
        let extensions = format!("{{{}}}", self.extensions);
        let written = Writer::object()
            .integer("x402Version", Version::V2.number())
            .raw("resource", &self.written_resource(url))
            .raw("accepts", &self.accepts)
            .raw("extensions", &extensions)
            .finish();
        let wrong = || OptionError::new("terms", "what x402 payers can read");
        let challenge = Challenge::read_v2(written.as_bytes()).map_err(|_| wrong())?;
        if challenge.entries.len() != self.offers.len() {
            return Err(wrong());
        }
        for entry in &challenge.entries {
            Offer::read(&challenge, entry, &self.paywall.registry).map_err(|_| wrong())?;
            if challenge.echo_bytes(&entry.requirement) + self.dynamic_bytes() + URL_BYTES > MAX_ECHO_BYTES {
                return Err(OptionError::new("terms", "3 KiB of texts: payments repeat them in a header"));
            }
        }
        Ok(())
    }

    // What `challenge` adds to the extensions for one request.
    fn dynamic_bytes(&self) -> usize {
        self.sign_in().map_or(0, |offer| offer.written_bytes(&self.networks()))
    }
}
