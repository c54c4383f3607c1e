//! Recorded exchanges, with the bodies as they were sent: refusals name columns of those bytes.

use farthing::json::{self, Node};
use farthing::sandbox::{Answer, Request, Sandbox};
use serde_json::{Value, json};

use crate::support::files::{fixed, text, vector, vectors};

pub const PAYER: &str = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
pub const PAYER_2: &str = "0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65";
pub const RECIPIENT: &str = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
pub const FACILITATOR: &str = "0x90F79bf6EB2c4f870365E785982E1f101E93b906";
pub const STRANGER: &str = "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc";
pub const USDC: &str = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
pub const ETH: &str = "0x0000000000000000000000000000000000000000";

/// The text of a file of `tests/vectors/4mica`, without the header form of payments: those texts are longer than the
/// strict reader takes, and nothing here sends them.
pub fn file(name: &str) -> String {
    let text = std::fs::read_to_string(vectors().join("4mica").join(name)).unwrap();
    let shortened = text.lines().map(|line| match line.split_once("\"payment_header_base64\": ") {
        Some((_, value)) => format!("\"payment_header_base64\": \"\"{}", if value.ends_with(',') { "," } else { "" }),
        None => line.to_owned(),
    });
    shortened.collect::<Vec<_>>().join("\n")
}

/// Members of an object, in the order of the file.
pub fn members<'n, 'a>(node: &'n Node<'a>) -> Vec<(&'n str, &'n Node<'a>)> {
    node.members().unwrap().iter().map(|(name, node)| (name.as_ref(), node)).collect()
}

/// The member at a path of names and numbers.
pub fn at<'n, 'a>(node: &'n Node<'a>, path: &str) -> &'n Node<'a> {
    path.split('/').fold(node, |node, name| match node.elements() {
        Some(elements) => &elements[name.parse::<usize>().unwrap()],
        None => node.member(name).unwrap_or_else(|| panic!("no `{name}` of `{path}`")),
    })
}

/// JSON text without the spaces between values: what `JSON.stringify` sent.
pub fn compact(raw: &str) -> String {
    let (mut quoted, mut escaped) = (false, false);
    let keep = |character: &char| {
        let kept = quoted || !character.is_ascii_whitespace();
        if !escaped && *character == '"' {
            quoted = !quoted;
        }
        escaped = quoted && !escaped && *character == '\\';
        kept
    };
    raw.chars().filter(keep).collect()
}

/// A sandbox with the operator, contracts and deposits of the recordings.
pub fn recorded(more: Value) -> Sandbox {
    let tokens = vector("4mica/core-public.json")["tokens"]["response"]["body"]["tokens"].clone();
    let mut options = json!({
        "assets": tokens, "issuers": [RECIPIENT], "facilitators": [FACILITATOR], "coreUrl": "http://127.0.0.1:13000",
        "rpcUrl": "http://127.0.0.1:18545", "core4mica": "0x9A676e781A523b5d0C0e43731313A708CB607508",
        "clearingHouse": "0x68B1D87F95878fE05B998F19b66F4baba5De1aed",
        "registries": ["0x0B306BF915C4d645ff596e518fAf3F9669b97016"],
    });
    for (name, value) in more.as_object().unwrap() {
        options[name] = value.clone();
    }
    let secret = fixed(text(&vector("4mica/certificates.json"), "operator_bls_secret_key_test_only"));
    let options = options.to_string();
    let mut sandbox = Sandbox::recorded(options.as_bytes(), [7; 32], secret).unwrap();
    for (account, asset, amount, at_s) in [
        (PAYER, USDC, "5000000000", 1795227044),
        (PAYER_2, USDC, "5000000000", 1795227050),
        (PAYER, ETH, "1000000000000000000", 1795227050),
    ] {
        fund(&mut sandbox, account, asset, amount, at_s);
    }
    sandbox
}

/// Mints and deposits.
pub fn fund(sandbox: &mut Sandbox, account: &str, asset: &str, amount: &str, now_s: u64) {
    for what in ["mint", "deposit"] {
        command(sandbox, json!({ "do": what, "account": account, "asset": asset, "amount": amount }), now_s).unwrap();
    }
}

/// Carries out a command; the answer parsed, or the error in words.
pub fn command(sandbox: &mut Sandbox, command: Value, now_s: u64) -> Result<Value, String> {
    let answer = sandbox.command(command.to_string().as_bytes(), [9; 32], now_s);
    answer.map(|text| serde_json::from_str(&text).unwrap()).map_err(|error| error.to_string())
}

/// The header of somebody who is logged in.
pub fn bearer(sandbox: &mut Sandbox, account: &str, now_s: u64) -> String {
    let admitted = command(sandbox, json!({ "do": "admit", "account": account }), now_s).unwrap();
    format!("Bearer {}", text(&admitted, "accessToken"))
}

/// Sends what was recorded, to `host`, and compares what comes back.
pub fn replay(sandbox: &mut Sandbox, name: &str, exchange: &Node<'_>, token: Option<&str>, now_s: u64) {
    let path = at(exchange, "request/path").text().unwrap();
    let (host, path) = path
        .strip_prefix("{core}")
        .map_or_else(|| ("facilitator", path.strip_prefix("{facilitator}").unwrap()), |path| ("core", path));
    let url = format!("https://{host}.sandbox.test{path}");
    let mut headers: Vec<(&str, &str)> = members(at(exchange, "request/headers"))
        .into_iter()
        .map(|(name, value)| (name, value.text().unwrap()))
        .filter(|(name, _)| token.is_none() || *name != "authorization")
        .collect();
    headers.extend(token.map(|token| ("authorization", token)));
    let body = match exchange.member("request").unwrap().member("body") {
        None => String::new(),
        Some(body) if body.raw == "null" => String::new(),
        Some(body) => body.text().map_or_else(|| compact(body.raw), str::to_owned),
    };
    let method = at(exchange, "request/method").text().unwrap();
    let request = Request { method, url: &url, headers: &headers, body: body.as_bytes() };
    let answer = sandbox.answer(&request, [3; 32], now_s);
    let expected = at(exchange, "response/body");
    let expected = expected.text().map_or_else(|| compact(expected.raw), str::to_owned);
    assert_eq!(body_of(&answer), expected, "{name}");
    assert_eq!(answer.status.to_string(), at(exchange, "response/status").raw, "{name}");
    for (header, value) in members(at(exchange, "response/headers")) {
        assert_eq!(header_of(&answer, header), value.text(), "{name}: {header}");
    }
}

/// The body as text.
pub fn body_of(answer: &Answer) -> &str {
    std::str::from_utf8(&answer.body).unwrap()
}

/// The body as JSON.
pub fn json_of(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_else(|_| panic!("no JSON: {}", body_of(answer)))
}

/// A header's value.
pub fn header_of<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    answer.headers.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str())
}

/// Reads a recording with the crate's strict reader, which keeps the text of every value.
pub fn read(text: &str) -> Node<'_> {
    json::read(text.as_bytes()).unwrap()
}
