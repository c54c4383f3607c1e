//! From the unpaid answer to a decision: parse, ask for the account, decide.

use alloc::string::{String, ToString};
use alloc::sync::Arc;

use super::select::{Offers, Selected};
use crate::error::Code;
use crate::policy::{Approved, Context, Money};
use crate::primitives::{Address, Hash, Url, keccak256};
use crate::purchase::command::{Command, Failure};
use crate::purchase::{Answer, Mode, Purchase, Stage};
use crate::record::{DecisionFacts, State, TermsFacts};
use crate::scheme::Offer;
use crate::x402;

const PAYMENT_REQUIRED: u16 = 402;
/// Largest difference between our clock and the seller's before a window would be meaningless, in seconds.
const MAX_SKEW_S: u64 = 30;

impl Purchase {
    /// The answer to [`Command::Probe`].
    pub fn on_answer(&mut self, answer: &Answer, now_s: u64) -> Command {
        self.tick(now_s);
        match self.take_stage() {
            Stage::Probing => {}
            other => return self.out_of_order(other),
        }
        if answer.status != PAYMENT_REQUIRED {
            return Command::PassThrough { write: None };
        }
        let Some(requested) = self.request.parse_url() else { return self.out_of_order(Stage::Over) };
        if self.record.is_none() {
            self.new_record(&requested);
        }
        match self.read_offers(answer, &requested) {
            Err(failure) => self.observed(failure),
            Ok(None) => match self.mode {
                // Somebody else's 402: nothing was asked of us that a record could be about.
                Mode::Pay | Mode::Observe => {
                    self.record = None;
                    Command::PassThrough { write: None }
                }
                Mode::Quote => self.refuse(Code::ChallengeHidden),
            },
            Ok(Some(offers)) => match self.mode {
                Mode::Quote | Mode::Observe => self.decide(offers, None),
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
        if reached.origin != requested.origin && !seeded_bug!(10) {
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
        let context = Context {
            seller: &url.origin,
            resource: &self.request.resource(&url),
            purpose: &self.request.purpose,
            payer,
            registry: &config.registry,
            now_s: self.now_s,
            zones: &self.zones,
            noted: &self.noted,
            durable: config.durable,
        };
        let selected = match offers.select(&config.policy, &context) {
            Ok(selected) => selected,
            Err(denial) => {
                if let Some(refused) = denial.refused {
                    let rule = String::from(refused.denied.code().as_str());
                    self.keep_decision(&refused.offer, rule, refused.binding);
                }
                return self.observed(denial.failure);
            }
        };
        let approved = selected.approval();
        let asks = selected.question();
        self.keep_decision(approved.offer(), String::from(approved.rule()), *approved.binding());
        if let Err(failure) = self.check_call(approved) {
            return self.observed(failure);
        }
        match (selected, self.mode, payer) {
            (selected, Mode::Quote, _) => self.measure(selected.approval().holds().to_vec(), asks),
            (_, Mode::Observe, _) => self.observed(Failure::new(asks.unwrap_or(Code::ObserveOnly))),
            (Selected::Allowed(approved), Mode::Pay, Some(payer)) => self.prepare(approved, payer),
            (Selected::Asking(pending), Mode::Pay, Some(payer)) => self.ask(pending, payer),
            (_, Mode::Pay, None) => self.out_of_order(Stage::Over),
        }
    }

    // What the caller of this one purchase wants besides the owner's rules. It can only make them narrower.
    fn check_call(&self, approved: &Approved) -> Result<(), Failure> {
        if self.request.quoted.is_some_and(|binding| binding != *approved.binding()) {
            return Err(Failure::new(Code::TermsChanged));
        }
        let Some(limit) = self.request.at_most.as_deref().and_then(Money::parse) else { return Ok(()) };
        let price = approved.price().filter(|price| price.currency() == limit.currency());
        match price {
            Some(price) if price.units() <= limit.units() => Ok(()),
            Some(price) => Err(Failure::with(Code::OverAtMost, alloc::format!("price {price}, limit {limit}"))),
            None => Err(Failure::with(Code::OverAtMost, alloc::format!("no price in {}", limit.currency()))),
        }
    }

    /// Ends with a refusal, or, where the policy only observes, with the seller's answer and a record of what would
    /// have happened.
    fn observed(&mut self, failure: Failure) -> Command {
        if self.mode != Mode::Observe {
            return self.fail(failure);
        }
        if let Some(record) = &mut self.record {
            record.evidence.problem = Some(String::from(failure.code.as_str()));
        }
        Command::PassThrough { write: self.write(State::Refused) }
    }

    fn keep_decision(&mut self, offer: &Offer, rule: String, binding: Hash) {
        let policy = *self.config.policy.hash();
        let Some(record) = &mut self.record else { return };
        record.terms = Some(TermsFacts {
            scheme: String::from(offer.scheme.as_str()),
            network: alloc::format!("{}", offer.network),
            asset: crate::policy::asset_text(&(offer.network, offer.asset.address)),
            amount: offer.amount,
            price: Money::of(&offer.asset, offer.amount).map(|price| alloc::format!("{price}")),
            pay_to: offer.pay_to,
            version: offer.envelope.version().number(),
            hash: keccak256(offer.envelope.accepted().as_bytes()),
            binding,
        });
        record.decision = Some(DecisionFacts { rule, policy });
    }

    /// The account of the wallet, as it spells it.
    pub fn on_account(&mut self, address: &str, now_s: u64) -> Command {
        self.tick(now_s);
        match self.take_stage() {
            Stage::NeedsAccount(offers) => match Address::parse(address) {
                Ok(payer) if !payer.is_reserved() => self.decide(offers, Some(payer)),
                _ => self.refuse(Code::WalletAccount),
            },
            other => self.out_of_order(other),
        }
    }
}

// A seller's, but of a type that allows visible ASCII only.
fn short(text: &str) -> String {
    text.chars().take(200).collect()
}
