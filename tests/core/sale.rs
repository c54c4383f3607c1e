//! The seller's half: what it asks for, which payments it takes, made by this package's own payer and by official ones, and
//! what becomes of them.

#[path = "sale/chaos.rs"]
mod chaos;
extern crate alloc;

mod driver;
#[path = "sale/presenting/mod.rs"]
mod presenting;
#[path = "sale/selling/mod.rs"]
mod selling;
mod support;

// What the bindings write is compiled here once more; it looks for the crate at the root.
use farthing::{budget, json, ledger, record, sale};
