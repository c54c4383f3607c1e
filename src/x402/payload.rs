//! The payment header: what the seller offered, repeated verbatim but for the payment's name, and the scheme's signed
//! payload.

use alloc::string::String;

use super::{Challenge, Requirement, SchemeName, Version, header, identifier};
use crate::json::{self, Writer};
use crate::primitives::Network;

/// Everything a payment header holds besides the signed payload, fixed when the terms are accepted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Envelope {
    version: Version,
    scheme: &'static str,
    network: String,
    accepted: String,
    resource: Option<String>,
    extensions: Option<String>,
}

impl Envelope {
    /// The envelope that answers `entry` of `challenge`.
    pub fn new(challenge: &Challenge<'_>, entry: &Requirement<'_>) -> Self {
        Envelope {
            version: challenge.version,
            scheme: entry.scheme.as_str(),
            network: entry.network_text.clone(),
            accepted: String::from(entry.raw),
            resource: challenge.resource_raw.map(String::from),
            extensions: challenge.extensions_raw.map(String::from),
        }
    }

    /// What a record still knows of an envelope: for decisions about the past, never for a header.
    pub(crate) fn recalled(scheme: SchemeName, network: Network) -> Self {
        Envelope {
            version: Version::V2,
            scheme: scheme.as_str(),
            network: alloc::format!("{network}"),
            accepted: String::new(),
            resource: None,
            extensions: None,
        }
    }

    /// Version, which decides the header's name.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The accepted entry as received.
    pub fn accepted(&self) -> &str {
        &self.accepted
    }

    /// The challenge's resource as received, where the version has one.
    pub fn resource(&self) -> Option<&str> {
        self.resource.as_deref()
    }

    /// The header's value: base64 of the payment as JSON, around `payload` (JSON text of the scheme). `id` names the payment
    /// where the seller takes a payment identifier.
    ///
    /// # Source
    /// x402 v1 and v2, "PaymentPayload".
    pub fn header_value(&self, payload: &str, id: &str) -> String {
        let object = Writer::object().integer("x402Version", self.version.number());
        let json = match self.version {
            Version::V1 => object.text("scheme", self.scheme).text("network", &self.network).raw("payload", payload),
            Version::V2 => {
                let mut object = object.raw("payload", payload).raw("accepted", &self.accepted);
                if let Some(resource) = &self.resource {
                    object = object.raw("resource", resource);
                }
                if let Some(extensions) = &self.extensions {
                    let named = json::read(extensions.as_bytes()).ok().and_then(|node| identifier::named(&node, id));
                    object = object.raw("extensions", named.as_deref().unwrap_or(extensions));
                }
                object
            }
        };
        header::encode(json.finish().as_bytes())
    }
}
