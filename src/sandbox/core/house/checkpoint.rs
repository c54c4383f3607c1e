//! Checkpoints of generation 4: what a payer has authorised in a cycle, confirmed by one signature over its sum.
//!
//! # Source
//! Protocol notes 2.4; the payload's members are those of `4mica/gen4-digests.json`, `checkpoint`. The members of a
//! batch beyond the documented ones, and the details of a mismatch, are guesses.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Accepted, HouseIssuer, about, asset_of, coded};
use crate::json::Writer;
use crate::primitives::{Address, Amount, Hash, hex};
use crate::sandbox::clearing::Period;
use crate::sandbox::core::{Principal, Shared, claims::recover};
use crate::sandbox::wire::{Body, Refusal, Request, any_address};
use crate::scheme::guarantee::{Checkpoint, PaymentAuthorization};

/// The last checkpoint of a payer in a cycle.
pub(super) struct Signed {
    gross: Amount,
    cutoff_s: u64,
    /// Payload and signature, JSON.
    text: String,
}

impl Signed {
    /// Whether an authorisation of that second is in the sum.
    pub(super) fn covers(&self, timestamp_s: u64) -> bool {
        timestamp_s <= self.cutoff_s
    }

    /// # Errors
    /// `TIMESTAMP_NOT_PAST_CUTOFF`.
    pub(super) fn check_later(&self, signed: &PaymentAuthorization, period: &Period) -> Result<(), Refusal> {
        if !self.covers(signed.timestamp_s) {
            return Ok(());
        }
        let details = about(period, &signed.asset)
            .integer("timestamp", signed.timestamp_s)
            .integer("timestamp_cutoff", self.cutoff_s)
            .text("cumulative_gross", &self.gross.to_hex_quantity())
            .integer("server_time", period.now_s);
        Err(coded("TIMESTAMP_NOT_PAST_CUTOFF", "timestamp is not past the last checkpoint", details))
    }
}

fn denied() -> Refusal {
    Refusal::error(401, "payer checkpoint access denied")
}

impl HouseIssuer {
    /// `GET /core/payers/{payer}/checkpoint-batch?asset=[&cycle_id=]`.
    pub(crate) fn batch(
        &self,
        shared: &Shared,
        payer: &str,
        request: &Request<'_>,
        principal: &Principal,
        now_s: u64,
    ) -> Result<String, Refusal> {
        let payer = any_address(payer).ok_or(Refusal::error(400, "invalid payer address"))?;
        if payer != principal.subject {
            return Err(denied());
        }
        let asset = asset_of(request)?;
        let now_s = shared.clearing.period(&asset, now_s).now_s;
        let (id, text) = self.cycle(shared, request.parameter("cycle_id").as_deref(), &asset, now_s)?;
        let previous = self.checkpoints.get(&(payer, id));
        let requests: Vec<&str> = self.open((payer, id)).map(|accepted| accepted.request.as_str()).collect();
        let object = Writer::object()
            .text("cycle_id", &hex::encode(&id))
            .text("cycle_id_text", &text)
            .text("asset_address", &asset.checksummed())
            .text("payer", &payer.checksummed());
        let object = match previous {
            None => object,
            Some(previous) => object.raw("previous", &previous.text),
        };
        Ok(object
            .raw("authorizations", &format!("[{}]", requests.join(",")))
            .integer("max_uncheckpointed", self.max_uncheckpointed)
            .integer("server_time", now_s)
            .finish())
    }

    /// `POST /core/checkpoints`.
    pub(crate) fn checkpoint(
        &mut self,
        shared: &Shared,
        body: &Body<'_>,
        principal: &Principal,
        now_s: u64,
    ) -> Result<String, Refusal> {
        let root = body.root();
        let payload = root.member("payload", "payload")?;
        let signature = root.member("signature", "signature")?.text()?;
        let address = |name: &str| {
            any_address(payload.field(name)?.text()?).ok_or(Refusal::error(400, format!("invalid {name}")))
        };
        let checkpoint = Checkpoint {
            chain_id: shared.deployment.chain_id,
            clearing_house: shared.deployment.clearing_house,
            payer: address("payer")?,
            cycle_id: payload.field("cycle_id")?.bytes()?,
            asset: address("asset_address")?,
            cumulative_gross: payload.field("cumulative_gross")?.quantity()?,
            timestamp_cutoff_s: payload.field("timestamp_cutoff")?.number("u64", u64::MAX)?,
        };
        let now_s = shared.clearing.period(&checkpoint.asset, now_s).now_s;
        if checkpoint.payer != principal.subject {
            return Err(denied());
        }
        if recover(&checkpoint.digest(), signature)? != checkpoint.payer {
            return Err(coded("INVALID_SIGNATURE", "Invalid signature", Writer::object()));
        }
        let named = hex::encode(&checkpoint.cycle_id);
        let (id, text) = self.cycle(shared, Some(&named), &checkpoint.asset, now_s)?;
        let account = (checkpoint.payer, id);
        let (gross, covered) = self.sum(account, checkpoint.timestamp_cutoff_s)?;
        let previous = self.checkpoints.get(&account);
        let is_later = previous.is_none_or(|previous| checkpoint.timestamp_cutoff_s >= previous.cutoff_s);
        let about = Writer::object()
            .text("cycle_id", &named)
            .text("cycle_id_text", &text)
            .text("asset_address", &checkpoint.asset.checksummed())
            .text("payer", &checkpoint.payer.checksummed())
            .text("cumulative_gross", &gross.to_hex_quantity())
            .integer("timestamp_cutoff", checkpoint.timestamp_cutoff_s);
        if gross != checkpoint.cumulative_gross || checkpoint.timestamp_cutoff_s > now_s || !is_later {
            let details = about.integer("server_time", now_s);
            return Err(coded("CHECKPOINT_MISMATCH", "checkpoint does not match the authorizations", details));
        }
        let text = Writer::object().raw("payload", payload.node.raw).text("signature", signature).finish();
        self.checkpoints.insert(account, Signed { gross, cutoff_s: checkpoint.timestamp_cutoff_s, text });
        Ok(about.integer("covered", covered).finish())
    }

    /// Id and text of the cycle that is named, or of the present one.
    fn cycle(
        &self,
        shared: &Shared,
        name: Option<&str>,
        asset: &Address,
        now_s: u64,
    ) -> Result<(Hash, String), Refusal> {
        let present = shared.clearing.period(asset, now_s);
        match name {
            Some(name) if name != present.text && name != hex::encode(&present.id) => {
                let found = shared.clearing.cycle(name, true).filter(|cycle| cycle.asset == *asset);
                let found = found.ok_or_else(|| Refusal::error(404, format!("Settlement cycle {name}")))?;
                Ok((found.id, found.text.clone()))
            }
            _ => Ok((present.id, present.text)),
        }
    }

    fn open(&self, account: (Address, Hash)) -> impl Iterator<Item = &Accepted> {
        let previous = self.checkpoints.get(&account);
        let accepted = self.accepted.get(&account).into_iter().flatten();
        accepted.filter(move |one| previous.is_none_or(|previous| !previous.covers(one.timestamp_s)))
    }

    /// Sum and number of everything up to a cutoff.
    fn sum(&self, account: (Address, Hash), cutoff_s: u64) -> Result<(Amount, u64), Refusal> {
        let covered = self.accepted.get(&account).into_iter().flatten().filter(|one| one.timestamp_s <= cutoff_s);
        covered
            .map(|one| one.amount)
            .try_fold((Amount::ZERO, 0), |(sum, count), amount| Some((sum.plus(amount)?, count + 1)))
            .ok_or(Refusal::error(500, "internal server error"))
    }
}
