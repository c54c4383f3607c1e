//! What an account signed against what is charged to it: its records on one side, the core and the contracts on the
//! other. A difference is an alarm, with everything somebody needs to look into it.
//!
//! A core counts a guarantee by the spelling of its addresses, and takes the same signature again in a later cycle: the
//! payer cannot prevent either by signing, only find it (protocol notes C2, C3).

mod alarm;
mod period;
mod signed;

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::movement::settlement;
use super::standing;
use super::{Doing, Failure, cycle};
use crate::contract::clearing_house::{Cycle as OnChain, Participant};
use crate::contract::transaction::counted;
use crate::core4mica::{Balance, CycleId, Parameters, Role};
use crate::error::Code;
use crate::json::Writer;
use crate::primitives::{Address, Hash, hex};
use crate::registry::{Asset, Generation};
use alarm::Alarm;
use period::Period;
use signed::Ledger;

/// Cycles after the last certificate that are looked at for charges nobody signed.
const LATER_CYCLES: u64 = 14;

/// `{"assets", "cycles", "alarms", "unread"}`
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
    for asked in asked(&ledger, doing.outside.now_s()) {
        if let Some(object) = position(doing, &asked, &parameters, &ledger, &mut alarms).await? {
            cycles.push(object);
        }
    }
    let alarms: Vec<String> = alarms.iter().map(Alarm::to_json).collect();
    let list = |objects: &[String]| alloc::format!("[{}]", objects.join(","));
    Ok(Writer::object()
        .raw("assets", &list(&assets))
        .raw("cycles", &list(&cycles))
        .raw("alarms", &list(&alarms))
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

/// A cycle to ask about.
struct Asked {
    asset: Address,
    cycle: CycleId,
    /// Unix second it ends, where its period is known.
    ends_s: Option<u64>,
    /// It has a certificate of ours.
    known: bool,
}

// Cycles of our certificates, then the ones after the last of them: a signature is valid in every later cycle.
fn asked(ledger: &Ledger, now_s: u64) -> Vec<Asked> {
    let mut asked = Vec::new();
    for asset in ledger.assets() {
        let mut last: Option<Period> = None;
        for (_, cycle_id, at_s) in ledger.cycles().iter().filter(|(of, _, _)| *of == asset) {
            let period = Period::find(&asset, cycle_id, *at_s);
            let cycle = period.as_ref().map_or(CycleId::Hash(*cycle_id), Period::cycle);
            let ends_s = period.as_ref().map(Period::ends_s);
            asked.push(Asked { asset, cycle, ends_s, known: true });
            last = period.filter(|period| last.as_ref().is_none_or(|last| last.start_s < period.start_s)).or(last);
        }
        for period in last.iter().flat_map(|last| last.following(now_s, LATER_CYCLES)) {
            let known = asked.iter().any(|asked| asked.cycle == period.cycle());
            if !known {
                asked.push(Asked { asset, cycle: period.cycle(), ends_s: Some(period.ends_s()), known: false });
            }
        }
    }
    asked
}

/// `{"cycle", "cycleId", "asset", "signed"?, "state", "amount"?, "words", "ends"?, "payBefore"?, "finalAt"?, "settled"?}`;
/// `None` for a cycle that has nothing to do with this account.
async fn position(
    doing: &Doing,
    asked: &Asked,
    parameters: &Parameters,
    ledger: &Ledger,
    alarms: &mut Vec<Alarm>,
) -> Result<Option<String>, Failure> {
    let Some(asset) = doing.asset(&asked.asset) else { return Ok(None) };
    let cycle_id = asked.cycle.hash();
    let signed = ledger.chargeable(&asked.asset, &cycle_id);
    let mut object = Writer::object()
        .text("cycle", &asked.cycle.as_text())
        .text("cycleId", &hex::encode(&cycle_id))
        .text("asset", &asked.asset.checksummed())
        .text_if("signed", signed.map(|signed| signed.to_string()).as_deref());
    if let Some(ends_s) = asked.ends_s {
        object = object.integer("ends", ends_s);
    }
    let Some(house) = parameters.clearing_house else {
        return Ok(asked.known.then(|| object.text("state", "unpinned").text("words", UNPINNED).finish()));
    };
    let proof = match settlement::proof(doing, &asked.cycle, parameters.chain_id, house).await {
        Ok(proof) => proof,
        Err(failure) => {
            let (state, words) = match failure.code {
                Code::CoreNotCleared => ("open", "The cycle is not closed yet; nothing is owed before."),
                Code::CoreNotParticipant => ("even", "After netting this account owes nothing and is owed nothing."),
                Code::CoreUnknownCycle if !asked.known => return Ok(None),
                Code::CoreUnknownCycle => ("unknown", "The core does not know this cycle by that name."),
                _ => return Err(failure),
            };
            return Ok(
                (asked.known || state == "open").then(|| object.text("state", state).text("words", words).finish())
            );
        }
    };
    let amount = proof.amount();
    let owes = proof.role() == Role::Debtor;
    if let Some(signed) = signed.filter(|signed| owes && amount > *signed) {
        let words = alloc::format!(
            "Cycle {} charges {}, and this account signed for {} at most in it: one signature was charged again, or \
             for another amount.",
            asked.cycle.as_text(),
            counted(&asset, amount),
            counted(&asset, signed)
        );
        alarms
            .push(Alarm::new("charged-beyond-signed", &asked.asset, words, amount, signed, ledger).in_cycle(&cycle_id));
    }
    object = object.text("state", if owes { "owes" } else { "is-owed" }).text("amount", &amount.to_string());
    let mut words = alloc::format!("{} {}", if owes { "Owes" } else { "Is owed" }, counted(&asset, amount));
    let on_chain = match doing.place.node {
        true => committed(doing, &cycle_id, &house).await?,
        false => None,
    };
    if let Some((cycle, participant)) = on_chain {
        let settled = if owes { participant.paid } else { participant.claimed };
        words.push_str(if settled { ", settled." } else { "." });
        object = object
            .integer("payBefore", cycle.submission_deadline_s)
            .integer("finalAt", cycle.finality_deadline_s)
            .raw("settled", if settled { "true" } else { "false" });
        if !settled && cycle.merkle_root != *proof.root() {
            let words =
                alloc::format!("Core proves cycle {} under a root that is not the contract's.", asked.cycle.as_text());
            alarms.push(Alarm::new("root-differs", &asked.asset, words, amount, amount, ledger).in_cycle(&cycle_id));
        }
    } else {
        words.push('.');
    }
    Ok(Some(object.text("words", &words).finish()))
}

// A core proves positions before it commits them; until then the contract refuses to know the cycle.
async fn committed(doing: &Doing, cycle_id: &Hash, house: &Address) -> Result<Option<(OnChain, Participant)>, Failure> {
    match settlement::on_chain(doing, cycle_id, house).await {
        Ok(found) => Ok(Some(found)),
        Err(failure) if failure.code == Code::AccountWouldRevert => Ok(None),
        Err(failure) => Err(failure),
    }
}

const UNPINNED: &str = "Pin `clearingHouse` of the core: without it no clearing answer can be checked.";
