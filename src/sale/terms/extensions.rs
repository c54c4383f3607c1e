//! What a challenge says beside its ways to pay: the seller's own extensions and ours, as JSON.

use alloc::format;
use alloc::string::String;

use crate::json::{Node, push_string};
use crate::sale::OptionError;
use crate::sale::config::{IdentifierRule, Paywall};
use crate::x402::PAYMENT_IDENTIFIER;

/// Key of signing in.
pub(in crate::sale) const SIGN_IN: &str = "sign-in-with-x";
// Made from options: a second source would be a second truth.
const OURS: [&str; 2] = [PAYMENT_IDENTIFIER, SIGN_IN];

// What a client may write into `info`, as the extension publishes it; official clients look for it. Source: x402
// extension `payment-identifier`.
const IDENTIFIER_SCHEMA: &str = "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"type\":\"object\",\
    \"properties\":{\"required\":{\"type\":\"boolean\"},\"id\":{\"type\":\"string\",\"minLength\":16,\"maxLength\":128,\
    \"pattern\":\"^[a-zA-Z0-9_-]+$\"}},\"required\":[\"required\"]}";

/// Members of `extensions` that every challenge of a route has, without the braces.
pub(super) fn members(own: Option<&Node<'_>>, paywall: &Paywall) -> Result<String, OptionError> {
    let mut json = String::new();
    if let Some(node) = own {
        let wanted = "an object, without what `paymentIdentifier` and `signIn` make";
        let members = node.members().ok_or(OptionError::new("extensions", wanted))?;
        for (key, value) in members {
            if OURS.contains(&key.as_ref()) {
                return Err(OptionError::new("extensions", wanted));
            }
            push(&mut json, key, value.raw);
        }
    }
    if let Some(rule) = paywall.identifier {
        let required = rule == IdentifierRule::Required;
        push(
            &mut json,
            PAYMENT_IDENTIFIER,
            &format!("{{\"info\":{{\"required\":{required}}},\"schema\":{IDENTIFIER_SCHEMA}}}"),
        );
    }
    Ok(json)
}

/// Appends a member to an object that is written without its braces.
pub(in crate::sale) fn push(json: &mut String, key: &str, value: &str) {
    if !json.is_empty() {
        json.push(',');
    }
    push_string(json, key);
    json.push(':');
    json.push_str(value);
}
