//! What is done with a 4Mica account beside paying: log in, look at the collateral, deposit, withdraw, settle a cycle,
//! confirm what was authorised, and look for charges that nobody signed.
//!
//! Tasks go in as data, steps come out (ask a core, ask a node, have the wallet sign or send), reports go in, at last a
//! result as JSON. No network, clock or randomness: they come in with the reports.

mod session;
mod task;

use alloc::string::String;

pub use task::{Step, Task, Told};

use crate::error::Code;

/// Why a task failed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Failure {
    /// The stable code.
    pub code: Code,
    /// Numbers and names behind it, for people. Nothing of a stranger's that was not parsed, or escaped and bounded.
    pub facts: String,
}

impl Failure {
    fn new(code: Code) -> Self {
        Failure { code, facts: String::new() }
    }

    fn with(code: Code, facts: String) -> Self {
        Failure { code, facts }
    }
}
