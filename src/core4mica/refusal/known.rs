//! The reasons a core or a facilitator is known to give, word for word, and what each proves.
//!
//! A reason is here only when it was recorded or is documented, and is given before anything is issued; every other
//! text stays unknown, because a new wording of "already exists" must not read as "not issued".

use super::Exists;
use crate::error::Code;

/// A core's reason.
///
/// # Source
/// vectors `4mica/core-guarantees-v1.json`, `core-guarantees-v2.json`, `cycle.json`, `auth.json`.
pub(super) fn reason(text: &str) -> Option<(Code, Exists)> {
    if is_duplicate(text) {
        return Some((Code::CoreDuplicate, Exists::Maybe));
    }
    let code = match text {
        "Not enough free collateral" => Code::CoreCollateral,
        "user not registered" => Code::CoreNotRegistered,
        "Invalid signature" | "invalid signature length" | "invalid hex signature" | "signature recovery failed" => {
            Code::CoreSignature
        }
        "timestamp is in the future" => Code::CoreFutureTimestamp,
        "missing authorization" | "invalid authorization" | "invalid access token" => Code::CoreToken,
        "missing scope"
        | "recipient address does not match token subject and role is not facilitator"
        | "participant clearing action access denied" => Code::CoreScope,
        "invalid user address" | "invalid wallet address" => Code::CoreFormat,
        "payNetDebit requires participant role NetDebtor"
        | "claimNetCredit requires participant role NetCreditor"
        | "markDefaulted requires participant role NetDebtor" => Code::CoreWrongRole,
        _ if is_unreadable(text) => Code::CoreFormat,
        _ => cycle_reason(text)?,
    };
    Some((code, Exists::No))
}

/// A core's code.
///
/// # Source
/// protocol notes 2.4, "errors".
pub(super) fn code(name: &str) -> Option<(Code, Exists)> {
    let code = match name {
        "DUPLICATE_GUARANTEE" => return Some((Code::CoreDuplicate, Exists::Maybe)),
        "CHECKPOINT_REQUIRED" => Code::CoreCheckpointRequired,
        "CHECKPOINT_MISMATCH" => Code::CoreCheckpointMismatch,
        "CYCLE_MISMATCH" => Code::CoreCycleMismatch,
        "TIMESTAMP_NOT_PAST_CUTOFF" => Code::CoreCutoff,
        "FUTURE_TIMESTAMP" => Code::CoreFutureTimestamp,
        "STALE_TIMESTAMP" => Code::CoreStaleTimestamp,
        "INSUFFICIENT_COLLATERAL" => Code::CoreCollateral,
        "USER_NOT_REGISTERED" => Code::CoreNotRegistered,
        "USER_SUSPENDED" => Code::CoreSuspended,
        _ => return None,
    };
    Some((code, Exists::No))
}

/// A facilitator's own reason, found before it asks the core.
///
/// # Source
/// vectors `4mica/facilitator.json`, `server-packages.json`.
pub(super) fn facilitator_reason(text: &str) -> Option<Code> {
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| text.starts_with(prefix));
    if starts(&["unsupported network ", "unsupported scheme ", "unsupported x402Version "]) {
        return Some(Code::FacilitatorUnsupported);
    }
    let unreadable = ["maxAmountRequired cannot be empty", "signature cannot be empty"].contains(&text);
    if unreadable || starts(&["invalid decimal amount: "]) || is_unreadable(text) {
        return Some(Code::CoreFormat);
    }
    let compared = starts(&[
        "claim amount ",
        "required validation tag ",
        "validator address ",
        "validator agent id ",
        "job hash ",
        "validation registry ",
    ]);
    let differs = text.contains(" does not match ");
    (text == "claim amount is zero" || compared && differs).then_some(Code::FacilitatorMismatch)
}

fn is_duplicate(text: &str) -> bool {
    let number =
        text.strip_prefix("another guarantee with req_id ").and_then(|rest| rest.strip_suffix(" already exists"));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

// Said by the server's own reader of requests, in plain text, before the route is entered.
fn is_unreadable(text: &str) -> bool {
    text == "Expected request with `Content-Type: application/json`"
        || text.starts_with("Failed to deserialize the JSON body into the target type: ")
        || text.starts_with("Failed to parse the request body as JSON: ")
        || text.starts_with("Failed to deserialize query string: ")
}

fn cycle_reason(text: &str) -> Option<Code> {
    let one_word = |word: &str| !word.is_empty() && !word.contains(' ');
    if let Some(rest) = text.strip_prefix("Clearing participant ") {
        let (participant, cycle) = rest.split_once(" in settlement cycle ")?;
        return (one_word(participant) && one_word(cycle)).then_some(Code::CoreNotParticipant);
    }
    if let Some(cycle) = text.strip_prefix("Settlement cycle ") {
        return one_word(cycle).then_some(Code::CoreUnknownCycle);
    }
    let cycle = text.strip_prefix("settlement cycle ")?.strip_suffix(" has no clearing batch")?;
    one_word(cycle).then_some(Code::CoreNotCleared)
}
