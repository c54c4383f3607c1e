//! One purchase in the words of all four generations, and the same purchase with one thing else.

use farthing::primitives::{Address, Amount, Hash, hex};
use farthing::registry::Generation;
use farthing::scheme::guarantee::{
    CycleClaims, Deployment, Form, Guarantee, HouseValidation, PaymentAuthorization, Validation,
};

use crate::support::random::Random;

pub const GENERATIONS: [Generation; 4] =
    [Generation::Tab, Generation::Cycle, Generation::Sdk2, Generation::ClearingHouse];

/// Everything that any generation signs.
#[derive(Clone, Debug)]
pub struct Terms {
    pub name: String,
    pub version: String,
    pub chain_id: u64,
    pub contract: Address,
    pub payer: Address,
    pub recipient: Address,
    pub tab_id: Amount,
    pub cycle_id: Hash,
    pub req_id: Amount,
    pub amount: Amount,
    pub asset: Address,
    pub timestamp_s: u64,
    pub salt: Hash,
    /// As generations 1 and 2 word it, and as 3 and 4 do.
    pub validations: Option<(Validation, HouseValidation)>,
}

impl Terms {
    pub fn random(random: &mut Random, validated: bool) -> Self {
        let chain_id = random.integer() >> 11;
        Terms {
            name: random.text(),
            version: random.text(),
            chain_id,
            contract: random.address(),
            payer: random.address(),
            recipient: random.address(),
            tab_id: random.amount(),
            cycle_id: random.bytes(),
            req_id: random.amount(),
            amount: random.amount(),
            asset: random.address(),
            // JSON numbers are exact below 2^53.
            timestamp_s: random.integer() >> 11,
            salt: random.bytes(),
            validations: validated.then(|| validations(random, chain_id)),
        }
    }

    pub fn guarantee(&self, generation: Generation) -> Guarantee {
        let policy = self.validations.as_ref().map(|(policy, _)| policy.clone());
        let nested = self.validations.as_ref().map(|(_, nested)| nested.clone());
        let form = match generation {
            Generation::Tab => Form::Tab { tab_id: self.tab_id, validation: policy },
            Generation::Cycle => Form::Cycle { validation: policy },
            Generation::Sdk2 => Form::Sdk2 { contract: self.contract, validation: nested },
            Generation::ClearingHouse => {
                return Guarantee::ClearingHouse(PaymentAuthorization {
                    chain_id: self.chain_id,
                    clearing_house: self.contract,
                    payer: self.payer,
                    recipient: self.recipient,
                    cycle_id: self.cycle_id,
                    asset: self.asset,
                    amount: self.amount,
                    req_id: self.req_id,
                    timestamp_s: self.timestamp_s,
                    salt: self.salt,
                    validation: nested,
                });
            }
        };
        Guarantee::Cycle(CycleClaims {
            name: self.name.clone(),
            version: self.version.clone(),
            chain_id: self.chain_id,
            user: self.payer,
            recipient: self.recipient,
            req_id: self.req_id,
            amount: self.amount,
            asset: self.asset,
            timestamp_s: self.timestamp_s,
            form,
        })
    }

    pub fn deployment(&self, generation: Generation) -> Deployment<'_> {
        Deployment {
            name: &self.name,
            version: &self.version,
            chain_id: self.chain_id,
            contract: self.contract,
            generation,
        }
    }

    /// Every way to change one thing.
    pub fn changed(&self) -> Vec<Terms> {
        let changes: [fn(&mut Terms); 15] = [
            |terms| terms.name.push('x'),
            |terms| terms.version.push('x'),
            // The `x` on the other side of the boundary.
            |terms| terms.version.insert(0, 'x'),
            |terms| terms.chain_id += 1,
            |terms| terms.contract = other(&terms.contract),
            |terms| terms.payer = other(&terms.payer),
            |terms| terms.recipient = other(&terms.recipient),
            |terms| (terms.payer, terms.recipient) = (terms.recipient, terms.payer),
            |terms| terms.tab_id = next(&terms.tab_id),
            |terms| terms.cycle_id[0] ^= 1,
            |terms| terms.req_id = next(&terms.req_id),
            |terms| terms.amount = next(&terms.amount),
            |terms| terms.asset = other(&terms.asset),
            |terms| terms.timestamp_s += 1,
            |terms| terms.salt[31] ^= 1,
        ];
        let mut all = Vec::from(changes.map(|change| self.with(change)));
        if self.validations.is_some() {
            type Change = fn(&mut (Validation, HouseValidation));
            let changes: [Change; 8] = [
                |(policy, nested)| (policy.registry, nested.subject[0]) = (other(&policy.registry), !nested.subject[0]),
                |(policy, nested)| (policy.validator, nested.deadline_s) = (other(&policy.validator), u64::MAX),
                |(policy, _)| policy.agent_id = next(&policy.agent_id),
                |(policy, _)| policy.min_score ^= 1,
                |(policy, nested)| {
                    policy.job_hash[0] ^= 1;
                    nested.params.push(0);
                },
                |(policy, nested)| {
                    policy.tag.push('x');
                    nested.validator.push('x');
                },
                |(policy, _)| policy.tag.insert(0, 'x'),
                |(_, nested)| nested.params.insert(0, 0),
            ];
            let change = |change: Change| self.with(|terms| change(terms.validations.as_mut().unwrap()));
            all.extend(changes.map(change));
            all.push(Terms { validations: None, ..self.clone() });
        }
        all
    }

    fn with(&self, change: impl Fn(&mut Terms)) -> Terms {
        let mut terms = self.clone();
        change(&mut terms);
        terms
    }
}

fn validations(random: &mut Random, chain_id: u64) -> (Validation, HouseValidation) {
    let tag: String = random.text().chars().filter(char::is_ascii_graphic).collect();
    let params = random.bytes::<70>();
    let policy = Validation {
        registry: random.address(),
        // On the wire it is always the guarantee's own.
        chain_id: Some(chain_id),
        validator: random.address(),
        agent_id: random.amount(),
        min_score: u8::try_from(1 + random.below(100)).unwrap(),
        job_hash: random.bytes(),
        tag,
    };
    let nested = HouseValidation {
        validator: format!("eip155:{chain_id}:{}", hex::encode(policy.validator.as_bytes())),
        subject: random.bytes(),
        deadline_s: random.integer() >> 11,
        params: params[..random.below(71)].to_vec(),
    };
    (policy, nested)
}

pub fn other(address: &Address) -> Address {
    let mut bytes = *address.as_bytes();
    bytes[19] ^= 1;
    Address::from_bytes(bytes)
}

pub fn next(amount: &Amount) -> Amount {
    let mut word = amount.word();
    word[31] ^= 1;
    Amount::from_word(&word)
}
