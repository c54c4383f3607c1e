//! What became of an EIP-3009 authorisation: questions to a node out, its answers in, at last a finding.
//!
//! Three values (threats P28, P30): used, dead, or not determined. A node is believed about a finalized block of the right
//! network, where its answers fit each other; never about silence. Knows no record and no store.

mod answer;
mod blocks;
mod transfer;

pub use transfer::{Transfer, transfers};

use super::rpc::{At, Call};
use crate::json::Writer;
use crate::primitives::{Address, Hash, Network, hex};
use crate::scheme::exact::{AUTHORIZATION_CANCELED, AUTHORIZATION_USED, authorization_state, topic};
use answer::Event;
use blocks::{Block, Next, Search};

/// Twice the largest difference between two clocks, in seconds.
pub const MARGIN_S: u64 = 60;
/// Largest difference between our clock and a block's, in seconds.
const MAX_SKEW_S: u64 = 30;
/// Questions of one inquiry at most.
pub const MAX_CALLS: u32 = 64;
/// Blocks whose logs are asked for at once: what nearly every node allows.
const RANGE: u64 = 2_000;
/// A node that refuses even so few keeps no logs for us.
const MIN_RANGE: u64 = 10;

/// The authorisation in question.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Network of the token.
    pub network: Network,
    /// The token.
    pub token: Address,
    /// Who signed it.
    pub payer: Address,
    /// Its nonce.
    pub nonce: Hash,
    /// Unix second from which the token refuses it.
    pub valid_before_s: u64,
    /// Unix second before which it was used nowhere.
    pub since_s: u64,
    /// Unix second until which nobody can have cancelled it; `None` where somebody may have.
    pub uncancelled_s: Option<u64>,
}

/// The next thing to do.
#[derive(Clone, Debug)]
pub enum Look {
    /// Ask a node, then report with [`Inquiry::on_answer`].
    Call(Call),
    /// Nothing more to ask.
    Found(Fate),
}

/// What became of an authorisation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fate {
    /// The nonce was used, by whatever authorisation has it.
    Used {
        /// Where, when the node still has the log.
        transaction: Option<Hash>,
        /// The block of the transaction, else the finalized one in which it was seen.
        block: u64,
    },
    /// It can never be used: cancelled, or its time is over.
    Dead {
        /// The block of the cancellation, else the finalized one in which it was seen.
        block: u64,
    },
    /// Nothing was proven.
    Unsure {
        /// Why.
        reason: Unsure,
        /// Unix second from which asking again may bring something new.
        again_s: Option<u64>,
    },
}

/// Why nothing was proven.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unsure {
    /// Unused, and its time is not over in a finalized block.
    StillValid,
    /// No answer.
    Unanswered,
    /// The node will not answer.
    Refused,
    /// The answer is not one to this question, or to none.
    Malformed,
    /// The node is on another network.
    OtherNetwork,
    /// Answers contradict each other, or our clock.
    Contradicts,
    /// Used or cancelled, the node does not know which, and it may have been cancelled.
    UsedOrCancelled,
}

/// An inquiry under way.
#[derive(Debug)]
pub struct Inquiry {
    subject: Subject,
    now_s: u64,
    calls: u32,
    stage: Stage,
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

impl Inquiry {
    /// Begins with the first question.
    pub fn new(subject: Subject, now_s: u64) -> (Self, Call) {
        let first = Call::chain_id(subject.network);
        (Inquiry { subject, now_s, calls: 1, stage: Stage::Network }, first)
    }

    /// The answer to the last call: HTTP status (0 for none) and body.
    pub fn on_answer(&mut self, status: u16, body: &[u8], now_s: u64) -> Look {
        self.now_s = self.now_s.max(now_s);
        let taken = match core::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Network => self.on_network(status, body),
            Stage::Head => self.on_head(status, body),
            Stage::Flag { head } => self.on_flag(head, status, body),
            Stage::Search { head, search } => self.on_block(head, search, status, body),
            Stage::Logs { head, from, to, range } => self.on_logs(head, (from, to, range), status, body),
            Stage::Over => Err(Unsure::Malformed),
        };
        taken.unwrap_or_else(|reason| Look::Found(Fate::Unsure { reason, again_s: None }))
    }

    fn on_network(&mut self, status: u16, body: &[u8]) -> Result<Look, Unsure> {
        if answer::read(status, body, answer::quantity)? != self.subject.network.chain_id() {
            return Err(Unsure::OtherNetwork);
        }
        Ok(self.ask(Stage::Head, self.block("\"finalized\"")))
    }

    fn on_head(&mut self, status: u16, body: &[u8]) -> Result<Look, Unsure> {
        let head = answer::read(status, body, answer::block)?;
        // Our clock is wrong or the node invents: either way no deadline is judged by it.
        if head.time_s > self.now_s.saturating_add(MAX_SKEW_S) {
            return Err(Unsure::Contradicts);
        }
        let Subject { network, token, payer, nonce, .. } = &self.subject;
        let call = Call::view(*network, token, &authorization_state(payer, nonce), At::Block(head.number));
        Ok(self.ask(Stage::Flag { head }, call))
    }

    fn on_flag(&mut self, head: Block, status: u16, body: &[u8]) -> Result<Look, Unsure> {
        if answer::read(status, body, answer::flag)? {
            let search = Search::new(self.subject.since_s, head);
            return self.search(head, search);
        }
        // The contract takes it while the block's time is before `validBefore`; blocks only get later.
        let over_s = self.subject.valid_before_s.saturating_add(MARGIN_S);
        if head.time_s > over_s {
            return Ok(Look::Found(Fate::Dead { block: head.number }));
        }
        let behind_s = self.now_s.saturating_sub(head.time_s);
        let again_s = Some(over_s.saturating_add(behind_s).saturating_add(1));
        Ok(Look::Found(Fate::Unsure { reason: Unsure::StillValid, again_s }))
    }

    fn search(&mut self, head: Block, search: Search) -> Result<Look, Unsure> {
        match search.next() {
            Next::Ask(number) => {
                let block = self.block(&alloc::format!("\"{number:#x}\""));
                Ok(self.ask(Stage::Search { head, search }, block))
            }
            Next::At(low) => {
                // A cancellation may be in any block since; a use only in one before `validBefore`.
                let last = match self.subject.uncancelled_s {
                    None => head.number,
                    Some(_) => {
                        let seconds = self.subject.valid_before_s.saturating_sub(low.time_s);
                        low.number.saturating_add(search.blocks_in(seconds, low)).min(head.number)
                    }
                };
                self.logs(head, low.number, last, RANGE)
            }
            Next::Lost => self.unlogged(head),
        }
    }

    fn on_block(&mut self, head: Block, mut search: Search, status: u16, body: &[u8]) -> Result<Look, Unsure> {
        let Next::Ask(asked) = search.next() else { return Err(Unsure::Malformed) };
        let block = match answer::read(status, body, answer::block) {
            Err(Unsure::Refused) => return self.unlogged(head),
            other => other?,
        };
        if block.number != asked || search.learn(block).is_none() {
            return Err(Unsure::Contradicts);
        }
        self.search(head, search)
    }

    fn logs(&mut self, head: Block, from: u64, last: u64, range: u64) -> Result<Look, Unsure> {
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
    ) -> Result<Look, Unsure> {
        let Subject { token, payer, nonce, .. } = &self.subject;
        let to = last.min(from.saturating_add(range - 1));
        match answer::read(status, body, |result| answer::event(result, (token, payer, nonce), (from, to))) {
            Ok(Some(Event { used: true, transaction, block })) => {
                Ok(Look::Found(Fate::Used { transaction: Some(transaction), block }))
            }
            Ok(Some(Event { used: false, block, .. })) => Ok(Look::Found(Fate::Dead { block })),
            Ok(None) => self.logs(head, to.saturating_add(1), last, range),
            // Too many blocks at once, for some.
            Err(Unsure::Refused) if range / 10 >= MIN_RANGE => self.logs(head, from, last, range / 10),
            Err(Unsure::Refused) => self.unlogged(head),
            Err(reason) => Err(reason),
        }
    }

    // Used or cancelled, and no log says which.
    fn unlogged(&mut self, head: Block) -> Result<Look, Unsure> {
        let until_s = self.subject.uncancelled_s.ok_or(Unsure::UsedOrCancelled)?;
        if head.time_s <= until_s.saturating_add(MAX_SKEW_S) {
            return Ok(Look::Found(Fate::Used { transaction: None, block: head.number }));
        }
        Err(Unsure::UsedOrCancelled)
    }

    fn block(&self, which: &str) -> Call {
        let params = alloc::format!("[{which},false]");
        Call { network: self.subject.network, method: "eth_getBlockByNumber", params }
    }

    fn ask(&mut self, stage: Stage, call: Call) -> Look {
        self.calls += 1;
        self.stage = stage;
        Look::Call(call)
    }
}
