//! Proof of what became of an authorisation: a row in, questions to a node out, its answers in, at last a report.
//!
//! Three values (threats P28, P30): paid, dead, or not determined, and only a proof changes the row. A node is believed
//! about a finalized block of the right network, where its answers fit each other; never about silence.

mod blocks;
mod report;
mod rpc;

use alloc::boxed::Box;
use alloc::string::String;

pub use report::{Finding, Report, Step, Unproven};

use super::{Row, advance, pinned_asset};
use crate::contract::rpc::{At, Call};
use crate::json::Writer;
use crate::primitives::{Address, Hash, Network, Secret, hex};
use crate::purchase::CLOCK_ALLOWANCE_S;
use crate::record::{Record, State};
use crate::registry::Registry;
use crate::scheme::exact::{AUTHORIZATION_CANCELED, AUTHORIZATION_USED, authorization_state, topic};
use blocks::{Block, Next, Search};
use rpc::Event;

/// Seconds for which a signed payment is taken to be under way.
const UNDER_WAY_S: u64 = 60;
/// Twice the largest difference between two clocks, in seconds.
const MARGIN_S: u64 = 60;
/// Largest difference between our clock and a block's, in seconds.
const MAX_SKEW_S: u64 = 30;
/// Questions of one reconciliation at most.
const MAX_CALLS: u32 = 64;
/// Blocks whose logs are asked for at once: what nearly every node allows.
const RANGE: u64 = 2_000;
/// A node that refuses even so few keeps no logs for us.
const MIN_RANGE: u64 = 10;

/// A purchase being looked into.
#[derive(Debug)]
pub struct Reconciliation {
    record: Record,
    sealed: Option<Secret>,
    subject: Subject,
    /// When the row was read.
    began_s: u64,
    now_s: u64,
    calls: u32,
    stage: Stage,
}

/// The authorisation in question.
#[derive(Clone, Debug)]
struct Subject {
    network: Network,
    token: Address,
    payer: Address,
    nonce: Hash,
    valid_before_s: u64,
    /// No use of it is earlier.
    since_s: u64,
}

#[derive(Debug)]
enum Stage {
    Network,
    Head,
    Flag { head: Block },
    Search { head: Block, search: Search },
    Logs { head: Block, from: u64, to: u64, range: u64 },
    Over,
}

impl Reconciliation {
    /// Looks into a row. The machine is `None` when there is nothing to ask anybody: the step is the report.
    pub fn new(row: Row<'_>, registry: &Registry, now_s: u64) -> (Option<Self>, Step) {
        let Some((record, sealed)) = row.read() else {
            return (None, done(String::new(), Finding::undetermined(Unproven::Unreadable)));
        };
        match subject(&record, registry, now_s) {
            Err(finding) => (None, done(record.purchase_id, finding)),
            Ok(subject) => {
                let (stage, network) = (Stage::Network, subject.network);
                let mut this =
                    Reconciliation { record, sealed, subject, began_s: now_s, now_s, calls: 0, stage: Stage::Over };
                let first = this.ask(stage, Call::chain_id(network));
                (Some(this), first)
            }
        }
    }

    /// The answer to the last call: HTTP status (0 for none) and body.
    pub fn on_answer(&mut self, status: u16, body: &[u8], now_s: u64) -> Step {
        self.now_s = self.now_s.max(now_s);
        let taken = match core::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Network => self.on_network(status, body),
            Stage::Head => self.on_head(status, body),
            Stage::Flag { head } => self.on_flag(head, status, body),
            Stage::Search { head, search } => self.on_block(head, search, status, body),
            Stage::Logs { head, from, to, range } => self.on_logs(head, (from, to, range), status, body),
            Stage::Over => Err(Unproven::NotOpen),
        };
        taken.unwrap_or_else(|reason| self.report(Finding::undetermined(reason)))
    }

    fn on_network(&mut self, status: u16, body: &[u8]) -> Result<Step, Unproven> {
        if rpc::read(status, body, rpc::quantity)? != self.subject.network.chain_id() {
            return Err(Unproven::OtherNetwork);
        }
        Ok(self.ask(Stage::Head, self.block("\"finalized\"")))
    }

    fn on_head(&mut self, status: u16, body: &[u8]) -> Result<Step, Unproven> {
        let head = rpc::read(status, body, rpc::block)?;
        // Our clock is wrong or the node invents: either way no deadline is judged by it.
        if head.time_s > self.now_s.saturating_add(MAX_SKEW_S) {
            return Err(Unproven::Contradicts);
        }
        let Subject { network, token, payer, nonce, .. } = &self.subject;
        let call = Call::view(*network, token, &authorization_state(payer, nonce), At::Block(head.number));
        Ok(self.ask(Stage::Flag { head }, call))
    }

    fn on_flag(&mut self, head: Block, status: u16, body: &[u8]) -> Result<Step, Unproven> {
        if rpc::read(status, body, rpc::flag)? {
            let search = Search::new(self.subject.since_s, head);
            return self.search(head, search);
        }
        // The contract takes it while the block's time is before `validBefore`; blocks only get later.
        let over_s = self.subject.valid_before_s.saturating_add(MARGIN_S);
        if head.time_s > over_s {
            return Ok(self.report(Finding::Dead { block: head.number }));
        }
        let behind_s = self.now_s.saturating_sub(head.time_s);
        let again_s = Some(over_s.saturating_add(behind_s).saturating_add(1));
        Ok(self.report(Finding::Undetermined { reason: Unproven::StillValid, again_s }))
    }

    fn search(&mut self, head: Block, search: Search) -> Result<Step, Unproven> {
        match search.next() {
            Next::Ask(number) => {
                let block = self.block(&alloc::format!("\"{number:#x}\""));
                Ok(self.ask(Stage::Search { head, search }, block))
            }
            Next::At(low) => {
                // A cancellation may be in any block since; a use only in one before `validBefore`.
                let last = match self.record.evidence.revoking_s {
                    Some(_) => head.number,
                    None => {
                        let seconds = self.subject.valid_before_s.saturating_sub(low.time_s);
                        low.number.saturating_add(search.blocks_in(seconds, low)).min(head.number)
                    }
                };
                self.logs(head, low.number, last, RANGE)
            }
            Next::Lost => self.unlogged(head),
        }
    }

    fn on_block(&mut self, head: Block, mut search: Search, status: u16, body: &[u8]) -> Result<Step, Unproven> {
        let Next::Ask(asked) = search.next() else { return Err(Unproven::NotOpen) };
        let block = match rpc::read(status, body, rpc::block) {
            Err(Unproven::Refused) => return self.unlogged(head),
            other => other?,
        };
        if block.number != asked || search.learn(block).is_none() {
            return Err(Unproven::Contradicts);
        }
        self.search(head, search)
    }

    fn logs(&mut self, head: Block, from: u64, last: u64, range: u64) -> Result<Step, Unproven> {
        if from > last || self.calls >= MAX_CALLS {
            return self.unlogged(head);
        }
        let Subject { token, payer, nonce, .. } = &self.subject;
        let to = last.min(from.saturating_add(range - 1));
        let [used, cancelled, payer, nonce] =
            [topic(AUTHORIZATION_USED), topic(AUTHORIZATION_CANCELED), payer.word(), *nonce]
                .map(|word| hex::encode(&word));
        let filter = Writer::object()
            .text("address", &token.checksummed())
            .text("fromBlock", &alloc::format!("{from:#x}"))
            .text("toBlock", &alloc::format!("{to:#x}"))
            .raw("topics", &alloc::format!("[[\"{used}\",\"{cancelled}\"],\"{payer}\",\"{nonce}\"]"));
        let params = alloc::format!("[{}]", filter.finish());
        let logs = Call { network: self.subject.network, method: "eth_getLogs", params };
        Ok(self.ask(Stage::Logs { head, from, to: last, range }, logs))
    }

    fn on_logs(
        &mut self,
        head: Block,
        (from, last, range): (u64, u64, u64),
        status: u16,
        body: &[u8],
    ) -> Result<Step, Unproven> {
        let Subject { token, payer, nonce, .. } = &self.subject;
        let to = last.min(from.saturating_add(range - 1));
        match rpc::read(status, body, |result| rpc::event(result, (token, payer, nonce), (from, to))) {
            Ok(Some(Event { used: true, transaction, block })) => {
                Ok(self.report(Finding::Settled { transaction: Some(transaction), block }))
            }
            Ok(Some(Event { used: false, block, .. })) => Ok(self.report(Finding::Dead { block })),
            Ok(None) => self.logs(head, to.saturating_add(1), last, range),
            // Too many blocks at once, for some.
            Err(Unproven::Refused) if range / 10 >= MIN_RANGE => self.logs(head, from, last, range / 10),
            Err(Unproven::Refused) => self.unlogged(head),
            Err(reason) => Err(reason),
        }
    }

    // Used or cancelled, and no log says which. Only the payer can cancel, so without a cancellation of ours it was used;
    // that there was none is known for the time before the row was read.
    fn unlogged(&mut self, head: Block) -> Result<Step, Unproven> {
        let none_of_ours = self.record.evidence.revoking_s.is_none();
        if none_of_ours && head.time_s <= self.began_s.saturating_add(MAX_SKEW_S) {
            return Ok(self.report(Finding::Settled { transaction: None, block: head.number }));
        }
        Err(Unproven::UsedOrCancelled)
    }

    fn block(&self, which: &str) -> Call {
        let params = alloc::format!("[{which},false]");
        Call { network: self.subject.network, method: "eth_getBlockByNumber", params }
    }

    fn ask(&mut self, stage: Stage, call: Call) -> Step {
        self.calls += 1;
        self.stage = stage;
        Step::Call(call)
    }

    fn report(&mut self, finding: Finding) -> Step {
        let state = match finding {
            Finding::Settled { .. } => State::Settled,
            Finding::Dead { .. } => State::Dead,
            Finding::Undetermined { .. } => return done(self.record.purchase_id.clone(), finding),
        };
        let mut record = self.record.clone();
        if let Finding::Settled { block, .. } | Finding::Dead { block } = finding {
            record.evidence.proof = Some(alloc::format!("chain {} {block}", self.subject.network));
        }
        let mut sealed = None;
        if let Finding::Settled { transaction, .. } = finding {
            record.evidence.problem = None;
            if let Some(transaction) = transaction {
                record.evidence.transaction = Some(hex::encode(&transaction));
            }
            // The same payment, presented again, may still bring what was bought.
            sealed.clone_from(&self.sealed);
        }
        let write = Some(advance(record, sealed, state, self.now_s));
        Step::Done(Box::new(Report { purchase_id: self.record.purchase_id.clone(), finding, write }))
    }
}

// What there is to prove, or why there is nothing.
fn subject(record: &Record, registry: &Registry, now_s: u64) -> Result<Subject, Finding> {
    let waiting = |reason, again_s| Finding::Undetermined { reason, again_s: Some(again_s) };
    let entered_s = record.history().last().map_or(0, |step| step.at_s);
    match record.state() {
        State::Reserved | State::Unknown => {}
        State::Signed if now_s >= entered_s.saturating_add(UNDER_WAY_S) => {}
        State::Signed => return Err(waiting(Unproven::UnderWay, entered_s.saturating_add(UNDER_WAY_S))),
        State::Planned | State::Asked | State::Approved | State::Settled | State::Refused | State::Dead => {
            return Err(Finding::undetermined(Unproven::NotOpen));
        }
    }
    let attempt = record.attempt.as_ref().ok_or(Finding::undetermined(Unproven::Unreadable))?;
    if attempt.kind != "eip3009" {
        return Err(Finding::undetermined(Unproven::CoreRecordNeeded));
    }
    let reserved = record.history().iter().find(|step| step.state == State::Reserved);
    let (Some(valid_before_s), Some(reserved)) = (attempt.valid_before_s, reserved) else {
        return Err(Finding::undetermined(Unproven::Unreadable));
    };
    // The wallet was asked and may answer until then (threats P68).
    let over_s = valid_before_s.saturating_add(MARGIN_S);
    if record.state() == State::Reserved && now_s <= over_s {
        return Err(waiting(Unproven::UnderWay, over_s.saturating_add(1)));
    }
    let asset = pinned_asset(record, registry).ok_or(Finding::undetermined(Unproven::NotPinned))?;
    Ok(Subject {
        network: asset.network,
        token: asset.address,
        payer: attempt.payer,
        nonce: attempt.nonce,
        valid_before_s,
        // Valid from the allowance before it was planned, and reserved at once.
        since_s: reserved.at_s.saturating_sub(CLOCK_ALLOWANCE_S + MARGIN_S),
    })
}

fn done(purchase_id: String, finding: Finding) -> Step {
    Step::Done(Box::new(Report { purchase_id, finding, write: None }))
}

#[cfg(test)]
mod tests;
