//! Texts that can move money.

use alloc::string::String;
use core::fmt;

use super::{hex, keccak256};

/// A text that can move money: prints as its hash, so that it reaches no log by accident (threats P77).
#[derive(Clone, Eq, PartialEq)]
pub struct Secret(String);

impl Secret {
    pub(crate) fn new(text: String) -> Self {
        Secret(text)
    }

    /// The text itself, for the one place it belongs to.
    pub fn into_text(self) -> String {
        self.0
    }
}

impl core::ops::Deref for Secret {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "redacted({})", &hex::encode(&keccak256(self.0.as_bytes()))[..10])
    }
}
