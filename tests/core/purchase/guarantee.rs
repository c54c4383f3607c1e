//! What a core and a seller may say before a guarantee is signed.

use farthing::primitives::hex;
use farthing::purchase::Command;
use serde_json::{Value, json};

use crate::driver::scene::{CORE_URL, Flow, Scene};
use crate::driver::{Event, NOW_S, Rig};

/// Runs to its end; the code, and that neither wallet nor budget was touched.
fn problem_of(scene: Scene) -> &'static str {
    let mut rig = Rig::new(scene);
    rig.run();
    assert_eq!((rig.asked, rig.spent()), (0, false));
    rig.failure().code.as_str()
}

fn with(flow: Flow, change: impl FnOnce(&mut Scene)) -> Scene {
    let mut scene = Scene::new(flow);
    change(&mut scene);
    scene
}

/// Adds members to the pinned core.
fn pinned(flow: Flow, pins: Value) -> Scene {
    with(flow, |scene| {
        let mut options: Value = serde_json::from_str(&scene.options).unwrap();
        options["cores"][0].as_object_mut().unwrap().extend(pins.as_object().unwrap().clone());
        scene.options = options.to_string();
    })
}

#[test]
fn every_status_of_a_core_has_its_code() {
    for (status, code, written) in [
        (0, "guarantee/core-unreachable", None),
        (500, "guarantee/core-unreachable", None),
        (503, "guarantee/core-unreachable", None),
        (401, "guarantee/core-login", None),
        (403, "guarantee/core-login", None),
        (204, "guarantee/core-answer", None),
        (302, "guarantee/core-answer", None),
        (404, "guarantee/core-answer", None),
    ] {
        for second in [false, true] {
            let mut rig = Rig::new(Scene::new(Flow::House)).until("fetch");
            if second {
                rig.step();
            }
            rig.give(Event::Fetched(status, b"{}".to_vec()));
            assert_eq!((rig.problem(), rig.written()), (Some(code), written), "{status}");
            assert_eq!(rig.failure().facts, format!("status {status}"));
        }
    }
}

#[test]
fn garbage_for_a_document_is_refused() {
    let good = Scene::new(Flow::CycleV1).parameters.to_string();
    let huge = format!("{}{}", good, " ".repeat(64 * 1024));
    let twice = good.replacen('{', "{\"chain_id\":84532,", 1);
    let deep = "[".repeat(100_000);
    for body in ["", "null", "[]", "<html>", "\u{feff}{}", &good[..good.len() - 1], &huge, &twice, &deep] {
        let mut rig = Rig::new(Scene::new(Flow::CycleV1)).until("fetch");
        rig.give(Event::Fetched(200, body.as_bytes().to_vec()));
        let code = rig.failure().code.as_str();
        assert!(matches!(code, "guarantee/core-answer" | "guarantee/generation"), "{code}: {:.40}", body);
        assert_eq!((rig.asked, rig.sent.len()), (0, 0));
    }
}

#[test]
fn a_core_of_another_chain_or_generation_is_refused() {
    let chain = |scene: &mut Scene| scene.parameters["chain_id"] = json!(1);
    assert_eq!(problem_of(with(Flow::CycleV1, chain)), "guarantee/core-changed");
    assert_eq!(problem_of(with(Flow::House, chain)), "guarantee/core-changed");
    let generation = |scene: &mut Scene| scene.parameters = Scene::new(Flow::House).parameters;
    assert_eq!(problem_of(with(Flow::CycleV1, generation)), "guarantee/generation");
    assert_eq!(problem_of(pinned(Flow::CycleV1, json!({ "generation": "sdk2" }))), "guarantee/generation");
    assert_eq!(problem_of(pinned(Flow::Sdk2, json!({ "generation": "tab" }))), "guarantee/generation");
    assert_eq!(problem_of(pinned(Flow::Tab, json!({ "generation": "clearing-house" }))), "guarantee/generation");
    let newer = |scene: &mut Scene| scene.parameters["guarantee_domains"] = json!([]);
    assert_eq!(problem_of(with(Flow::CycleV1, newer)), "guarantee/generation");
    let v1_only = |scene: &mut Scene| scene.parameters["accepted_guarantee_versions"] = json!([1]);
    assert_eq!(problem_of(with(Flow::CycleV2, v1_only)), "guarantee/generation");
}

#[test]
fn a_core_that_differs_from_its_pins_is_refused() {
    let key = hex::encode(&[7; 48]);
    let other = "0x90F79bf6EB2c4f870365E785982E1f101E93b906";
    for flow in [Flow::CycleV1, Flow::Tab, Flow::Sdk2, Flow::House] {
        let contract = if flow == Flow::House { "clearing_house_address" } else { "contract_address" };
        for (pins, field) in [
            (json!({ "name": "5mica" }), "eip712_name"),
            (json!({ "version": "2" }), "eip712_version"),
            (json!({ "contract": other }), contract),
            (json!({ "operatorKey": key }), "public_key"),
        ] {
            let mut rig = Rig::new(pinned(flow, pins));
            rig.run();
            assert_eq!((rig.problem(), rig.asked), (Some("guarantee/core-changed"), 0));
            assert_eq!(rig.failure().facts, field);
        }
    }
    let right = json!({ "name": "4mica", "version": "1", "contract": "0x9A676e781A523b5d0C0e43731313A708CB607508" });
    assert_eq!(Rig::new(pinned(Flow::CycleV1, right)).until("send").asked, 1);
}

#[test]
fn a_network_without_a_core_is_refused() {
    let scene = with(Flow::CycleV1, |scene| {
        let entry = &mut scene.challenge["accepts"][0];
        entry["network"] = json!("eip155:137");
        entry["asset"] = json!("0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359");
    });
    assert_eq!(problem_of(scene), "guarantee/core-unknown");
}

#[test]
fn a_core_is_reached_over_https_or_on_this_machine() {
    let parse = |url: &str| {
        let options = json!({ "cores": [{ "network": "eip155:1", "url": url }] });
        farthing::purchase::Config::parse(options.to_string().as_bytes()).is_ok()
    };
    for url in [CORE_URL, "http://127.0.0.1:18080", "http://localhost:3000", "http://[::1]:3000"] {
        assert!(parse(url), "{url}");
    }
    for url in ["http://core.example.com", "http://localhost.evil.example", "ftp://localhost", "core.example.com"] {
        assert!(!parse(url), "{url}");
    }
}

#[test]
fn a_seller_who_states_another_domain_is_refused() {
    for (field, value) in [
        ("name", json!("5mica")),
        ("version", json!("2")),
        ("verifyingContract", json!("0x90F79bf6EB2c4f870365E785982E1f101E93b906")),
    ] {
        let scene = with(Flow::CycleV1, |scene| scene.challenge["accepts"][0]["extra"][field] = value);
        assert_eq!(problem_of(scene), "policy/domain-pin", "{field}");
    }
}

#[test]
fn a_validation_that_is_partial_or_untrusted_is_refused() {
    for field in ["validationRegistryAddress", "validatorAddress", "validatorAgentId", "minValidationScore", "jobHash"]
    {
        let scene = with(Flow::CycleV2, |scene| {
            scene.challenge["accepts"][0]["extra"].as_object_mut().unwrap().remove(field);
        });
        assert_eq!(problem_of(scene), "guarantee/validation-incomplete", "{field}");
    }
    for (field, value) in [
        ("validationRegistryAddress", json!("0x90F79bf6EB2c4f870365E785982E1f101E93b906")),
        ("validationChainId", json!(1)),
    ] {
        let scene = with(Flow::CycleV2, |scene| scene.challenge["accepts"][0]["extra"][field] = value);
        assert_eq!(problem_of(scene), "guarantee/validation-not-allowed", "{field}");
    }
    // Claims of one generation at a core of the other.
    let extra = Scene::new(Flow::CycleV2).challenge["accepts"][0]["extra"].clone();
    let scene = with(Flow::House, |scene| scene.challenge["accepts"][0]["extra"] = extra);
    assert_eq!(problem_of(scene), "guarantee/validation-not-allowed");
    let extra = Scene::new(Flow::House).challenge["accepts"][0]["extra"].clone();
    let scene = with(Flow::CycleV1, |scene| scene.challenge["accepts"][0]["extra"] = extra);
    assert_eq!(problem_of(scene), "guarantee/generation");
}

#[test]
fn a_cycle_of_another_asset_or_another_time_is_refused() {
    type Change = fn(&mut Value);
    let changes: [Change; 10] = [
        |cycle| cycle["asset_address"] = json!("0x90F79bf6EB2c4f870365E785982E1f101E93b906"),
        |cycle| cycle["cycle_id"] = json!("0x01"),
        |cycle| cycle["server_time"] = json!(NOW_S - 301),
        |cycle| cycle["server_time"] = json!(NOW_S + 301),
        |cycle| cycle["server_time"] = json!("now"),
        |cycle| cycle["period_start"] = json!(NOW_S + 1),
        |cycle| cycle["period_end"] = json!(NOW_S - 1),
        |cycle| drop(cycle.as_object_mut().unwrap().remove("period_end")),
        |cycle| cycle["max_uncheckpointed"] = json!("10"),
        |cycle| cycle["max_uncheckpointed"] = json!(null),
    ];
    for change in changes {
        assert_eq!(problem_of(with(Flow::House, |scene| change(&mut scene.cycle))), "guarantee/core-answer");
    }
}

#[test]
fn only_the_cycle_is_asked_for_with_a_login() {
    let mut rig = Rig::new(Scene::new(Flow::House)).until("fetch");
    assert!(matches!(&rig.pending, Command::Fetch { body: None, url } if url.starts_with(CORE_URL)));
    rig.step();
    let Command::ActiveCycle { payer, network, .. } = &rig.pending else { panic!("{:?}", rig.pending) };
    assert_eq!((*payer, network.chain_id()), (rig.key.address(), 84532));
}

#[test]
fn an_unpinned_generation_is_the_one_the_core_publishes() {
    for (flow, kind) in [(Flow::CycleV1, "cycle"), (Flow::Sdk2, "sdk2"), (Flow::House, "clearing-house")] {
        let scene = with(flow, |scene| {
            let mut options: Value = serde_json::from_str(&scene.options).unwrap();
            options["cores"][0].as_object_mut().unwrap().remove("generation");
            scene.options = options.to_string();
        });
        let rig = Rig::new(scene).until("send");
        assert_eq!(rig.purchase.record().unwrap().attempt.as_ref().unwrap().kind, kind);
    }
}

#[test]
fn a_domain_stated_for_generation_three_must_be_the_cores() {
    let state =
        |field: &str, value: Value| with(Flow::Sdk2, |scene| scene.challenge["accepts"][0]["extra"][field] = value);
    let contract = Scene::new(Flow::Sdk2).parameters["contract_address"].clone();
    assert_eq!(Rig::new(state("verifyingContract", contract)).until("send").asked, 1);
    let other = json!("0x90F79bf6EB2c4f870365E785982E1f101E93b906");
    assert_eq!(problem_of(state("verifyingContract", other)), "policy/domain-pin");
    assert_eq!(problem_of(state("name", json!("5mica"))), "policy/domain-pin");
}
