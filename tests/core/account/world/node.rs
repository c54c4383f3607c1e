//! The node of the script, its answers encoded by alloy.

use std::collections::VecDeque;

use alloy_primitives::{Address, B256, U256, hex};
use alloy_sol_types::{SolCall, SolValue, sol};
use serde_json::{Value, json};

use super::{USDC, payer};

sol! {
    struct CycleAnswer {
        address asset; bytes32 merkleRoot; uint256 totalNetDebit; uint256 totalNetCredit; uint256 totalPaidIn;
        uint256 totalClaimedOut; uint256 totalDefaultCovered; uint256 totalResolvedDebit;
        uint64 paymentSubmissionDeadline; uint64 paymentFinalityDeadline; uint8 status; bool exists;
    }
    struct ParticipantAnswer { uint256 netDebit; uint256 netCredit; bool paid; bool claimed; bool defaulted; }
    error CycleNotFound(bytes32 cycleId);
    error GracePeriodNotElapsed();
    function approve(address spender, uint256 amount);
    function balanceOf(address owner);
    function allowance(address owner, address spender);
    function getUser(address user, address asset);
    function withdrawalGracePeriod();
    function getCycle(bytes32 cycleId);
    function getParticipantState(bytes32 cycleId, address participant);
    function depositStablecoin(address asset, uint256 amount);
    function deposit();
    function requestWithdrawal(address asset, uint256 amount);
    function cancelWithdrawal(address asset);
    function finalizeWithdrawal(address asset);
    function payNetDebit(bytes32 cycleId, uint256 netDebit, bytes32[] proof);
    function claimNetCredit(bytes32 cycleId, uint256 netCredit, bytes32[] proof);
}

const NAMES: [(&str, [u8; 4]); 14] = [
    ("approve", approveCall::SELECTOR),
    ("balanceOf", balanceOfCall::SELECTOR),
    ("allowance", allowanceCall::SELECTOR),
    ("getUser", getUserCall::SELECTOR),
    ("withdrawalGracePeriod", withdrawalGracePeriodCall::SELECTOR),
    ("getCycle", getCycleCall::SELECTOR),
    ("getParticipantState", getParticipantStateCall::SELECTOR),
    ("depositStablecoin", depositStablecoinCall::SELECTOR),
    ("deposit", depositCall::SELECTOR),
    ("requestWithdrawal", requestWithdrawalCall::SELECTOR),
    ("cancelWithdrawal", cancelWithdrawalCall::SELECTOR),
    ("finalizeWithdrawal", finalizeWithdrawalCall::SELECTOR),
    ("payNetDebit", payNetDebitCall::SELECTOR),
    ("claimNetCredit", claimNetCreditCall::SELECTOR),
];

/// A chain with one account on it.
pub struct Node {
    pub chain_id: u64,
    pub ether: u64,
    pub tokens: u64,
    pub allowance: u64,
    /// Collateral, second of the request, amount requested.
    pub deposited: (u64, u64, u64),
    pub cycle: Option<CycleAnswer>,
    pub participant: ParticipantAnswer,
    /// Code at the account.
    pub account_code: String,
    /// Code of every contract.
    pub contract_code: String,
    /// What contracts say when transactions are tried, in turn; nothing where they agree.
    pub refusals: VecDeque<Option<Vec<u8>>>,
    /// Statuses of receipts, in turn: `None` while it is not mined. After them 1.
    pub receipts: VecDeque<Option<u64>>,
    /// What is answered to a step of that name instead: status and body.
    pub instead: Vec<(&'static str, u16, String)>,
}

impl Default for Node {
    fn default() -> Self {
        Node {
            chain_id: 84532,
            ether: 1_000_000_000_000_000,
            tokens: 100_000_000,
            allowance: 0,
            deposited: (0, 0, 0),
            cycle: None,
            participant: ParticipantAnswer {
                netDebit: U256::ZERO,
                netCredit: U256::ZERO,
                paid: false,
                claimed: false,
                defaulted: false,
            },
            account_code: String::from("0x"),
            contract_code: String::from("0x6080"),
            refusals: VecDeque::new(),
            receipts: VecDeque::new(),
            instead: Vec::new(),
        }
    }
}

impl Node {
    /// The step's name, status and body.
    pub fn answer(&mut self, method: &str, params: &Value) -> (String, u16, String) {
        let name = match method {
            "eth_chainId" => "chain id",
            "eth_getBalance" => "ether",
            "eth_getCode" => "code",
            "eth_getTransactionReceipt" => "receipt",
            "eth_call" if params[0].get("from").is_some() => "try",
            "eth_call" => name_of(params[0]["data"].as_str().unwrap()),
            _ => panic!("{method}"),
        };
        if let Some((_, status, body)) = self.instead.iter().find(|(of, ..)| *of == name) {
            return (name.to_owned(), *status, body.clone());
        }
        let body = match self.result(name, params) {
            Ok(result) => json!({ "jsonrpc": "2.0", "id": 1, "result": result }),
            Err(data) => json!({ "jsonrpc": "2.0", "id": 1, "error": {
                "code": 3, "message": "execution reverted", "data": hex::encode_prefixed(data),
            }}),
        };
        (name.to_owned(), 200, body.to_string())
    }

    fn result(&mut self, name: &str, params: &Value) -> Result<Value, Vec<u8>> {
        let word = |value: u64| json!(hex::encode_prefixed(U256::from(value).abi_encode()));
        Ok(match name {
            "chain id" => json!(format!("{:#x}", self.chain_id)),
            "ether" => json!(format!("{:#x}", self.ether)),
            "code" => json!(if params[0] == payer().text() { &self.account_code } else { &self.contract_code }),
            "try" => match self.refusals.pop_front().flatten() {
                Some(data) => return Err(data),
                None => json!("0x"),
            },
            "receipt" => match self.receipts.pop_front().unwrap_or(Some(1)) {
                None => Value::Null,
                Some(status) => json!({
                    "transactionHash": params[0], "status": format!("{status:#x}"), "blockNumber": "0x10",
                }),
            },
            "balanceOf" => word(self.tokens),
            "allowance" => word(self.allowance),
            "withdrawalGracePeriod" => word(1_900_800),
            "getUser" => {
                let (collateral, requested_s, amount) = self.deposited;
                json!(hex::encode_prefixed([collateral, requested_s, amount].map(U256::from).abi_encode()))
            }
            "getCycle" => match &self.cycle {
                Some(cycle) => json!(hex::encode_prefixed(cycle.abi_encode())),
                None => return Err(refusal(&CycleNotFound { cycleId: B256::repeat_byte(1) })),
            },
            "getParticipantState" => json!(hex::encode_prefixed(self.participant.abi_encode())),
            _ => panic!("{name}"),
        })
    }
}

/// The data of a revert.
pub fn refusal(error: &impl alloy_sol_types::SolError) -> Vec<u8> {
    error.abi_encode()
}

/// A cycle whose debits can be paid until then.
pub fn cycle(merkle_root: B256, deadline_s: u64) -> CycleAnswer {
    let asset: Address = USDC.parse().unwrap();
    CycleAnswer {
        asset,
        merkleRoot: merkle_root,
        totalNetDebit: U256::from(3700),
        totalNetCredit: U256::from(3700),
        totalPaidIn: U256::ZERO,
        totalClaimedOut: U256::ZERO,
        totalDefaultCovered: U256::ZERO,
        totalResolvedDebit: U256::ZERO,
        paymentSubmissionDeadline: deadline_s,
        paymentFinalityDeadline: deadline_s + 10,
        status: 1,
        exists: true,
    }
}

/// The function of call data.
pub fn name_of(data: &str) -> &'static str {
    let data = hex::decode(data).unwrap();
    let known = NAMES.iter().find(|(_, selector)| data.starts_with(selector));
    known.unwrap_or_else(|| panic!("{}", hex::encode(data))).0
}
