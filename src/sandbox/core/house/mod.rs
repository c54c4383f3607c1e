//! Generation 4, "clearing house": a payment authorisation in, an ECDSA receipt out; the same bytes again give the same
//! receipt, and after too many of them the payer has to sign a checkpoint (`checkpoint`).
//!
//! No server of this generation was ever recorded. Shapes and codes are those of protocol notes 2.4; the order of the
//! checks, the texts, and the members of a batch are guesses.

mod checkpoint;
mod payload;

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{Issued, Principal, Shared};
use crate::eip712::{Domain, StructHash};
use crate::json::Writer;
use crate::primitives::{Address, Amount, Hash, hex, keccak256};
use crate::sandbox::clearing::{Charge, Period};
use crate::sandbox::fault::Fault;
use crate::sandbox::wire::{Body, Coded, Refusal, Request, any_address};
use crate::scheme::guarantee::PaymentAuthorization;
use checkpoint::Signed;

const RECEIPT: &[u8] = b"GuaranteeV1(uint256 cycleId,uint256 reqId,address client,address recipient,uint256 amount,address asset,uint64 timestamp)";

/// Payer and cycle, whose hash names the asset, too.
type Account = (Address, Hash);

/// What this generation remembers.
#[derive(Default)]
pub(crate) struct HouseIssuer {
    pub(crate) max_uncheckpointed: u64,
    accepted: BTreeMap<Account, Vec<Accepted>>,
    checkpoints: BTreeMap<Account, Signed>,
}

/// An authorisation that was receipted.
struct Accepted {
    recipient: Address,
    req_id: Amount,
    amount: Amount,
    timestamp_s: u64,
    /// The request as it was sent, JSON.
    request: String,
    digest: Hash,
    receipt: Issued,
}

impl HouseIssuer {
    pub(crate) fn new(max_uncheckpointed: u64) -> Self {
        HouseIssuer { max_uncheckpointed, ..HouseIssuer::default() }
    }

    /// `GET /core/public-params`.
    pub(crate) fn parameters(&self, shared: &Shared) -> String {
        let deployment = &shared.deployment;
        let core = Domain {
            name: "Core4Mica",
            version: "1",
            chain_id: deployment.chain_id,
            verifying_contract: Some(deployment.core4mica),
        };
        Writer::object()
            .text("guarantee_signer", &shared.operator.address().checksummed())
            .text("contract_address", &deployment.core4mica.checksummed())
            .text("guarantee_registry_address", &deployment.guarantee_registry.checksummed())
            .text("clearing_house_address", &deployment.clearing_house.checksummed())
            .text_if("ethereum_http_rpc_url", deployment.rpc_url.as_deref())
            .text("eip712_name", "4micaClearingHouse")
            .text("eip712_version", "1")
            .integer("chain_id", deployment.chain_id)
            .raw("supported_payment_payload_versions", "[\"v1\"]")
            .text("core_domain_separator", &hex::encode(&core.separator()))
            .raw("validators", "[]")
            .finish()
    }

    /// `GET /core/cycles/active?asset=`.
    pub(crate) fn active_cycle(&self, shared: &Shared, request: &Request<'_>, now_s: u64) -> Result<String, Refusal> {
        let asset = asset_of(request)?;
        let period = shared.clearing.period(&asset, now_s);
        Ok(Writer::object()
            .text("cycle_id", &hex::encode(&period.id))
            .text("cycle_id_text", &period.text)
            .text("asset_address", &asset.checksummed())
            .integer("period_start", period.start_s)
            .integer("period_end", period.end_s)
            .integer("server_time", period.now_s)
            .integer("max_uncheckpointed", self.max_uncheckpointed)
            .finish())
    }

    /// Issues, or refuses. `lie` is what the operator falsifies in the receipt, not in its books.
    ///
    /// # Errors
    /// The codes of notes 2.4, each with its details.
    pub(crate) fn issue(
        &mut self,
        shared: &mut Shared,
        body: &Body<'_>,
        principal: &Principal,
        now_s: u64,
        lie: Option<Fault>,
    ) -> Result<Issued, Refusal> {
        let root = body.root();
        let place = root.member("payload", "payload")?;
        let signature = root.member("signature", "signature")?.text()?;
        let deployment = &shared.deployment;
        let signed = payload::read(&place, deployment.chain_id, deployment.clearing_house)?;
        principal.check_may_issue(&signed.recipient.lower())?;
        let digest = signed.digest();
        if super::claims::recover(&digest, signature)? != signed.payer {
            return Err(coded("INVALID_SIGNATURE", "Invalid signature", Writer::object()));
        }
        let period = shared.clearing.period(&signed.asset, now_s);
        let account = (signed.payer, signed.cycle_id);
        let accepted = self.accepted.entry(account).or_default();
        let same = |one: &&Accepted| one.recipient == signed.recipient && one.req_id == signed.req_id;
        let known = accepted.iter().find(same);
        // A known request gets its receipt again, also when its cycle is over.
        if let Some(known) = known.filter(|known| known.digest == digest) {
            return Ok(known.receipt.again());
        }
        check_time(&signed, &period)?;
        let checkpoint = self.checkpoints.get(&account);
        checkpoint.map_or(Ok(()), |checkpoint| checkpoint.check_later(&signed, &period))?;
        if known.is_some() {
            let details = Writer::object().text("req_id", &signed.req_id.to_hex_quantity());
            let text = format!("another guarantee with req_id {} already exists", signed.req_id);
            return Err(coded("DUPLICATE_GUARANTEE", text, details));
        }
        let user = || Writer::object().text("user", &signed.payer.checksummed());
        if !shared.bank.is_registered(&signed.payer) {
            return Err(coded("USER_NOT_REGISTERED", "user not registered", user()));
        }
        if shared.bank.is_suspended(&signed.payer) {
            return Err(coded("USER_SUSPENDED", "user suspended", user()));
        }
        let open =
            accepted.iter().filter(|one| checkpoint.is_none_or(|checkpoint| !checkpoint.covers(one.timestamp_s)));
        let open = u64::try_from(open.count()).unwrap_or(u64::MAX);
        if open >= self.max_uncheckpointed {
            let details = about(&period, &signed.asset)
                .text("payer", &signed.payer.checksummed())
                .integer("uncheckpointed", open)
                .integer("max_uncheckpointed", self.max_uncheckpointed);
            return Err(coded("CHECKPOINT_REQUIRED", "checkpoint required before further payments", details));
        }
        if !shared.bank.lock((signed.payer, signed.asset), signed.amount, now_s) {
            return Err(coded("INSUFFICIENT_COLLATERAL", "Not enough free collateral", Writer::object()));
        }
        let charge = Charge {
            payer: signed.payer,
            recipient: signed.recipient,
            amount: signed.amount,
            is_final: signed.validation.is_none(),
        };
        shared.clearing.charge(&period, signed.asset, charge);
        // A lie is told once: the books hold the truth.
        let truth = receipt(&signed, shared, None)?;
        let told = if lie.is_some() { receipt(&signed, shared, lie)? } else { truth.again() };
        accepted.push(Accepted {
            recipient: signed.recipient,
            req_id: signed.req_id,
            amount: signed.amount,
            timestamp_s: signed.timestamp_s,
            request: Writer::object().raw("payload", place.node.raw).text("signature", signature).finish(),
            digest,
            receipt: truth,
        });
        Ok(told)
    }
}

impl Issued {
    fn again(&self) -> Self {
        Issued { name: self.name, bytes: self.bytes.clone(), signature: self.signature.clone() }
    }
}

/// Type hash and seven words, signed under the guarantee registry's domain.
///
/// # Source
/// Protocol notes 2.4, "receipt bytes".
fn receipt(signed: &PaymentAuthorization, shared: &Shared, lie: Option<Fault>) -> Result<Issued, Refusal> {
    let cycle_id = if lie == Some(Fault::LyingCycle) { keccak256(&signed.cycle_id) } else { signed.cycle_id };
    let one_more = signed.amount.plus(Amount::from_u64(1));
    let amount = one_more.filter(|_| lie == Some(Fault::LyingAmount)).unwrap_or(signed.amount);
    let words = [
        keccak256(RECEIPT),
        cycle_id,
        signed.req_id.word(),
        signed.payer.word(),
        signed.recipient.word(),
        amount.word(),
        signed.asset.word(),
        Amount::from_u64(signed.timestamp_s).word(),
    ];
    let bytes = words.concat();
    let domain = Domain {
        name: "4micaGuaranteeRegistry",
        version: "1",
        chain_id: shared.deployment.chain_id,
        verifying_contract: Some(shared.deployment.guarantee_registry),
    };
    let fields = words.iter().skip(1).fold(StructHash::new(RECEIPT), StructHash::word);
    let signature = shared.operator.receipt(&domain.digest(&fields.finish()));
    let signature = signature.map_err(|_| Refusal::error(500, "internal server error"))?;
    Ok(Issued { name: "receipt", bytes, signature }.with_lie(lie))
}

fn check_time(signed: &PaymentAuthorization, period: &Period) -> Result<(), Refusal> {
    let now_s = period.now_s;
    if signed.cycle_id != period.id {
        let details = Writer::object()
            .text("signed_cycle_id", &hex::encode(&signed.cycle_id))
            .text("active_cycle_id", &hex::encode(&period.id))
            .text("active_cycle_id_text", &period.text)
            .integer("active_period_end", period.end_s)
            .integer("server_time", now_s);
        return Err(coded("CYCLE_MISMATCH", "signed cycle is not the active one", details));
    }
    let stamped = Writer::object().integer("timestamp", signed.timestamp_s);
    if signed.timestamp_s > now_s {
        return Err(coded("FUTURE_TIMESTAMP", "timestamp is in the future", stamped.integer("server_time", now_s)));
    }
    if signed.timestamp_s < period.start_s {
        let details = stamped
            .integer("period_start", period.start_s)
            .integer("period_end", period.end_s)
            .integer("server_time", now_s);
        return Err(coded("STALE_TIMESTAMP", "timestamp is before the active cycle", details));
    }
    Ok(())
}

/// A refusal of generation 4.
fn coded(code: &'static str, text: impl Into<alloc::borrow::Cow<'static, str>>, details: Writer) -> Refusal {
    Refusal::Error(400, text.into(), Some(Coded { code, details: details.finish() }))
}

/// The members that name a cycle.
fn about(period: &Period, asset: &Address) -> Writer {
    Writer::object()
        .text("cycle_id", &hex::encode(&period.id))
        .text("cycle_id_text", &period.text)
        .text("asset_address", &asset.checksummed())
}

fn asset_of(request: &Request<'_>) -> Result<Address, Refusal> {
    let missing = || Refusal::Plain(400, "Failed to deserialize query string: missing field `asset`".to_string());
    let asset = request.parameter("asset").ok_or_else(missing)?;
    any_address(&asset).ok_or(Refusal::error(400, "invalid asset address"))
}
