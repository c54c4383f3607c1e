//! The tasks of an account with a core, a facilitator and a node that answer almost rightly: whatever they say, the wallet
//! is only asked for what its owner ordered, at contracts that are pinned.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use farthing::abi;
use farthing::account::{Account, Step, Told};
use farthing::contract::message::AccountMessage;
use farthing::primitives::{Address, Amount, Network, hex};
use farthing::registry::{Asset, Core, Registry};
use k256::ecdsa::SigningKey;
use serde_json::{Value, json};

use crate::support::files::{fixed, report, text, vector};
use crate::support::random::Random;

/// Account 1 of every test chain, which the recordings were made with.
const SECRET: &str = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";
const PAYER: &str = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const TOKEN: &str = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
const HOUSE: &str = "0x68B1D87F95878fE05B998F19b66F4baba5De1aed";
const CORE: &str = "http://127.0.0.1:13000";
/// When the recorded login was asked for.
const NOW_S: u64 = 1_795_226_895;
const DEPOSIT: u64 = 1_000_000;
/// What the recorded proof says is owed.
const DEBT: u64 = 2_500;

#[test]
fn every_order_is_carried_out_where_the_answers_are_right() {
    let world = World::new();
    for order in orders(&world) {
        let run = world.run(&order, None);
        // Generation 2 names no active cycle.
        assert!(run.done || order["do"] == "active-cycle", "{order}: {:?}", run.last);
        let moves = order["via"].is_string();
        assert_eq!(moves && order["via"] != "calldata", run.asked > 0, "{order}: {:?}", run.last);
    }
}

#[test]
fn whatever_core_and_node_say_the_wallet_signs_only_what_was_ordered() {
    let mut random = Random::seeded(0xacc0);
    let world = World::new();
    let orders = orders(&world);
    let (start, mut rounds, mut done, mut asked) = (Instant::now(), 0, 0, 0);
    while start.elapsed() < Duration::from_millis(1_500) {
        let order = random.pick(&orders).clone();
        let seed = random.u64();
        let run = catch_unwind(AssertUnwindSafe(|| world.run(&order, Some(Random::seeded(seed)))));
        let run = run.unwrap_or_else(|_| panic!("seed {seed}: {order}"));
        (rounds, done, asked) = (rounds + 1, done + usize::from(run.done), asked + run.asked);
    }
    report(&format!("account: {rounds} tasks, {done} carried out, wallet asked {asked} times"));
    assert!(done > 0 && asked > 0 && done < rounds);
}

/// What became of a task.
struct Run {
    done: bool,
    /// Signatures over typed data and transactions.
    asked: usize,
    last: String,
}

struct World {
    contract: Address,
    key: SigningKey,
    public: Value,
    nonce: Value,
    tokens: Value,
    proof: Value,
    action: Value,
    cycle: String,
    chain_cycle: Vec<u8>,
}

impl World {
    fn new() -> Self {
        let body = |file: &str, pointer: &str| {
            let found = vector(&format!("4mica/{file}.json")).pointer(pointer).cloned();
            found.unwrap_or_else(|| panic!("no {pointer}"))["response"]["body"].clone()
        };
        let public = body("core-public", "/public_params");
        let cycles = vector("4mica/cycle.json");
        World {
            contract: Address::parse(text(&public, "contract_address")).unwrap(),
            key: SigningKey::from_slice(&fixed::<32>(SECRET)).unwrap(),
            nonce: body("auth", "/login_payer/nonce"),
            tokens: body("auth", "/login_payer/verify"),
            proof: body("cycle", "/proofs/payer"),
            action: body("cycle", "/actions/pay_net_debit"),
            cycle: text(&cycles, "cycle_id_text").to_owned(),
            chain_cycle: chain_cycle(&cycles["onchain_cycle"]),
            public,
        }
    }

    /// One task to its end; with chance, about every third answer is spoiled.
    fn run(&self, order: &Value, mut chance: Option<Random>) -> Run {
        let network = Network::from_chain_id(84532).unwrap();
        let house = Address::parse(HOUSE).unwrap();
        let token = Asset {
            network,
            address: Address::parse(TOKEN).unwrap(),
            name: "USD Coin".to_owned(),
            version: "2".to_owned(),
            decimals: 6,
            currency: Some("USD".to_owned()),
        };
        let core = Core { contract: Some(self.contract), clearing_house: Some(house), ..Core::at(network, CORE) };
        let place = json!({
            "network": "eip155:84532", "address": PAYER, "facilitator": "https://facilitator.example", "node": true,
        });
        let account = Account::open(Registry::new(vec![token], vec![core]), place.to_string().as_bytes()).unwrap();
        let mut task = account.task(order.to_string().as_bytes(), [7; 32]).unwrap();
        let (mut run, mut now_s) = (Run { done: false, asked: 0, last: String::new() }, NOW_S);
        let mut step = task.first(now_s);
        for _ in 0..1_000 {
            run.last = format!("{step:?}");
            let told = match &step {
                Step::Done { result } => {
                    serde_json::from_str::<Value>(result).unwrap_or_else(|error| panic!("{error}: {result}"));
                    run.done = true;
                    return run;
                }
                Step::Fail(failure) => {
                    assert!(failure.facts.len() < 4096 && !failure.facts.chars().any(char::is_control), "{failure:?}");
                    return run;
                }
                Step::Pause { .. } => {
                    now_s += 1;
                    Told::Waited
                }
                Step::SignIn { login, core } => {
                    assert_eq!((core.as_str(), login.address().checksummed().as_str()), (CORE, PAYER));
                    Told::Signature(self.signed(login.digest()))
                }
                Step::Sign { message, .. } => {
                    run.asked += 1;
                    self.check_message(message, order);
                    Told::Signature(self.signed(message.digest()))
                }
                Step::Send(transaction) => {
                    run.asked += 1;
                    let pinned = [self.contract, house, Address::parse(TOKEN).unwrap()];
                    assert!(pinned.contains(&transaction.to), "{transaction:?}");
                    assert_eq!((transaction.from.checksummed().as_str(), transaction.value), (PAYER, Amount::ZERO));
                    // Three words at most before a proof: no sum but the ordered one is among them.
                    let amount = Amount::from_u64(if order["do"] == "settle" { DEBT } else { DEPOSIT }).word();
                    let bare = transaction.data.len() <= 36;
                    assert!(bare || transaction.data[4..].chunks(32).any(|word| word == amount), "{transaction:?}");
                    Told::Sent(hex::encode(&[0x44; 32]))
                }
                Step::Fetch { request, bearer } => {
                    let own = request.url.starts_with(&format!("{CORE}/"));
                    assert!(own || request.url.starts_with("https://facilitator.example/"), "{}", request.url);
                    assert!(own || bearer.is_none(), "a token for {}", request.url);
                    self.answered(self.core(&request.url), chance.as_mut())
                }
                Step::Call { method, params, .. } => {
                    let answer = json!({ "jsonrpc": "2.0", "id": 1, "result": self.node(method, params) });
                    self.answered(Some(answer), chance.as_mut())
                }
            };
            step = task.tell(told, now_s);
        }
        panic!("no end: {}", run.last);
    }

    fn check_message(&self, message: &AccountMessage, order: &Value) {
        assert_eq!((message.payer().checksummed().as_str(), message.chain_id()), (PAYER, 84532));
        let house = Address::parse(HOUSE).unwrap();
        match message {
            AccountMessage::Receive(authorization) => {
                let settles = order["do"] == "settle";
                let (to, value) = if settles { (house, DEBT) } else { (self.contract, DEPOSIT) };
                assert_eq!((authorization.to, authorization.value), (to, Amount::from_u64(value)));
            }
            AccountMessage::RequestWithdrawal(request) => {
                assert_eq!((request.contract, request.amount), (self.contract, Amount::from_u64(DEPOSIT)));
            }
            AccountMessage::CancelWithdrawal(cancellation) => assert_eq!(cancellation.contract, self.contract),
            AccountMessage::Checkpoint(_) | AccountMessage::CancelAuthorization { .. } => panic!("{message:?}"),
        }
    }

    fn answered(&self, body: Option<Value>, chance: Option<&mut Random>) -> Told {
        let (status, body) = body.map_or((404, b"{}".to_vec()), |body| (200, body.to_string().into_bytes()));
        let Some(random) = chance else { return Told::Answer(status, body) };
        if random.below(3) > 0 {
            return Told::Answer(status, body);
        }
        let status = *random.pick(&[status, status, status, status, 0, 401, 404, 409, 500]);
        let seeds = [body, self.proof.to_string().into_bytes(), self.public.to_string().into_bytes()];
        let which = random.below(12).saturating_sub(9);
        Told::Answer(status, random.mutated(&seeds[which..=which]))
    }

    fn core(&self, url: &str) -> Option<Value> {
        let path = url.split('?').next()?;
        Some(match path {
            _ if path.ends_with("/public-params") => self.public.clone(),
            _ if path.ends_with("/auth/nonce") => self.nonce.clone(),
            _ if path.ends_with("/auth/verify") || path.ends_with("/auth/refresh") => self.tokens.clone(),
            _ if path.ends_with("/auth/logout") => Value::Null,
            _ if path.ends_with("/clearing-proof") => self.proof.clone(),
            _ if path.ends_with("/clearing-action") => self.action.clone(),
            _ if path.contains("/core/users/") => json!({
                "user_address": PAYER.to_lowercase(), "asset_address": path.rsplit('/').next()?, "total": "0x12a05f200",
                "locked": "0x0", "version": 2, "updated_at": NOW_S,
            }),
            _ if path.ends_with("/core/tokens") => json!({
                "chain_id": 84532, "tokens": [{ "symbol": "USDC", "address": TOKEN, "decimals": 6 }],
            }),
            _ if path.starts_with("https://facilitator.example/supported") => json!({ "kinds": [
                { "scheme": "4mica-credit", "network": "eip155:84532", "x402Version": 2 },
            ] }),
            _ if path.starts_with("https://facilitator.example/") && path.ends_with("/verify") => {
                json!({ "isValid": true })
            }
            _ if path.starts_with("https://facilitator.example/") => json!({
                "success": true, "txHash": hex::encode(&[0x44; 32]), "network": "eip155:84532",
            }),
            _ => return None,
        })
    }

    fn node(&self, method: &str, params: &str) -> Value {
        let word = |value: u64| Amount::from_u64(value).word();
        let asks = |signature: &str| params.contains(&hex::encode(&abi::selector(signature)));
        let words = match method {
            "eth_chainId" => return json!("0x14a34"),
            "eth_getTransactionReceipt" => {
                return json!({ "status": "0x1", "transactionHash": hex::encode(&[0x44; 32]), "blockNumber": "0x10" });
            }
            "eth_getBalance" | "eth_estimateGas" => return json!("0xde0b6b3a7640000"),
            "eth_getCode" => return json!("0x6000"),
            _ if asks("getUser(address,address)") => [word(5_000_000_000), word(NOW_S - 9), word(DEPOSIT)].concat(),
            _ if asks("getCycle(bytes32)") => self.chain_cycle.clone(),
            _ if asks("getParticipantState(bytes32,address)") => [[0; 32]; 5].concat(),
            _ if asks("withdrawalGracePeriod()") => word(1).to_vec(),
            _ if asks("allowance(address,address)") => word(0).to_vec(),
            _ => word(1 << 40).to_vec(),
        };
        json!(hex::encode(&words))
    }

    fn signed(&self, digest: [u8; 32]) -> String {
        let (scalars, id) = self.key.sign_prehash_recoverable(&digest).unwrap();
        hex::encode(&[&scalars.to_bytes()[..], &[27 + id.to_byte()]].concat())
    }
}

fn orders(world: &World) -> Vec<Value> {
    let mut orders: Vec<Value> = ["login", "logout"].map(|order| json!({ "do": order })).into();
    orders.push(json!({ "do": "collateral", "asset": TOKEN }));
    orders.push(json!({ "do": "active-cycle", "asset": TOKEN, "idle": true }));
    orders.push(json!({ "do": "exposure", "records": [] }));
    orders.push(json!({ "do": "readiness", "known": {} }));
    for via in ["wallet", "facilitator", "calldata"] {
        let amount = DEPOSIT.to_string();
        orders.push(json!({ "do": "deposit", "asset": TOKEN, "amount": amount, "via": via }));
        orders.push(json!({ "do": "request-withdrawal", "asset": TOKEN, "amount": amount, "via": via }));
        orders.push(json!({ "do": "cancel-withdrawal", "asset": TOKEN, "via": via }));
        orders.push(json!({ "do": "settle", "cycle": world.cycle, "via": via }));
    }
    // The contract pays nobody but the owner, so a facilitator finalizes without the wallet.
    orders.push(json!({ "do": "finalize-withdrawal", "asset": TOKEN, "via": "wallet" }));
    orders
}

// As the recorded getCycle, in its words.
fn chain_cycle(said: &Value) -> Vec<u8> {
    let number = |name: &str| Amount::from_decimal(text(said, name)).unwrap().word();
    let sums = ["totalNetDebit", "totalNetCredit", "totalPaidIn", "totalClaimedOut"].map(number);
    let more = ["totalDefaultCovered", "totalResolvedDebit", "paymentSubmissionDeadline", "paymentFinalityDeadline"];
    let first = [Address::parse(text(said, "asset")).unwrap().word(), fixed(text(said, "merkleRoot"))];
    let last = [said["status"].as_u64().unwrap(), 1].map(|value| Amount::from_u64(value).word());
    [first.concat(), sums.concat(), more.map(number).concat(), last.concat()].concat()
}
