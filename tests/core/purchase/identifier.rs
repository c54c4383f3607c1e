//! The payment identifier, which a seller may ask for and a payment then carries.

use farthing::purchase::Command;
use farthing::x402::header;
use serde_json::{Value, json};

use crate::driver::Rig;
use crate::driver::scene::{FLOWS, Flow, Scene};

const KEY: &str = "payment-identifier";

fn asking(flow: Flow, extensions: &Value) -> Scene {
    let mut scene = Scene::new(flow);
    scene.challenge["extensions"] = extensions.clone();
    scene
}

/// The payment as text.
fn sent(rig: &Rig) -> String {
    let Command::Send { value, .. } = &rig.pending else { panic!("{:?}", rig.pending) };
    String::from_utf8(header::decode(value).unwrap()).unwrap()
}

fn name_of(scene: Scene, seed: u8) -> String {
    let payment = Rig::with(scene, Default::default(), seed).until("send").payment();
    payment["extensions"][KEY]["info"]["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_payment_names_itself_where_the_seller_asks_and_repeats_the_rest() {
    for flow in FLOWS.into_iter().filter(|flow| Scene::new(*flow).challenge["x402Version"] == 2) {
        for info in [json!({ "required": true }), json!({ "x": [{}] }), json!({}), json!({ "id": null })] {
            let mut asked = json!({ "a": { "info": { "b": "\u{e9}", "a": [1.5e3] } }, "z": 7 });
            asked[KEY] = json!({ "schema": { "type": "object" }, "info": info, "more": null });
            let rig = Rig::new(asking(flow, &asked)).until("send");
            for member in ["a", "z"] {
                let verbatim = format!("\"{member}\":{}", asked[member]);
                assert!(sent(&rig).contains(&verbatim), "{verbatim} is not in {}", sent(&rig));
            }
            let mut found = rig.payment()["extensions"].clone();
            let id = found[KEY]["info"]["id"].take();
            let letters = id.as_str().and_then(|id| id.strip_prefix("pay_")).unwrap();
            assert!(letters.len() == 32 && letters.bytes().all(|letter| letter.is_ascii_hexdigit()), "{id}");
            asked[KEY]["info"]["id"] = Value::Null;
            assert_eq!(found, asked);
        }
    }
}

#[test]
fn the_name_belongs_to_one_payment_and_says_nothing_of_it() {
    let scene = |purchase: &str| {
        let mut scene = asking(Flow::ExactV2, &json!({ KEY: { "info": {} } }));
        scene.request.purchase_id = Some(purchase.into());
        scene
    };
    let name = name_of(scene("trip-42"), 1);
    assert_eq!(name, name_of(scene("trip-42"), 1));
    assert_ne!(name, name_of(scene("trip-43"), 1));
    assert_ne!(name, name_of(scene("trip-42"), 2));
    let mut rig = Rig::new(scene("trip-42")).until("send");
    let payment = rig.payment();
    assert!(!payment["payload"].to_string().contains(&name[4..]), "what the chain shows says the name");
    rig.run();
    assert_eq!((rig.problem(), rig.sent.len()), (None, 1));
}

#[test]
fn a_shape_without_a_place_for_the_name_is_repeated_and_breaks_nothing() {
    for shape in [
        json!(null),
        json!("pay_0000000000000000"),
        json!([{ "info": {} }]),
        json!({}),
        json!({ "schema": {} }),
        json!({ "info": null }),
        json!({ "info": [] }),
        json!({ "info": "id" }),
        json!({ "info": { "id": "pay_chosen_by_the_seller" } }),
        json!({ "info": { "id": 7 } }),
        json!({ "info": { "id": {} } }),
        json!({ "Info": {} }),
    ] {
        let asked = json!({ KEY: shape, "payment-Identifier": { "info": {} } });
        let mut rig = Rig::new(asking(Flow::ExactV2, &asked)).until("send");
        assert!(sent(&rig).contains(&format!("\"extensions\":{asked}")), "{}", sent(&rig));
        rig.run();
        assert_eq!(rig.problem(), None, "{shape}");
    }
    let payment = Rig::new(asking(Flow::ExactV1, &json!({ KEY: { "info": {} } }))).until("send").payment();
    assert_eq!(payment.get("extensions"), None);
}

#[test]
fn the_name_counts_towards_what_a_payment_may_repeat() {
    let problem = |letters: usize, asks: bool| {
        let mut asked = json!({ "a": "x".repeat(2000), "b": "x".repeat(letters) });
        asked[KEY] = if asks { json!({ "info": {} }) } else { json!({ "info": [] }) };
        let mut rig = Rig::new(asking(Flow::ExactV2, &asked));
        rig.run();
        rig.problem().map(String::from)
    };
    let most = |asks: bool| (0..2000).rev().find(|letters| problem(*letters, asks).is_none()).unwrap();
    let (named, unnamed) = (most(true), most(false));
    assert_eq!(unnamed - named, r#""id":"pay_00000000000000000000000000000000""#.len());
    assert_eq!(problem(named + 1, true).as_deref(), Some("parse/echo-too-large"));
}
