//! A payment under way: the bytes that leave, what their settlement must match, and when they leave once more.
//!
//! Knows no clock and no store: the pause between two presentations is drawn from random bytes of the caller.

use alloc::string::String;

use super::answer::{Expectation, MAX_REFUSAL_BYTES};
use super::{Command, Entropy, PaidAnswer};
use crate::primitives::{Secret, keccak256_of};
use crate::x402::Settlement;

/// How Core asks for the identical request again, as its facilitator and sellers pass it on.
///
/// # Source
/// vectors `4mica/cors-and-concurrency.json`: one lock per payer and asset, taken by another payment at that moment.
const RETRY_TEXTS: [&str; 2] = ["409 Conflict", "request failed, please retry"];
/// Presentations after the first.
const MAX_REPEATS: u32 = 5;
/// First pause, in milliseconds; each further one is twice as long.
const PAUSE_MS: u32 = 100;

/// A payment that was written and may leave.
#[derive(Debug)]
pub(super) struct Presented {
    pub(super) url: String,
    pub(super) header: &'static str,
    pub(super) value: Secret,
    pub(super) expectation: Expectation,
    repeats: u32,
}

impl Presented {
    pub(super) fn new(url: String, header: &'static str, value: Secret, expectation: Expectation) -> Self {
        Presented { url, header, value, expectation, repeats: 0 }
    }

    /// Presents it now.
    pub(super) fn send(&self) -> Command {
        self.after(0)
    }

    /// Presents the identical bytes again after a pause, where the answer carries Core's wish for them: at most five
    /// times.
    ///
    /// That is safe whatever became of the first: the seller has these bytes already and could show them to Core as often
    /// as it likes, and within a cycle Core answers a copy with the same guarantee or a refusal. What would be a second
    /// payment is another signature, and none is made here.
    pub(super) fn again(&mut self, answer: &PaidAnswer, purchase_id: &str, entropy: &Entropy) -> Option<Command> {
        let failed = answer.status == 402 || (500..600).contains(&answer.status);
        let wanted = failed && self.expectation.is_of_a_guarantee() && asks_again(answer);
        if !wanted || self.repeats >= MAX_REPEATS {
            return None;
        }
        let base_ms = PAUSE_MS << self.repeats;
        let drawn =
            keccak256_of(&[b"farthing/pause/1", purchase_id.as_bytes(), &entropy.nonce, &self.repeats.to_be_bytes()]);
        // Payers that collided once must not collide again at the same moment.
        let jitter_ms = u32::from(u16::from_be_bytes([drawn[0], drawn[1]])) % base_ms;
        self.repeats += 1;
        Some(self.after(base_ms + jitter_ms))
    }

    fn after(&self, pause_ms: u32) -> Command {
        Command::Send { url: self.url.clone(), header: self.header, value: self.value.clone(), pause_ms }
    }
}

fn asks_again(answer: &PaidAnswer) -> bool {
    let contains = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    let settlement = answer.header.as_deref().and_then(|header| Settlement::read(header).ok());
    // A proof is looked at first, whatever is said beside it: the next answer may come without one, or not at all.
    if settlement.as_ref().is_some_and(|settlement| settlement.success) {
        return false;
    }
    let reason = settlement.and_then(|settlement| settlement.reason);
    let body = answer.body.get(..MAX_REFUSAL_BYTES).unwrap_or(&answer.body);
    RETRY_TEXTS
        .iter()
        .any(|text| contains(body, text) || reason.as_ref().is_some_and(|reason| contains(reason.as_bytes(), text)))
}
