//! The asynchronous half: from a payment that was presented to at most one grant, whatever anybody says and when.

mod chain;
mod plain;
mod watch;
mod world;
