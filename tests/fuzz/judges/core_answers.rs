//! Answers of cores, facilitators and tab endpoints, to every reader: bounded, printable, and never more than was asked.

use std::sync::LazyLock;

use farthing::core4mica::facilitator::{Settled, Sponsored, Supported, Verified};
use farthing::core4mica::{
    Action, ActiveCycle, Answer, Balance, Batch, ClearingAction, ClearingProof, CoreToken, CycleId, Exists, Parameters,
    SignIn, Tokens, read_checkpoint, read_issued, read_logout,
};
use farthing::primitives::{Address, Amount, Network, keccak256};
use farthing::registry::Core;
use farthing::scheme::guarantee::{Guarantee, PaymentAuthorization, Tab};
use farthing::signer::Signature;
use k256::ecdsa::SigningKey;
use serde_json::{Value, json};

use crate::support::files::{text, vector};

/// When the recorded login was asked for.
const LOGIN_S: u64 = 1_795_226_895;
const CHAIN_ID: u64 = 84532;
const CYCLE: [u8; 32] = [0x11; 32];
const STATUSES: [u16; 12] = [200, 200, 200, 0, 201, 400, 401, 404, 409, 422, 500, 503];

/// What the answers are held against.
struct World {
    core: Core,
    pinned: Core,
    parameters: Parameters,
    payer: Address,
    house: Address,
    cycle: CycleId,
    recorded: Vec<u8>,
    proof: ClearingProof,
    batch: Vec<u8>,
    authorizations: Vec<PaymentAuthorization>,
    login: Vec<u8>,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let network = Network::from_chain_id(CHAIN_ID).unwrap();
    let core = Core::at(network, "http://127.0.0.1:13000");
    let parameters = Parameters::read(&public(), &core).unwrap();
    let pinned = Core {
        name: Some(parameters.name.clone()),
        version: Some(parameters.version.clone()),
        contract: Some(parameters.contract),
        operator_key: parameters.operator_key,
        generation: Some(parameters.generation),
        ..core.clone()
    };
    let cycles = vector("4mica/cycle.json");
    let house = Address::parse(text(&cycles, "clearing_house")).unwrap();
    let key = SigningKey::from_slice(&[0x11; 32]).unwrap();
    let (authorizations, batch) = batch(&key, house);
    let payer = Address::parse("0x70997970C51812dc3A010C7d01b50e0d17dc79C8").unwrap();
    let cycle = CycleId::parse(text(&cycles, "cycle_id_text")).unwrap();
    let recorded = cycles["proofs"]["payer"]["response"]["body"].to_string().into_bytes();
    let answer = Answer { status: 200, body: &recorded };
    let proof = ClearingProof::read(&answer, &cycle, CHAIN_ID, &house, &payer).unwrap();
    World {
        core,
        pinned,
        parameters,
        payer,
        house,
        cycle,
        recorded,
        proof,
        batch,
        authorizations,
        login: vector("4mica/auth.json")["login_payer"]["nonce"]["response"]["body"].to_string().into_bytes(),
    }
});

/// One byte that chooses the status, then the body.
pub fn judge(input: &[u8]) {
    let Some((which, body)) = input.split_first() else { return };
    let world = &*WORLD;
    let answer = Answer { status: STATUSES[usize::from(*which) % STATUSES.len()], body };
    refusals(&answer);
    about_a_core(world, &answer);
    about_a_cycle(world, &answer);
    about_a_batch(world, &answer);
    let _ = Tokens::read(&answer, LOGIN_S).map(|tokens| assert!(tokens.expires_s <= LOGIN_S + 86_400));
    let _ = read_logout(&answer);
    let _ = CoreToken::read_all(&answer, &world.core);
    let _ = Supported::read(&answer);
    let _ = Verified::read(&answer);
    let _ = Sponsored::read(&answer);
    let _ = Tab::read(body, &world.payer);
    if let Ok(sign_in) = SignIn::read(&answer, &world.core, &world.payer, LOGIN_S) {
        assert_eq!(sign_in.message().lines().count(), 11, "{}", sign_in.message());
    }
}

/// The recorded answers that are worth most, and what was never recorded.
pub fn seeds() -> Vec<Vec<u8>> {
    let world = &*WORLD;
    let facilitator = vector("4mica/facilitator.json");
    let refused = |code: &str| json!({ "error": "no", "code": code, "details": { "server_time": LOGIN_S } });
    let tab = json!({ "tabId": "3", "userAddress": world.payer.checksummed(), "nextReqId": "0x1f" });
    let tokens = json!({ "access_token": "a", "refresh_token": "b", "expires_in": 900 });
    let sponsored = json!({ "success": false, "error": "no", "errorCode": "EXPIRED", "retryable": true });
    let kinds = json!({ "kinds": [{ "scheme": "4mica-credit", "network": "eip155:84532", "x402Version": 2 }] });
    let checkpoint = json!({ "cumulative_gross": "0x3e8", "timestamp_cutoff": LOGIN_S, "covered": 2 });
    let values = [tab, tokens, sponsored, kinds, checkpoint, refused("CHECKPOINT_REQUIRED"), active(world)];
    let settled = facilitator["x402v2_with_v2_claims_ok"]["settle"]["response"]["body"].clone();
    let bodies = values.iter().chain([&settled]).map(|value| value.to_string().into_bytes());
    let bodies = bodies.chain([public(), world.recorded.clone(), world.batch.clone(), world.login.clone()]);
    bodies.flat_map(|body| [[&[0][..], &body].concat(), [&[5][..], &body].concat()]).collect()
}

fn refusals(answer: &Answer<'_>) {
    for refusal in [read_issued(answer).err(), Settled::read(answer).err()].into_iter().flatten() {
        // Whoever did not hear that there is no guarantee does not know it.
        let refused = (400..500).contains(&answer.status) || (200..300).contains(&answer.status);
        assert!(refused || refusal.exists == Exists::Maybe, "{} {refusal}", answer.status);
        let said = refusal.facts.said.unwrap_or_default();
        assert!(said.len() <= 200 && said.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{said:?}");
    }
}

fn about_a_core(world: &World, answer: &Answer<'_>) {
    let _ = Parameters::read(answer.body, &world.core);
    if let Ok(read) = Parameters::read(answer.body, &world.pinned) {
        let signed = |of: &Parameters| (of.chain_id, of.name.clone(), of.version.clone(), of.contract, of.operator_key);
        assert_eq!(signed(&read), signed(&world.parameters));
        assert_eq!(read.expected.domain_v1, world.parameters.expected.domain_v1);
    }
    if let Ok(cycle) = ActiveCycle::read(answer.body, &Address::ZERO, LOGIN_S) {
        assert!((cycle.period_start_s..=cycle.period_end_s).contains(&cycle.server_time_s));
    }
    if let Ok(Some(balance)) = Balance::read(answer, &world.payer, &Address::ZERO) {
        let _ = balance.available();
    }
}

fn about_a_cycle(world: &World, answer: &Answer<'_>) {
    let World { cycle, house, payer, proof, .. } = world;
    if let Ok(read) = ClearingProof::read(answer, cycle, CHAIN_ID, house, payer) {
        assert_eq!(read, *proof);
    }
    for action in [Action::PayNetDebit, Action::ClaimNetCredit] {
        if let Ok(call) = ClearingAction::read(answer, proof, action) {
            assert!(call.proof() == proof && call.contract() == house);
        }
    }
}

fn about_a_batch(world: &World, answer: &Answer<'_>) {
    let payer = world.authorizations[0].payer;
    if let Ok(batch) = Batch::read(answer, CHAIN_ID, &world.house, &payer, &Address::ZERO, Some(&CYCLE)) {
        // Nobody can make another authorisation of the payer's, nor have one counted twice.
        assert!(batch.authorizations().iter().all(|one| world.authorizations.contains(one)));
        assert!(batch.authorizations().len() <= world.authorizations.len());
        if let Some(checkpoint) = batch.checkpoint() {
            let total = batch.authorizations().iter().try_fold(Amount::ZERO, |sum, one| sum.plus(one.amount));
            assert_eq!(Some(checkpoint.cumulative_gross), total);
            let _ = read_checkpoint(answer, &checkpoint);
        }
    }
}

fn batch(key: &SigningKey, house: Address) -> (Vec<PaymentAuthorization>, Vec<u8>) {
    let public = key.verifying_key().to_encoded_point(false);
    let payer = Address::from_bytes(*keccak256(&public.as_bytes()[1..]).last_chunk().unwrap());
    let one = |number: u64| PaymentAuthorization {
        chain_id: CHAIN_ID,
        clearing_house: house,
        payer,
        recipient: Address::from_bytes([0x22; 20]),
        cycle_id: CYCLE,
        asset: Address::ZERO,
        amount: Amount::from_u64(1000 * number),
        req_id: Amount::from_u64(number),
        timestamp_s: LOGIN_S + number,
        salt: [0x33; 32],
        validation: None,
    };
    let authorizations: Vec<_> = (1..4).map(one).collect();
    let entries: Vec<Value> =
        authorizations.iter().map(|one| signed(&Guarantee::ClearingHouse(one.clone()), key)).collect();
    let cycle = format!("0x{}", "11".repeat(32));
    let body = json!({ "cycle_id": cycle, "asset_address": Address::ZERO.lower(), "authorizations": entries });
    (authorizations, body.to_string().into_bytes())
}

fn signed(guarantee: &Guarantee, key: &SigningKey) -> Value {
    let (scalars, id) = key.sign_prehash_recoverable(&guarantee.digest()).unwrap();
    let bytes = [&scalars.to_bytes()[..], &[27 + id.to_byte()]].concat();
    let signature = Signature::from_bytes(&bytes.try_into().unwrap()).unwrap();
    serde_json::from_str(&guarantee.payload(&signature.to_hex())).unwrap()
}

fn active(world: &World) -> Value {
    json!({
        "cycle_id": format!("0x{}", "11".repeat(32)), "server_time": LOGIN_S, "period_start": LOGIN_S - 9,
        "period_end": LOGIN_S + 9, "max_uncheckpointed": 10, "asset_address": Address::ZERO.lower(),
        "clearing_house": world.house.checksummed(),
    })
}

fn public() -> Vec<u8> {
    vector("4mica/core-public.json")["public_params"]["response"]["body"].to_string().into_bytes()
}
