//! The cycle that payments of generation 4 are charged in, and the checkpoints between them.
//!
//! A core refuses to issue after so many payments without a checkpoint, and it tells the seller, who can do nothing about
//! it. So the payer looks ahead: it counts what it signs and confirms at half of what the core allows.

use alloc::collections::BTreeMap;
use alloc::string::String;
use core::cell::{Cell, RefCell};

use super::{Doing, Failure};
use crate::contract::message::AccountMessage;
use crate::core4mica::{self, ActiveCycle, Batch, Parameters};
use crate::error::Code;
use crate::json;
use crate::primitives::{Address, Hash};
use crate::registry::Asset;

/// How often the core is asked again for a second that the checkpoint does not cover.
const TRIES: u32 = 8;
const PAUSE_MS: u32 = 400;
/// How often a payment looks whether another one's checkpoint is through: two minutes for a person.
const LOOKS: u32 = 300;

/// What this process knows of the payments since the last checkpoint, per token.
#[derive(Debug, Default)]
pub(super) struct Pace {
    open: RefCell<BTreeMap<Address, Open>>,
    /// A checkpoint is under way.
    confirming: Cell<bool>,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    cycle_id: Hash,
    /// Payments since the last checkpoint; other processes may have made more.
    payments: u64,
    /// Unix second up to which this process confirmed.
    cutoff_s: u64,
}

impl Pace {
    /// True when nothing is known of the cycle, or it is time.
    fn is_due(&self, asset: &Address, cycle: &ActiveCycle, idle: bool) -> bool {
        let known = self.open.borrow().get(asset).copied().filter(|open| open.cycle_id == cycle.cycle_id);
        known.is_none_or(|open| is_time(open.payments, cycle.max_uncheckpointed, idle))
    }

    fn cutoff_s(&self, asset: &Address) -> u64 {
        self.open.borrow().get(asset).map_or(0, |open| open.cutoff_s)
    }

    fn counted(&self, asset: &Address, cycle_id: Hash, payments: u64) {
        let cutoff_s = self.cutoff_s(asset);
        self.open.borrow_mut().insert(*asset, Open { cycle_id, payments, cutoff_s });
    }

    fn confirmed(&self, asset: &Address, batch: &Batch) {
        let confirmed_s = batch.checkpoint().map_or(0, |checkpoint| checkpoint.timestamp_cutoff_s);
        let cutoff_s = self.cutoff_s(asset).max(confirmed_s);
        self.open.borrow_mut().insert(*asset, Open { cycle_id: *batch.cycle_id(), payments: 0, cutoff_s });
    }

    fn one_more(&self, asset: &Address) {
        if let Some(open) = self.open.borrow_mut().get_mut(asset) {
            open.payments = open.payments.saturating_add(1);
        }
    }
}

/// Held while a checkpoint is made; given back also when its task is dropped in the middle.
struct Turn<'a>(&'a Cell<bool>);

impl<'a> Turn<'a> {
    fn take(confirming: &'a Cell<bool>) -> Self {
        confirming.set(true);
        Turn(confirming)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

// At half of what the core allows. Payments under way are of seconds that a checkpoint may cover, and would then be
// refused: while there are any it waits for the last tenth.
fn is_time(payments: u64, max_uncheckpointed: u64, idle: bool) -> bool {
    let (share, of) = if idle { (1, 2) } else { (9, 10) };
    payments.saturating_mul(of) >= max_uncheckpointed.saturating_mul(share)
}

/// The body of the core's answer, for the payment that is about to be signed. A checkpoint that is due comes first.
pub(super) async fn active(doing: &Doing, asset: &Asset, idle: bool) -> Result<String, Failure> {
    let asked = ask(doing, asset).await?;
    let pace = &doing.place.pace;
    // The wallet is asked for one checkpoint, however many payments wait for it.
    let mut looks = LOOKS;
    while pace.is_due(&asset.address, &asked.1, idle) {
        if pace.confirming.get() && looks > 0 {
            looks -= 1;
            doing.outside.pause(PAUSE_MS).await?;
            continue;
        }
        let turn = Turn::take(&pace.confirming);
        confirm(doing, asset, &asked.1, idle).await?;
        drop(turn);
        break;
    }
    let body = past_cutoff(doing, asset, asked).await?;
    pace.one_more(&asset.address);
    Ok(json_text(&body))
}

// A payment of a second that a checkpoint covers would be refused, whoever's turn the checkpoint was.
async fn past_cutoff(
    doing: &Doing,
    asset: &Asset,
    (mut body, mut cycle): (String, ActiveCycle),
) -> Result<String, Failure> {
    for _ in 0..TRIES {
        if cycle.server_time_s > doing.place.pace.cutoff_s(&asset.address) {
            return Ok(body);
        }
        doing.outside.pause(PAUSE_MS).await?;
        (body, cycle) = ask(doing, asset).await?;
    }
    Err(Failure::with(Code::CoreAnswer, String::from("server_time")))
}

async fn ask(doing: &Doing, asset: &Asset) -> Result<(String, ActiveCycle), Failure> {
    let url = core4mica::active_cycle_url(doing.core(), &asset.address);
    let answer = doing.ask(core4mica::Request::get(url, true)).await?;
    core4mica::check_status(answer.status)?;
    let cycle = ActiveCycle::read(&answer.body, &asset.address, doing.outside.now_s())?;
    let body = String::from_utf8(answer.body).map_err(|_| Failure::new(Code::CoreAnswer))?;
    Ok((body, cycle))
}

/// Confirms what was authorised so far, when it is time.
async fn confirm(doing: &Doing, asset: &Asset, cycle: &ActiveCycle, idle: bool) -> Result<(), Failure> {
    let parameters = doing.parameters().await?;
    let mut batch = batch(doing, asset, &parameters).await?;
    let pace = &doing.place.pace;
    let payments = u64::try_from(batch.authorizations().len()).unwrap_or(u64::MAX);
    if !is_time(payments, cycle.max_uncheckpointed, idle) {
        pace.counted(&asset.address, *batch.cycle_id(), payments);
        return Ok(());
    }
    match checkpoint(doing, asset, &batch).await {
        // Payments came in between: once more, with them.
        Err(failure) if failure.code == Code::CoreCheckpointMismatch => {
            batch = self::batch(doing, asset, &parameters).await?;
            checkpoint(doing, asset, &batch).await?;
        }
        result => result?,
    }
    pace.confirmed(&asset.address, &batch);
    Ok(())
}

/// What the core counts since the last checkpoint. Anything that is not this account's is a reason to stop.
pub(super) async fn batch(doing: &Doing, asset: &Asset, parameters: &Parameters) -> Result<Batch, Failure> {
    let payer = doing.address();
    let answer = doing.ask(core4mica::batch_request(doing.core(), &payer, &asset.address, None)).await?;
    let house = parameters.clearing_house.ok_or_else(|| Failure::new(Code::AccountContract))?;
    let batch = Batch::read(&answer.answer(), parameters.chain_id, &house, &payer, &asset.address, None)?;
    match batch.strange().first() {
        None => Ok(batch),
        Some(strange) => Err(Failure::with(Code::CoreBatch, alloc::format!("{:?}", strange.why))),
    }
}

async fn checkpoint(doing: &Doing, asset: &Asset, batch: &Batch) -> Result<(), Failure> {
    let Some(checkpoint) = batch.checkpoint() else { return Ok(()) };
    let signature = doing.sign(asset, AccountMessage::Checkpoint(checkpoint.clone())).await?;
    let request = core4mica::checkpoint_request(doing.core(), &checkpoint, &signature.to_hex());
    let answer = doing.ask(request).await?;
    core4mica::read_checkpoint(&answer.answer(), &checkpoint)?;
    Ok(())
}

// The result of a task is JSON; the driver hands the text on to the payment, which reads it anew.
fn json_text(body: &str) -> String {
    let mut text = String::new();
    json::push_string(&mut text, body);
    text
}
