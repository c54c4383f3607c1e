//! Moving collateral and settling cycles: what is to be sent, told in words, tried on the node, sent, and seen mined.

pub(super) mod collateral;
pub(super) mod settlement;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::order::Via;
use super::{Doing, Failure};
use crate::contract::message::ReceiveAuthorization;
use crate::contract::transaction::Transaction;
use crate::core4mica::Request;
use crate::core4mica::facilitator::{Authorization3009, Sponsor, Sponsored, SponsoredFacts};
use crate::error::Code;
use crate::json::Writer;
use crate::primitives::{Hash, hex};
use crate::signer::Signature;

/// Has the wallet send a plan, or tells what to send. Each one is tried on the node right before the wallet is asked, and
/// mined before the next.
async fn carry_out(doing: &Doing, plan: Vec<Transaction>, via: Via) -> Result<String, Failure> {
    let (mut moved, mut done) = (Vec::new(), String::new());
    for transaction in plan {
        let object = Writer::object().text("words", &transaction.words).raw("transaction", &transaction.to_json());
        if via != Via::Wallet {
            moved.push(object.finish());
            continue;
        }
        let sent = send(doing, &transaction).await.map_err(|failure| after(failure, &done))?;
        let hash = hex::encode(&sent);
        done = format!("{} is mined: {hash}", transaction.words);
        moved.push(object.text("hash", &hash).finish());
    }
    Ok(Writer::object().raw("transactions", &format!("[{}]", moved.join(","))).finish())
}

async fn send(doing: &Doing, transaction: &Transaction) -> Result<Hash, Failure> {
    doing.try_out(transaction).await?;
    let sent = doing.outside.send(transaction.clone()).await?;
    // Whatever the wallet says instead of a hash, it may have sent.
    let sent: Hash = hex::decode_fixed(&sent).ok_or_else(|| Failure::new(Code::AccountPending))?;
    doing.mined(transaction, &sent).await?;
    Ok(sent)
}

// What went before is on the chain whatever came of the rest.
fn after(failure: Failure, done: &str) -> Failure {
    let facts = [failure.facts.as_str(), done].into_iter().filter(|facts| !facts.is_empty());
    Failure::with(failure.code, facts.collect::<Vec<_>>().join("; "))
}

/// Has the facilitator send something: asked first whether it would, which costs nobody anything.
async fn sponsored(doing: &Doing, words: &str, request: impl Fn(&Sponsor<'_>) -> Request) -> Result<String, Failure> {
    let url = doing.facilitator()?;
    let sponsor = |preflight| Sponsor { url, network: doing.place.network, preflight };
    let answer = doing.ask(request(&sponsor(true))).await?;
    match Sponsored::read(&answer.answer()) {
        Sponsored::Possible => {}
        Sponsored::Refused(facts) => return Err(refused(facts)),
        // It has the signature by now: whoever cannot say what it makes of it is not asked to send it.
        Sponsored::Unknown(facts) => return Err(Failure::with(Code::SponsorUnknown, told(facts))),
        Sponsored::Done { tx_hash } => return Err(Failure::with(Code::SponsorUnknown, hex::encode(&tx_hash))),
    }
    let answer = doing.ask(request(&sponsor(false))).await?;
    match Sponsored::read(&answer.answer()) {
        Sponsored::Done { tx_hash } => {
            let object = Writer::object().text("words", words).text("hash", &hex::encode(&tx_hash));
            Ok(Writer::object().raw("transactions", &format!("[{}]", object.finish())).finish())
        }
        Sponsored::Refused(facts) => Err(refused(facts)),
        Sponsored::Unknown(facts) => Err(Failure::with(Code::SponsorUnknown, told(facts))),
        Sponsored::Possible => Err(Failure::new(Code::SponsorUnknown)),
    }
}

fn refused(facts: SponsoredFacts) -> Failure {
    Failure::with(Code::SponsorRefused, told(facts))
}

fn told(SponsoredFacts { reason, said, .. }: SponsoredFacts) -> String {
    let words = [reason, said].into_iter().flatten();
    words.collect::<Vec<_>>().join(": ")
}

fn permit(message: &ReceiveAuthorization, signature: Signature) -> Authorization3009 {
    Authorization3009 {
        from: message.from,
        valid_after_s: message.valid_after_s,
        valid_before_s: message.valid_before_s,
        nonce: message.nonce,
        signature,
    }
}
