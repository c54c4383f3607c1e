//! The seller's half: what it asks for, and which payments it takes, made by this package's own payer and by official ones.

#[path = "sale/chaos.rs"]
mod chaos;
mod driver;
#[path = "sale/presenting/mod.rs"]
mod presenting;
mod support;
