//! What a person reads and what a wallet gets.

use alloc::string::ToString;

use super::*;
use crate::registry::Registry;

const USDC: &str = "0x036CbD53842c5426634e7929541eC2318f3dCF7e";
const CYCLE: Hash = [0xc1; 32];

fn usdc() -> Asset {
    let network = Network::from_chain_id(84532).unwrap();
    Registry::default().asset(network, &Address::parse(USDC).unwrap()).unwrap()
}

fn ether() -> Asset {
    let mut asset = usdc();
    asset.address = Address::ZERO;
    (asset.name, asset.decimals) = (String::from("Ether"), 18);
    asset
}

fn contract() -> Address {
    Address::from_bytes([0xc0; 20])
}

fn collateral(asset: &Asset) -> CollateralAccount<'_> {
    CollateralAccount { contract: contract(), owner: Address::from_bytes([0x11; 20]), asset }
}

fn clearing(asset: &Asset) -> ClearingAccount<'_> {
    ClearingAccount { clearing_house: contract(), participant: Address::from_bytes([0x11; 20]), asset }
}

fn every(asset: &Asset, amount: Amount, proof: &[Hash]) -> [Option<Transaction>; 6] {
    let (collateral, clearing) = (collateral(asset), clearing(asset));
    [
        collateral.deposit(amount),
        collateral.request_withdrawal(amount),
        clearing.pay_net_debit(&CYCLE, amount, proof),
        clearing.claim_net_credit(&CYCLE, amount, proof),
        collateral.allow(amount, Amount::ZERO),
        clearing.allow(amount, Amount::ZERO),
    ]
}

#[test]
fn the_person_reads_what_every_transaction_does() {
    let (asset, amount) = (usdc(), Amount::from_u64(2_500_000));
    let cycle = hex::encode(&CYCLE);
    let contract = contract().checksummed();
    let owner = Address::from_bytes([0x11; 20]).checksummed();
    let words: Vec<String> = every(&asset, amount, &[]).into_iter().map(|made| made.unwrap().words).collect();
    assert_eq!(
        words,
        [
            format!("Deposit 2.5 USDC (eip155:84532) as collateral into 4Mica's contract {contract}"),
            format!(
                "Ask 4Mica's contract {contract} for 2.5 USDC (eip155:84532) of collateral back, to be taken out when its waiting time is over"
            ),
            format!(
                "Pay the net debit of 2.5 USDC (eip155:84532) of cycle {cycle} to 4Mica's clearing house {contract}"
            ),
            format!(
                "Take the net credit of 2.5 USDC (eip155:84532) of cycle {cycle} out of 4Mica's clearing house {contract}, to {owner}"
            ),
            format!("Allow 4Mica's collateral contract {contract} to take exactly 2.5 USDC (eip155:84532)"),
            format!("Allow 4Mica's clearing house {contract} to take exactly 2.5 USDC (eip155:84532)"),
        ]
    );
    assert_eq!(
        collateral(&asset).cancel_withdrawal().unwrap().words,
        format!(
            "Cancel the withdrawal of USDC (eip155:84532) from 4Mica's contract {contract}: it stays there as collateral"
        )
    );
    assert_eq!(
        collateral(&asset).finalize_withdrawal().unwrap().words,
        format!("Take the requested USDC (eip155:84532) out of 4Mica's contract {contract}, to {owner}")
    );
}

#[test]
fn amounts_are_told_to_the_last_digit() {
    for (decimals, units, words) in [
        (6, "25000000", "25 USDC"),
        (6, "1", "0.000001 USDC"),
        (6, "0", "0 USDC"),
        (6, "1000000", "1 USDC"),
        (6, "1000010", "1.00001 USDC"),
        (0, "100", "100 USDC"),
        (18, "1000000000000000001", "1.000000000000000001 USDC"),
        (36, "5", "0.000000000000000000000000000000000005 USDC"),
    ] {
        let asset = Asset { decimals, ..usdc() };
        assert_eq!(counted(&asset, Amount::from_decimal(units).unwrap()), words);
    }
    let most = counted(&Asset { decimals: 36, ..usdc() }, Amount::MAX);
    assert_eq!(most.replace('.', ""), format!("{} USDC", Amount::MAX));
}

#[test]
fn an_allowance_is_exact_and_only_for_what_is_missing() {
    let asset = usdc();
    let amount = Amount::from_u64(2_500_000);
    for allowed in [0, 1, 2_499_999] {
        let made = collateral(&asset).allow(amount, Amount::from_u64(allowed)).unwrap();
        assert_eq!((made.to, made.value), (asset.address, Amount::ZERO), "the token is called");
        assert_eq!(made.data, erc20::approve(&contract(), &amount));
    }
    for allowed in [amount, Amount::from_u64(2_500_001), Amount::MAX] {
        assert_eq!(collateral(&asset).allow(amount, allowed), None);
        assert_eq!(clearing(&asset).allow(amount, allowed), None);
    }
    assert_eq!(collateral(&ether()).allow(amount, Amount::ZERO), None, "ether needs none");
    assert_eq!(clearing(&ether()).allow(amount, Amount::ZERO), None, "ether needs none");
}

#[test]
fn ether_goes_with_a_deposit_and_a_debit_and_with_nothing_else() {
    let amount = Amount::from_u64(7);
    let values = |asset: &Asset| {
        every(asset, amount, &[]).into_iter().flatten().map(|made| made.value.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(values(&ether()), ["7", "0", "7", "0"]);
    assert_eq!(values(&usdc()), ["0"; 6]);
    let ether = ether();
    for made in [collateral(&ether).cancel_withdrawal(), collateral(&ether).finalize_withdrawal()] {
        assert_eq!(made.unwrap().value, Amount::ZERO);
    }
}

#[test]
fn nothing_is_made_of_no_amount_or_a_proof_that_is_too_long() {
    assert_eq!(every(&usdc(), Amount::ZERO, &[]), [None, None, None, None, None, None]);
    let made = every(&usdc(), Amount::from_u64(1), &[[0; 32]; 65]);
    assert_eq!(made.map(|made| made.is_some()), [true, true, false, false, true, true]);
    let made = every(&usdc(), Amount::from_u64(1), &[[0; 32]; 64]);
    assert_eq!(made.map(|made| made.is_some()), [true; 6]);
}

#[test]
fn a_contract_that_is_nobody_or_the_token_itself_is_never_called() {
    let (asset, amount) = (usdc(), Amount::from_u64(1));
    for contract in
        [Address::ZERO, Address::parse("0x0000000000000000000000000000000000000001").unwrap(), asset.address]
    {
        let collateral = CollateralAccount { contract, ..collateral(&asset) };
        let clearing = ClearingAccount { clearing_house: contract, ..clearing(&asset) };
        for made in [
            collateral.allow(amount, Amount::ZERO),
            collateral.deposit(amount),
            collateral.request_withdrawal(amount),
            collateral.cancel_withdrawal(),
            collateral.finalize_withdrawal(),
            clearing.allow(amount, Amount::ZERO),
            clearing.pay_net_debit(&CYCLE, amount, &[]),
            clearing.claim_net_credit(&CYCLE, amount, &[]),
        ] {
            assert_eq!(made, None);
        }
    }
}

#[test]
fn the_wallet_gets_sender_contract_value_data_and_chain_and_no_gas() {
    let ether = ether();
    let made = collateral(&ether).deposit(Amount::from_decimal("1000000000000000000").unwrap()).unwrap();
    let json: serde_json::Value = serde_json::from_str(&made.to_json()).unwrap();
    let expected = serde_json::json!({
        "from": Address::from_bytes([0x11; 20]).checksummed(),
        "to": contract().checksummed(),
        "value": "0xde0b6b3a7640000",
        // The selector of WETH's `deposit()`, which everybody knows.
        "data": "0xd0e30db0",
        "chainId": "0x14a34",
    });
    assert_eq!(json, expected);
}
