//! The sandbox: asked what the real services were asked, and held to what it says of itself.

#[path = "sandbox/clearing.rs"]
mod clearing;
#[path = "sandbox/faults.rs"]
mod faults;
#[path = "sandbox/hostile.rs"]
mod hostile;
#[path = "sandbox/house.rs"]
mod house;
#[path = "sandbox/login.rs"]
mod login;
#[path = "sandbox/mutations.rs"]
mod mutations;
#[path = "sandbox/options.rs"]
mod options;
#[path = "sandbox/payer.rs"]
mod payer;
#[path = "sandbox/recording.rs"]
mod recording;
#[path = "sandbox/replay.rs"]
mod replay;
#[path = "sandbox/selling.rs"]
mod selling;
#[path = "support/mod.rs"]
mod support;
