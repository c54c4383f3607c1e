//! The account's steps and results, compared with js/src/generated/account.ts.

use crate::account_shape::*;
use crate::{HEADER, compare, declaration, union};

#[test]
fn the_account_types_of_typescript_are_those_of_the_reports() {
    let mut text = format!("{HEADER}import type {{ ErrorCode }} from './errors.js'\n\n");
    text += &union(
        "Where an account stands in a cycle.",
        "CycleState",
        &["open", "owes", "is-owed", "even", "unknown", "unpinned"],
    );
    text += &union(
        "What an alarm is about.",
        "AlarmKind",
        &["locked-beyond-signed", "charged-beyond-signed", "unrecorded-authorisation", "root-differs"],
    );
    text += &declaration::<AccountStep>();
    text += &declaration::<AccountLogin>();
    text += &declaration::<AccountTransaction>();
    text += &declaration::<LoginUntil>();
    text += &declaration::<Collateral>();
    text += &declaration::<CollateralOnChain>();
    text += &declaration::<PendingWithdrawal>();
    text += &declaration::<Movement>();
    text += &declaration::<Moved>();
    text += &declaration::<Exposure>();
    text += &declaration::<ExposedAsset>();
    text += &declaration::<ExposedCycle>();
    text += &declaration::<AccountEvent>();
    text += &declaration::<Alarm>();
    text += &declaration::<ChargeProof>();
    text += &declaration::<SignedGuarantee>();
    text += &declaration::<Readiness>();
    text += &declaration::<ReadinessCheck>();
    text += &declaration::<Issuance>();
    text += &declaration::<IssuedCertificate>();
    text += &declaration::<FacilitatorVerdict>();
    text += &declaration::<FacilitatorKind>();
    compare("js/src/generated/account.ts", text.trim_end_matches('\n'));
}
