//! What the driver knows by itself: wallet, policy and store. Nobody outside is asked.

use alloc::format;
use alloc::string::{String, ToString};

use super::check::Check;
use crate::json::{Node, Value};
use crate::primitives::Network;

/// What the driver knows without asking anybody outside: `{"wallet": {"local", "sends"}, "policy": {"field"?,
/// "schemes"?, "networks"?, "perRequest"?, "stopped"?}, "store": {"durable", "problem"?}}`.
pub(super) struct Known<'a>(pub(super) Node<'a>);

impl Known<'_> {
    fn at(&self, path: &[&str]) -> Option<&Node<'_>> {
        path.iter().try_fold(&self.0, |node, name| node.member(name))
    }

    pub(super) fn is(&self, path: &[&str]) -> bool {
        matches!(self.at(path), Some(Node { value: Value::Bool(true), .. }))
    }

    fn text(&self, path: &[&str]) -> Option<&str> {
        self.at(path)?.text()
    }

    // `None` where the list is not given, which allows everything.
    fn lists(&self, path: &[&str], entry: &str) -> Option<bool> {
        let entries = self.at(path)?.elements()?;
        Some(entries.iter().any(|node| node.text() == Some(entry)))
    }
}

/// Whether the policy lets guarantees on this network through.
pub(super) fn policy(network: Network, known: &Known<'_>) -> Check {
    let name = "policy";
    let network = network.to_string();
    if let Some(field) = known.text(&["policy", "field"]) {
        return Check::red(
            name,
            String::from("The policy cannot be read, so nothing would be paid."),
            format!("Mend the field `{field}`."),
        );
    }
    if known.is(&["policy", "stopped"]) {
        return Check::red(
            name,
            String::from("Payments of this store are stopped."),
            String::from("`await resumePayments(store)`, when the owner says so."),
        );
    }
    if known.lists(&["policy", "schemes"], "4mica-credit") == Some(false) {
        return Check::red(
            name,
            String::from("The policy does not allow guarantees."),
            String::from("Add '4mica-credit' to `schemes`."),
        );
    }
    if known.lists(&["policy", "networks"], &network) == Some(false) {
        return Check::red(
            name,
            format!("The policy does not allow {network}."),
            format!("Add '{network}' to `networks`."),
        );
    }
    let limit = known.text(&["policy", "perRequest"]).map(|limit| format!("up to {limit} a request"));
    let limit = limit.as_deref().unwrap_or("within its limits");
    Check::green(name, format!("Guarantees on {network} are allowed, {limit}."))
}

/// Whether what is paid is remembered.
pub(super) fn records(known: &Known<'_>) -> Check {
    let name = "records";
    if let Some(problem) = known.text(&["store", "problem"]) {
        return Check::red(
            name,
            format!("The store does not work: {problem}."),
            String::from("Nothing is paid while the store fails."),
        );
    }
    if known.is(&["store", "durable"]) {
        return Check::green(name, String::from("The store keeps records beyond this process."));
    }
    Check::red(
        name,
        String::from("Records and budgets live in memory and are gone with this process."),
        String::from(
            "Pass a durable `store`, for example `await sqliteStore('payments.db')` of farthing/stores/sqlite.",
        ),
    )
}
