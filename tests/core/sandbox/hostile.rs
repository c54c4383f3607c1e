//! Bytes of strangers: every request is answered, none by a panic or an internal error.

use farthing::sandbox::Request;
use serde_json::json;

use crate::payer::{NOW_S, get};
use crate::recording::*;
use crate::support::random::Random;

const PATHS: [&str; 14] = [
    "core.sandbox.test/auth/nonce",
    "core.sandbox.test/auth/verify",
    "core.sandbox.test/auth/refresh",
    "core.sandbox.test/auth/logout",
    "core.sandbox.test/core/guarantees",
    "core.sandbox.test/core/checkpoints",
    "core.sandbox.test/core/cycles/active?asset=0x",
    "core.sandbox.test/core/cycles/x/participants/y/clearing-proof",
    "core.sandbox.test/core/users/0x/assets/\u{e9}",
    "core.sandbox.test/core/payers/0x/checkpoint-batch?asset=%3A",
    "facilitator.sandbox.test/verify",
    "facilitator.sandbox.test/settle",
    "seller-1.sandbox.test/",
    "seller-1.sandbox.test",
];

/// Recorded bodies of every kind, as they were sent.
fn bodies() -> Vec<String> {
    let mut bodies = Vec::new();
    for name in ["core-guarantees-v1.json", "core-guarantees-v2.json", "facilitator.json", "auth.json"] {
        let recording = file(name);
        for (_, entry) in members(&read(&recording)).into_iter().step_by(3) {
            let exchange = ["exchange", "settle"].into_iter().find_map(|name| entry.member(name)).unwrap_or(entry);
            if let Some(body) = exchange.member("request").and_then(|request| request.member("body")) {
                bodies.push(compact(body.raw));
            }
        }
    }
    bodies
}

#[test]
fn no_mutation_of_a_recorded_body_is_an_internal_error_anywhere() {
    let mut random = Random::seeded(402);
    let bodies = bodies();
    assert!(bodies.len() > 20, "{}", bodies.len());
    for generation in ["cycle", "clearing-house"] {
        let mut sandbox = recorded(json!({ "generation": generation }));
        let token = bearer(&mut sandbox, FACILITATOR, NOW_S);
        for body in &bodies {
            for _ in 0..8 {
                let mut bytes = body.clone().into_bytes();
                match random.below(4) {
                    0 => bytes.truncate(random.below(bytes.len())),
                    1 => {
                        let at = random.below(bytes.len());
                        bytes[at] = random.bytes::<1>()[0];
                    }
                    2 => {
                        let at = random.below(bytes.len());
                        bytes.insert(at, *b"\"{}[]0,:\n".get(random.below(9)).unwrap());
                    }
                    _ => {}
                }
                let url = format!("https://{}", PATHS[random.below(PATHS.len())]);
                let method = ["POST", "GET", "PUT"][random.below(3)];
                let paid = farthing::x402::header::encode(&bytes);
                let headers = [
                    ("content-type", "application/json"),
                    ("authorization", token.as_str()),
                    ("PAYMENT-SIGNATURE", paid.as_str()),
                ];
                let request = Request { method, url: &url, headers: &headers, body: &bytes };
                let answer = sandbox.answer(&request, [1; 32], NOW_S);
                assert!((200..500).contains(&answer.status), "{}: {}", answer.status, body_of(&answer));
            }
        }
    }
}

#[test]
fn a_clock_beyond_any_date_is_answered_too() {
    for generation in ["cycle", "clearing-house"] {
        let mut sandbox = recorded(json!({ "generation": generation }));
        for now_s in [0, u64::MAX] {
            let token = bearer(&mut sandbox, PAYER, now_s);
            let url = format!("https://core.sandbox.test/core/cycles/active?asset={USDC}");
            let answer = get(&mut sandbox, &url, &[("authorization", &token)], now_s);
            assert!([200, 404].contains(&answer.status), "{}", body_of(&answer));
        }
    }
}
