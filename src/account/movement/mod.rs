//! Moving collateral and settling cycles: what is to be sent, told in words, tried on the node, sent, and seen mined.

pub(super) mod collateral;
pub(super) mod settlement;

use alloc::string::String;
use alloc::vec::Vec;

use super::order::Via;
use super::{Doing, Failure};
use crate::contract::transaction::Transaction;
use crate::core4mica::Sponsored;
use crate::error::Code;
use crate::json::Writer;
use crate::primitives::{Hash, hex};

/// Has the wallet send a plan, or tells what to send. Each one is tried on the node right before the wallet is asked, and
/// mined before the next.
async fn carry_out(doing: &Doing, plan: Vec<Transaction>, via: Via) -> Result<String, Failure> {
    let mut moved = String::from("[");
    for (index, transaction) in plan.into_iter().enumerate() {
        let mut hash = None;
        if via == Via::Wallet {
            doing.try_out(&transaction).await?;
            let sent = doing.outside.send(transaction.clone()).await?;
            // Whatever the wallet says instead of a hash, it may have sent.
            let sent: Hash = hex::decode_fixed(&sent).ok_or_else(|| Failure::new(Code::AccountPending))?;
            doing.mined(&transaction, &sent).await?;
            hash = Some(sent);
        }
        if index > 0 {
            moved.push(',');
        }
        let object = Writer::object().text("words", &transaction.words).raw("transaction", &transaction.to_json());
        moved.push_str(&object.text_if("hash", hash.map(|hash| hex::encode(&hash)).as_deref()).finish());
    }
    moved.push(']');
    Ok(Writer::object().raw("transactions", &moved).finish())
}

/// The result of a facilitator that sent something.
fn sponsored(answer: Sponsored, words: &str) -> Result<String, Failure> {
    match answer {
        Sponsored::Done { tx_hash } => {
            let object = Writer::object().text("words", words).text("hash", &hex::encode(&tx_hash));
            Ok(Writer::object().raw("transactions", &alloc::format!("[{}]", object.finish())).finish())
        }
        Sponsored::Refused(refused) => Err(Failure::with(Code::SponsorRefused, alloc::format!("{refused}"))),
        Sponsored::Unknown { .. } => Err(Failure::new(Code::SponsorUnknown)),
    }
}
