//! What an account signed against what is charged to it: its records on one side, the core and the contracts on the
//! other. A difference is an alarm, with everything somebody needs to look into it.
//!
//! A core counts a guarantee by the spelling of its addresses, and takes the same signature again in a later cycle: the
//! payer cannot prevent either by signing, only find it (protocol notes C2, C3).

mod alarm;
mod event;
mod period;
mod position;
mod signed;

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::standing;
use super::{Doing, Failure, cycle};
use crate::contract::transaction::counted;
use crate::core4mica::{Balance, Parameters};
use crate::error::Code;
use crate::json::Writer;
use crate::primitives::Address;
use crate::registry::{Asset, Generation};
use alarm::Alarm;
use event::Event;
use position::{Asked, Position};
use signed::Ledger;

/// `{"assets", "cycles", "alarms", "events", "unread"}`
pub(super) async fn exposure(doing: &Doing, records: &[String]) -> Result<String, Failure> {
    let ledger = Ledger::read(records, doing.place.network, &doing.address());
    let parameters = doing.parameters().await?;
    let (mut assets, mut cycles, mut alarms) = (Vec::new(), Vec::new(), Vec::new());
    for asset in doing.assets(&ledger)? {
        assets.push(holding(doing, &asset, &ledger, &mut alarms).await?);
        if parameters.generation == Generation::ClearingHouse {
            alarms.extend(unconfirmed(doing, &asset, &parameters, &ledger).await?);
        }
    }
    let now_s = doing.outside.now_s();
    for asked in Asked::all(&ledger, now_s) {
        let Some(position) = Position::read(doing, &asked, &parameters).await? else { continue };
        alarms.extend(position.alarms(&ledger));
        cycles.push(position);
    }
    let events: Vec<String> = Event::of(&cycles, &alarms, now_s).iter().map(Event::to_json).collect();
    let cycles: Vec<String> = cycles.iter().map(|position| position.to_json(&ledger)).collect();
    let alarms: Vec<String> = alarms.iter().map(Alarm::to_json).collect();
    let list = |objects: &[String]| alloc::format!("[{}]", objects.join(","));
    Ok(Writer::object()
        .raw("assets", &list(&assets))
        .raw("cycles", &list(&cycles))
        .raw("alarms", &list(&alarms))
        .raw("events", &list(&events))
        .integer("unread", ledger.unread)
        .finish())
}

impl Doing {
    // Those it signed for, else the one meant where none is named. One that is pinned no more is not passed over in
    // silence.
    fn assets(&self, ledger: &Ledger) -> Result<Vec<Asset>, Failure> {
        let pinned = |address: &Address| {
            self.asset(address).ok_or_else(|| Failure::with(Code::AccountAsset, address.checksummed()))
        };
        let signed = ledger.assets().iter().map(pinned).collect::<Result<Vec<_>, _>>()?;
        if !signed.is_empty() {
            return Ok(signed);
        }
        Ok(self.place.registry.first_asset(self.place.network).into_iter().collect())
    }
}

async fn holding(doing: &Doing, asset: &Asset, ledger: &Ledger, alarms: &mut Vec<Alarm>) -> Result<String, Failure> {
    let balance = standing::balance(doing, &asset.address).await?.unwrap_or(Balance::NONE);
    // More than 2^256 - 1 cannot be locked either.
    let signed = ledger.total(&asset.address);
    if let Some(signed) = signed.filter(|signed| balance.locked > *signed) {
        let words = alloc::format!(
            "Core holds {} for guarantees, and this account signed for {} at most: something was charged that it never \
             signed, or one signature was charged twice.",
            counted(asset, balance.locked),
            counted(asset, signed)
        );
        alarms.push(Alarm::new("locked-beyond-signed", &asset.address, words, balance.locked, signed, ledger));
    }
    let object = standing::balance_json(asset, &balance);
    Ok(object.text_if("signed", signed.map(|signed| signed.to_string()).as_deref()).finish())
}

// What the core counts since the last checkpoint, each held against the record of the same request id.
async fn unconfirmed(
    doing: &Doing,
    asset: &Asset,
    parameters: &Parameters,
    ledger: &Ledger,
) -> Result<Vec<Alarm>, Failure> {
    let batch = cycle::batch(doing, asset, parameters).await?;
    let strange = batch.authorizations().iter().filter_map(|authorization| {
        let record = ledger.signed.iter().find(|signed| signed.req_id == authorization.req_id.word());
        let same = record
            .is_some_and(|signed| signed.amount == authorization.amount && signed.recipient == authorization.recipient);
        let words = match record {
            _ if same => return None,
            Some(signed) => alloc::format!(
                "Core counts {} to {} for purchase {}, whose record says {} to {}.",
                counted(asset, authorization.amount),
                authorization.recipient,
                signed.purchase_id,
                counted(asset, signed.amount),
                signed.recipient
            ),
            None => alloc::format!(
                "Core counts {} to {} that this account's key signed and these records do not know: another program \
                 pays with the same key, or the key is not only yours.",
                counted(asset, authorization.amount),
                authorization.recipient
            ),
        };
        let expected = record.map_or(crate::primitives::Amount::ZERO, |signed| signed.amount);
        Some(Alarm::new("unrecorded-authorisation", &asset.address, words, authorization.amount, expected, ledger))
    });
    Ok(strange.collect())
}
