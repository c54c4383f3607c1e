//! From the unpaid answer to held budget: parse, decide, ask the core, plan, reserve.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::select::Offers;
use crate::budget::{Hold, Reserved};
use crate::core4mica::{self, ActiveCycle, CoreError, Parameters};
use crate::error::Code;
use crate::policy::{Approved, Context};
use crate::primitives::{Address, Url, keccak256};
use crate::purchase::authorisation::{Plan, Prepared, Unsigned};
use crate::purchase::command::{Command, Entry, Failure, Reservation};
use crate::purchase::{Answer, MAX_SKEW_S, Mode, Purchase, Stage};
use crate::record::{AttemptFacts, DecisionFacts, State, TermsFacts};
use crate::registry::{Core, Generation};
use crate::scheme::Method;
use crate::x402;

const PAYMENT_REQUIRED: u16 = 402;

impl Purchase {
    /// The answer to [`Command::Probe`].
    pub fn on_answer(&mut self, answer: &Answer, now_s: u64) -> Command {
        self.tick(now_s);
        if !matches!(self.stage, Stage::Probing) {
            return self.out_of_order();
        }
        if answer.status != PAYMENT_REQUIRED {
            self.stage = Stage::Over;
            return Command::PassThrough;
        }
        let Some(requested) = self.request.parse_url() else { return self.out_of_order() };
        self.new_record(&requested);
        let offers = self.read_offers(answer, &requested);
        match offers {
            Err(code) => self.fail(Failure::new(code)),
            Ok(None) => {
                self.stage = Stage::Over;
                match self.mode {
                    Mode::Pay => Command::PassThrough,
                    Mode::Quote => self.fail(Failure::new(Code::ChallengeHidden)),
                }
            }
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
    fn read_offers(&mut self, answer: &Answer, requested: &Url) -> Result<Option<Offers>, Code> {
        let wire = x402::Answer::new(answer.header.as_deref(), &answer.body).map_err(|error| error.code())?;
        let Some(challenge) = wire.challenge().map_err(|error| error.code())? else { return Ok(None) };
        let resource = self.follow(answer, requested)?;
        if answer.date_s.is_some_and(|date_s| date_s.abs_diff(self.now_s) > MAX_SKEW_S) {
            return Err(Code::ClockSkew);
        }
        Ok(Some(Offers::read(&challenge, &resource, &self.config.registry)))
    }

    // A redirect inside the origin moves the target of a bodiless request; any other is not paid (threats P32).
    fn follow(&mut self, answer: &Answer, requested: &Url) -> Result<Url, Code> {
        if answer.url == self.request.url {
            return Ok(requested.clone());
        }
        let reached = Url::parse(&answer.url).ok_or(Code::RedirectCrossOrigin)?;
        if reached.origin != requested.origin {
            return Err(Code::RedirectCrossOrigin);
        }
        if !self.request.is_bodiless() {
            return Err(Code::RedirectBody);
        }
        self.target.clone_from(&answer.url);
        Ok(reached)
    }

    pub(in crate::purchase) fn decide(&mut self, offers: Offers, payer: Option<Address>) -> Command {
        let config = Arc::clone(&self.config);
        let Some(url) = self.request.parse_url() else { return self.out_of_order() };
        let context = Context { seller: &url.origin, payer, registry: &config.registry };
        let approved = match offers.select(&config.policy, &context) {
            Ok(approved) => approved,
            Err(failure) => return self.fail(failure),
        };
        self.keep_decision(&approved);
        match (payer, self.record.clone()) {
            (Some(payer), _) => self.prepare(approved, payer),
            (None, Some(record)) => {
                self.stage = Stage::Over;
                Command::Quoted { record }
            }
            (None, None) => self.out_of_order(),
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
            return self.fail(Failure::new(CoreError::Unknown.code()));
        };
        let url = core4mica::parameters_url(&core);
        self.stage = Stage::NeedsParameters { approved, payer, core };
        Command::Fetch { url }
    }

    /// The answer to [`Command::Fetch`]: status (0 for none) and body.
    pub fn on_fetched(&mut self, status: u16, body: &[u8], now_s: u64) -> Command {
        self.tick(now_s);
        let stage = core::mem::replace(&mut self.stage, Stage::Over);
        if let Err(error) = core4mica::check_status(status) {
            return self.fail(Failure::new(error.code()));
        }
        match stage {
            Stage::NeedsParameters { approved, payer, core } => match read_parameters(body, &core) {
                Err(error) => self.fail(Failure::new(error.code())),
                Ok(prepared) if prepared.parameters.generation == Generation::ClearingHouse => {
                    let url = core4mica::active_cycle_url(&core, &approved.offer().asset.address);
                    self.stage = Stage::NeedsCycle { approved, payer, prepared };
                    Command::Fetch { url }
                }
                Ok(prepared) => self.plan(approved, payer, Some(prepared)),
            },
            Stage::NeedsCycle { approved, payer, mut prepared } => {
                match ActiveCycle::read(body, &approved.offer().asset.address) {
                    Err(error) => self.fail(Failure::new(error.code())),
                    Ok(cycle) => {
                        prepared.cycle = Some(cycle);
                        self.plan(approved, payer, Some(prepared))
                    }
                }
            }
            _ => self.out_of_order(),
        }
    }

    fn plan(&mut self, approved: Approved, payer: Address, prepared: Option<Prepared>) -> Command {
        let purchase_id = self.record.as_ref().map(|record| record.purchase_id.clone()).unwrap_or_default();
        let plan = Plan::new(approved, payer, &purchase_id, &self.entropy, self.now_s, prepared.as_ref());
        let plan = match plan {
            Ok(plan) => plan,
            Err(error) => return self.fail(Failure::new(error.code())),
        };
        let Some(record) = &mut self.record else { return self.out_of_order() };
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
        let Stage::Reserving { plan, prepared } = core::mem::replace(&mut self.stage, Stage::Over) else {
            return self.out_of_order();
        };
        match reservation {
            Reservation::Held => {
                let Some(record) = &mut self.record else { return self.out_of_order() };
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
                let facts = hold.map(|hold| alloc::format!("{} of {} ({})", hold.shown.0, hold.shown.1, hold.key));
                self.fail(Failure { facts: facts.unwrap_or_default(), ..Failure::new(Code::BudgetExceeded) })
            }
            // Somebody else's entry: nothing of ours may be written over it.
            Reservation::Exists => {
                self.record = None;
                self.fail(Failure::new(Code::PurchaseInProgress))
            }
        }
    }
}

fn read_parameters(body: &[u8], core: &Core) -> Result<Prepared, CoreError> {
    let parameters = Parameters::read(body, core)?;
    let document = core::str::from_utf8(body).map_err(|_| CoreError::Answer)?;
    Ok(Prepared { document: String::from(document), parameters, cycle: None })
}
