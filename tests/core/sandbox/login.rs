//! Logging in to the core, and what a login is good for.

use alloy_primitives::Address;
use farthing::sandbox::{Answer, Sandbox};
use serde_json::{Value, json};

use crate::payer::{NOW_S, Order, Payer, funded, get, post};
use crate::recording::{body_of, json_of};

const CORE: &str = "https://core.sandbox.test";

fn message(sandbox: &mut Sandbox, payer: &Payer) -> String {
    let answer = post(sandbox, &format!("{CORE}/auth/nonce"), None, &json!({ "address": payer.text() }), NOW_S);
    let answer = json_of(&answer);
    let siwe = |name: &str| match &answer["siwe"][name] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    format!(
        "{} wants you to sign in with your Ethereum account:\n{}\n\n{}\n\nURI: {}\nVersion: 1\nChain ID: {}\nNonce: {}\nIssued At: {}\nExpiration Time: {}",
        siwe("domain"),
        payer.text(),
        siwe("statement"),
        siwe("uri"),
        siwe("chainId"),
        answer["nonce"].as_str().unwrap(),
        siwe("issuedAt"),
        siwe("expiration"),
    )
}

fn verify(sandbox: &mut Sandbox, payer: &Payer, message: &str, signer: &Payer, now_s: u64) -> Answer {
    let body = json!({ "address": payer.text(), "message": message, "signature": signer.sign_message(message) });
    post(sandbox, &format!("{CORE}/auth/verify"), None, &body, now_s)
}

fn refresh(sandbox: &mut Sandbox, what: &str, token: &Value) -> Answer {
    post(sandbox, &format!("{CORE}/auth/{what}"), None, &json!({ "refresh_token": token }), NOW_S)
}

fn balance(sandbox: &mut Sandbox, token: &Value, now_s: u64) -> Answer {
    let token = format!("Bearer {}", token.as_str().unwrap());
    let url = format!("{CORE}/core/users/{}/assets/{}", Address::ZERO, Address::ZERO);
    get(sandbox, &url, &[("authorization", &token)], now_s)
}

#[test]
fn a_login_lasts_fifteen_minutes_and_its_nonce_is_used_once() {
    let payer = Payer::new(1);
    let mut sandbox = funded(json!({}), &[]);
    let signed = message(&mut sandbox, &payer);
    assert!(signed.starts_with("core.sandbox.test wants"), "{signed}");
    let wrong = verify(&mut sandbox, &payer, &signed, &Payer::new(2), NOW_S);
    assert_eq!((wrong.status, body_of(&wrong)), (400, r#"{"error":"invalid siwe message: invalid signature"}"#));
    let tokens = json_of(&verify(&mut sandbox, &payer, &signed, &payer, NOW_S));
    assert_eq!(tokens["expires_in"], 900);
    let again = verify(&mut sandbox, &payer, &signed, &payer, NOW_S);
    assert_eq!((again.status, body_of(&again)), (401, r#"{"error":"nonce not valid"}"#));

    let answer = balance(&mut sandbox, &tokens["access_token"], NOW_S + 899);
    assert_eq!((answer.status, body_of(&answer)), (200, "null"));
    let late = balance(&mut sandbox, &tokens["access_token"], NOW_S + 900);
    assert_eq!((late.status, body_of(&late)), (401, r#"{"error":"invalid access token"}"#));
}

#[test]
fn a_message_is_good_until_it_expires() {
    let payer = Payer::new(1);
    let mut sandbox = funded(json!({}), &[]);
    let signed = message(&mut sandbox, &payer);
    let late = verify(&mut sandbox, &payer, &signed, &payer, NOW_S + 300);
    assert_eq!((late.status, body_of(&late)), (401, r#"{"error":"message expired"}"#));
    assert_eq!(verify(&mut sandbox, &payer, &signed, &payer, NOW_S + 299).status, 200);
}

#[test]
fn refresh_tokens_are_replaced_when_used_and_gone_after_a_logout() {
    let payer = Payer::new(1);
    let mut sandbox = funded(json!({}), &[]);
    let signed = message(&mut sandbox, &payer);
    let first = json_of(&verify(&mut sandbox, &payer, &signed, &payer, NOW_S));
    let second = json_of(&refresh(&mut sandbox, "refresh", &first["refresh_token"]));
    assert_eq!(refresh(&mut sandbox, "refresh", &first["refresh_token"]).status, 401);
    assert_eq!(body_of(&refresh(&mut sandbox, "logout", &second["refresh_token"])), r#"{"revoked":true}"#);
    assert_eq!(body_of(&refresh(&mut sandbox, "logout", &second["refresh_token"])), r#"{"revoked":false}"#);
    assert_eq!(refresh(&mut sandbox, "refresh", &second["refresh_token"]).status, 401);
}

#[test]
fn a_login_of_a_payer_cannot_issue_and_that_of_a_recipient_can_for_itself_only() {
    let (payer, shop, other) = (Payer::new(1), Payer::new(2), Payer::new(3));
    let mut sandbox = funded(json!({ "issuers": [shop.text()] }), &[&payer]);
    let asset = crate::payer::described(&mut sandbox, "/assets/0/address");
    let mut statuses = Vec::new();
    for (caller, recipient) in [(&payer, &shop), (&shop, &other), (&shop, &shop)] {
        let token = crate::recording::bearer(&mut sandbox, &caller.text(), NOW_S);
        let recipient = recipient.address();
        let order = Order { recipient, asset, amount: 1, req_id: 1, timestamp_s: NOW_S };
        let url = format!("{CORE}/core/guarantees");
        statuses.push(post(&mut sandbox, &url, Some(&token), &payer.claims(order), NOW_S).status);
    }
    assert_eq!(statuses, [401, 401, 200]);
}
