//! The host program's options as data: JSON in, a [`Config`] out.

use core::fmt;

use super::Config;
use crate::error::Code;
use crate::json::{self, Node};
use crate::policy::{Policy, PolicyError};
use crate::registry::Registry;

/// Options that cannot be understood.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ConfigError {
    /// The policy.
    Policy(PolicyError),
    /// `assets` or `cores`, or the options as a whole.
    Field(&'static str),
}

impl ConfigError {
    /// The stable code.
    pub const fn code(&self) -> Code {
        match self {
            ConfigError::Policy(error) => error.code(),
            ConfigError::Field(_) => Code::Options,
        }
    }

    /// Name of the field.
    pub fn field(&self) -> &str {
        match self {
            ConfigError::Policy(error) => &error.field,
            ConfigError::Field(field) => field,
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read the options: field `{}` ({})", self.field(), self.code())
    }
}

impl core::error::Error for ConfigError {}

impl Config {
    /// Reads `{"policy"?, "assets"?, "cores"?, "store"?}`. Without a policy the safe one is in force; without a word
    /// about the store it is taken to be ephemeral.
    ///
    /// - `assets`, `cores`: see [`Registry::read`];
    /// - `store`: `"durable"` or `"ephemeral"`, what survives the process.
    ///
    /// # Errors
    /// [`ConfigError`] names the first field that is unknown or malformed.
    pub fn parse(bytes: &[u8]) -> Result<Self, ConfigError> {
        let root = json::read(bytes).map_err(|_| ConfigError::Field("options"))?;
        json::only(&root, &["policy", "assets", "cores", "store"]).ok_or(ConfigError::Field("options"))?;
        let policy = match root.member("policy") {
            None => Policy::safe(),
            Some(node) => Policy::parse(node.raw.as_bytes()).map_err(ConfigError::Policy)?,
        };
        let registry = Registry::read(&root).map_err(ConfigError::Field)?;
        let durable = match root.member("store").map(Node::text) {
            None | Some(Some("ephemeral")) => false,
            Some(Some("durable")) => true,
            Some(_) => return Err(ConfigError::Field("store")),
        };
        Ok(Config { policy, registry, durable })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_malformed_field_is_named() {
        for (text, field) in [
            ("[]", "options"),
            (r#"{"Policy":{}}"#, "options"),
            (r#"{"policy":{"perRequest":1}}"#, "perRequest"),
            (r#"{"assets":[{"network":"eip155:1"}]}"#, "assets"),
            (r#"{"cores":[{"network":"eip155:1","url":"core.example"}]}"#, "cores"),
            (r#"{"cores":[{"network":"eip155:1","url":"https://core.example","generation":"newest"}]}"#, "cores"),
        ] {
            assert_eq!(Config::parse(text.as_bytes()).unwrap_err().field(), field, "{text}");
        }
    }

    #[test]
    fn no_policy_means_the_safe_one() {
        assert_eq!(Config::parse(b"{}").unwrap().policy, Policy::safe());
    }
}
