//! Recorded sign-ins, to the byte.

use farthing::core4mica::{LoginError, SignIn, SignInParts};
use farthing::primitives::{Address, Network};
use farthing::registry::Core;
use farthing::signer::Signature;
use serde_json::Value;

use crate::exchange::{core, file, one};
use crate::rules::LOGIN_S;
use crate::support::files::text;

const LOGINS: [&str; 3] = ["login_payer", "login_recipient_with_issue_scope", "login_facilitator_role"];

#[test]
fn a_recorded_sign_in_is_written_and_signed_as_recorded() {
    for login in LOGINS {
        let recorded = &file("auth")[login];
        let account = account(recorded);
        let sign_in = read(login, &account).unwrap();
        assert_eq!(sign_in.message(), text(recorded, "message"), "{login}");
        let signature = Signature::parse(text(recorded, "signature")).unwrap();
        assert_eq!(signature.recover(&sign_in.digest()), Ok(account), "{login}");
        let again = SignIn::from_parts(sign_in.parts().clone(), &core(), &account, LOGIN_S).unwrap();
        assert_eq!(again.digest(), sign_in.digest());
    }
}

#[test]
fn a_recorded_sign_in_is_for_its_core_chain_and_minutes_only() {
    let account = account(&file("auth")["login_payer"]);
    let parts = read("login_payer", &account).unwrap().parts().clone();
    let network = core().network;
    let elsewhere = [
        Core::at(network, "https://127.0.0.1:13000"),
        Core::at(network, "http://127.0.0.1"),
        Core::at(network, "http://core.example:13000"),
        Core::at(Network::from_chain_id(8453).unwrap(), "http://127.0.0.1:13000"),
    ];
    for core in elsewhere {
        let verdict = SignIn::from_parts(parts.clone(), &core, &account, LOGIN_S).map(drop);
        assert_eq!(verdict, Err(LoginError::Template), "{core:?}");
    }
    let changes: [fn(&mut SignInParts); 8] = [
        |parts| parts.domain.push('0'),
        |parts| parts.uri.push('0'),
        |parts| parts.chain_id += 1,
        |parts| parts.statement.push('\n'),
        |parts| parts.nonce.push(' '),
        |parts| parts.issued_at = parts.issued_at.replace("02:", "01:"),
        |parts| parts.expiration = parts.expiration.replace("02:", "03:"),
        |parts| core::mem::swap(&mut parts.issued_at, &mut parts.expiration),
    ];
    for (index, change) in changes.iter().enumerate() {
        let mut parts = parts.clone();
        change(&mut parts);
        let verdict = SignIn::from_parts(parts, &core(), &account, LOGIN_S).map(drop);
        assert_eq!(verdict, Err(LoginError::Template), "change {index}");
    }
}

fn read(login: &str, account: &Address) -> Result<SignIn, LoginError> {
    SignIn::read(&one(&format!("auth/{login}/nonce")).answer(), &core(), account, LOGIN_S)
}

fn account(login: &Value) -> Address {
    Address::parse(text(&login["nonce"]["request"]["body"], "address")).unwrap()
}
