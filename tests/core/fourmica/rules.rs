//! What we would ask, and what an answer means, route by route.

use farthing::core4mica::facilitator::{self, Settled, Supported, Verified, supported_request};
use farthing::core4mica::{
    Action, Balance, ClearingAction, ClearingProof, CoreToken, CycleId, Issued, Parameters, Refusal, Request, SignIn,
    Tokens, action_request, balance_request, issue_request, logout_request, nonce_request, parameters_url,
    proof_request, read_issued, read_logout, refresh_request, tokens_request,
};
use farthing::primitives::Address;
use farthing::scheme::guarantee::{Certificate, Guarantee};
use farthing::x402::header;
use serde_json::{Value, json};

use crate::clearing::proof_of;
use crate::exchange::{Exchange, FACILITATOR, core, file, one};
use crate::support::files::text;
use crate::support::recorded::cycle_claims;

/// The second after the last recorded sign-in: 2026-11-21T02:08:15Z.
pub const LOGIN_S: u64 = 1_795_226_895;

/// What an answer means: `ok`, or a code; with the guarantee's existence where one was asked for. `None`: no rule.
pub fn outcome(exchange: &Exchange) -> Option<String> {
    let answer = exchange.answer();
    let issue = |refusal: Refusal| format!("{} {:?}", refusal.code, refusal.exists);
    let question = |refusal: Refusal| refusal.code.to_string();
    let path: Vec<&str> = exchange.path().split('/').skip(1).collect();
    let verdict = match (exchange.method.as_str(), path.as_slice()) {
        ("POST", ["auth", "nonce"]) => {
            let address = address(exchange.body["address"].as_str().unwrap_or_default()).unwrap_or(Address::ZERO);
            SignIn::read(&answer, &core(), &address, LOGIN_S).map(drop).map_err(|error| error.code().to_string())
        }
        ("POST", ["auth", "verify" | "refresh"]) => {
            Tokens::read(&answer, LOGIN_S).map(drop).map_err(|error| error.code().to_string())
        }
        ("POST", ["auth", "logout"]) => read_logout(&answer).map_err(|error| error.code().to_string()),
        ("GET", ["core", "public-params"]) => {
            Parameters::read(answer.body, &core()).map(drop).map_err(|error| error.code().to_string())
        }
        ("GET", ["core", "tokens"]) => CoreToken::read_all(&answer, &core()).map(drop).map_err(question),
        ("GET", ["core", "users", user, "assets", asset]) => {
            Balance::read(&answer, &address(user)?, &address(asset)?).map(drop).map_err(question)
        }
        ("POST", ["core", "guarantees"]) => {
            read_issued(&answer).map(|issued| certified(exchange, issued)).map_err(issue)
        }
        ("GET", ["core", "cycles", cycle, "participants", participant, "clearing-proof"]) => {
            let cycle = CycleId::parse(cycle)?;
            let house = crate::clearing::house();
            let proof = ClearingProof::read(&answer, &cycle, 84532, &house, &address(participant)?);
            proof.map(drop).map_err(question)
        }
        ("GET", ["core", "cycles", cycle, "participants", participant, "clearing-action"]) => {
            match (answer.status, action(exchange)) {
                (200, Some(action)) => {
                    let proof = proof_of(&CycleId::parse(cycle)?, &address(participant)?);
                    ClearingAction::read(&answer, &proof, action).map(drop).map_err(question)
                }
                _ => Err(question(Refusal::of_question(&answer))),
            }
        }
        ("GET", ["supported"]) => Supported::read(&answer).map(drop).map_err(question),
        ("POST", ["verify"]) => Verified::read(&answer).map(drop).map_err(issue),
        ("POST", ["settle"]) => Settled::read(&answer).map(|it| certified(exchange, it.certificate)).map_err(issue),
        ("GET", ["core", "nope"]) | ("POST", ["core", "public-params"]) => Err(question(Refusal::of_question(&answer))),
        _ => return None,
    };
    Some(verdict.map_or_else(|code| code, |()| "ok".to_owned()))
}

// A certificate that came back is for exactly the claims of the request, where those are spelled as claims are.
fn certified(exchange: &Exchange, issued: Issued) {
    let body = &exchange.body;
    let claims = body.pointer("/claims").or(body.pointer("/paymentPayload/payload/claims")).unwrap();
    let claims = cycle_claims(claims, &domain()).unwrap_or_else(|| panic!("{}: no claims", exchange.name));
    let public = one("core-public/public_params");
    let parameters = Parameters::read(&public.answer, &core()).unwrap();
    let Issued::Certificate { claims: bytes, signature } = issued else { panic!("{}: a receipt", exchange.name) };
    assert_eq!(signature.len(), 96, "{}", exchange.name);
    let certificate = Certificate::read(&bytes, &claims, &parameters.expected);
    certificate.unwrap_or_else(|error| panic!("{}: {error}", exchange.name));
}

/// The request we would make for the same purpose. `None`: we never ask this.
pub fn request(exchange: &Exchange) -> Option<Request> {
    let core = core();
    let path: Vec<&str> = exchange.path().split('/').skip(1).collect();
    let cycle = |cycle: &str| CycleId::parse(cycle);
    Some(match (exchange.method.as_str(), path.as_slice()) {
        ("POST", ["auth", "nonce"]) => nonce_request(&core, &address(exchange.body["address"].as_str()?)?),
        ("POST", ["auth", "verify"]) => {
            let template = one(exchange.name.strip_suffix("/verify").map(|login| format!("{login}/nonce"))?.as_str());
            let account = address(text(&exchange.body, "address"))?;
            let sign_in = SignIn::read(&template.answer(), &core, &account, LOGIN_S).ok()?;
            sign_in.verify_request(&core, text(&exchange.body, "signature"))
        }
        ("POST", ["auth", "refresh"]) => refresh_request(&core, &tokens(&exchange.body)),
        ("POST", ["auth", "logout"]) => logout_request(&core, &tokens(&exchange.body)),
        ("GET", ["core", "public-params"]) => Request { url: parameters_url(&core), body: None, login: false },
        ("GET", ["core", "tokens"]) => tokens_request(&core),
        ("GET", ["core", "users", user, "assets", asset]) => balance_request(&core, &address(user)?, &address(asset)?),
        ("POST", ["core", "guarantees"]) => {
            let claims = cycle_claims(exchange.body.get("claims")?, &domain())?;
            issue_request(&core, &Guarantee::Cycle(claims).payload(exchange.body["signature"].as_str()?))
        }
        ("GET", ["core", "cycles", id, "participants", participant, "clearing-proof"]) => {
            proof_request(&core, &cycle(id)?, &address(participant)?)
        }
        ("GET", ["core", "cycles", id, "participants", participant, "clearing-action"]) => {
            action_request(&core, &cycle(id)?, &address(participant)?, action(exchange)?)
        }
        ("GET", ["supported"]) => supported_request(FACILITATOR),
        ("POST", [route @ ("verify" | "settle")]) => {
            let ask = if *route == "verify" { facilitator::verify_request } else { facilitator::settle_request };
            // The very text the seller got in its header.
            let bytes = header::decode(text(&exchange.beside, "payment_header_base64")).ok()?;
            let payload = String::from_utf8(bytes).ok()?;
            let version = exchange.body["paymentPayload"]["x402Version"].as_u64()?;
            ask(FACILITATOR, version, &payload, &exchange.body["paymentRequirements"].to_string())
        }
        _ => return None,
    })
}

fn action(exchange: &Exchange) -> Option<Action> {
    let (_, query) = exchange.url.split_once("?action=")?;
    [Action::PayNetDebit, Action::ClaimNetCredit, Action::MarkDefaulted]
        .into_iter()
        .find(|action| action.as_str() == query)
}

fn tokens(body: &Value) -> Tokens {
    let refresh = text(body, "refresh_token");
    let document = json!({ "access_token": "a", "refresh_token": refresh, "expires_in": 900 }).to_string();
    Tokens::read(&farthing::core4mica::Answer { status: 200, body: document.as_bytes() }, LOGIN_S).unwrap()
}

fn address(text: &str) -> Option<Address> {
    Address::parse(text).ok()
}

/// Name, version and chain payers sign under, as the recordings of claims state it.
fn domain() -> Value {
    file("core-guarantees-v1")["v1_eip712_ok"]["eip712"]["domain"].clone()
}
