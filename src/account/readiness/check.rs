//! The answer about one thing that a payer needs, and all of them for a person.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::account::Failure;
use crate::json::Writer;

/// The answer about one thing.
pub(super) struct Check {
    name: &'static str,
    /// What is so.
    says: String,
    /// What to do, when it is not as it should be.
    fix: Option<String>,
}

impl Check {
    pub(super) fn green(name: &'static str, says: String) -> Self {
        Check { name, says, fix: None }
    }

    pub(super) fn red(name: &'static str, says: String, fix: String) -> Self {
        Check { name, says, fix: Some(fix) }
    }

    pub(super) fn failed(name: &'static str, doing: &str, failure: &Failure) -> Self {
        let facts = if failure.facts.is_empty() { String::new() } else { format!(" ({})", failure.facts) };
        let says = format!("Could not {doing}: {}{facts} [{}].", failure.code.meaning(), failure.code);
        Check::red(name, says, String::from(failure.code.fix()))
    }
}

/// `{"ready", "checks": [{"check", "ok", "says", "fix"?}], "words"}`
pub(super) fn report(checks: &[Check]) -> String {
    let ready = checks.iter().all(|check| check.fix.is_none());
    let mut objects = Vec::new();
    let mut words = String::from(if ready {
        "Ready to pay with 4Mica.\n"
    } else {
        "Not ready to pay with 4Mica yet. What is missing:\n"
    });
    for check in checks {
        let ok = check.fix.is_none();
        words.push_str(&format!("{} {}: {}\n", if ok { "✓" } else { "✗" }, check.name, check.says));
        if let Some(fix) = &check.fix {
            words.push_str(&format!("    → {fix}\n"));
        }
        let object = Writer::object()
            .text("check", check.name)
            .raw("ok", if ok { "true" } else { "false" })
            .text("says", &check.says)
            .text_if("fix", check.fix.as_deref());
        objects.push(object.finish());
    }
    Writer::object()
        .raw("ready", if ready { "true" } else { "false" })
        .raw("checks", &format!("[{}]", objects.join(",")))
        .text("words", words.trim_end())
        .finish()
}
