//! From the unpaid answer to held budget: parse, decide, ask the core, plan, reserve.

use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::select::Offers;
use crate::budget::{Hold, Reserved};
use crate::core4mica::{self, ActiveCycle, CoreError, Parameters};
use crate::error::Code;
use crate::policy::{Approved, Context};
use crate::primitives::{Address, Url, keccak256};
use crate::purchase::authorisation::{Clocks, Plan, Prepared, Unsigned};
use crate::purchase::command::{Command, Entry, Failure, Reservation};
use crate::purchase::{Answer, Mode, Purchase, Stage};
use crate::record::{AttemptFacts, DecisionFacts, State, TermsFacts};
use crate::registry::{Core, Generation};
use crate::scheme::Method;
use crate::x402;

const PAYMENT_REQUIRED: u16 = 402;
/// Largest difference between our clock and the seller's before a window would be meaningless, in seconds.
const MAX_SKEW_S: u64 = 30;
/// Longest time from challenge to signature, in seconds: beyond it the clock jumped, or the terms are stale.
const MAX_WAIT_S: u64 = 600;
/// Largest document of a core, in bytes.
const MAX_DOCUMENT_BYTES: usize = 64 * 1024;

impl Purchase {
    /// The answer to [`Command::Probe`].
    pub fn on_answer(&mut self, answer: &Answer, now_s: u64) -> Command {
        self.tick(now_s);
        match self.take_stage() {
            Stage::Probing => {}
            other => return self.out_of_order(other),
        }
        if answer.status != PAYMENT_REQUIRED {
            return Command::PassThrough;
        }
        let Some(requested) = self.request.parse_url() else { return self.out_of_order(Stage::Over) };
        self.new_record(&requested);
        match self.read_offers(answer, &requested) {
            Err(failure) => self.fail(failure),
            Ok(None) => match self.mode {
                Mode::Pay => {
                    // Somebody else's 402: nothing was asked of us that a record could be about.
                    self.record = None;
                    Command::PassThrough
                }
                Mode::Quote => self.fail(Failure::new(Code::ChallengeHidden)),
            },
            Ok(Some(offers)) => match self.mode {
                Mode::Quote => self.decide(offers, None),
                Mode::Pay => {
                    self.stage = Stage::NeedsAccount(offers);
                    Command::Account
                }
            },
        }
    }

    // `None`: a 402 that is not x402.
    fn read_offers(&mut self, answer: &Answer, requested: &Url) -> Result<Option<Offers>, Failure> {
        let unread = |error: x402::ChallengeError| Failure::new(error.code());
        let wire = x402::Answer::new(answer.header.as_deref(), &answer.body).map_err(unread)?;
        let Some(challenge) = wire.challenge().map_err(unread)? else { return Ok(None) };
        let resource = self.follow(answer, requested)?;
        self.challenged_s = self.now_s;
        if let Some(date_s) = answer.date_s {
            if date_s.abs_diff(self.now_s) > MAX_SKEW_S {
                let facts = alloc::format!("here {}, there {date_s}, in seconds after 1970", self.now_s);
                return Err(Failure::with(Code::ClockSkew, facts));
            }
            self.ahead_s = self.now_s.saturating_sub(date_s);
        }
        Ok(Some(Offers::read(&challenge, &resource, &self.config.registry)))
    }

    // A redirect inside the origin moves the target of a bodiless request; any other is not paid (threats P32).
    fn follow(&mut self, answer: &Answer, requested: &Url) -> Result<Url, Failure> {
        if answer.url == self.request.url {
            return Ok(requested.clone());
        }
        let reached = Url::parse(&answer.url).ok_or_else(|| Failure::new(Code::RedirectCrossOrigin))?;
        if reached.origin != requested.origin {
            let facts = alloc::format!("from {} to {}", requested.origin, short(&reached.origin.to_string()));
            return Err(Failure::with(Code::RedirectCrossOrigin, facts));
        }
        if !self.request.is_bodiless() {
            return Err(Failure::with(Code::RedirectBody, alloc::format!("to the path {}", short(&reached.path))));
        }
        self.target.clone_from(&answer.url);
        Ok(reached)
    }

    fn decide(&mut self, offers: Offers, payer: Option<Address>) -> Command {
        let config = Arc::clone(&self.config);
        let Some(url) = self.request.parse_url() else { return self.out_of_order(Stage::Over) };
        let context = Context { seller: &url.origin, payer, registry: &config.registry };
        let approved = match offers.select(&config.policy, &context) {
            Ok(approved) => approved,
            Err(failure) => return self.fail(failure),
        };
        self.keep_decision(&approved);
        match (payer, self.record.clone()) {
            (Some(payer), _) => self.prepare(approved, payer),
            (None, Some(record)) => Command::Quoted { record },
            (None, None) => self.out_of_order(Stage::Over),
        }
    }

    fn keep_decision(&mut self, approved: &Approved) {
        let offer = approved.offer();
        let Some(record) = &mut self.record else { return };
        record.terms = Some(TermsFacts {
            scheme: String::from(offer.scheme.as_str()),
            network: alloc::format!("{}", offer.network),
            asset: crate::policy::asset_text(&(offer.network, offer.asset.address)),
            amount: offer.amount,
            price: approved.price().map(|price| alloc::format!("{price}")),
            pay_to: offer.pay_to,
            version: offer.envelope.version().number(),
            hash: keccak256(offer.envelope.accepted().as_bytes()),
        });
        record.decision = Some(DecisionFacts { rule: String::from(approved.rule()), policy: *approved.policy() });
    }

    fn prepare(&mut self, approved: Approved, payer: Address) -> Command {
        if approved.offer().method == Method::Eip3009 {
            return self.plan(approved, payer, None);
        }
        let Some(core) = self.config.registry.core(approved.offer().network) else {
            let facts = alloc::format!("{}", approved.offer().network);
            return self.fail(Failure::with(CoreError::Unknown.code(), facts));
        };
        let url = core4mica::parameters_url(&core);
        self.stage = Stage::NeedsParameters { approved, payer, core };
        Command::Fetch { url }
    }

    /// The answer to [`Command::Fetch`]: status (0 for none) and body.
    pub fn on_fetched(&mut self, status: u16, body: &[u8], now_s: u64) -> Command {
        self.tick(now_s);
        let stage = self.take_stage();
        if !matches!(stage, Stage::NeedsParameters { .. } | Stage::NeedsCycle { .. }) {
            return self.out_of_order(stage);
        }
        if let Err(error) = core4mica::check_status(status) {
            return self.fail(Failure::with(error.code(), alloc::format!("status {status}")));
        }
        match stage {
            Stage::NeedsParameters { approved, payer, core } => match read_parameters(body, &core) {
                Err(error) => self.fail(Failure::with(error.code(), core.url)),
                Ok(prepared) if prepared.parameters.generation == Generation::ClearingHouse => {
                    let url = core4mica::active_cycle_url(&core, &approved.offer().asset.address);
                    self.stage = Stage::NeedsCycle { approved, payer, prepared };
                    Command::Fetch { url }
                }
                Ok(prepared) => self.plan(approved, payer, Some(prepared)),
            },
            Stage::NeedsCycle { approved, payer, mut prepared } => {
                match ActiveCycle::read(body, &approved.offer().asset.address, self.now_s) {
                    Err(error) => self.fail(Failure::new(error.code())),
                    Ok(cycle) => {
                        prepared.cycle = Some(cycle);
                        self.plan(approved, payer, Some(prepared))
                    }
                }
            }
            other => self.out_of_order(other),
        }
    }

    /// The account of the wallet, as it spells it.
    pub fn on_account(&mut self, address: &str, now_s: u64) -> Command {
        self.tick(now_s);
        match self.take_stage() {
            Stage::NeedsAccount(offers) => match Address::parse(address) {
                Ok(payer) if !payer.is_reserved() => self.decide(offers, Some(payer)),
                _ => self.fail(Failure::new(Code::WalletAccount)),
            },
            other => self.out_of_order(other),
        }
    }

    fn plan(&mut self, approved: Approved, payer: Address, prepared: Option<Prepared>) -> Command {
        let waited_s = self.now_s - self.challenged_s;
        if waited_s > MAX_WAIT_S {
            // A window counted from a clock that jumped ahead would last as long as the jump (threats P54).
            let facts = alloc::format!("{waited_s} s since the challenge");
            return self.fail(Failure::with(Code::Clock, facts));
        }
        let purchase_id = self.record.as_ref().map(|record| record.purchase_id.clone()).unwrap_or_default();
        let clocks = Clocks { now_s: self.now_s, ahead_s: self.ahead_s };
        let plan = match Plan::new(approved, payer, &purchase_id, &self.entropy, clocks, prepared.as_ref()) {
            Ok(plan) => plan,
            Err(error) => return self.fail(Failure::new(error.code())),
        };
        let Some(record) = &mut self.record else { return self.out_of_order(Stage::Over) };
        record.attempt = Some(AttemptFacts {
            payer: plan.payer(),
            kind: String::from(plan.kind()),
            nonce: plan.nonce(),
            valid_before_s: plan.valid_before_s(),
            digest: plan.digest(),
            authorisation: None,
        });
        // The intent is written by the same operation that holds the budget, so it is durable before the signer is
        // asked; in memory it joins the history only when the store confirms.
        let mut reserved = record.clone();
        reserved.history.push((State::Reserved, self.now_s));
        let holds: Vec<Hold> = plan.approved().holds().to_vec();
        self.stage = Stage::Reserving { plan, prepared };
        Command::Reserve { entry: Entry { record: reserved, sealed: None }, holds }
    }

    /// The store's answer to [`Command::Reserve`].
    pub fn on_reserved(&mut self, reservation: &Reservation, now_s: u64) -> Command {
        self.tick(now_s);
        let (plan, prepared) = match self.take_stage() {
            Stage::Reserving { plan, prepared } => (plan, prepared),
            other => return self.out_of_order(other),
        };
        match reservation {
            Reservation::Held => {
                let Some(record) = &mut self.record else { return self.out_of_order(Stage::Over) };
                record.history.push((State::Reserved, self.now_s));
                self.stored = true;
                let unsigned = Unsigned::new(Reserved::held(plan));
                let command = Command::Sign {
                    payer: unsigned.payer(),
                    chain_id: unsigned.chain_id(),
                    typed_data: unsigned.typed_data(),
                };
                self.stage = Stage::Signing { unsigned, prepared };
                command
            }
            Reservation::Exceeds(key) => {
                let hold = plan.approved().holds().iter().find(|hold| hold.key == *key);
                let facts = hold.map(|Hold { key, shown: (price, limit), .. }| {
                    alloc::format!("price {price}, budget {limit} under {key}, the rest of which is taken")
                });
                self.fail(Failure::with(Code::BudgetExceeded, facts.unwrap_or_default()))
            }
            // Somebody else's entry: nothing of ours may be written over it.
            Reservation::Exists => {
                self.record = None;
                self.fail(Failure::new(Code::PurchaseInProgress))
            }
        }
    }
}

// A seller's, but of a type that allows visible ASCII only.
fn short(text: &str) -> String {
    text.chars().take(200).collect()
}

fn read_parameters(body: &[u8], core: &Core) -> Result<Prepared, CoreError> {
    if body.len() > MAX_DOCUMENT_BYTES {
        return Err(CoreError::Answer);
    }
    let parameters = Parameters::read(body, core)?;
    let document = core::str::from_utf8(body).map_err(|_| CoreError::Answer)?;
    Ok(Prepared { document: String::from(document), parameters, cycle: None })
}
