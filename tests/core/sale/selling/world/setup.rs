//! Sellers of every kind: how they are paid, and in which order they settle and deliver.

use serde_json::{Value, json};

use super::{CREDIT_URL, EXACT_URL, World};
use crate::driver::scene::{CORE_URL, Flow, SELLER, Scene};

/// How a world is set up.
#[derive(Clone)]
pub struct Setup {
    pub flow: Flow,
    pub release: Value,
    pub rpc: bool,
    pub more: Value,
    /// Seconds that a transfer is good for.
    pub window_s: u64,
}

impl Setup {
    pub fn new(flow: Flow, release: Value) -> Self {
        Setup { flow, release, rpc: false, more: json!({}), window_s: 60 }
    }

    pub fn with_node(self) -> Self {
        Setup { rpc: true, ..self }
    }

    /// Good for longer than any lease.
    pub fn lasting(self) -> Self {
        Setup { window_s: 300, ..self }
    }

    pub fn option(mut self, name: &str, value: Value) -> Self {
        self.more[name] = value;
        self
    }

    pub fn world(&self) -> World {
        World::new(self)
    }

    pub(super) fn options(&self) -> Value {
        let generation = match self.flow {
            Flow::House => "clearing-house",
            Flow::Tab => "tab",
            Flow::Sdk2 => "sdk2",
            _ => "cycle",
        };
        let mut options = json!({
            "facilitators": { "exact": { "url": EXACT_URL }, "4mica-credit": { "url": CREDIT_URL } },
            "cores": [{ "network": "eip155:84532", "url": CORE_URL, "generation": generation }],
            "rpc": if self.rpc { json!(["eip155:8453"]) } else { json!([]) },
            "release": self.release, "handlerTimeoutMs": 30_000, "timeoutMs": 10_000,
        });
        for (name, value) in self.more.as_object().unwrap() {
            options[name] = value.clone();
        }
        options
    }

    /// What the route asks for.
    pub(super) fn asked(&self) -> Value {
        match self.flow {
            Flow::ExactV1 | Flow::ExactV2 => json!({
                "network": "eip155:8453", "payTo": SELLER, "price": "0.01 USD", "maxTimeoutSeconds": self.window_s,
            }),
            _ => json!({
                "scheme": "4mica-credit", "network": "eip155:84532", "payTo": SELLER, "price": "0.02 USD",
                "maxTimeoutSeconds": 120, "extra": Scene::new(self.flow).challenge["accepts"][0]["extra"],
            }),
        }
    }
}

/// The three orders.
pub fn releases() -> [Value; 3] {
    [json!("verify-first"), json!("settle-first"), json!({ "optimistic": { "cap": "1 USD" } })]
}
