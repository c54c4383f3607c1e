//! Whose validation a payment may wait for: what the core trusts, narrowed by the owner.

use serde_json::{Value, json};

use crate::driver::Rig;
use crate::driver::core::VALIDATOR;
use crate::driver::scene::{Flow, Scene};

const OTHER: &str = "0x90F79bf6EB2c4f870365E785982E1f101E93b906";
// Registry and validator of the scene's claims V2.
const REGISTRY: &str = "0x0B306BF915C4d645ff596e518fAf3F9669b97016";
const V2_VALIDATOR: &str = OTHER;

/// The field that is refused, or `None` where it is signed.
fn verdict(flow: Flow, rules: Option<Value>, change: impl FnOnce(&mut Scene)) -> Option<String> {
    let mut scene = Scene::new(flow);
    let mut options: Value = serde_json::from_str(&scene.options).unwrap();
    if let Some(rules) = rules {
        options["cores"][0]["validations"] = rules;
    }
    scene.options = options.to_string();
    change(&mut scene);
    let mut rig = Rig::new(scene);
    rig.run();
    let problem = rig.problem()?.to_owned();
    assert_eq!((problem.as_str(), rig.asked, rig.spent()), ("guarantee/validation-not-allowed", 0, false));
    Some(rig.failure().facts.clone())
}

fn ruled(flow: Flow, rules: Value) -> Option<String> {
    verdict(flow, Some(rules), |_| {})
}

#[test]
fn claims_v2_are_held_against_every_rule_of_the_owner() {
    let account = format!("eip155:84532:{V2_VALIDATOR}");
    for rules in [
        json!({}),
        json!({ "registries": [OTHER, REGISTRY] }),
        json!({ "validators": [V2_VALIDATOR] }),
        json!({ "validators": [account.to_lowercase()] }),
        json!({ "registries": [REGISTRY], "validators": [account], "minScore": 80 }),
    ] {
        assert_eq!(ruled(Flow::CycleV2, rules.clone()), None, "{rules}");
    }
    for (rules, field) in [
        (json!({ "registries": [] }), "registry"),
        (json!({ "registries": [OTHER] }), "registry"),
        (json!({ "validators": [] }), "validator"),
        (json!({ "validators": [REGISTRY] }), "validator"),
        (json!({ "validators": [format!("eip155:1:{V2_VALIDATOR}")] }), "validator"),
        (json!({ "minScore": 81 }), "minScore"),
    ] {
        assert_eq!(ruled(Flow::CycleV2, rules.clone()).as_deref(), Some(field), "{rules}");
    }
    // The owner narrows what the core trusts, and never widens it.
    let untrusting = |scene: &mut Scene| scene.parameters["trusted_validation_registries"] = json!([OTHER]);
    assert_eq!(
        verdict(Flow::CycleV2, Some(json!({ "registries": [REGISTRY] })), untrusting).as_deref(),
        Some("registry")
    );
}

#[test]
fn an_account_validates_where_owner_or_core_list_it() {
    let (_, address) = VALIDATOR.rsplit_once(':').unwrap();
    for flow in [Flow::Sdk2, Flow::House] {
        for rules in [
            json!({}),
            json!({ "validators": [VALIDATOR] }),
            json!({ "validators": [address] }),
            json!({ "registries": [address] }),
        ] {
            assert_eq!(ruled(flow, rules.clone()), None, "{rules}");
        }
        for (rules, field) in [
            (json!({ "validators": [] }), "validator"),
            (json!({ "validators": [OTHER] }), "validator"),
            (json!({ "registries": [OTHER] }), "validator"),
            (json!({ "validators": [format!("eip155:1:{address}")] }), "validator"),
            // Terms without a score cannot be held against one.
            (json!({ "minScore": 1 }), "minScore"),
        ] {
            assert_eq!(ruled(flow, rules.clone()).as_deref(), Some(field), "{flow:?} {rules}");
        }
        for listed in [json!([]), json!([OTHER]), json!([{ "address": address }]), json!("any")] {
            let core = |scene: &mut Scene| scene.parameters["validators"] = listed.clone();
            assert_eq!(verdict(flow, None, core).as_deref(), Some("validator"), "{flow:?} {listed}");
            let core = |scene: &mut Scene| scene.parameters["validators"] = listed.clone();
            assert_eq!(verdict(flow, Some(json!({ "validators": [address] })), core), None, "{flow:?} {listed}");
        }
        for listed in [json!([address]), json!([VALIDATOR.to_lowercase()])] {
            let core = |scene: &mut Scene| scene.parameters["validators"] = listed.clone();
            assert_eq!(verdict(flow, None, core), None, "{flow:?} {listed}");
        }
        // The same digits on another chain are another account.
        let elsewhere = |scene: &mut Scene| {
            scene.challenge["accepts"][0]["extra"]["validation"]["validator"] = json!(format!("eip155:1:{address}"));
        };
        assert_eq!(verdict(flow, None, elsewhere).as_deref(), Some("validator"), "{flow:?}");
    }
}

#[test]
fn rules_that_cannot_be_understood_are_refused() {
    let parse = |rules: Value| {
        let core = json!({ "network": "eip155:84532", "url": "https://core.example.com", "validations": rules });
        farthing::purchase::Config::parse(json!({ "cores": [core] }).to_string().as_bytes()).is_ok()
    };
    assert!(parse(json!({ "registries": [REGISTRY], "validators": [OTHER, VALIDATOR], "minScore": 100 })));
    for rules in [
        json!([]),
        json!({ "registry": [REGISTRY] }),
        json!({ "registries": REGISTRY }),
        json!({ "registries": ["0x01"] }),
        json!({ "validators": ["alice.eth"] }),
        json!({ "validators": [format!("solana:{OTHER}")] }),
        json!({ "minScore": 0 }),
        json!({ "minScore": 101 }),
        json!({ "minScore": "80" }),
    ] {
        assert!(!parse(rules.clone()), "{rules}");
    }
}
