//! The shapes of the account's steps and results, from which js/src/generated/account.ts is written. Amounts are texts of
//! atomic units; times are Unix seconds.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

/// The next thing to do for a task of an account.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(tag = "do", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[ts(optional_fields)]
pub enum AccountStep {
    Fetch {
        url: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        body: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        bearer: Option<String>,
    },
    Call {
        network: String,
        method: String,
        #[ts(type = "unknown[]")]
        params: Vec<Value>,
    },
    SignIn {
        words: String,
        account: String,
        chain_id: String,
        message: String,
        login: AccountLogin,
    },
    Sign {
        words: String,
        payer: String,
        chain_id: String,
        typed_data: String,
    },
    Send {
        words: String,
        transaction: AccountTransaction,
    },
    Pause {
        ms: u32,
    },
    Done {
        #[ts(type = "unknown")]
        result: Value,
    },
    Fail {
        code: String,
        facts: String,
    },
}

/// The parts of a login that a local key makes the text of again.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct AccountLogin {
    pub core: String,
    pub domain: String,
    pub uri: String,
    pub statement: String,
    pub nonce: String,
    pub issued_at: String,
    pub expiration_time: String,
}

/// A transaction as `eth_sendTransaction` takes it, without gas. Quantities are `0x` hex.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct AccountTransaction {
    pub from: String,
    pub to: String,
    pub value: String,
    pub data: String,
    pub chain_id: String,
}

/// Until when a login is good.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields)]
pub struct LoginUntil {
    /// Unix second. It is renewed by itself.
    #[ts(type = "number")]
    pub expires: u64,
}

/// Collateral in one token, in atomic units.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct Collateral {
    pub asset: String,
    /// What core counts as deposited.
    pub total: String,
    /// What guarantees hold.
    pub locked: String,
    pub available: String,
    pub words: String,
    /// What the chain says; absent without a node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contract: Option<CollateralOnChain>,
}

/// Collateral as the contract has it.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct CollateralOnChain {
    pub collateral: String,
    /// What the wallet itself holds of the token.
    pub wallet: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withdrawal: Option<PendingWithdrawal>,
}

/// A withdrawal under way.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct PendingWithdrawal {
    pub amount: String,
    /// Unix second from which it can be finalised.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(type = "number", optional)]
    pub due: Option<u64>,
}

/// What was sent, or is to be sent: in order.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Movement {
    pub transactions: Vec<Moved>,
}

/// One transaction of a movement.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct Moved {
    pub words: String,
    /// Absent when the facilitator sent it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction: Option<AccountTransaction>,
    /// Absent when nothing was sent (`via: 'calldata'`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
}

/// What was signed against what is charged.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Exposure {
    pub assets: Vec<ExposedAsset>,
    pub cycles: Vec<ExposedCycle>,
    /// Anything here is for a person to look at.
    pub alarms: Vec<Alarm>,
    /// What somebody who watches the account wants to be told.
    pub events: Vec<AccountEvent>,
    /// Texts that were no records of this version.
    #[ts(type = "number")]
    pub unread: u64,
}

/// One token.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct ExposedAsset {
    pub asset: String,
    pub total: String,
    pub locked: String,
    pub available: String,
    pub words: String,
    /// Everything that was ever signed and not proven dead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed: Option<String>,
}

/// One cycle.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct ExposedCycle {
    /// Its name at the core, for `settle`.
    pub cycle: String,
    pub cycle_id: String,
    pub asset: String,
    /// The most that may be charged in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed: Option<String>,
    /// Unix second it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(type = "number", optional)]
    pub ends: Option<u64>,
    #[ts(type = "CycleState")]
    pub state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    /// Unix second until which a debit can be paid; from the contract.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(type = "number", optional)]
    pub pay_before: Option<u64>,
    /// Unix second from which an unpaid debit is a default; from the contract.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(type = "number", optional)]
    pub final_at: Option<u64>,
    /// Paid or claimed; from the contract.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settled: Option<bool>,
    pub words: String,
}

/// Something to tell, once.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct AccountEvent {
    /// The same while it lasts.
    pub id: String,
    #[ts(type = "'alarm' | 'net-debit' | 'net-credit' | 'deadline'")]
    pub kind: String,
    /// The cycle, or the alarm.
    pub about: String,
    pub words: String,
    /// Unix second until which something can be done about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(type = "number", optional)]
    pub before: Option<u64>,
}

/// A difference between what was signed and what is charged.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct Alarm {
    #[ts(type = "AlarmKind")]
    pub kind: String,
    pub asset: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cycle_id: Option<String>,
    pub words: String,
    /// What core or chain say.
    pub found: String,
    /// What was signed at most.
    pub expected: String,
    /// The guarantees that `expected` is the sum of.
    pub signed: Vec<SignedGuarantee>,
    /// Core's own proof of the charge, under a root that is on the chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proof: Option<ChargeProof>,
}

/// A leaf of a cycle's Merkle tree and the path to its root.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ChargeProof {
    #[ts(type = "'debtor' | 'creditor'")]
    pub role: String,
    pub participant: String,
    pub amount: String,
    pub root: String,
    pub path: Vec<String>,
}

/// A guarantee of this account, from its record.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct SignedGuarantee {
    pub purchase_id: String,
    pub amount: String,
    pub pay_to: String,
    pub req_id: String,
    pub digest: String,
    #[ts(type = "number")]
    pub at: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cycle_id: Option<String>,
}

/// Whether everything a payer needs is there.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Readiness {
    pub ready: bool,
    /// Always these six, in this order.
    pub checks: Vec<ReadinessCheck>,
    /// All of it for a person.
    pub words: String,
}

/// One thing a payer needs.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct ReadinessCheck {
    #[ts(type = "'wallet' | 'collateral' | 'client' | 'policy' | 'gas' | 'records'")]
    pub check: String,
    pub ok: bool,
    pub says: String,
    /// What to do, when it is not well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

/// What came of asking for a guarantee; `exists` tells whether there may be one all the same, `status` is the core's, 0 for
/// no answer, `said` its reason, quoted.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(untagged, rename_all_fields = "camelCase")]
#[ts(optional_fields)]
pub enum Issuance {
    Issued {
        #[ts(type = "true")]
        issued: bool,
        certificate: IssuedCertificate,
    },
    Refused {
        #[ts(type = "false")]
        issued: bool,
        #[ts(type = "ErrorCode")]
        code: String,
        #[ts(type = "'no' | 'maybe' | 'yes'")]
        exists: String,
        status: u16,
        #[serde(skip_serializing_if = "Option::is_none")]
        said: Option<String>,
    },
}

/// What an operator signed, as `0x` hex: `claims` in generations 1 to 3, `receipt` in generation 4.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct IssuedCertificate {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<String>,
    pub signature: String,
}

/// What a facilitator says of a payment's form.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(untagged, rename_all_fields = "camelCase")]
#[ts(optional_fields)]
pub enum FacilitatorVerdict {
    Valid {
        #[ts(type = "true")]
        valid: bool,
    },
    Invalid {
        #[ts(type = "false")]
        valid: bool,
        #[ts(type = "ErrorCode")]
        code: String,
        #[ts(type = "'no' | 'maybe' | 'yes'")]
        exists: String,
        status: u16,
        #[serde(skip_serializing_if = "Option::is_none")]
        said: Option<String>,
    },
}

/// One way to pay that a facilitator settles.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields)]
pub struct FacilitatorKind {
    pub scheme: String,
    pub network: String,
    #[serde(rename = "x402Version")]
    #[ts(type = "number")]
    pub x402_version: u64,
}
