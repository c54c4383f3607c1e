//! A chain as a node tells of it: authorisations used and cancelled, one block every two seconds, all of it final.

use farthing::contract::rpc::Call;
use farthing::scheme::exact::{AUTHORIZATION_CANCELED, AUTHORIZATION_USED, topic};
use serde_json::{Value, json};

const START_S: u64 = 1_600_000_000;

/// A transfer, a cancellation, or a use of the nonce for somebody else.
#[derive(Clone, Debug)]
pub struct Event {
    pub payer: String,
    pub nonce: String,
    pub at_s: u64,
    /// Recipient and amount; `None` for a cancellation.
    pub moved: Option<(String, u64)>,
    pub transaction: String,
}

/// The chain.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    pub token: String,
    pub events: Vec<Event>,
    /// The node is out of reach.
    pub silent: bool,
    /// Receipts are not there yet.
    pub blind: bool,
    /// Seconds that final blocks are behind.
    pub behind_s: u64,
}

fn number(time_s: u64) -> u64 {
    (time_s - START_S) / 2
}

fn quantity(value: u64) -> String {
    format!("{value:#x}")
}

fn parsed(value: &Value) -> u64 {
    u64::from_str_radix(value.as_str().unwrap().trim_start_matches("0x"), 16).unwrap()
}

fn word(address: &str) -> String {
    format!("0x{:0>64}", address.trim_start_matches("0x").to_lowercase())
}

fn hex(bytes: &[u8]) -> String {
    farthing::primitives::hex::encode(bytes)
}

impl Chain {
    /// What the node answers.
    pub fn answer(&self, call: &Call, now_s: u64) -> (u16, Vec<u8>) {
        if self.silent {
            return (0, Vec::new());
        }
        let params: Value = serde_json::from_str(&call.params).unwrap();
        let head_s = now_s - 2 - self.behind_s;
        let block = |number: u64| json!({ "number": quantity(number), "timestamp": quantity(START_S + 2 * number) });
        let known = |event: &&Event| event.at_s <= head_s;
        let result = match call.method {
            "eth_chainId" => json!(quantity(call.network.chain_id())),
            "eth_getBlockByNumber" if params[0] == "finalized" => block(number(head_s)),
            "eth_getBlockByNumber" => block(parsed(&params[0])),
            "eth_call" => {
                let data = params[0]["data"].as_str().unwrap();
                let is_of = |event: &&Event| {
                    data.contains(&word(&event.payer)[2..]) && data.ends_with(&event.nonce[2..].to_lowercase())
                };
                json!(format!("0x{:064x}", u8::from(self.events.iter().filter(known).any(|event| is_of(&event)))))
            }
            "eth_getLogs" => {
                let filter = &params[0];
                let range = parsed(&filter["fromBlock"])..=parsed(&filter["toBlock"]);
                let is_of = |event: &&Event| {
                    filter["topics"][1] == word(&event.payer)
                        && filter["topics"][2] == event.nonce.to_lowercase().as_str()
                        && range.contains(&number(event.at_s))
                };
                self.events.iter().filter(known).filter(is_of).map(|event| self.log(event)).collect()
            }
            // Newest, not final.
            "eth_getTransactionReceipt" if !self.blind => {
                let of: Vec<_> = self.events.iter().filter(|event| event.transaction == params[0]).collect();
                match of.first() {
                    None => Value::Null,
                    Some(first) => json!({
                        "transactionHash": first.transaction, "status": "0x1", "blockNumber": quantity(number(first.at_s)),
                        "logs": of.iter().flat_map(|event| [Some(self.log(event)), self.transfer(event)]).flatten()
                            .collect::<Vec<_>>(),
                    }),
                }
            }
            "eth_getTransactionReceipt" => Value::Null,
            other => panic!("{other}"),
        };
        (200, json!({ "jsonrpc": "2.0", "id": 1, "result": result }).to_string().into_bytes())
    }

    fn log(&self, event: &Event) -> Value {
        let first = if event.moved.is_some() { AUTHORIZATION_USED } else { AUTHORIZATION_CANCELED };
        json!({
            "address": self.token, "topics": [hex(&topic(first)), word(&event.payer), event.nonce.to_lowercase()],
            "data": "0x", "blockNumber": quantity(number(event.at_s)), "transactionHash": event.transaction,
            "removed": false,
        })
    }

    fn transfer(&self, event: &Event) -> Option<Value> {
        let (to, amount) = event.moved.as_ref()?;
        let first = hex(&topic(b"Transfer(address,address,uint256)"));
        Some(json!({
            "address": self.token, "topics": [first, word(&event.payer), word(to)],
            "data": format!("0x{amount:064x}"), "removed": false,
        }))
    }

    pub fn is_used(&self, nonce: &str) -> bool {
        self.events.iter().any(|event| event.nonce.eq_ignore_ascii_case(nonce))
    }
}
