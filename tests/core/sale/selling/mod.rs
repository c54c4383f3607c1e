//! The asynchronous half: from a payment that was presented to at most one grant, whatever anybody says and when.
#![allow(dead_code, reason = "the tests that use all of it follow")]

mod evidence;
mod failures;
mod lies;
mod repeats;
mod world;
