//! The recordings: found by shape, so that no exchange of a file can be forgotten.

use std::fs;
use std::sync::LazyLock;

use farthing::core4mica::Answer;
use farthing::primitives::Network;
use farthing::registry::Core;
use serde_json::Value;

use crate::support::files::{text, vectors};

pub const CORE: &str = "http://127.0.0.1:13000";
pub const FACILITATOR: &str = "http://127.0.0.1:14000/facilitator";

/// One request and its answer.
pub struct Exchange {
    /// File and keys, for example `auth/login_payer/nonce`.
    pub name: String,
    pub method: String,
    /// With the base URL of this test in place of the placeholder.
    pub url: String,
    pub body: Value,
    pub bearer: bool,
    pub status: u16,
    pub answer: Vec<u8>,
    /// What stands beside request and response in the recording.
    pub beside: Value,
}

impl Exchange {
    pub fn answer(&self) -> Answer<'_> {
        Answer { status: self.status, body: &self.answer }
    }

    /// The path from the core's or the facilitator's base URL.
    pub fn path(&self) -> &str {
        let path = self.url.strip_prefix(CORE).or(self.url.strip_prefix(FACILITATOR)).unwrap_or(&self.url);
        path.split('?').next().unwrap()
    }
}

pub fn core() -> Core {
    Core::at(Network::from_chain_id(84532).unwrap(), CORE)
}

/// The files, without their ending.
pub fn files() -> Vec<String> {
    let names = fs::read_dir(vectors().join("4mica")).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.filter_map(|name| Some(name.to_str()?.strip_suffix(".json")?.to_owned())).collect();
    names.sort();
    names
}

/// One file as it stands.
pub fn file(name: &str) -> Value {
    crate::support::files::vector(&format!("4mica/{name}.json"))
}

/// One file without the spaces between its tokens: texts of ours can be looked for in it, order and all.
pub fn compact(name: &str) -> String {
    let text = fs::read_to_string(vectors().join(format!("4mica/{name}.json"))).unwrap();
    let (mut quoted, mut escaped) = (false, false);
    let kept = |c: &char| {
        let keep = quoted || !c.is_whitespace();
        if *c == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = quoted && *c == '\\' && !escaped;
        keep
    };
    text.chars().filter(kept).collect()
}

/// Every exchange of every file.
pub fn all() -> &'static [Exchange] {
    static ALL: LazyLock<Vec<Exchange>> = LazyLock::new(|| {
        let mut found = Vec::new();
        for name in files() {
            collect(&name, &file(&name), &Value::Null, &mut found);
        }
        found
    });
    &ALL
}

/// The one of that name.
pub fn one(name: &str) -> &'static Exchange {
    all().iter().find(|exchange| exchange.name == name).unwrap_or_else(|| panic!("no {name}"))
}

fn collect(name: &str, value: &Value, beside: &Value, found: &mut Vec<Exchange>) {
    if let (Some(request), Some(response)) = (value.get("request"), value.get("response")) {
        found.push(exchange(name, request, response, if beside.is_null() { value } else { beside }));
        return;
    }
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                collect(&format!("{name}/{key}"), member, value, found);
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                collect(&format!("{name}/{index}"), element, value, found);
            }
        }
        _ => {}
    }
}

fn exchange(name: &str, request: &Value, response: &Value, beside: &Value) -> Exchange {
    let kind = response["headers"]["content-type"].as_str().unwrap_or_default();
    let answer = match &response["body"] {
        Value::String(plain) if !kind.starts_with("application/json") => plain.clone().into_bytes(),
        body => serde_json::to_vec(body).unwrap(),
    };
    Exchange {
        name: name.to_owned(),
        method: text(request, "method").to_owned(),
        url: text(request, "path").replace("{core}", CORE).replace("{facilitator}", FACILITATOR),
        body: request["body"].clone(),
        bearer: request["headers"].get("authorization").is_some(),
        status: u16::try_from(response["status"].as_u64().unwrap()).unwrap(),
        answer,
        beside: beside.clone(),
    }
}
