//! What core answers about a frozen cycle: clearing proofs and the actions to take.
//!
//! # Source
//! Texts and shapes recorded in `4mica/cycle.json`, `proofs` and `actions`, and in `4mica/default-flow.json`. Not
//! recorded, and guessed: the refusal of somebody else's proof, and of a participant who is even.

use alloc::format;
use alloc::string::{String, ToString};

use super::{Batch, Clearing, Cycle, Position};
use crate::json::Writer;
use crate::primitives::{Address, Amount, Hash, hex};
use crate::sandbox::core::Principal;
use crate::sandbox::wire::{Refusal, any_address};

/// What is asked of a participant's position.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Question {
    /// Role, amount and proof.
    Proof,
    /// The debtor's payment.
    PayNetDebit,
    /// The creditor's claim.
    ClaimNetCredit,
    /// Anybody's report of a debtor that did not pay.
    MarkDefaulted,
}

impl Question {
    /// Reads the parameter `action`.
    ///
    /// # Errors
    /// 400 in plain text, as recorded.
    pub(crate) fn action(parameter: Option<&str>) -> Result<Self, Refusal> {
        let wrong = match parameter {
            Some("pay_net_debit") => return Ok(Question::PayNetDebit),
            Some("claim_net_credit") => return Ok(Question::ClaimNetCredit),
            Some("mark_defaulted") => return Ok(Question::MarkDefaulted),
            None => String::from("missing field `action`"),
            Some(other) => format!(
                "action: unknown variant `{other}`, expected one of `pay_net_debit`, `claim_net_credit`, `mark_defaulted`"
            ),
        };
        Err(Refusal::Plain(400, format!("Failed to deserialize query string: {wrong}")))
    }

    fn names(self) -> (&'static str, &'static str) {
        match self {
            Question::Proof => ("clearing-proof", "clearingProof"),
            Question::PayNetDebit => ("pay_net_debit", "payNetDebit"),
            Question::ClaimNetCredit => ("claim_net_credit", "claimNetCredit"),
            Question::MarkDefaulted => ("mark_defaulted", "markDefaulted"),
        }
    }
}

impl Clearing {
    /// Answers for `participant` of the cycle called `name`; in generation 4 (`or_hash`) the cycle's hash names it, too.
    ///
    /// # Errors
    /// As recorded: 401 for somebody else, 404 for an unknown cycle and for no participant, 400 before the cycle is
    /// netted and for the other role.
    pub(crate) fn ask(
        &self,
        name: &str,
        participant: &str,
        question: Question,
        principal: &Principal,
        or_hash: bool,
    ) -> Result<String, Refusal> {
        let who = any_address(participant).ok_or(Refusal::error(400, "invalid participant address"))?;
        if question != Question::MarkDefaulted && !principal.is_facilitator && principal.subject != who {
            let what = if question == Question::Proof { "proof" } else { "action" };
            return Err(Refusal::error(401, format!("participant clearing {what} access denied")));
        }
        let missing = || Refusal::error(404, format!("Settlement cycle {name}"));
        let cycle = self.cycle(name, or_hash).ok_or_else(missing)?;
        let text = &cycle.text;
        let pending = || Refusal::error(400, format!("settlement cycle {text} has no clearing batch"));
        let batch = cycle.batch.as_ref().ok_or_else(pending)?;
        let absent = || {
            let who = who.checksummed();
            Refusal::error(404, format!("Clearing participant {who} in settlement cycle {text}"))
        };
        let position = batch.position(&who).ok_or_else(absent)?;
        if !position.is_debtor() && !position.is_creditor() {
            return Err(Refusal::error(400, "participant role FLAT has nothing to clear"));
        }
        if question == Question::Proof {
            return Ok(proof(cycle, batch, position));
        }
        let (meant, role) = match question {
            Question::ClaimNetCredit => (position.is_creditor(), "NetCreditor"),
            _ => (position.is_debtor(), "NetDebtor"),
        };
        if !meant {
            let function = question.names().1;
            return Err(Refusal::error(400, format!("{function} requires participant role {role}")));
        }
        Ok(action(cycle, position, question, &self.terms.house))
    }
}

fn proof(cycle: &Cycle, batch: &Batch, position: &Position) -> String {
    Writer::object()
        .text("cycle_id", &hex::encode(&cycle.id))
        .text("cycle_id_text", &cycle.text)
        .text("asset_address", &cycle.asset.checksummed())
        .text("participant", &position.participant.checksummed())
        .text("role", if position.is_creditor() { "NET_CREDITOR" } else { "NET_DEBTOR" })
        .text("amount", &position.amount().to_string())
        .text("net_debit", &position.debit.to_string())
        .text("net_credit", &position.credit.to_string())
        .text("leaf", &hex::encode(&position.leaf))
        .text("merkle_root", &hex::encode(&batch.root))
        .raw("proof", &hashes(&position.proof))
        .finish()
}

fn action(cycle: &Cycle, position: &Position, question: Question, house: &Address) -> String {
    let (action, function) = question.names();
    let native = question == Question::PayNetDebit && cycle.asset == Address::ZERO;
    let payable = if native { position.debit } else { Amount::ZERO };
    let participant = position.participant.checksummed();
    let object = Writer::object()
        .text("contract_address", &house.checksummed())
        .text("function_name", function)
        .text("action", action)
        .text("cycle_id", &hex::encode(&cycle.id))
        .text("cycle_id_text", &cycle.text)
        .text("asset_address", &cycle.asset.checksummed())
        .text("participant", &participant);
    let object = match question {
        Question::MarkDefaulted => object.text("debtor", &participant),
        _ => object.raw("debtor", "null"),
    };
    object
        .text("amount", &position.amount().to_string())
        .text("payable_value", &payable.to_string())
        .raw("proof", &hashes(&position.proof))
        .finish()
}

/// A JSON array of hashes.
pub(crate) fn hashes(hashes: &[Hash]) -> String {
    let texts: alloc::vec::Vec<String> = hashes.iter().map(|hash| format!("\"{}\"", hex::encode(hash))).collect();
    format!("[{}]", texts.join(","))
}
