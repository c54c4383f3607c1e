//! Every call with random arguments: ours, alloy's, and its description for viem.

use alloy_primitives::B256;
use alloy_sol_types::{SolCall, sol};
use farthing::contract::{clearing_house, core4mica, erc20};
use farthing::primitives::{Address, hex};
use farthing::scheme::exact::authorization_state;
use serde_json::{Value, json};

use crate::support::random::Random;
use crate::{TRIES, address, uint};

sol! {
    interface Contracts {
        function approve(address spender, uint256 amount) returns (bool);
        function allowance(address owner, address spender) returns (uint256);
        function balanceOf(address owner) returns (uint256);
        function authorizationState(address authorizer, bytes32 nonce) returns (bool);
        function depositStablecoin(address asset, uint256 amount);
        function collateral(address user, address asset) returns (uint256);
        function getUser(address user, address asset) returns (uint256, uint256, uint256);
        function withdrawalGracePeriod() returns (uint256);
        function getCycle(bytes32 cycleId);
        function getParticipantState(bytes32 cycleId, address participant);
        function payNetDebit(bytes32 cycleId, uint256 netDebit, bytes32[] proof);
        function claimNetCredit(bytes32 cycleId, uint256 netCredit, bytes32[] proof);
    }
    interface OfTokens {
        function requestWithdrawal(address asset, uint256 amount);
        function cancelWithdrawal(address asset);
        function finalizeWithdrawal(address asset);
    }
    interface OfEther {
        function deposit();
        function requestWithdrawal(uint256 amount);
        function cancelWithdrawal();
        function finalizeWithdrawal();
    }
}

/// One call.
pub struct Call {
    /// As viem's `parseAbi` takes it.
    pub function: &'static str,
    /// Integers as decimal text.
    pub args: Vec<Value>,
    /// Ours.
    pub data: Vec<u8>,
    /// Alloy's.
    pub expected: Vec<u8>,
}

/// Kinds of [`call`].
pub const KINDS: usize = 19;

/// A call of the kind `index` names, with random arguments.
pub fn call(index: usize, random: &mut Random) -> Call {
    use Contracts as C;
    let (one, other, amount, word) = (random.address(), random.address(), random.amount(), random.bytes::<32>());
    let (a, b, u, w) = (address(&one), address(&other), uint(&amount), B256::from(word));
    let proof: Vec<[u8; 32]> = (0..random.below(clearing_house::MAX_PROOF + 1)).map(|_| random.bytes()).collect();
    let p: Vec<B256> = proof.iter().map(|hash| (*hash).into()).collect();
    let [first, second] = [&one, &other].map(|address| json!(address.checksummed()));
    let (count, hash) = (json!(amount.to_string()), json!(hex::encode(&word)));
    let hashes = json!(proof.iter().map(|hash| hex::encode(hash)).collect::<Vec<_>>());
    let made = |function, args: &[&Value], data, expected| Call {
        function,
        args: args.iter().map(|arg| (*arg).clone()).collect(),
        data,
        expected,
    };
    match index % KINDS {
        0 => made(
            "approve(address spender, uint256 amount)",
            &[&first, &count],
            erc20::approve(&one, &amount),
            C::approveCall { spender: a, amount: u }.abi_encode(),
        ),
        1 => made(
            "allowance(address owner, address spender)",
            &[&first, &second],
            erc20::allowance(&one, &other),
            C::allowanceCall { owner: a, spender: b }.abi_encode(),
        ),
        2 => made(
            "balanceOf(address owner)",
            &[&first],
            erc20::balance_of(&one),
            C::balanceOfCall { owner: a }.abi_encode(),
        ),
        3 => made(
            "depositStablecoin(address asset, uint256 amount)",
            &[&first, &count],
            core4mica::deposit(&one, &amount),
            C::depositStablecoinCall { asset: a, amount: u }.abi_encode(),
        ),
        4 => made("deposit()", &[], core4mica::deposit(&Address::ZERO, &amount), OfEther::depositCall {}.abi_encode()),
        5 => made(
            "requestWithdrawal(address asset, uint256 amount)",
            &[&first, &count],
            core4mica::request_withdrawal(&one, &amount),
            OfTokens::requestWithdrawalCall { asset: a, amount: u }.abi_encode(),
        ),
        6 => made(
            "requestWithdrawal(uint256 amount)",
            &[&count],
            core4mica::request_withdrawal(&Address::ZERO, &amount),
            OfEther::requestWithdrawalCall { amount: u }.abi_encode(),
        ),
        7 => made(
            "cancelWithdrawal(address asset)",
            &[&first],
            core4mica::cancel_withdrawal(&one),
            OfTokens::cancelWithdrawalCall { asset: a }.abi_encode(),
        ),
        8 => made(
            "cancelWithdrawal()",
            &[],
            core4mica::cancel_withdrawal(&Address::ZERO),
            OfEther::cancelWithdrawalCall {}.abi_encode(),
        ),
        9 => made(
            "finalizeWithdrawal(address asset)",
            &[&first],
            core4mica::finalize_withdrawal(&one),
            OfTokens::finalizeWithdrawalCall { asset: a }.abi_encode(),
        ),
        10 => made(
            "finalizeWithdrawal()",
            &[],
            core4mica::finalize_withdrawal(&Address::ZERO),
            OfEther::finalizeWithdrawalCall {}.abi_encode(),
        ),
        11 => made(
            "collateral(address user, address asset)",
            &[&first, &second],
            core4mica::collateral(&one, &other),
            C::collateralCall { user: a, asset: b }.abi_encode(),
        ),
        12 => made(
            "getUser(address user, address asset)",
            &[&first, &second],
            core4mica::deposited(&one, &other),
            C::getUserCall { user: a, asset: b }.abi_encode(),
        ),
        13 => made(
            "withdrawalGracePeriod()",
            &[],
            core4mica::withdrawal_grace_period(),
            C::withdrawalGracePeriodCall {}.abi_encode(),
        ),
        14 => made(
            "getCycle(bytes32 cycleId)",
            &[&hash],
            clearing_house::cycle(&word),
            C::getCycleCall { cycleId: w }.abi_encode(),
        ),
        15 => made(
            "getParticipantState(bytes32 cycleId, address participant)",
            &[&hash, &first],
            clearing_house::participant(&word, &one),
            C::getParticipantStateCall { cycleId: w, participant: a }.abi_encode(),
        ),
        16 => made(
            "payNetDebit(bytes32 cycleId, uint256 netDebit, bytes32[] proof)",
            &[&hash, &count, &hashes],
            clearing_house::pay_net_debit(&word, &amount, &proof).unwrap(),
            C::payNetDebitCall { cycleId: w, netDebit: u, proof: p }.abi_encode(),
        ),
        17 => made(
            "claimNetCredit(bytes32 cycleId, uint256 netCredit, bytes32[] proof)",
            &[&hash, &count, &hashes],
            clearing_house::claim_net_credit(&word, &amount, &proof).unwrap(),
            C::claimNetCreditCall { cycleId: w, netCredit: u, proof: p }.abi_encode(),
        ),
        _ => made(
            "authorizationState(address authorizer, bytes32 nonce)",
            &[&first, &hash],
            authorization_state(&one, &word),
            C::authorizationStateCall { authorizer: a, nonce: w }.abi_encode(),
        ),
    }
}

#[test]
fn every_call_has_the_bytes_that_alloy_encodes() {
    let mut random = Random::seeded(0xca11);
    for index in 0..TRIES * KINDS {
        let made = call(index, &mut random);
        assert_eq!(hex::encode(&made.data), hex::encode(&made.expected), "{} {:?}", made.function, made.args);
    }
}
