//! The buyer's state machine: events in, commands out.
//!
//! ```text
//! load → probe → (account) → decide → (ask the core) → reserve → sign → write → send → judge → write
//! ```
//!
//! One purchase signs at most once. What was signed is durable before it leaves and is presented again, byte for
//! byte, when the outcome is unknown. Knows no network, clock, randomness or store: all of them are arguments.

mod answer;
mod authorisation;
mod command;
mod config;
mod guarantee;
mod keeping;
mod presented;
mod request;
mod steps;

use alloc::string::String;
use alloc::sync::Arc;

pub use authorisation::TypedData;
pub use command::{Command, Consent, Failure, Quoted, Trouble};
pub use config::ConfigError;
pub use request::Request;

pub(crate) use answer::{Certified, Expectation, Proof, Verdict, judge_certificate};
pub(crate) use authorisation::CLOCK_ALLOWANCE_S;

use authorisation::{Plan, Signed, Unsigned};
use guarantee::Prepared;
use presented::Presented;
use steps::Offers;

use crate::error::Code;
use crate::ledger::Query;
use crate::policy::{Approved, Pending, Policy};
use crate::primitives::{Address, Hash, Secret};
use crate::record::Record;
use crate::registry::{Core, Registry};

/// What the host program configured. Shared by all purchases, changed by none.
#[derive(Clone, Debug)]
pub struct Config {
    /// The owner's rules.
    pub policy: Policy,
    /// Pinned tables.
    pub registry: Registry,
    /// Whether the store outlives the process.
    pub durable: bool,
}

/// Fresh random bytes of one purchase.
#[derive(Clone)]
pub struct Entropy {
    /// Names the purchase when the caller did not.
    pub id: [u8; 16],
    /// Makes the nonce or request id unpredictable.
    pub nonce: [u8; 32],
    /// Hides the recipient of a generation 4 guarantee.
    pub salt: [u8; 32],
}

impl Entropy {
    // A constant source gives zeros or the same bytes again (threats P70).
    fn is_plausible(&self) -> bool {
        self.nonce != [0; 32] && self.nonce != self.salt && self.nonce[..16] != self.id
    }
}

// Random bytes decide a nonce that must stay unpredictable until it is sent.
impl core::fmt::Debug for Entropy {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Entropy(redacted)")
    }
}

/// What came back from the unpaid request.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// URL that answered, after redirects, without fragment.
    pub url: String,
    /// `PAYMENT-REQUIRED`, values joined as the platform does.
    pub header: Option<String>,
    /// Body, when it is JSON: up to 64 KiB and one byte.
    pub body: alloc::vec::Vec<u8>,
    /// `Date` header in Unix seconds, where readable.
    pub date_s: Option<u64>,
}

/// What came back from the paid request.
#[derive(Clone, Debug)]
pub struct PaidAnswer {
    /// HTTP status; 0 for a redirect the platform hides.
    pub status: u16,
    /// `PAYMENT-RESPONSE`, or `X-PAYMENT-RESPONSE`.
    pub header: Option<String>,
    /// Hash of the content, where the caller wanted it recorded.
    pub output: Option<Hash>,
    /// What a 402 or a 5xx says, up to 16 KiB (see [`PaidAnswer::refusal`]); else empty.
    pub body: alloc::vec::Vec<u8>,
}

impl PaidAnswer {
    /// What a refusal says: its body, or where that states no reason, the challenge of its `PAYMENT-REQUIRED`, which is
    /// where sellers of x402 v2 state it.
    pub fn refusal(body: alloc::vec::Vec<u8>, challenge: Option<&str>) -> alloc::vec::Vec<u8> {
        let challenge = challenge.filter(|_| answer::stated_reason(&body).is_none());
        challenge.and_then(|challenge| crate::x402::header::decode(challenge).ok()).unwrap_or(body)
    }
}

/// Whether to pay, or only to tell what would be paid.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mode {
    /// Pay.
    Pay,
    /// Decide and stop. Writes nothing.
    Quote,
    /// Decide, write down what would have been paid, and stop.
    Observe,
}

/// Our clock, and what a calendar makes of it.
#[derive(Clone, Debug, Default)]
pub struct Time {
    /// Unix second.
    pub now_s: u64,
    /// Minutes east of UTC now, for each of [`Policy::zones`].
    pub zones: alloc::vec::Vec<i32>,
}

/// Key of the note that stops every payment of a store, whatever it says but [`NOT_STOPPED`].
pub const STOP: &str = "stop";

/// What that note says after payments were stopped and go on: a store forgets no note.
pub const NOT_STOPPED: &str = "off";

// Anything outside is a clock that was never set, or a unit mistake: 2024-01-01 to 2100-01-01.
const PLAUSIBLE_S: core::ops::Range<u64> = 1_704_067_200..4_102_444_800;

/// One purchase in progress.
#[derive(Debug)]
pub struct Purchase {
    config: Arc<Config>,
    mode: Mode,
    request: Request,
    /// Where the paid request goes: the requested URL, or a same-origin redirect's target.
    target: String,
    entropy: Entropy,
    now_s: u64,
    /// When the challenge arrived, by our clock.
    challenged_s: u64,
    /// Seconds by which our clock was ahead of the seller's.
    ahead_s: u64,
    zones: alloc::vec::Vec<i32>,
    /// What the note [`STOP`] said at the beginning: nothing, or [`NOT_STOPPED`].
    not_stopped: Option<String>,
    /// What the store remembers of this seller, by the policy's keys.
    noted: alloc::vec::Vec<Option<String>>,
    /// Present once there is something to keep.
    record: Option<Record>,
    /// What a store was asked to write; becomes the record when it confirms.
    proposed: Option<Record>,
    /// True once the record is in the store, so that writes must name the state they replace.
    stored: bool,
    sealed: Option<Secret>,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Loading,
    Probing,
    NeedsAccount(Offers),
    Measuring { asks: Option<Code>, holds: alloc::vec::Vec<crate::budget::Hold> },
    Filing { pending: Pending, payer: Address },
    Asking { pending: Pending, payer: Address },
    NeedsParameters { approved: Approved, payer: Address, core: Core },
    NeedsCycle { approved: Approved, payer: Address, prepared: Prepared },
    NeedsTab { approved: Approved, payer: Address, prepared: Prepared },
    Reserving { plan: Plan, prepared: Option<Prepared> },
    Taken { plan: Plan, prepared: Option<Prepared>, holder: Option<String> },
    ReadingBack { code: Code },
    Signing { unsigned: Unsigned, prepared: Option<Prepared> },
    Sealing { signed: Signed, expectation: Expectation },
    Sending(Presented),
    Verifying { certificate: Certified, status: u16 },
    Over,
}

impl Purchase {
    /// Starts a purchase.
    ///
    /// # Errors
    /// Not here: the first command is a failure when the request, the clock or the random bytes make no sense.
    pub fn new(config: Arc<Config>, mode: Mode, request: Request, entropy: Entropy, time: Time) -> (Self, Command) {
        let target = request.url.clone();
        let mut purchase = Purchase {
            config,
            mode,
            request,
            target,
            entropy,
            now_s: time.now_s,
            challenged_s: time.now_s,
            ahead_s: 0,
            zones: time.zones,
            not_stopped: None,
            noted: alloc::vec::Vec::new(),
            record: None,
            proposed: None,
            stored: false,
            sealed: None,
            stage: Stage::Loading,
        };
        let command = purchase.start();
        (purchase, command)
    }

    fn start(&mut self) -> Command {
        if !PLAUSIBLE_S.contains(&self.now_s) {
            return self.fail(Failure::with(Code::Clock, alloc::format!("{} seconds after 1970", self.now_s)));
        }
        if !self.entropy.is_plausible() {
            return self.refuse(Code::Entropy);
        }
        let Some(url) = self.request.parse_url() else { return self.refuse(Code::RequestUrl) };
        if let Some(field) = self.request.malformed_field() {
            return self.fail(Failure::with(Code::Options, String::from(field)));
        }
        if self.zones.len() != self.config.policy.zones().len() {
            return self.fail(Failure::with(Code::Options, String::from("timeZone")));
        }
        let mut notes = alloc::vec![String::from(STOP)];
        notes.extend(self.config.policy.note_keys(&url.origin, &self.request.resource(&url)));
        self.noted.resize(notes.len() - 1, None);
        let (mut purchase_id, mut request) = (None, None);
        if self.mode == Mode::Pay {
            purchase_id.clone_from(&self.request.purchase_id);
            request = purchase_id.is_none().then(|| self.request.hash());
        }
        Command::Load { query: Query { purchase_id, request, notes, holds: alloc::vec::Vec::new() } }
    }

    /// The record as it stands, once there is one.
    pub fn record(&self) -> Option<&Record> {
        self.record.as_ref()
    }

    // Within a purchase time never runs backwards, and a clock that broke meanwhile is not believed.
    fn tick(&mut self, now_s: u64) {
        if PLAUSIBLE_S.contains(&now_s) {
            self.now_s = self.now_s.max(now_s);
        }
    }

    fn take_stage(&mut self) -> Stage {
        core::mem::replace(&mut self.stage, Stage::Over)
    }

    /// An event nobody asked for changes nothing: the purchase still waits for the right one (threats P69).
    fn out_of_order(&mut self, stage: Stage) -> Command {
        self.stage = stage;
        Command::Fail { failure: Failure::new(Code::OutOfOrder), write: None }
    }

    /// As [`Purchase::fail`], without facts. Not inlined: a failure is built in forty places.
    #[inline(never)]
    fn refuse(&mut self, code: Code) -> Command {
        self.fail(Failure::new(code))
    }

    /// Ends the purchase with a failure; how far the payment got decides the state that is written.
    fn fail(&mut self, failure: Failure) -> Command {
        self.stage = Stage::Over;
        let write = self.failed_write(failure.code);
        Command::Fail { failure, write }
    }
}
