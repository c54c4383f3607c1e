//! The core and the facilitator of the script.

use serde_json::{Value, json};

use super::{CORE_URL, CORE4MICA, FACILITATOR_URL, HOUSE, NOW_S, USDC, payer};

/// A core with one account, and a facilitator beside it.
#[derive(Default)]
pub struct Core {
    pub generation_4: bool,
    /// Changes the template of a login.
    pub template: Option<fn(&mut Value)>,
    /// Answers in place of the ordinary ones: part of the path, status, body. The first that fits is taken, once.
    pub once: Vec<(String, u16, String)>,
    /// The same, for ever.
    pub always: Vec<(String, u16, String)>,
    /// The balance; null before the first deposit.
    pub balance: Value,
    pub cycle: Value,
    pub batch: Value,
    /// Bodies that were posted, with their paths.
    pub posted: Vec<(String, Value)>,
    pub secrets: Vec<String>,
    /// Seconds that a token lives.
    pub life_s: Option<u64>,
    tokens: Option<(String, String)>,
    logins: u32,
    spent: Vec<String>,
}

impl Core {
    pub fn once(&mut self, path: &str, status: u16, body: Value) {
        self.once.push((path.to_owned(), status, body.to_string()));
    }

    pub fn always(&mut self, path: &str, status: u16, body: Value) {
        self.always.push((path.to_owned(), status, body.to_string()));
    }

    /// The access token is taken no more.
    pub fn expire(&mut self) {
        if let Some((access, _)) = &mut self.tokens {
            access.push('x');
        }
    }

    /// Nor is the refresh token.
    pub fn revoke(&mut self) {
        self.tokens = None;
    }

    /// The body of the only POST to a path.
    pub fn body(&self, path: &str) -> &Value {
        let bodies: Vec<_> = self.posted.iter().filter(|(posted, _)| posted == path).collect();
        assert_eq!(bodies.len(), 1, "{path} {:?}", self.posted);
        &bodies[0].1
    }

    pub fn answer(&mut self, path: &str, body: Option<&Value>, bearer: Option<&str>, now_s: u64) -> (u16, String) {
        if let Some(body) = body {
            self.posted.push((path.to_owned(), body.clone()));
        }
        if let Some(at) = self.once.iter().position(|(part, ..)| path.contains(part.as_str())) {
            let (_, status, body) = self.once.remove(at);
            return (status, body);
        }
        if let Some((_, status, body)) = self.always.iter().find(|(part, ..)| path.contains(part.as_str())) {
            return (*status, body.clone());
        }
        let (status, body) = self.ordinary(path, body.unwrap_or(&Value::Null), bearer, now_s);
        (status, body.to_string())
    }

    fn ordinary(&mut self, path: &str, body: &Value, bearer: Option<&str>, now_s: u64) -> (u16, Value) {
        let public = ["/core/public-params", "/core/tokens"].contains(&path) || !path.starts_with("/core/");
        assert!(public || bearer.is_some(), "{path} without a token");
        if bearer.is_some_and(|token| self.tokens.as_ref().is_none_or(|(access, _)| access != token)) {
            return (401, json!({ "error": "invalid access token" }));
        }
        match path {
            "/core/public-params" => (200, self.parameters()),
            "/core/tokens" => {
                (200, json!({ "chain_id": 84532, "tokens": [{ "symbol": "USDC", "address": USDC, "decimals": 6 }] }))
            }
            "/auth/nonce" => (200, self.login_template(body, now_s)),
            "/auth/verify" => self.verify(body),
            "/auth/refresh" => self.refresh(body),
            "/auth/logout" => {
                let held = self.tokens.take().is_some_and(|(_, refresh)| body["refresh_token"] == refresh.as_str());
                (200, json!({ "revoked": held }))
            }
            _ if path.starts_with("/core/users/") => (200, self.balance.clone()),
            _ if path.starts_with("/core/cycles/active") => (200, self.cycle.clone()),
            _ if path.starts_with("/core/payers/") => (200, self.batch.clone()),
            "/core/checkpoints" => {
                let payload = &body["payload"];
                let named = ["cycle_id", "cumulative_gross", "timestamp_cutoff"];
                (200, named.iter().map(|name| ((*name).to_owned(), payload[*name].clone())).collect())
            }
            _ if path.starts_with("/core/cycles/") => {
                let cycle = path.split('/').nth(3).unwrap();
                (404, json!({ "error": format!("Settlement cycle {cycle}") }))
            }
            _ if path.ends_with("/verify") => (200, json!({ "isValid": true })),
            _ if path.starts_with(FACILITATOR_URL) => (200, json!({ "success": true, "txHash": hash(0xfa) })),
            _ => panic!("nobody answers {path}"),
        }
    }

    fn parameters(&self) -> Value {
        let head =
            json!({ "contract_address": CORE4MICA, "chain_id": 84532, "eip712_name": "4mica", "eip712_version": "1" });
        let own = match self.generation_4 {
            true => json!({
                "guarantee_signer": CORE4MICA, "guarantee_registry_address": CORE4MICA, "clearing_house_address": HOUSE,
                "supported_payment_payload_versions": ["v1"],
            }),
            false => json!({
                "public_key": vec![7; 48], "accepted_guarantee_versions": [1], "active_guarantee_domain_separator": hash(1),
            }),
        };
        let both = [head, own].into_iter().flat_map(|part| part.as_object().unwrap().clone());
        Value::Object(both.collect())
    }

    // Source: vectors/4mica/auth.json.
    fn login_template(&self, body: &Value, now_s: u64) -> Value {
        assert_eq!(body, &json!({ "address": payer().text() }));
        let mut template = json!({
            "nonce": "781ed071-695a-4cc7-a308-26e2838733ec",
            "siwe": {
                "domain": "core.example", "uri": CORE_URL, "chainId": 84532, "statement": "Sign in to 4mica.",
                "issuedAt": time_text(now_s), "expiration": time_text(now_s + 300),
            },
        });
        if let Some(change) = self.template {
            change(&mut template);
        }
        template
    }

    fn verify(&mut self, body: &Value) -> (u16, Value) {
        let text = |name: &str| body[name].as_str().unwrap();
        let expected = (payer().text(), payer().sign_message(text("message")));
        assert_eq!((text("address"), text("signature")), (expected.0.as_str(), expected.1.as_str()));
        (200, self.grant())
    }

    fn refresh(&mut self, body: &Value) -> (u16, Value) {
        let token = body["refresh_token"].as_str().unwrap().to_owned();
        assert!(!self.spent.contains(&token), "{token} a second time");
        self.spent.push(token.clone());
        match &self.tokens {
            Some((_, refresh)) if *refresh == token => (200, self.grant()),
            _ => (401, json!({ "error": "invalid refresh token" })),
        }
    }

    fn grant(&mut self) -> Value {
        self.logins += 1;
        let tokens = (format!("access-{}", self.logins), format!("refresh-{}", self.logins));
        self.secrets.extend([tokens.0.clone(), tokens.1.clone()]);
        self.tokens = Some(tokens.clone());
        json!({ "access_token": tokens.0, "refresh_token": tokens.1, "expires_in": self.life_s.unwrap_or(900) })
    }
}

/// What a core holds for the account.
pub fn balance(total: u64, locked: u64) -> Value {
    json!({
        "user_address": payer().text().to_lowercase(), "asset_address": USDC.to_lowercase(),
        "total": format!("{total:#x}"), "locked": format!("{locked:#x}"),
    })
}

/// 32 equal bytes.
pub fn hash(byte: u8) -> String {
    format!("0x{}", format!("{byte:02x}").repeat(32))
}

// RFC 3339 within the day of the tests.
fn time_text(at_s: u64) -> String {
    let of_day = 2 * 3600 + 7 * 60 + 59 + at_s - NOW_S;
    assert!(of_day < 86_400);
    format!("2026-11-21T{:02}:{:02}:{:02}Z", of_day / 3600, of_day / 60 % 60, of_day % 60)
}
