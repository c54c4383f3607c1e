//! Cycles: sums that are exact, proofs that verify, and money that is neither made nor lost.

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::SolValue;
use farthing::sandbox::Sandbox;
use serde_json::{Value, json};

use crate::payer::*;
use crate::recording::*;
use crate::support::files::text;
use crate::support::random::Random;

const HOUSE: &str = "0x68B1D87F95878fE05B998F19b66F4baba5De1aed";

/// Payers that are each other's sellers, and every charge between them.
struct Market {
    sandbox: Sandbox,
    payers: Vec<Payer>,
    charges: Vec<(usize, usize, u64)>,
    asset: Address,
}

impl Market {
    fn new(members: u8) -> Self {
        let payers: Vec<Payer> = (1..=members).map(Payer::new).collect();
        let options = json!({ "clearingHouse": HOUSE, "paymentSeconds": 600, "facilitators": [Payer::new(99).text()] });
        let mut sandbox = funded(options, &payers.iter().collect::<Vec<_>>());
        let asset = described(&mut sandbox, "/assets/0/address");
        Market { sandbox, payers, charges: Vec::new(), asset }
    }

    fn charge(&mut self, payer: usize, recipient: usize, amount: u64) {
        let token = bearer(&mut self.sandbox, &Payer::new(99).text(), NOW_S);
        let order = Order {
            recipient: self.payers[recipient].address(),
            asset: self.asset,
            amount,
            req_id: self.charges.len() as u64,
            timestamp_s: NOW_S,
        };
        let claims = self.payers[payer].claims(order);
        let answer = post(&mut self.sandbox, "https://core.sandbox.test/core/guarantees", Some(&token), &claims, NOW_S);
        assert_eq!(answer.status, 200, "{}", body_of(&answer));
        self.charges.push((payer, recipient, amount));
    }

    fn close(&mut self) -> Value {
        command(&mut self.sandbox, json!({ "do": "close-cycle" }), NOW_S).unwrap()[0].clone()
    }

    /// What a member is owed, counted without the sandbox; negative for what it owes.
    fn net(&self, member: usize) -> i64 {
        let signed = |amount: u64| i64::try_from(amount).unwrap();
        let incoming: i64 = self.charges.iter().filter(|c| c.1 == member).map(|c| signed(c.2)).sum();
        incoming - self.charges.iter().filter(|c| c.0 == member).map(|c| signed(c.2)).sum::<i64>()
    }

    fn settle(&mut self, what: &str, member: usize, cycle: &Value, now_s: u64) -> Result<Value, String> {
        let account = self.payers[member].text();
        command(&mut self.sandbox, json!({ "do": what, "account": account, "cycle": cycle["cycle"] }), now_s)
    }

    /// Wallet, collateral and locked units of a member.
    fn balance(&mut self, member: usize) -> (u64, u64, u64) {
        let account = self.payers[member].text();
        let balances = command(&mut self.sandbox, json!({ "do": "balances" }), NOW_S).unwrap();
        let row = balances["accounts"].as_array().unwrap().iter().find(|row| row["account"] == account.as_str());
        let number = |name: &str| text(row.unwrap(), name).parse().unwrap();
        (number("wallet"), number("collateral"), number("locked"))
    }

    /// Everything there is.
    fn total(&mut self) -> u64 {
        let balances = command(&mut self.sandbox, json!({ "do": "balances" }), NOW_S).unwrap();
        let number = |row: &Value, name: &str| text(row, name).parse::<u64>().unwrap();
        let accounts = balances["accounts"].as_array().unwrap().iter();
        let held: u64 = accounts.map(|row| number(row, "wallet") + number(row, "collateral")).sum();
        held + balances["clearingHouse"].as_array().unwrap().iter().map(|pot| number(pot, "amount")).sum::<u64>()
    }

    fn proof(&mut self, member: usize, cycle: &Value) -> Value {
        let who = self.payers[member].text();
        let token = bearer(&mut self.sandbox, &who, NOW_S);
        let url = format!(
            "https://core.sandbox.test/core/cycles/{}/participants/{who}/clearing-proof",
            text(cycle, "cycle").replace(':', "%3A")
        );
        json_of(&get(&mut self.sandbox, &url, &[("authorization", &token)], NOW_S))
    }
}

/// As OpenZeppelin's MerkleProof computes it.
fn root_of(leaf: B256, proof: &Value) -> B256 {
    proof.as_array().unwrap().iter().fold(leaf, |node, sibling| {
        let sibling: B256 = sibling.as_str().unwrap().parse().unwrap();
        keccak256([node.min(sibling), node.max(sibling)].concat())
    })
}

#[test]
fn random_markets_net_to_zero_and_every_proof_leads_to_the_root() {
    let mut random = Random::seeded(20261121);
    for members in [2, 3, 4, 5, 7, 8, 9] {
        let mut market = Market::new(members);
        for _ in 0..3 * members {
            let mut below = |bound: usize| random.below(bound);
            let (payer, recipient) = (below(usize::from(members)), below(usize::from(members)));
            market.charge(payer, recipient, 1 + below(5_000) as u64);
        }
        let cycle = market.close();
        let root: B256 = text(&cycle, "merkleRoot").parse().unwrap();
        let cycle_id = keccak256(text(&cycle, "cycle"));
        let mut sum = 0;
        for member in 0..usize::from(members) {
            let net = market.net(member);
            sum += net;
            if net == 0 {
                continue;
            }
            let proof = market.proof(member, &cycle);
            let (role, number) = if net > 0 { ("NET_CREDITOR", 1_u64) } else { ("NET_DEBTOR", 0) };
            assert_eq!((text(&proof, "role"), text(&proof, "amount")), (role, net.abs().to_string().as_str()));
            let house: Address = HOUSE.parse().unwrap();
            let leaf = (
                U256::from(84532),
                house,
                cycle_id,
                market.asset,
                market.payers[member].address(),
                U256::from(net.unsigned_abs()),
                U256::from(number),
            );
            let leaf = keccak256(leaf.abi_encode());
            assert_eq!(text(&proof, "leaf"), leaf.to_string());
            assert_eq!(root_of(leaf, &proof["proof"]), root);
        }
        assert_eq!(sum, 0);
    }
}

#[test]
fn everybody_ends_with_what_was_netted_and_no_unit_is_made_or_lost() {
    let mut market = Market::new(4);
    for (payer, recipient, amount) in [(0, 1, 1000), (0, 2, 500), (1, 2, 700), (2, 3, 900), (3, 0, 100), (1, 1, 9)] {
        market.charge(payer, recipient, amount);
    }
    let before = market.total();
    assert_eq!(market.balance(0), (0, 1_000_000, 1500));
    let cycle = market.close();
    // 0: −1400, 1: +300, 2: +300, 3: +800. Who owes nothing has its collateral free again.
    assert_eq!([0, 1, 2, 3].map(|member| market.net(member)), [-1400, 300, 300, 800]);
    assert_eq!([0, 1, 2, 3].map(|member| market.balance(member).2), [1500, 0, 0, 0]);

    let reverted = |name: &str| Err(format!("cannot carry out the command: reverted with {name}"));
    assert_eq!(market.settle("claim-net-credit", 1, &cycle, NOW_S), reverted("ClaimExceedsFundedLiquidity"));
    assert_eq!(market.settle("pay-net-debit", 0, &cycle, NOW_S), reverted("TransferFailed"));
    let account = market.payers[0].text();
    let mint = json!({ "do": "mint", "account": account, "amount": "1400" });
    command(&mut market.sandbox, mint, NOW_S).unwrap();
    assert_eq!(market.settle("pay-net-debit", 1, &cycle, NOW_S), reverted("InvalidProof"));
    assert_eq!(market.settle("pay-net-debit", 0, &cycle, NOW_S), Ok(Value::Null));
    assert_eq!(market.settle("pay-net-debit", 0, &cycle, NOW_S), reverted("AlreadySettled"));
    for member in [1, 2, 3] {
        assert_eq!(market.settle("claim-net-credit", member, &cycle, NOW_S), Ok(Value::Null));
        assert_eq!(market.settle("claim-net-credit", member, &cycle, NOW_S), reverted("AlreadySettled"));
    }
    assert_eq!(market.balance(0), (0, 1_000_000, 0));
    assert_eq!([1, 2, 3].map(|member| market.balance(member).0), [300, 300, 800]);
    assert_eq!(market.total(), before + 1400);
}

#[test]
fn a_debtor_that_does_not_pay_in_time_is_covered_from_its_collateral() {
    let mut market = Market::new(2);
    market.charge(0, 1, 1000);
    let cycle = market.close();
    let reverted = |name: &str| Err(format!("cannot carry out the command: reverted with {name}"));
    assert_eq!(market.settle("default", 0, &cycle, NOW_S + 600), reverted("PaymentFinalityPending"));
    assert_eq!(market.settle("pay-net-debit", 0, &cycle, NOW_S + 601), reverted("PaymentWindowElapsed"));
    assert_eq!(market.settle("default", 0, &cycle, NOW_S + 601), Ok(Value::Null));
    assert_eq!(market.settle("claim-net-credit", 1, &cycle, NOW_S + 601), Ok(Value::Null));
    assert_eq!((market.balance(0), market.balance(1)), ((0, 999_000, 0), (1000, 1_000_000, 0)));
}

#[test]
fn locked_collateral_cannot_be_withdrawn_and_the_rest_can() {
    let mut market = Market::new(2);
    market.charge(0, 1, 400_000);
    let account = market.payers[0].text();
    let mut withdraw = |amount: &str| {
        command(&mut market.sandbox, json!({ "do": "withdraw", "account": account, "amount": amount }), NOW_S)
    };
    let refused = "cannot carry out the command: reverted with InsufficientAvailable";
    assert_eq!(withdraw("600001"), Err(refused.to_owned()));
    assert_eq!(withdraw("600000"), Ok(Value::Null));
    assert_eq!(market.balance(0), (600_000, 400_000, 400_000));
}

#[test]
fn the_next_cycle_begins_when_one_is_closed_and_takes_the_same_signature_again() {
    let mut market = Market::new(2);
    let mut cycles = Vec::new();
    for _ in 0..3 {
        // The request id starts anew: only the cycle makes the guarantee another one (notes C3).
        market.charges.clear();
        market.charge(0, 1, 10);
        cycles.push(text(&market.close(), "cycle").to_owned());
    }
    cycles.dedup();
    assert_eq!(cycles.len(), 3, "{cycles:?}");
    let nothing = command(&mut market.sandbox, json!({ "do": "close-cycle" }), NOW_S);
    assert_eq!(nothing, Err("cannot carry out the command: reverted with AmountZero".to_owned()));
}

#[test]
fn a_command_that_makes_no_sense_names_the_member_and_changes_nothing() {
    let mut market = Market::new(2);
    let before = market.total();
    let account = market.payers[0].text();
    for (wrong, field) in [
        (json!({}), "do"),
        (json!({ "do": "explode" }), "do"),
        (json!({ "do": "mint", "amount": "1" }), "account"),
        (json!({ "do": "mint", "account": account, "amount": 1 }), "amount"),
        (json!({ "do": "mint", "account": account, "amount": "-1" }), "amount"),
        (json!({ "do": "mint", "account": account, "amount": "1", "asset": "USDC" }), "asset"),
        (json!({ "do": "pay-net-debit", "account": account }), "cycle"),
    ] {
        let refused = command(&mut market.sandbox, wrong, NOW_S);
        assert_eq!(refused, Err(format!("cannot carry out the command: `{field}` makes no sense")));
    }
    assert_eq!((before, market.total()), (2_000_000, 2_000_000));
}

#[test]
fn the_supply_of_an_asset_fits_256_bits() {
    let mut market = Market::new(2);
    let [one, other] = [0, 1].map(|member| market.payers[member].text());
    let rest = (U256::MAX - U256::from(2_000_000)).to_string();
    let mut mint = |account: &str, amount: &str| {
        command(&mut market.sandbox, json!({ "do": "mint", "account": account, "amount": amount }), NOW_S)
    };
    assert_eq!(mint(&one, &rest), Ok(Value::Null));
    assert_eq!(mint(&other, "1"), Err("cannot carry out the command: reverted with AmountTooLarge".to_owned()));
}
