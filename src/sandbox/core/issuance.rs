//! Issuance in generation 2: a signed request in, a certificate that the operator's BLS12-381 key really signed out.
//!
//! Source: protocol notes 2.2, 2.7 and "Gen-2 as observed"; replayed against every recorded exchange.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::certificate;
use super::claims::{Claims, SignedAs, recover};
use super::{Issued, Principal, Shared};
use crate::eip712::Domain;
use crate::json::Writer;
use crate::primitives::{Address, Amount, Hash, hex, keccak256};
use crate::sandbox::clearing::Charge;
use crate::sandbox::fault::Fault;
use crate::sandbox::wire::{Body, Refusal};

/// EIP-712 domain of this core, an operator setting. The hosted ones use these, too.
const NAME: &str = "4mica";
const VERSION: &str = "1";

/// What this generation remembers.
#[derive(Debug)]
pub(crate) struct CycleIssuer {
    pub(crate) registries: Vec<Address>,
    issued: BTreeSet<Hash>,
}

impl CycleIssuer {
    pub(crate) fn new(registries: Vec<Address>) -> Self {
        CycleIssuer { registries, issued: BTreeSet::new() }
    }

    /// `GET /core/public-params`.
    pub(crate) fn parameters(&self, shared: &Shared) -> String {
        let deployment = &shared.deployment;
        let key: Vec<String> = shared.operator.public_key().iter().map(|byte| format!("{byte}")).collect();
        let registries: Vec<String> =
            self.registries.iter().map(|registry| format!("\"{}\"", registry.checksummed())).collect();
        let domain = certificate::domain(2, deployment.chain_id, &deployment.core4mica);
        Writer::object()
            .raw("public_key", &format!("[{}]", key.join(",")))
            .text("contract_address", &deployment.core4mica.checksummed())
            .text_if("ethereum_http_rpc_url", deployment.rpc_url.as_deref())
            .text("eip712_name", NAME)
            .text("eip712_version", VERSION)
            .integer("chain_id", deployment.chain_id)
            .integer("max_accepted_guarantee_version", 2)
            .raw("accepted_guarantee_versions", "[1,2]")
            .text("active_guarantee_domain_separator", &hex::encode(&domain))
            .raw("trusted_validation_registries", &format!("[{}]", registries.join(",")))
            .text("validation_hash_canonicalization_version", "4MICA_VALIDATION_REQUEST_V2")
            .finish()
    }

    /// Issues, or refuses. `lie` is what the operator falsifies in the certificate, not in its books.
    ///
    /// # Errors
    /// As recorded, in the order of the real core's checks.
    pub(crate) fn issue(
        &mut self,
        shared: &mut Shared,
        body: &Body<'_>,
        principal: &Principal,
        now_s: u64,
        lie: Option<Fault>,
    ) -> Result<Issued, Refusal> {
        let root = body.root();
        let claims = Claims::read(&root.member("claims", "claims")?)?;
        let signature = root.member("signature", "signature")?.text()?;
        let signed_as = root.member("scheme", "scheme")?;
        let signed_as = match signed_as.text()? {
            "eip712" => SignedAs::Eip712,
            "eip191" => SignedAs::Eip191,
            other => {
                let unknown = format!("unknown variant `{other}`, expected `eip712` or `eip191`");
                return Err(signed_as.refuse(&unknown));
            }
        };
        principal.check_may_issue(&claims.recipient)?;
        let parties = claims.parties()?;
        let period = shared.clearing.period(&parties.asset, now_s);
        if claims.timestamp_s > period.now_s {
            return Err(Refusal::error(400, "timestamp is in the future"));
        }
        let deployment = &shared.deployment;
        let chain_id = deployment.chain_id;
        let domain = Domain { name: NAME, version: VERSION, chain_id, verifying_contract: None };
        if recover(&claims.digest(&parties, signed_as, &domain), signature)? != parties.user {
            return Err(Refusal::error(400, "Invalid signature"));
        }
        if !shared.bank.is_registered(&parties.user) {
            return Err(Refusal::error(400, "user not registered"));
        }
        let identity = certificate::identity(&claims, &period.text);
        if self.issued.contains(&identity) {
            return Err(Refusal::error(400, format!("another guarantee with req_id {} already exists", claims.req_id)));
        }
        if !shared.bank.lock((parties.user, parties.asset), claims.amount, now_s) {
            return Err(Refusal::error(400, "Not enough free collateral"));
        }
        self.issued.insert(identity);
        let is_final = claims.policy.is_none();
        let charge = Charge { payer: parties.user, recipient: parties.recipient, amount: claims.amount, is_final };
        shared.clearing.charge(&period, parties.asset, charge);

        let separator = certificate::domain(claims.version(), chain_id, &deployment.core4mica);
        let cycle_id = if lie == Some(Fault::LyingCycle) { keccak256(&period.id) } else { period.id };
        let one_more = claims.amount.plus(Amount::from_u64(1));
        let amount = one_more.filter(|_| lie == Some(Fault::LyingAmount)).unwrap_or(claims.amount);
        let bytes = certificate::encode(&claims, &parties, &separator, &cycle_id, &amount);
        let signature = shared.operator.certify(&bytes);
        Ok(Issued { name: "claims", bytes, signature }.with_lie(lie))
    }
}
