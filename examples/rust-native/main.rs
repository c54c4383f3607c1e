//! A purchase without a browser, a runtime or a network library: `cargo run --example rust-native`.
//!
//! farthing never does anything itself. It says what to do next, and this program does it: the seller is a script,
//! the store lives in memory, the clock and the random bytes come from the system. Put your HTTP client where `Seller` is.

mod seller;

use std::error::Error;
use std::fs::File;
use std::io::Read;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use farthing::ledger::{Intent, MemoryLedger, Write};
use farthing::policy::Purpose;
use farthing::purchase::{Command, Config, Entropy, Mode, Purchase, Request, Time};
use farthing::record::Record;
use farthing::signer::LocalKey;
use seller::{Seller, URL};

const POLICY: &str = r#"{ "policy": {
    "perRequest": "0.10 USD",
    "budgets": [{ "limit": "1 USD", "every": "day" }],
    "sellers": ["api.example.com"]
} }"#;

fn main() -> Result<(), Box<dyn Error>> {
    let config = Arc::new(Config::parse(POLICY.as_bytes())?);
    // A published test key (anvil, account 1). A real one comes from a file or a vault, never from the source.
    let key = LocalKey::from_bytes(&mut hex32("59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d")?)?;
    let seller = Seller { payer: key.address().checksummed() };
    // A real program keeps its purchases in a database, with the operations of this one.
    let mut store = MemoryLedger::default();

    // The same purchase id twice: the second time nothing is signed, the seller is shown the same payment.
    for _ in 0..2 {
        let record = pay(&config, &key, &seller, &mut store)?;
        println!("record     {}\n", record.to_json());
    }
    Ok(())
}

fn pay(
    config: &Arc<Config>,
    key: &LocalKey,
    seller: &Seller,
    store: &mut MemoryLedger,
) -> Result<Record, Box<dyn Error>> {
    let request = Request {
        purchase_id: Some("weather-of-today".into()),
        method: "GET".into(),
        url: URL.into(),
        body_hash: [0; 32],
        purpose: Purpose { task: Some("trip-42".into()), ..Purpose::default() },
        at_most: None,
        quoted: None,
    };
    // This policy counts in no time zone.
    let time = Time { now_s: now_s()?, zones: Vec::new() };
    let (mut purchase, mut command) = Purchase::new(Arc::clone(config), Mode::Pay, request, entropy()?, time);
    loop {
        let now_s = now_s()?;
        command = match command {
            Command::Load { query } => {
                let view = store.read(&query);
                println!("load       {}", if view.entries.is_empty() { "unknown" } else { "known" });
                purchase.on_loaded(view, now_s)
            }
            Command::Probe => {
                println!("probe      GET {URL}");
                purchase.on_answer(&seller.challenge(), now_s)
            }
            Command::Account => {
                println!("account    {}", seller.payer);
                purchase.on_account(&seller.payer, now_s)
            }
            Command::Reserve { intent } => {
                let said = store.reserve(&intent);
                println!("reserve    {said:?}");
                purchase.on_reserved(&said, now_s)
            }
            Command::Sign { payer, chain_id, .. } => {
                println!("sign       as {} for chain {chain_id}", payer.checksummed());
                purchase.sign_locally(key, now_s)
            }
            Command::Advance { from, entry } => {
                println!("advance    {} to {}", from.as_str(), entry.record.state().as_str());
                // Durable before the payment leaves: this is what makes a crash harmless.
                let confirmed = store.advance(from, &entry);
                purchase.on_advanced(confirmed, now_s)
            }
            Command::Send { url, header, value, .. } => {
                println!("send       GET {url} with {header}, {} bytes", value.len());
                purchase.on_settlement(&seller.settle(), now_s)
            }
            Command::Finish { write, record } => {
                println!("finish     {}, {}", record.state().as_str(), if write.is_some() { "new" } else { "known" });
                keep(store, write);
                return Ok(*record);
            }
            Command::Fail { failure, write } => {
                keep(store, write);
                return Err(format!("cannot pay: {} {}", failure.code.as_str(), failure.facts).into());
            }
            // This seller always wants money, and no 4Mica core is asked for anything.
            other => return Err(format!("not in this example: {other:?}").into()),
        };
    }
}

/// Where another process was faster, what it wrote stands.
fn keep(store: &mut MemoryLedger, write: Option<Write>) {
    match write {
        Some(Write { from: Some(from), entry }) => drop(store.advance(from, &entry)),
        Some(Write { from: None, entry }) => {
            store.reserve(&Intent { from: None, entry, holds: Vec::new(), notes: Vec::new() });
        }
        None => {}
    }
}

fn entropy() -> Result<Entropy, Box<dyn Error>> {
    let mut entropy = Entropy { id: [0; 16], nonce: [0; 32], salt: [0; 32] };
    let mut source = File::open("/dev/urandom")?;
    for bytes in [&mut entropy.id[..], &mut entropy.nonce, &mut entropy.salt] {
        source.read_exact(bytes)?;
    }
    Ok(entropy)
}

fn now_s() -> Result<u64, Box<dyn Error>> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())
}

fn hex32(text: &str) -> Result<[u8; 32], Box<dyn Error>> {
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2).ok_or("a key has 64 digits")?, 16)?;
    }
    Ok(bytes)
}
