//! Which event answers which command, and which command may follow which.

use farthing::error::Code;
use farthing::ledger::{Reservation, View};
use farthing::purchase::{Answer, Command, Consent, PaidAnswer, Trouble};

/// Every trouble there is.
pub const TROUBLES: [Trouble; 9] = [
    Trouble::Network,
    Trouble::Aborted,
    Trouble::Stopped,
    Trouble::Killed,
    Trouble::Store,
    Trouble::WalletRejected,
    Trouble::WalletAccount,
    Trouble::WalletChain,
    Trouble::WalletFailed,
];

/// One call of a method of the machine.
#[derive(Clone, Debug)]
pub enum Event {
    Loaded(View),
    Answered(Consent),
    Answer(Answer),
    Account(String),
    Fetched(u16, Vec<u8>),
    Reserved(Reservation),
    Signature(String),
    SignLocally,
    Advanced(bool),
    Settlement(PaidAnswer),
    Certificate(Option<Code>),
    Trouble(Trouble),
}

/// True for a command that ends the purchase.
pub fn is_last(command: &Command) -> bool {
    matches!(name(command), "pass-through" | "quoted" | "finish" | "fail")
}

pub fn name(command: &Command) -> &'static str {
    match command {
        Command::Load { .. } => "load",
        Command::Probe => "probe",
        Command::Account => "account",
        Command::Fetch { .. } | Command::ActiveCycle { .. } => "fetch",
        Command::Reserve { .. } => "reserve",
        Command::Ask { .. } => "ask",
        Command::Sign { .. } => "sign",
        Command::Advance { .. } => "advance",
        Command::Send { .. } => "send",
        Command::VerifyCertificate { .. } => "verify-certificate",
        Command::PassThrough { .. } => "pass-through",
        Command::Quoted(_) => "quoted",
        Command::Finish { .. } => "finish",
        Command::Fail { .. } => "fail",
    }
}

/// True when the event is what the command waits for.
pub fn answers(event: &Event, command: &Command) -> bool {
    let wanted: &[&str] = match event {
        Event::Loaded(_) => &["load"],
        Event::Answered(_) => &["ask"],
        Event::Answer(_) => &["probe"],
        Event::Account(_) => &["account"],
        Event::Fetched(..) => &["fetch"],
        Event::Reserved(_) => &["reserve"],
        Event::Signature(_) | Event::SignLocally => &["sign"],
        Event::Advanced(_) => &["advance"],
        Event::Settlement(_) => &["send"],
        Event::Certificate(_) => &["verify-certificate"],
        Event::Trouble(_) => return !is_last(command),
    };
    wanted.contains(&name(command))
}

// The order of the steps. A purchase may fail anywhere, and nothing else is skipped.
pub fn may_follow(before: &Command, next: &Command) -> bool {
    let allowed: &[&str] = match name(before) {
        // A number of a tab that is taken: by whom, and then over again.
        "load" => &["probe", "send", "quoted", "load", "reserve"],
        "probe" => &["account", "pass-through", "load"],
        "account" => &["fetch", "reserve", "ask"],
        "fetch" => &["fetch", "reserve"],
        "reserve" => &["sign", "ask", "load"],
        "ask" => &["fetch", "reserve"],
        "sign" => &["advance"],
        "advance" => &["send"],
        "send" => &["verify-certificate", "finish", "send"],
        "verify-certificate" => &["finish"],
        _ => &[],
    };
    name(next) == "fail" || allowed.contains(&name(next))
}
