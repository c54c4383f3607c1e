//! Names of sums, the same in every process, and never one name for two sums.

use alloc::string::{String, ToString};

use super::{Budget, Scope, Unit};
use crate::json::push_string;
use crate::policy::asset_text;
use crate::primitives::{hex, keccak256};

/// Longest key, in bytes.
const MAX_KEY_BYTES: usize = 400;

impl Budget {
    /// `all USD day`, `task "trip-42" agent "" count calendar-day Europe/Berlin only category "a" "b"`: everything that
    /// gives the sum its meaning, but the limit. Values are JSON strings, so that none of them can pass for something
    /// else. `None` when a value that the sum is kept for is not known.
    pub(super) fn key(&self, value: impl Fn(Scope) -> Option<String>) -> Option<String> {
        let mut key = String::new();
        for scope in &self.per {
            push_word(&mut key, scope.as_str());
            push_value(&mut key, &value(*scope)?);
        }
        if self.per.is_empty() {
            key.push_str("all");
        }
        match &self.unit {
            Unit::Currency(currency) => push_word(&mut key, currency),
            Unit::Asset(id) => push_word(&mut key, &asset_text(id)),
            Unit::Count => push_word(&mut key, "count"),
            Unit::AtOnce => push_word(&mut key, "at-once"),
        }
        push_word(&mut key, &self.window.name());
        if self.window.is_calendar() {
            push_word(&mut key, &self.zone);
        }
        for (at, (scope, values)) in self.only.iter().enumerate() {
            if at == 0 {
                push_word(&mut key, "only");
            }
            push_word(&mut key, scope.as_str());
            values.iter().for_each(|value| push_value(&mut key, value));
        }
        Some(short_key("budget", key))
    }
}

/// The key itself, or, when it is too long for a store, what it is about and its hash: `budget #5f3a…`. No key has a `#`
/// outside a value otherwise.
pub(in crate::policy) fn short_key(about: &str, key: String) -> String {
    if key.len() <= MAX_KEY_BYTES {
        return key;
    }
    let mut short = about.to_string();
    push_word(&mut short, "#");
    hex::push(&mut short, &keccak256(key.as_bytes()));
    short
}

fn push_word(key: &mut String, word: &str) {
    if !key.is_empty() {
        key.push(' ');
    }
    key.push_str(word);
}

fn push_value(key: &mut String, value: &str) {
    key.push(' ');
    push_string(key, value);
}
