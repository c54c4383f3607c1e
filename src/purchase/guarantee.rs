//! What a guarantee says: accepted terms and what a core and a seller answered in, a [`Guarantee`] out.
//!
//! Everything that a core, a seller's `extra` and the owner say about it must agree here, or nothing is signed. Knows no
//! key, no store and no clock.

use alloc::string::{String, ToString};
use alloc::sync::Arc;

use crate::core4mica::{ActiveCycle, CoreError, Parameters};
use crate::error::Code;
use crate::primitives::{Address, Amount, Hash};
use crate::registry::{Core, Generation};
use crate::scheme::guarantee::{CycleClaims, Form, Guarantee, HouseValidation, PaymentAuthorization, Tab, Validation};
use crate::scheme::{Method, Offer};

/// What a guarantee needs from the pinned core, and from the seller where that opens tabs.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    /// The core that was asked, as the owner pinned it.
    pub(super) core: Core,
    /// The answer as received, kept for a restart.
    pub(super) document: String,
    pub(super) parameters: Arc<Parameters>,
    pub(super) cycle: Option<ActiveCycle>,
    pub(super) tab: Option<Tab>,
}

impl Prepared {
    /// Names the number in the tab across processes. A tab is between one payer and one recipient: with both in its name
    /// no seller can use up the numbers of another one.
    pub(super) fn tab_key(&self, payer: &Address, recipient: &Address) -> Option<String> {
        let Tab { tab_id, req_id } = self.tab?;
        let (payer, recipient) = (payer.lower(), recipient.lower());
        Some(alloc::format!("{TAB_KEY}{}:{payer}:{recipient}:{tab_id}:{req_id}", self.core.url))
    }
}

/// Beginning of every [`Prepared::tab_key`].
pub(super) const TAB_KEY: &str = "tab:";

/// Why no guarantee can be made of these terms.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusal {
    error: CoreError,
    /// Name of the field at fault; empty where the code says it all.
    pub(super) field: &'static str,
}

impl Refusal {
    pub(super) fn unprepared() -> Self {
        CoreError::Unknown.into()
    }

    pub(super) fn code(&self) -> Code {
        self.error.code()
    }

    fn validation(field: &'static str) -> Self {
        Refusal { error: CoreError::ValidationNotAllowed, field }
    }
}

impl From<CoreError> for Refusal {
    fn from(error: CoreError) -> Self {
        Refusal { error, field: "" }
    }
}

/// What the payer brings along.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draft {
    pub(super) payer: Address,
    /// 256 random bits, used wherever the payer may choose.
    pub(super) req_id: Hash,
    pub(super) salt: Hash,
    /// Time to sign where no clock of the core is known, Unix seconds.
    pub(super) issued_s: u64,
}

impl Draft {
    /// The guarantee of the generation that `prepared` shows.
    ///
    /// # Errors
    /// [`Refusal`]: the seller describes another deployment (`DomainPin`), wants what this generation does not have
    /// (`Generation`), or a validation that core or owner do not allow (`ValidationNotAllowed`).
    pub(super) fn complete(self, offer: &Offer, prepared: &Prepared) -> Result<Guarantee, Refusal> {
        let core = &prepared.parameters;
        let Method::Guarantee { validation, house_validation, stated, .. } = &offer.method else {
            return Err(CoreError::Generation.into());
        };
        let agrees = stated.name.as_ref().is_none_or(|name| *name == core.name)
            && stated.version.as_ref().is_none_or(|version| *version == core.version)
            && stated.contract.is_none_or(|contract| contract == core.contract);
        if !agrees {
            return Err(CoreError::DomainPin.into());
        }
        match (core.generation, prepared.tab, prepared.cycle) {
            (Generation::Tab | Generation::Cycle, tab, None) => {
                let version = if validation.is_some() { 2 } else { 1 };
                let missing = core.generation == Generation::Tab && tab.is_none();
                let foreign = house_validation.is_some() || stated.contract.is_some();
                if !core.versions.contains(&version) || missing || foreign {
                    return Err(CoreError::Generation.into());
                }
                if let Some(validation) = validation {
                    check_validation(validation, prepared).map_err(Refusal::validation)?;
                }
                let validation = validation.as_deref().cloned();
                let (form, req_id) = match tab {
                    Some(Tab { tab_id, req_id }) => (Form::Tab { tab_id, validation }, req_id),
                    None => (Form::Cycle { validation }, Amount::from_word(&self.req_id)),
                };
                Ok(Guarantee::Cycle(self.claims(offer, core, form, req_id)))
            }
            (Generation::Sdk2, None, None) => {
                if !core.versions.contains(&1) {
                    return Err(CoreError::Generation.into());
                }
                check_house(validation.is_some(), house_validation.as_deref(), prepared)?;
                let form = Form::Sdk2 { contract: core.contract, validation: house_validation.as_deref().cloned() };
                Ok(Guarantee::Cycle(self.claims(offer, core, form, Amount::from_word(&self.req_id))))
            }
            (Generation::ClearingHouse, None, Some(cycle)) => {
                check_house(validation.is_some(), house_validation.as_deref(), prepared)?;
                Ok(Guarantee::ClearingHouse(PaymentAuthorization {
                    chain_id: core.chain_id,
                    clearing_house: core.contract,
                    payer: self.payer,
                    recipient: offer.pay_to,
                    cycle_id: cycle.cycle_id,
                    asset: offer.asset.address,
                    amount: offer.amount,
                    req_id: Amount::from_word(&self.req_id),
                    // Core's own clock, read moments ago: its present is no future to it, and one second earlier could
                    // lie before a checkpoint.
                    timestamp_s: cycle.server_time_s,
                    salt: self.salt,
                    validation: house_validation.as_deref().cloned(),
                }))
            }
            _ => Err(CoreError::Generation.into()),
        }
    }

    fn claims(self, offer: &Offer, core: &Parameters, form: Form, req_id: Amount) -> CycleClaims {
        CycleClaims {
            name: core.name.clone(),
            version: core.version.clone(),
            chain_id: core.chain_id,
            user: self.payer,
            recipient: offer.pay_to,
            req_id,
            amount: offer.amount,
            asset: offer.asset.address,
            timestamp_s: self.issued_s,
            form,
        }
    }
}

// The core must trust the registry; the owner may narrow everything that the policy names.
fn check_validation(validation: &Validation, prepared: &Prepared) -> Result<(), &'static str> {
    let (core, rules) = (&prepared.parameters, &prepared.core.validations);
    let registry = core.registries.contains(&validation.registry)
        && rules.registries.as_ref().is_none_or(|registries| registries.contains(&validation.registry));
    let validator = validation.validator.lower();
    let account = account(core.chain_id, &validator);
    let named = |names: &alloc::vec::Vec<String>| names.iter().any(|name| *name == validator || *name == account);
    [
        ("registry", registry),
        ("chain", validation.chain_id.is_none_or(|chain_id| chain_id == core.chain_id)),
        ("validator", rules.validators.as_ref().is_none_or(named)),
        ("minScore", rules.min_score.is_none_or(|score| validation.min_score >= score)),
    ]
    .into_iter()
    .try_for_each(|(field, allowed)| if allowed { Ok(()) } else { Err(field) })
}

// Generations 3 and 4 name one account. Where the owner lists accounts it is one of those, else one the core lists.
fn check_house(claims_v2: bool, validation: Option<&HouseValidation>, prepared: &Prepared) -> Result<(), Refusal> {
    if claims_v2 {
        return Err(Refusal::validation("generation"));
    }
    let Some(validation) = validation else { return Ok(()) };
    let (core, rules) = (&prepared.parameters, &prepared.core.validations);
    let validator = validation.validator.to_ascii_lowercase();
    let same = |name: &str| name == validator || account(core.chain_id, name) == validator;
    let listed = |address: &Address| account(core.chain_id, &address.lower()) == validator;
    let allowed = match (&rules.validators, &rules.registries) {
        (None, None) => core.validators.iter().any(|name| same(name)) || core.registries.iter().any(listed),
        (validators, registries) => {
            validators.iter().flatten().any(|name| same(name)) || registries.iter().flatten().any(listed)
        }
    };
    if !allowed {
        return Err(Refusal::validation("validator"));
    }
    // These terms have no score: a lowest one cannot be kept.
    if rules.min_score.is_some() { Err(Refusal::validation("minScore")) } else { Ok(()) }
}

// CAIP-10.
fn account(chain_id: u64, address: &str) -> String {
    ["eip155:", &chain_id.to_string(), ":", address].concat()
}
