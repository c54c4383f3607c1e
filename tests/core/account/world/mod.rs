//! Everything outside of an account, by a script: a core, a facilitator, a node and a wallet. Whatever is asked is logged.
#![allow(dead_code, reason = "each test uses its part")]

pub mod core;
pub mod node;
pub mod payer;

use std::collections::VecDeque;

use farthing::account::{Account, Failure, Step, Task, Told};
use farthing::error::Code;
use farthing::purchase::Config;
use farthing::signer::LocalKey;
use serde_json::{Value, json};

use payer::Payer;

pub const CORE_URL: &str = "https://core.example";
pub const FACILITATOR_URL: &str = "https://sponsor.example";
pub const USDC: &str = "0x036CbD53842c5426634e7929541eC2318f3dCF7e";
pub const ETHER: &str = "0x0000000000000000000000000000000000000000";
/// Source: vectors/4mica/core-public.json and cycle.json.
pub const CORE4MICA: &str = "0x9A676e781A523b5d0C0e43731313A708CB607508";
pub const HOUSE: &str = "0x68B1D87F95878fE05B998F19b66F4baba5De1aed";
/// 2026-11-21 02:07:59 UTC.
pub const NOW_S: u64 = 1_795_226_879;
const KEY: u8 = 0x11;

/// An account and what surrounds it.
pub struct World {
    pub account: Account,
    pub core: core::Core,
    pub node: node::Node,
    /// What the wallet does instead of what it is asked, in turn.
    pub wallet: VecDeque<Told>,
    pub now_s: u64,
    /// Every step in a few words.
    pub log: Vec<String>,
    /// Typed data that the wallet was shown.
    pub signed: Vec<Value>,
    /// Transactions that the wallet was shown.
    pub sent: Vec<Value>,
    /// Told about every step.
    pub watch: fn(&Step),
    secrets: Vec<String>,
    entropy: u8,
}

impl World {
    /// With a core of generation 2 whose clearing house is pinned, a node, a facilitator and a wallet that does it all.
    pub fn new() -> Self {
        World::with(json!({ "generation": "cycle", "clearingHouse": HOUSE }), json!({}))
    }

    /// With a core of generation 4.
    pub fn house() -> Self {
        let mut world = World::with(json!({ "generation": "clearing-house" }), json!({}));
        world.core.generation_4 = true;
        world
    }

    /// `core` is what is pinned besides its address, `place` what differs of the account's place; null takes away.
    pub fn with(core: Value, place: Value) -> Self {
        World {
            account: open(core, place).unwrap(),
            core: core::Core::default(),
            node: node::Node::default(),
            wallet: VecDeque::new(),
            now_s: NOW_S,
            log: Vec::new(),
            signed: Vec::new(),
            sent: Vec::new(),
            watch: |_| (),
            secrets: Vec::new(),
            entropy: 0,
        }
    }

    pub fn begin(&mut self, order: &Value) -> (Task, Step) {
        self.entropy += 1;
        let mut task = self.account.task(order.to_string().as_bytes(), [self.entropy; 32]).unwrap();
        let step = task.first(self.now_s);
        (task, step)
    }

    /// Runs an order to its end.
    pub fn run(&mut self, order: Value) -> Result<Value, Failure> {
        let (mut task, mut step) = self.begin(&order);
        loop {
            match self.turn(&mut task, step) {
                Ok(next) => step = next,
                Err(ended) => return ended,
            }
        }
    }

    /// Does one step; the next one, or how it ended.
    pub fn turn(&mut self, task: &mut Task, step: Step) -> Result<Step, Result<Value, Failure>> {
        (self.watch)(&step);
        self.reveals_nothing(&format!("{step:?} {task:?} {:?}", self.account));
        match step {
            Step::Done { result } => Err(Ok(serde_json::from_str(&result).unwrap())),
            Step::Fail(failure) => Err(Err(failure)),
            step => {
                let told = self.answer(&step);
                self.reveals_nothing(&format!("{told:?}"));
                Ok(task.tell(told, self.now_s))
            }
        }
    }

    /// The code and facts of an order that must fail.
    pub fn fails(&mut self, order: Value) -> (Code, String) {
        let failure = self.run(order).unwrap_err();
        (failure.code, failure.facts)
    }

    /// The log of steps since the last look.
    pub fn steps(&mut self) -> Vec<String> {
        std::mem::take(&mut self.log)
    }

    /// True when the wallet was asked for anything but a login.
    pub fn asked_wallet(&self) -> bool {
        !self.signed.is_empty() || !self.sent.is_empty()
    }

    /// What becomes of a step. No task hears of it.
    pub fn answer(&mut self, step: &Step) -> Told {
        match step {
            Step::Fetch { request, bearer } => {
                let body = request.body.as_deref().map(|body| serde_json::from_str(body).unwrap());
                let method = if body.is_some() { "POST" } else { "GET" };
                let token = if bearer.is_some() { " +token" } else { "" };
                let short = request.url.strip_prefix(CORE_URL).unwrap_or(&request.url);
                self.log.push(format!("{method} {short}{token}"));
                assert!(bearer.is_none() || request.url.starts_with("https://core.example/core/"), "{}", request.url);
                let (status, text) = self.core.answer(short, body.as_ref(), bearer.as_deref(), self.now_s);
                self.secrets.extend(self.core.secrets.drain(..));
                Told::Answer(status, text.into_bytes())
            }
            Step::Call { network, method, params } => {
                assert_eq!(network.chain_id(), 84532);
                let (name, status, text) = self.node.answer(method, &serde_json::from_str(params).unwrap());
                self.log.push(name);
                Told::Answer(status, text.into_bytes())
            }
            Step::SignIn { login, core } => {
                assert_eq!(core, CORE_URL);
                self.log.push(String::from("sign in"));
                let signature = payer().sign_message(&login.message());
                self.secrets.push(signature.clone());
                self.wallet.pop_front().unwrap_or(Told::Signature(signature))
            }
            Step::Sign { message, words } => {
                let shown: Value = serde_json::from_str(&message.typed_data()).unwrap();
                self.log.push(format!("sign {}", shown["primaryType"].as_str().unwrap()));
                assert!(!words.is_empty());
                self.signed.push(shown);
                let signature = message.sign_locally(&key()).unwrap().to_hex();
                self.secrets.push(signature.clone());
                self.wallet.pop_front().unwrap_or(Told::Signature(signature))
            }
            Step::Send(transaction) => {
                let shown: Value = serde_json::from_str(&transaction.to_json()).unwrap();
                self.log.push(format!("send {}", node::name_of(shown["data"].as_str().unwrap())));
                self.sent.push(shown);
                let hash = format!("0x{:064x}", self.sent.len());
                self.wallet.pop_front().unwrap_or(Told::Sent(hash))
            }
            Step::Pause { ms } => {
                self.log.push(String::from("pause"));
                assert!(*ms > 0);
                Told::Waited
            }
            Step::Done { .. } | Step::Fail(_) => panic!("over: {step:?}"),
        }
    }

    fn reveals_nothing(&self, printed: &str) {
        for secret in &self.secrets {
            let digits = secret.trim_start_matches("0x");
            assert!(!printed.contains(digits), "{secret} is printed: {printed}");
        }
    }
}

/// Opens the account of the test key.
pub fn open(core: Value, place: Value) -> Result<Account, Failure> {
    let mut pinned = json!({ "network": "eip155:84532", "url": CORE_URL });
    merge(&mut pinned, core);
    let mut whole = json!({
        "network": "eip155:84532", "address": payer().text(), "node": true, "facilitator": FACILITATOR_URL,
    });
    merge(&mut whole, place);
    let config = Config::parse(json!({ "cores": [pinned] }).to_string().as_bytes()).unwrap();
    Account::open(config.registry, whole.to_string().as_bytes())
}

fn merge(into: &mut Value, changes: Value) {
    for (name, value) in changes.as_object().unwrap() {
        into[name] = value.clone();
    }
    into.as_object_mut().unwrap().retain(|_, value| !value.is_null());
}

/// The account, signing by other libraries.
pub fn payer() -> Payer {
    Payer::new(KEY)
}

fn key() -> LocalKey {
    LocalKey::from_bytes(&mut [KEY; 32]).unwrap()
}
