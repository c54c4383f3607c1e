//! 4Mica Core as a payer sees it: which requests to make, and their answers read strictly.
//!
//! Requests are data; the driver sends them. Only the pinned core's URL is ever used.

mod checkpoint;
mod clearing;
mod collateral;
pub mod facilitator;
mod http;
mod issue;
mod login;
mod parameters;
mod refusal;

use alloc::format;
use alloc::string::String;

pub use checkpoint::{Batch, MAX_BATCH, Strange, Why, batch_request, checkpoint_request, read_checkpoint};
pub use clearing::{Action, ClearingAction, ClearingProof, CycleId, Role, action_request, proof_request};
pub use collateral::{Balance, CoreToken, balance_request, tokens_request};
pub use http::{Answer, Request};
pub use issue::{Issued, issue_request, read_issued};
#[cfg(feature = "seller")]
pub(crate) use login::is_statement;
pub use login::{LoginError, SignIn, SignInParts, Tokens, logout_request, nonce_request, read_logout, refresh_request};
pub use parameters::{ActiveCycle, Parameters};
pub use refusal::{Exists, Facts, Refusal};

use crate::error::stage_error;
use crate::primitives::Address;
use crate::registry::Core;

stage_error! {
    /// Why a guarantee cannot be prepared. Nothing is signed in any of these cases.
    CoreError, "prepare the guarantee", {
        Unknown => CoreUnknown,
        Unreachable => CoreUnreachable,
        Answer => CoreAnswer,
        Changed => CoreChanged,
        Login => CoreLogin,
        Generation => Generation,
        ValidationNotAllowed => ValidationNotAllowed,
        DomainPin => DomainPin,
    }
}

/// URL of the public parameters (GET, no login).
pub fn parameters_url(core: &Core) -> String {
    format!("{}/core/public-params", core.url)
}

/// URL of the active cycle of one asset (GET; generation 4).
pub fn active_cycle_url(core: &Core, asset: &Address) -> String {
    format!("{}/core/cycles/active?asset={}", core.url, asset.lower())
}

/// Turns the status of a core's answer into success or the typed failure.
///
/// # Errors
/// `Login` for 401 and 403, `Unreachable` for 5xx and 0 (no answer), `Answer` for anything else but 200.
pub fn check_status(status: u16) -> Result<(), CoreError> {
    match status {
        200 => Ok(()),
        401 | 403 => Err(CoreError::Login),
        0 | 500..=599 => Err(CoreError::Unreachable),
        _ => Err(CoreError::Answer),
    }
}
