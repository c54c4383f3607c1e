//! Each rule says no with its own code and the numbers behind it; among allowed offers the cheapest wins.

use serde_json::{Value, json};

use crate::driver::scene::{Flow, SELLER, Scene, USDC, USDC_SEPOLIA};
use crate::driver::{Event, Rig, name};

const EURO: &str = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const OTHER: &str = "0x90F79bf6EB2c4f870365E785982E1f101E93b906";

fn with(policy: Value) -> Scene {
    Scene::new(Flow::ExactV2).policy(policy)
}

#[test]
fn every_rule_has_its_code_and_its_facts() {
    let cap = json!("0.10 USD");
    let asset = format!("eip155:8453/erc20:{USDC}");
    let other_asset = format!("eip155:8453/erc20:{OTHER}");
    for (policy, code, facts) in [
        (json!({ "perRequest": "0.009999 USD" }), "policy/over-cap", "price 0.01 USD, limit 0.009999 USD"),
        (json!({ "perAsset": { asset.clone(): "9999" } }), "policy/over-cap", "price 10000, limit 9999 atomic units"),
        (
            json!({ "perRequest": cap, "perAsset": { asset.clone(): "9999" } }),
            "policy/over-cap",
            "price 10000, limit 9999 atomic units",
        ),
        (json!({}), "policy/no-cap", asset.as_str()),
        (json!({ "perRequest": "5 EUR" }), "policy/no-cap", asset.as_str()),
        (json!({ "perAsset": { other_asset.clone(): "10000" } }), "policy/no-cap", asset.as_str()),
        (json!({ "perRequest": cap, "schemes": ["4mica-credit"] }), "policy/scheme-not-allowed", "exact"),
        (json!({ "perRequest": cap, "schemes": [] }), "policy/scheme-not-allowed", "exact"),
        (json!({ "perRequest": cap, "networks": ["eip155:1"] }), "policy/network-not-allowed", "eip155:8453"),
        (json!({ "perRequest": cap, "assets": [other_asset] }), "policy/asset-not-allowed", asset.as_str()),
        (
            json!({ "perRequest": cap, "sellers": ["other.example.com"] }),
            "policy/seller-not-allowed",
            "https://api.example.com",
        ),
        (json!({ "perRequest": cap, "payTo": { "api.example.com": [OTHER] } }), "policy/payto-not-pinned", SELLER),
    ] {
        let mut rig = Rig::new(with(policy.clone()));
        rig.run();
        assert_eq!((rig.problem(), rig.failure().facts.as_str()), (Some(code), facts), "{policy}");
        assert_eq!((rig.asked, rig.store.rows().len()), (0, 1));
    }
}

#[test]
fn what_a_rule_allows_names_the_rule_and_the_policy() {
    let asset = format!("eip155:8453/erc20:{USDC}");
    for (policy, rule) in [
        (json!({ "perRequest": "0.01 USD" }), "perRequest 0.01 USD".to_owned()),
        (json!({ "perAsset": { asset.clone(): "10000" } }), format!("perAsset {asset} 10000")),
        (
            json!({ "perRequest": "0.01 USD", "payTo": { "api.example.com": [OTHER, SELLER] } }),
            "perRequest 0.01 USD".to_owned(),
        ),
        (
            json!({ "perRequest": "0.01 USD", "payTo": { "other.example.com": [OTHER] } }),
            "perRequest 0.01 USD".to_owned(),
        ),
    ] {
        let mut rig = Rig::new(with(policy.clone()));
        rig.run();
        let decision = rig.store.row("trip-42").unwrap().record.decision.clone().unwrap();
        assert_eq!((decision.rule, decision.policy == [0; 32]), (rule, false), "{policy}");
    }
}

#[test]
fn a_price_of_zero_and_one_beyond_any_currency_are_refused() {
    for (amount, code) in [
        ("0", "policy/amount-zero"),
        ("115792089237316195423570985008687907853269984665640564039457584007913129639935", "policy/over-cap"),
    ] {
        let mut rig = Rig::new(Scene::new(Flow::ExactV2).entry("amount", json!(amount)));
        rig.run();
        assert_eq!(rig.problem(), Some(code), "{amount}");
    }
}

#[test]
fn nobody_pays_himself_a_token_or_a_system_contract() {
    let payer = Rig::new(Scene::new(Flow::ExactV2)).key.address().checksummed();
    for pay_to in [
        payer.as_str(),
        USDC,
        USDC_SEPOLIA,
        "0x0000000000000000000000000000000000000000",
        "0x0000000000000000000000000000000000000001",
        "0x000000000022D473030F116dDEE9F6B43aC78BA3",
    ] {
        let mut rig = Rig::new(Scene::new(Flow::ExactV2).entry("payTo", json!(pay_to)));
        rig.run();
        assert_eq!((rig.problem(), rig.failure().facts.as_str()), (Some("policy/payto-forbidden"), pay_to));
    }
}

#[test]
fn hosts_that_are_not_ordinary_must_be_listed() {
    for (origin, listed) in [
        ("http://api.example.com", false),
        ("https://127.0.0.1:8402", false),
        ("https://[::1]", false),
        ("https://localhost", false),
        ("https://xn--80ak6aa92e.com", false),
        ("http://127.0.0.1:8402", true),
        ("http://localhost:3000", true),
    ] {
        let mut policy = json!({ "perRequest": "0.10 USD" });
        if listed {
            policy["sellers"] = json!([origin]);
        }
        let url = format!("{origin}/weather");
        let mut scene = with(policy);
        scene.challenge["resource"]["url"] = json!(url);
        (scene.request.url, scene.reached) = (url.clone(), url);
        let mut rig = Rig::new(scene);
        rig.run();
        let expected = if listed { None } else { Some("policy/seller-not-allowed") };
        assert_eq!(rig.problem(), expected, "{origin}");
    }
}

/// `accepts` in the given order, and the amount that is signed.
fn chosen(policy: &Value, entries: &[Value]) -> Value {
    let mut scene = with(policy.clone());
    scene.options = json!({ "policy": policy, "assets": [
        { "network": "eip155:8453", "address": EURO, "name": "Euro", "version": "1", "decimals": 6, "currency": "EUR" },
    ], "cores": [{ "network": "eip155:84532", "url": "https://core.example.com", "generation": "cycle" }] })
    .to_string();
    scene.parameters = crate::driver::core::parameters(Flow::CycleV1);
    scene.challenge["accepts"] = json!(entries);
    Rig::new(scene).until("send").payment()["accepted"].clone()
}

fn every_order(entries: &[Value]) -> Vec<Vec<Value>> {
    if entries.len() < 2 {
        return vec![entries.to_vec()];
    }
    let mut orders = Vec::new();
    for (index, first) in entries.iter().enumerate() {
        let mut rest = entries.to_vec();
        rest.remove(index);
        for mut order in every_order(&rest) {
            order.insert(0, first.clone());
            orders.push(order);
        }
    }
    orders
}

#[test]
fn the_cheapest_wins_then_the_preferred_and_the_sellers_order_never() {
    let exact = |amount: &str| {
        let mut entry = Scene::new(Flow::ExactV2).challenge["accepts"][0].clone();
        entry["amount"] = json!(amount);
        entry
    };
    let credit = |amount: &str| {
        let mut entry = Scene::new(Flow::CycleV1).challenge["accepts"][0].clone();
        entry["amount"] = json!(amount);
        entry
    };
    let mut euro = exact("5000");
    (euro["asset"], euro["extra"]) = (json!(EURO), json!({ "name": "Euro", "version": "1" }));
    let mut elsewhere = exact("10000");
    elsewhere["payTo"] = json!(OTHER);
    let mut longer = exact("10000");
    longer["maxTimeoutSeconds"] = json!(61);
    let cap_eur = format!("eip155:8453/erc20:{EURO}");
    let plain = json!({ "perRequest": "0.10 USD", "perAsset": { cap_eur: "10000" } });
    let with_schemes = |schemes: Value| {
        let mut policy = plain.clone();
        policy["schemes"] = schemes;
        policy
    };
    for (policy, entries, best) in [
        (plain.clone(), vec![exact("10000"), exact("9999"), exact("20000")], Some(1)),
        (plain.clone(), vec![exact("10000"), credit("9999")], Some(1)),
        (with_schemes(json!(["exact", "4mica-credit"])), vec![exact("10000"), credit("10000")], Some(0)),
        (with_schemes(json!(["4mica-credit", "exact"])), vec![exact("10000"), credit("10000")], Some(1)),
        // Above the cap, however it is preferred.
        (with_schemes(json!(["4mica-credit", "exact"])), vec![exact("10000"), credit("100001")], Some(0)),
        // A smaller number of another currency is not a lower price.
        (plain.clone(), vec![exact("10000"), euro], Some(0)),
        // Equals: always the same one, whichever it is.
        (plain.clone(), vec![exact("10000"), elsewhere, longer], None),
    ] {
        let orders = every_order(&entries);
        let first = chosen(&policy, &orders[0]);
        assert!(best.is_none_or(|best: usize| first == entries[best]), "{first}");
        for order in orders {
            assert_eq!(chosen(&policy, &order), first, "{order:?}");
        }
    }
}

#[test]
fn unreadable_offers_do_not_stop_a_readable_one() {
    let mut scene = Scene::new(Flow::ExactV2);
    let good = scene.challenge["accepts"][0].clone();
    let mut solana = good.clone();
    solana["network"] = json!("solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp");
    let mut permit2 = good.clone();
    permit2["extra"]["assetTransferMethod"] = json!("permit2");
    scene.challenge["accepts"] = json!([solana, permit2, good]);
    let rig = Rig::new(scene).until("send");
    assert_eq!(rig.payment()["accepted"], good);
}

#[test]
fn the_answer_is_the_same_without_a_wallet() {
    let scene = Scene::new(Flow::ExactV2);
    let mut quoted = Rig::new(scene.clone().quote());
    quoted.run();
    let record = quoted.purchase.record().unwrap().clone();
    let mut paid = Rig::new(scene);
    paid.run();
    let kept = &paid.store.row("trip-42").unwrap().record;
    assert_eq!((&record.terms, &record.decision), (&kept.terms, &kept.decision));
    assert_eq!(name(quoted.give(Event::SignLocally)), "quoted");
}
