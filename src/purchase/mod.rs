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
mod request;
mod steps;

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

pub use command::{Command, Entry, Failure, Reservation, Trouble, Write};
pub use config::ConfigError;
pub use request::Request;

use answer::{Certified, Expectation};
use authorisation::{Plan, Prepared, Signed, Unsigned};
use steps::Offers;

use crate::error::Code;
use crate::policy::{Approved, Policy};
use crate::primitives::{Address, Url};
use crate::record::{EvidenceFacts, Record, State};
use crate::registry::{Core, Registry};

/// What the host program configured. Shared by all purchases, changed by none.
#[derive(Clone, Debug)]
pub struct Config {
    /// The owner's rules.
    pub policy: Policy,
    /// Pinned tables.
    pub registry: Registry,
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
    pub body: Vec<u8>,
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
}

/// Whether to pay, or only to tell what would be paid.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mode {
    /// Pay.
    Pay,
    /// Decide and stop.
    Quote,
}

// Anything outside is a clock that was never set, or a unit mistake: 2024-01-01 to 2100-01-01.
const PLAUSIBLE_S: core::ops::Range<u64> = 1_704_067_200..4_102_444_800;
/// Largest difference between our clock and the seller's before a window would be meaningless, in seconds.
const MAX_SKEW_S: u64 = 30;

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
    /// Present once there is something to keep.
    record: Option<Record>,
    /// True once the record is in the store, so that writes must name the state they replace.
    stored: bool,
    sealed: Option<String>,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Loading,
    Probing,
    NeedsAccount(Offers),
    NeedsParameters { approved: Approved, payer: Address, core: Core },
    NeedsCycle { approved: Approved, payer: Address, prepared: Prepared },
    Reserving { plan: Plan, prepared: Option<Prepared> },
    Signing { unsigned: Unsigned, prepared: Option<Prepared> },
    Sealing { signed: Signed, expectation: Expectation },
    Sending(Expectation),
    Verifying { certificate: Certified, status: u16 },
    Over,
}

impl Purchase {
    /// Starts a purchase.
    ///
    /// # Errors
    /// Not here: the first command is a failure when the request, the clock or the random bytes make no sense.
    pub fn new(config: Arc<Config>, mode: Mode, request: Request, entropy: Entropy, now_s: u64) -> (Self, Command) {
        let target = request.url.clone();
        let mut purchase = Purchase {
            config,
            mode,
            request,
            target,
            entropy,
            now_s,
            record: None,
            stored: false,
            sealed: None,
            stage: Stage::Loading,
        };
        let command = purchase.start();
        (purchase, command)
    }

    fn start(&mut self) -> Command {
        if !PLAUSIBLE_S.contains(&self.now_s) {
            return self.fail(Failure::new(Code::Clock));
        }
        // A frozen or constant source repeats itself (threats P70).
        if self.entropy.nonce == self.entropy.salt || self.entropy.nonce == [0; 32] {
            return self.fail(Failure::new(Code::Entropy));
        }
        if self.request.parse_url().is_none() {
            return self.fail(Failure::new(Code::RequestUrl));
        }
        if !self.request.is_well_formed() {
            return self
                .fail(Failure { facts: String::from("purchaseId, task or reason"), ..Failure::new(Code::Options) });
        }
        match self.mode {
            Mode::Quote => {
                self.stage = Stage::Probing;
                Command::Probe
            }
            Mode::Pay => Command::Load { purchase_id: self.request.purchase_id.clone() },
        }
    }

    /// The store's answer to [`Command::Load`]: the purchase of that id, or everything open.
    pub fn on_loaded(&mut self, entries: Vec<(String, Option<String>)>, now_s: u64) -> Command {
        self.tick(now_s);
        if !matches!(self.stage, Stage::Loading) {
            return self.out_of_order();
        }
        let hash = self.request.hash();
        let by_id = self.request.purchase_id.is_some();
        for (json, sealed) in entries {
            let Some(record) = Record::read(json.as_bytes()) else {
                // Among strangers' records an unreadable one concerns nobody here.
                if by_id {
                    return self.fail(Failure::new(Code::RecordUnreadable));
                } else {
                    continue;
                };
            };
            let same = record.request.hash == hash;
            if by_id && !same {
                return self.fail(Failure::new(Code::PurchaseConflict));
            }
            // Without an id only an unresolved purchase of the very same request is taken up again: parallel and
            // repeated requests are purchases of their own.
            if by_id || (same && record.state() == State::Unknown && sealed.is_some()) {
                return self.resume(record, sealed);
            }
        }
        self.stage = Stage::Probing;
        Command::Probe
    }

    /// The account of the wallet, as it spells it.
    pub fn on_account(&mut self, address: &str, now_s: u64) -> Command {
        self.tick(now_s);
        match core::mem::replace(&mut self.stage, Stage::Over) {
            Stage::NeedsAccount(offers) => match Address::parse(address) {
                Ok(payer) => self.decide(offers, Some(payer)),
                Err(_) => self.fail(Failure::new(Code::WalletAccount)),
            },
            _ => self.out_of_order(),
        }
    }

    /// Something failed outside. What that means for the money depends on how far the purchase was.
    pub fn on_trouble(&mut self, trouble: Trouble, now_s: u64) -> Command {
        self.tick(now_s);
        let code = match (&self.stage, trouble) {
            (Stage::Over, _) => return self.out_of_order(),
            (Stage::Sending(_) | Stage::Verifying { .. }, Trouble::Aborted) => Code::AbortedLate,
            (Stage::Sending(_) | Stage::Verifying { .. }, _) => Code::SettlementLost,
            (Stage::Signing { .. }, Trouble::Aborted) => Code::WalletFailed,
            (_, Trouble::Aborted) => Code::Aborted,
            (_, Trouble::WalletRejected) => Code::WalletRejected,
            (_, Trouble::WalletAccount) => Code::WalletAccount,
            (_, Trouble::WalletChain) => Code::WalletChain,
            (Stage::NeedsAccount(_), Trouble::WalletFailed) => Code::WalletAccount,
            (_, Trouble::WalletFailed) => Code::WalletFailed,
            (_, Trouble::Store) => Code::StoreFailed,
            (Stage::NeedsParameters { .. } | Stage::NeedsCycle { .. }, Trouble::Network) => Code::CoreUnreachable,
            (Stage::Signing { .. }, Trouble::Network) => Code::WalletFailed,
            (_, Trouble::Network) => Code::RequestFailed,
        };
        self.fail(Failure::new(code))
    }

    /// The record as it stands, once there is one.
    pub fn record(&self) -> Option<&Record> {
        self.record.as_ref()
    }

    // Time never runs backwards within a purchase, whatever the host's clock does.
    fn tick(&mut self, now_s: u64) {
        self.now_s = self.now_s.max(now_s);
    }

    fn out_of_order(&mut self) -> Command {
        self.stage = Stage::Over;
        Command::Fail { failure: Failure::new(Code::OutOfOrder), write: None }
    }

    /// Ends the purchase with a failure; what it means for the money decides the state that is written.
    fn fail(&mut self, failure: Failure) -> Command {
        self.stage = Stage::Over;
        let Some(record) = &mut self.record else { return Command::Fail { failure, write: None } };
        record.evidence.problem = Some(String::from(failure.code.as_str()));
        let state = match failure.code.money() {
            crate::error::Money::Untouched => State::Refused,
            crate::error::Money::NotSent => State::Dead,
            crate::error::Money::Unknown | crate::error::Money::Moved => State::Unknown,
        };
        // Once signed bytes may have left, nothing that happens here can prove otherwise.
        let state = if matches!(record.state(), State::Signed | State::Unknown) { State::Unknown } else { state };
        let write = self.write(state);
        Command::Fail { failure, write }
    }

    /// The write that moves the record to `state`.
    fn write(&mut self, state: State) -> Option<Write> {
        let record = self.record.as_mut()?;
        let from = self.stored.then(|| record.state());
        record.history.push((state, self.now_s));
        Some(Write { from, entry: Entry { record: record.clone(), sealed: self.sealed.clone() } })
    }

    fn new_record(&mut self, url: &Url) {
        let purchase_id = match &self.request.purchase_id {
            Some(id) => id.clone(),
            None => {
                let mut id = String::from("p_");
                crate::primitives::hex::push(&mut id, &self.entropy.id);
                id
            }
        };
        self.record = Some(Record {
            purchase_id,
            request: self.request.facts(url),
            terms: None,
            decision: None,
            attempt: None,
            evidence: EvidenceFacts::default(),
            history: Vec::new(),
        });
    }
}
