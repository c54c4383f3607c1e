//! Carries out the commands of a purchase without a network: a store that agrees, a wallet that signs.

use std::sync::Arc;

use farthing::budget::Hold;
use farthing::ledger::{MemoryLedger, Reservation};
use farthing::policy::Purpose;
use farthing::purchase::{Answer, Command, Config, Entropy, Failure, Mode, PaidAnswer, Purchase, Request, Time};
use farthing::record::Record;
use farthing::signer::LocalKey;
use serde_json::Value;

/// The moment of every test, unless it says otherwise: 2026-11-21, when the transcripts were recorded.
pub const NOW_S: u64 = 1_795_227_467;

/// A buyer, and what the pinned core would answer.
pub struct Buyer {
    pub config: Arc<Config>,
    pub key: LocalKey,
    pub now_s: u64,
    pub core: Vec<(String, Vec<u8>)>,
}

/// What a purchase asked for on its way, and where it got.
pub struct Run {
    pub purchase: Purchase,
    pub holds: Vec<Hold>,
    pub typed_data: Vec<Value>,
    pub reserved: usize,
    pub last: Command,
}

impl Buyer {
    /// With a key of 32 equal bytes and the options of the host program.
    pub fn new(key: u8, options: &str) -> Self {
        let config = Config::parse(options.as_bytes()).unwrap_or_else(|error| panic!("{error}: {options}"));
        Buyer::with(LocalKey::from_bytes(&mut [key; 32]).unwrap(), config)
    }

    pub fn with(key: LocalKey, config: Config) -> Self {
        Buyer { config: Arc::new(config), key, now_s: NOW_S, core: Vec::new() }
    }

    /// Sends a GET for `url`, is answered 402 with `header` and `body`, and goes on up to the paid request.
    pub fn pay(&self, url: &str, header: Option<&str>, body: &[u8]) -> Run {
        let answer = Answer {
            status: 402,
            url: url.to_owned(),
            header: header.map(str::to_owned),
            body: body.to_vec(),
            date_s: Some(self.now_s),
        };
        let request = Request {
            purchase_id: None,
            method: "GET".to_owned(),
            url: url.to_owned(),
            body_hash: [0; 32],
            purpose: Purpose::default(),
            at_most: None,
            quoted: None,
        };
        let entropy = Entropy { id: [1; 16], nonce: [2; 32], salt: [3; 32] };
        let now_s = self.now_s;
        let time = Time { now_s, zones: Vec::new() };
        let (purchase, command) = Purchase::new(Arc::clone(&self.config), Mode::Pay, request, entropy, time);
        let mut run = Run { purchase, holds: Vec::new(), typed_data: Vec::new(), reserved: 0, last: command };
        loop {
            let purchase = &mut run.purchase;
            run.last = match &run.last {
                Command::Load { query } => purchase.on_loaded(MemoryLedger::default().read(query), now_s),
                Command::Probe => purchase.on_answer(&answer, now_s),
                Command::Account => purchase.on_account(&self.key.address().checksummed(), now_s),
                Command::Fetch { url, .. } => match self.core.iter().find(|(known, _)| known == url) {
                    Some((_, body)) => purchase.on_fetched(200, body, now_s),
                    None => purchase.on_fetched(404, b"", now_s),
                },
                Command::Reserve { intent } => {
                    run.reserved += 1;
                    run.holds.extend(intent.holds.iter().cloned());
                    purchase.on_reserved(&Reservation::Held, now_s)
                }
                Command::Sign { typed_data, .. } => {
                    run.typed_data.push(serde_json::from_str(&typed_data.to_string()).unwrap());
                    purchase.sign_locally(&self.key, now_s)
                }
                Command::Advance { .. } => purchase.on_advanced(true, now_s),
                _ => return run,
            };
        }
    }
}

impl Run {
    /// Name and value of the payment header, when the purchase got that far.
    pub fn sent(&self) -> Option<(&'static str, &str)> {
        match &self.last {
            Command::Send { header, value, .. } => Some((header, value)),
            _ => None,
        }
    }

    /// Why it stopped, when it did.
    pub fn failure(&self) -> Option<&Failure> {
        match &self.last {
            Command::Fail { failure, .. } => Some(failure),
            _ => None,
        }
    }

    /// Hands in the paid answer; the record it ends with, if it ended well.
    pub fn settle(&mut self, header: Option<&str>, now_s: u64) -> Option<Record> {
        let answer = PaidAnswer { status: 200, header: header.map(str::to_owned), output: None, body: Vec::new() };
        self.last = self.purchase.on_settlement(&answer, now_s);
        match &self.last {
            Command::Finish { record, .. } => Some((**record).clone()),
            _ => None,
        }
    }
}
