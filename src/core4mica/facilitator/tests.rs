//! What a facilitator is asked and what its answers are worth. Sponsored routes were never recorded: their bodies are held
//! against its README.

use super::*;
use crate::core4mica::clearing::CycleId;
use crate::primitives::{Address, Amount};
use crate::signer::Signature;

fn answer(body: &str) -> Answer<'_> {
    Answer { status: 200, body: body.as_bytes() }
}

#[test]
fn only_literally_true_is_true() {
    assert!(Verified::read(&answer(r#"{"isValid":true,"invalidReason":null}"#)).is_ok());
    for body in [r#"{"isValid":"true"}"#, r#"{"isValid":1}"#, r#"{"isValid":false}"#, r#"{"valid":true}"#, "true"] {
        assert!(Verified::read(&answer(body)).is_err(), "{body}");
        assert!(Settled::read(&answer(&body.replace("isValid", "success"))).is_err(), "{body}");
    }
    let body = br#"{"isValid":true}"#;
    assert!(Verified::read(&Answer { status: 202, body }).is_err());
}

#[test]
fn a_settlement_without_its_certificate_was_issued_all_the_same() {
    for body in [r#"{"success":true}"#, r#"{"success":true,"certificate":{"claims":"0x","signature":"0x"}}"#] {
        let refusal = Settled::read(&answer(body)).unwrap_err();
        assert_eq!((refusal.code, refusal.exists), (Code::CoreFailed, Exists::Yes), "{body}");
    }
}

#[test]
fn kinds_of_other_network_families_are_left_out_and_the_rest_bounded() {
    let kind = |network: &str| format!(r#"{{"scheme":"exact","network":"{network}","x402Version":2}}"#);
    let body = |kinds: &str| format!(r#"{{"kinds":[{kinds}],"extensions":[]}}"#);
    let two = body(&[kind("eip155:8453"), kind("solana:x")].join(","));
    let supported = Supported::read(&answer(&two)).unwrap();
    let base = Network::from_chain_id(8453).unwrap();
    assert_eq!(supported.kinds.len(), 1);
    assert!(supported.serves("exact", base, 2));
    assert!(!supported.serves("exact", base, 1) && !supported.serves("upto", base, 2));
    let many = body(&alloc::vec![kind("eip155:1"); MAX_KINDS + 1].join(","));
    assert!(Supported::read(&answer(&many)).is_err());
    assert!(Supported::read(&answer(&body("{}"))).is_err());
}

const NONCE: [u8; 32] = [0x0a; 32];

fn signature() -> Signature {
    // The first scalars of the curve: any pair in range will do.
    let mut bytes = [0; 65];
    (bytes[31], bytes[63], bytes[64]) = (1, 2, 28);
    Signature::from_bytes(&bytes).unwrap()
}

fn account(byte: u8) -> Address {
    Address::from_bytes([byte; 20])
}

fn authorization() -> Authorization3009 {
    Authorization3009 { from: account(1), valid_after_s: 0, valid_before_s: 255, nonce: NONCE, signature: signature() }
}

fn permit() -> WithdrawalPermit {
    WithdrawalPermit {
        user: account(1),
        asset: account(2),
        valid_after_s: 0,
        valid_before_s: 255,
        nonce: NONCE,
        signature: signature(),
    }
}

fn text(request: Request) -> (String, String) {
    (request.url, request.body.unwrap().into_text())
}

#[test]
fn sponsored_bodies_are_those_of_the_readme() {
    let network = Network::from_chain_id(84532).unwrap();
    let sponsor = Sponsor { url: "https://x402.example/", network, preflight: false };
    let (one, two) = (account(1).lower(), account(2).lower());
    let nonce = crate::primitives::hex::encode(&NONCE);
    let (r, s) = (format!("0x{:064x}", 1), format!("0x{:064x}", 2));
    let signed = format!(
        r#"{{"from":"{one}","validAfter":"0x0","validBefore":"0xff","nonce":"{nonce}","v":28,"r":"{r}","s":"{s}"}}"#
    );
    let times = format!(r#""validAfter":"0x0","validBefore":"0xff","nonce":"{nonce}","signature":"{r}{}1c""#, &s[2..]);
    let cycle = CycleId::Text { asset: account(2), period_start_s: 60 };
    let amount = Amount::from_u64(1_000_000);
    let head = r#""network":"eip155:84532""#;
    for (request, path, body) in [
        (
            deposit_request(&sponsor, &account(2), amount, &authorization()),
            "deposit",
            format!(
                r#"{{{head},"asset":"{two}","amount":"1000000","assetTransferMethod":"eip3009","authorization":{signed}}}"#
            ),
        ),
        (
            withdraw_request(&sponsor, amount, &permit()),
            "withdraw",
            format!(
                r#"{{"action":"request","authorization":{{"user":"{one}","asset":"{two}","amount":"1000000",{times}}}}}"#
            ),
        ),
        (
            withdraw_cancel_request(&sponsor, &permit()),
            "withdraw",
            format!(r#"{{"action":"cancel","authorization":{{"user":"{one}","asset":"{two}",{times}}}}}"#),
        ),
        (
            withdraw_finalize_request(&sponsor, &account(1), &account(2)),
            "withdraw",
            format!(r#"{{"action":"finalize","user":"{one}","asset":"{two}"}}"#),
        ),
        (
            clearing_pay_request(&sponsor, &cycle, &authorization()),
            "clearing/pay",
            format!(r#"{{"cycleId":"{two}:60",{head},"assetTransferMethod":"eip3009","authorization":{signed}}}"#),
        ),
        (
            clearing_claim_request(&sponsor, &cycle, &account(1)),
            "clearing/claim",
            format!(r#"{{"cycleId":"{two}:60","creditor":"{one}",{head}}}"#),
        ),
    ] {
        assert!(!request.login);
        assert_eq!(text(request), (format!("https://x402.example/{path}"), body));
    }
    let preflight = Sponsor { preflight: true, ..sponsor };
    let request = clearing_claim_request(&preflight, &cycle, &account(1));
    assert_eq!(request.url, "https://x402.example/clearing/claim/verify");
}

#[test]
fn a_sponsored_transaction_is_refused_only_when_that_is_said() {
    let hash = format!("0x{}", "ab".repeat(32));
    let done = format!(r#"{{"success":true,"txHash":"{hash}","network":"eip155:84532"}}"#);
    assert_eq!(Sponsored::read(&answer(&done)), Sponsored::Done { tx_hash: [0xab; 32] });
    assert_eq!(Sponsored::read(&answer(r#"{"isValid":true}"#)), Sponsored::Possible);
    let refused = |code: &str| format!(r#"{{"success":false,"error":"why","errorCode":"{code}","retryable":true}}"#);
    let Sponsored::Refused(facts) = Sponsored::read(&answer(&refused("RATE_LIMITED"))) else { panic!("not refused") };
    assert_eq!(
        (facts.reason.as_deref(), facts.retryable, facts.said.as_deref()),
        (Some("RATE_LIMITED"), true, Some("why"))
    );
    let code = |status, body: &str| Sponsored::read(&Answer { status, body: body.as_bytes() }).code();
    for (status, body) in [
        (0, String::new()),
        (200, String::new()),
        (500, refused("RATE_LIMITED")),
        (200, refused("RECEIPT_UNAVAILABLE")),
        (200, refused("DUPLICATE_IN_FLIGHT")),
        (200, refused("")),
        (200, refused("RATE_LIMITED").replace("false", "\"false\"")),
        (200, done.replace(&hash, "0x")),
        (200, String::from(r#"{"success":false,"error":"x"}"#)),
        (200, String::from(r#"{"success":null,"isValid":true}"#)),
        (404, String::from("no such page")),
    ] {
        assert_eq!(code(status, &body), Some(Code::SponsorUnknown), "{status} {body}");
    }
    for (status, body) in [(404, ""), (422, "Failed to deserialize the JSON body into the target type: x")] {
        assert_eq!(code(status, body), Some(Code::SponsorRefused), "{status} {body}");
    }
    let invalid = r#"{"isValid":false,"invalidReason":"x","errorCode":"EXPIRED"}"#;
    assert_eq!(code(200, invalid), Some(Code::SponsorRefused));
}
