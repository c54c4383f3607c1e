//! Every recorded exchange with a running core and facilitator, replayed: our requests are the recorded ones, and each
//! recorded answer means what the error table says.

mod support;

#[path = "fourmica/chaos.rs"]
mod chaos;
#[path = "fourmica/checkpoint.rs"]
mod checkpoint;
#[path = "fourmica/clearing.rs"]
mod clearing;
#[path = "fourmica/exchange.rs"]
mod exchange;
#[path = "fourmica/expected.rs"]
mod expected;
#[path = "fourmica/login.rs"]
mod login;
#[path = "fourmica/replay.rs"]
mod replay;
#[path = "fourmica/rules.rs"]
mod rules;
