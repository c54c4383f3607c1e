//! Settling `4mica-credit`: the facilitator has the guarantee issued, and only its certificate or receipt counts.

use alloc::string::String;

use super::{Outcome, Subject, told, unknown};
use crate::account::{CheckedCertificate, GuaranteeFacts};
use crate::core4mica::facilitator::{Settled, settle_request};
use crate::core4mica::{Exists, Request, parameters_url};
use crate::error::{Code, SaleCode};
use crate::sale::config::Paywall;
use crate::sale::row::Row;
use crate::sale::sell::{Desk, Party, Stop};

pub(super) async fn settle(
    desk: &Desk,
    paywall: &Paywall,
    row: &Row,
    subject: &Subject<'_>,
    again: bool,
    parameters: Option<&[u8]>,
) -> Result<Outcome, Stop> {
    let Some(core) = paywall.registry().core(subject.network) else {
        return Ok(unknown(row, SaleCode::Unknown, "no 4Mica core is configured for its network"));
    };
    let parameters = match parameters {
        Some(parameters) => parameters.to_vec(),
        None => {
            let fetched = desk.fetch(Party::Core, Request::get(parameters_url(&core), false)).await?;
            // Nobody could tell whether what is issued is genuine.
            if fetched.status != 200 {
                return Ok(unknown(row, SaleCode::Unknown, "the 4Mica core did not answer"));
            }
            fetched.body
        }
    };
    let sealed = row.sealed.as_ref().ok_or(Stop::Store(super::UNSEALED))?;
    let request = settle_request(subject.url, sealed.version, &sealed.payment, &sealed.requirements);
    let fetched = desk.fetch(subject.party(), request).await?;
    let issued = match Settled::read(&fetched.answer()) {
        Ok(settled) => settled.certificate,
        // What an earlier request did is not taken back by a later refusal.
        Err(refusal) if refusal.exists == Exists::No && !again => {
            return Ok(Outcome::Refused(said(refusal.code, refusal.facts.said)));
        }
        Err(refusal) => {
            let code = if refusal.exists == Exists::Yes { SaleCode::Unproven } else { SaleCode::Unknown };
            return Ok(unknown(row, code, said(refusal.code, refusal.facts.said)));
        }
    };
    let shown = told::shown(&issued);
    let checked = match CheckedCertificate::new(&core, &parameters, &sealed.payment, &shown) {
        Ok(checked) => checked,
        Err(failure) => return Ok(unproven(row, failure.code)),
    };
    let problem = match checked.operator_signature() {
        Some(open) => desk.verify_certificate(open.clone()).await?,
        None => None,
    };
    match checked.conclude(problem) {
        Ok(facts) if is_of(&facts, row, subject) => {
            let mut evidence = row.record.evidence.clone();
            evidence.problem = None;
            evidence.certificate = Some(facts.certificate);
            evidence.cycle_id = facts.cycle_id;
            evidence.guarantee_id = facts.guarantee_id;
            Ok(Outcome::Settled { evidence, settlement: told::of_guarantee(subject, &issued) })
        }
        Ok(_) => Ok(unproven(row, Code::CertificateClaims)),
        Err(failure) => Ok(unproven(row, failure.code)),
    }
}

// The row and what is sealed with it are two texts of a store.
fn is_of(facts: &GuaranteeFacts, row: &Row, subject: &Subject<'_>) -> bool {
    (facts.payer, facts.recipient, facts.amount, facts.asset)
        == (subject.payer, subject.terms.pay_to, subject.terms.amount, subject.asset.address)
        && facts.req_id.word() == row.record.facts.attempt.nonce
}

fn unproven(row: &Row, code: Code) -> Outcome {
    unknown(row, SaleCode::Unproven, String::from(code.as_str()))
}

fn said(code: Code, said: Option<String>) -> String {
    match said {
        Some(said) => alloc::format!("{code}: {}", crate::json::quoted(&said)),
        None => String::from(code.as_str()),
    }
}
