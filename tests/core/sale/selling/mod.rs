//! The asynchronous half: from a payment that was presented to at most one grant, whatever anybody says and when.

mod chaos;
mod copies;
mod evidence;
mod failures;
mod lies;
mod repeats;
#[path = "../../../../src/wasm/row.rs"]
mod row;
mod stored;
mod world;
