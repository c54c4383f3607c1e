//! A seller that never leaves this process: what an x402 v2 server answers, word for word.

use farthing::purchase::{Answer, PaidAnswer};
use farthing::x402::header;

pub const URL: &str = "https://api.example.com/weather";

/// Knows the payer, whom a real seller reads from the payment.
pub struct Seller {
    pub payer: String,
}

impl Seller {
    pub fn challenge(&self) -> Answer {
        let terms = r#"{"x402Version":2,"resource":{"url":"https://api.example.com/weather"},"accepts":[{
            "scheme":"exact","network":"eip155:84532","amount":"10000","maxTimeoutSeconds":60,
            "asset":"0x036CbD53842c5426634e7929541eC2318f3dCF7e","extra":{"name":"USDC","version":"2"},
            "payTo":"0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"}]}"#;
        let header = Some(header::encode(terms.as_bytes()));
        Answer { status: 402, url: URL.into(), header, body: Vec::new(), date_s: None }
    }

    pub fn settle(&self) -> PaidAnswer {
        let transaction = format!("0x{}", "ab".repeat(32));
        let payer = &self.payer;
        let said =
            format!(r#"{{"success":true,"transaction":"{transaction}","network":"eip155:84532","payer":"{payer}"}}"#);
        PaidAnswer { status: 200, header: Some(header::encode(said.as_bytes())), output: None, body: Vec::new() }
    }
}
