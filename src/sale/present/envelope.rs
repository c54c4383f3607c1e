//! The header that carries a payment: one value in, one strictly read envelope out, or what is wrong with it.

use alloc::format;
use alloc::string::String;

use super::{Place, Request};
use crate::error::SaleCode;
use crate::json::{self, Node, Value};
use crate::payment::Payment;
use crate::sale::Refusal;
use crate::sale::config::IdentifierRule;
use crate::x402::{ChallengeError, PAYMENT_IDENTIFIER, SchemeName, Version, header};

fn malformed(facts: impl Into<String>) -> Refusal {
    Refusal::new(SaleCode::Malformed, facts)
}

/// What is wrong with a text, in the words that payers have for challenges: `base64`, `duplicate-key`.
pub(in crate::sale) fn reason(error: ChallengeError) -> &'static str {
    error.code().as_str().rsplit('/').next().unwrap_or_default()
}

/// The version that the header's name says, and the JSON in its value.
pub(super) fn decode(request: &Request<'_>) -> Result<(Version, String), Refusal> {
    let (version, value) = match (request.v1, request.v2) {
        (Some(_), Some(_)) => return Err(Refusal::new(SaleCode::TwoHeaders, "X-PAYMENT and PAYMENT-SIGNATURE")),
        (Some(value), None) => (Version::V1, value),
        (None, Some(value)) => (Version::V2, value),
        (None, None) => return Err(malformed("no payment")),
    };
    let name = version.payment_header();
    let bytes = header::decode(value).map_err(|error| match error {
        ChallengeError::MultipleHeaders => Refusal::new(SaleCode::TwoHeaders, name),
        error => malformed(format!("{name}: {}", reason(error))),
    })?;
    let text = String::from_utf8(bytes).map_err(|_| malformed(format!("{name}: {}", reason(ChallengeError::Utf8))))?;
    Ok((version, text))
}

/// The envelope, of the version that its header's name says.
pub(super) fn read(json: &str, version: Version) -> Result<Payment<'_>, Refusal> {
    let root = json::read(json.as_bytes()).map_err(|error| malformed(reason(ChallengeError::from(error))))?;
    let stated = root.member("x402Version").and_then(Node::integer);
    if stated != Some(version.number()) {
        return Err(malformed(format!("x402Version, in {}", version.payment_header())));
    }
    if root.member("payload").and_then(Node::members).is_none() {
        return Err(malformed("payload"));
    }
    let terms = match version {
        Version::V1 => Some(&root),
        Version::V2 => root.member("accepted"),
    };
    let text = |name: &str| terms.and_then(|terms| terms.member(name)).and_then(Node::text);
    let (Some(scheme), Some(_)) = (text("scheme"), text("network")) else {
        return Err(malformed(if version == Version::V2 { "accepted" } else { "scheme and network" }));
    };
    let field = if SchemeName::parse(scheme).is_none() { "scheme" } else { "network" };
    Payment::of(root).ok_or_else(|| Refusal::new(SaleCode::NoMatch, field))
}

/// What it says of the resource must be this request's (threats S7).
pub(super) fn names_resource(payment: &Payment<'_>, place: &Place) -> Result<(), Refusal> {
    let url = match stated(payment.member("resource")) {
        None => return Ok(()),
        Some(resource) if resource.members().is_none() => return Err(malformed("resource")),
        Some(resource) => stated(resource.member("url")),
    };
    match url.map(|url| url.text().is_some_and(|text| place.is_resource(text))) {
        None | Some(true) => Ok(()),
        Some(false) if seeded_bug!(27) => Ok(()),
        Some(false) => Err(Refusal::new(SaleCode::Mismatch, "resource.url")),
    }
}

/// What the payment is named, if it is well-formed.
pub(super) fn identifier(payment: &Payment<'_>) -> Option<String> {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    let fits = |text: &&str| (16..=128).contains(&text.len()) && text.bytes().all(letter);
    stated_identifier(payment)?.text().filter(fits).map(String::from)
}

/// Holds what a payment is named against what the seller wants of names.
pub(super) fn check_identifier(payment: &Payment<'_>, rule: Option<IdentifierRule>) -> Result<(), Refusal> {
    match (rule, stated_identifier(payment)) {
        (None, _) | (Some(IdentifierRule::Optional), None) => Ok(()),
        (Some(IdentifierRule::Required), None) => Err(Refusal::new(SaleCode::IdentifierMissing, "")),
        (Some(_), Some(_)) if identifier(payment).is_some() => Ok(()),
        (Some(_), Some(_)) => Err(malformed(format!("extensions.{PAYMENT_IDENTIFIER}.info.id"))),
    }
}

fn stated_identifier<'p, 'a>(payment: &'p Payment<'a>) -> Option<&'p Node<'a>> {
    stated(payment.member("extensions")?.member(PAYMENT_IDENTIFIER)?.member("info")?.member("id"))
}

// Serialisers write what is absent as `null`, too.
fn stated<'n, 'a>(node: Option<&'n Node<'a>>) -> Option<&'n Node<'a>> {
    node.filter(|node| node.value != Value::Null)
}
