//! An in-process 4Mica core, facilitator and sellers, for the tests and demonstrations of users.
//!
//! A state machine like the rest of the crate: one HTTP request, 32 random bytes and the time in, one HTTP answer out.
//! It answers as the real services were recorded to, and moves made-up money as if a chain did. Its keys are drawn with
//! it and guarantee nothing; it refuses to be made for a network on which anything is worth anything.
//!
//! Hosts: `core.sandbox.test`, `facilitator.sandbox.test`, `seller-1.sandbox.test` and on.

mod bank;
mod clearing;
mod command;
mod core;
mod error;
mod facilitator;
mod fault;
mod keys;
mod options;
mod seller;
mod wire;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

pub use error::{Revert, SandboxError};
pub use fault::Fault;
pub use wire::{Answer, Request};

use self::core::{Authority, Core, CycleIssuer, Deployment, HouseIssuer, Issuer, Roles, Shared, Token};
use crate::primitives::{Address, Hash, Network};
use crate::registry::Generation;
use bank::Bank;
use clearing::{Clearing, Terms};
use facilitator::Facilitator;
use fault::Faults;
use keys::{Entropy, Operator, account};
use options::{AssetOption, Options};
use seller::Seller;

// Latest second that anything is asked about: the year 36812. Sums of times stay far inside 64 bits.
const LATEST_S: u64 = 1 << 40;

/// The sandbox.
pub struct Sandbox {
    network: Network,
    generation: Generation,
    assets: Vec<AssetOption>,
    core: Core,
    facilitator: Facilitator,
    sellers: Vec<Seller>,
    faults: Faults,
    answers: u64,
}

impl Sandbox {
    /// Makes one. `options` is a JSON object whose members all have defaults: `network`, `generation` (`cycle` or
    /// `clearing-house`), `cycleSeconds`, `paymentSeconds`, `maxUncheckpointed`, `assets`, `sellers`, `issuers`,
    /// `facilitators`, `registries`, `core4mica`, `clearingHouse`, `guaranteeRegistry`, `rpcUrl`, `coreUrl`. Every key
    /// comes from `seed`: 32 unpredictable bytes.
    ///
    /// # Errors
    /// - [`SandboxError::Production`]: a network that is not known to be a test network.
    /// - [`SandboxError::Options`]: an option that cannot be read.
    /// - [`SandboxError::Entropy`]: random bytes that make no key, once in 2^128.
    pub fn new(options: &[u8], seed: Hash) -> Result<Self, SandboxError> {
        Sandbox::with_operator(options, seed, Some)
    }

    /// Makes one whose BLS key is that of a recording, so that recorded certificates are made again, byte for byte.
    /// For replays: `secret` is 32 big-endian bytes that were published with the recording.
    ///
    /// # Errors
    /// As [`Sandbox::new`]; [`SandboxError::Entropy`] for a secret that is no key.
    #[doc(hidden)]
    pub fn recorded(options: &[u8], seed: Hash, secret: Hash) -> Result<Self, SandboxError> {
        Sandbox::with_operator(options, seed, |operator| operator.with_secret(secret))
    }

    fn with_operator(
        options: &[u8],
        seed: Hash,
        change: impl FnOnce(Operator) -> Option<Operator>,
    ) -> Result<Self, SandboxError> {
        let options = Options::read(options)?;
        let mut entropy = Entropy::new(seed, 0);
        let operator = Operator::new(&mut entropy).ok().and_then(change).ok_or(SandboxError::Entropy)?;
        let mut fresh = || account(&mut entropy).map(|key| key.address()).map_err(|_| SandboxError::Entropy);
        let relay = fresh()?;
        let mut contract = |given: Option<Address>| given.map_or_else(&mut fresh, Ok);
        let chain_id = options.network.chain_id();
        let deployment = Deployment {
            chain_id,
            core4mica: contract(options.core4mica)?,
            clearing_house: contract(options.clearing_house)?,
            guarantee_registry: contract(options.guarantee_registry)?,
            rpc_url: options.rpc_url,
            tokens: options.assets.iter().map(token).collect(),
        };
        let first_asset = options.assets.first().map_or(Address::ZERO, |asset| asset.address);
        let mut sellers = Vec::new();
        for (number, option) in (1..).zip(options.sellers) {
            let pay_to = contract(option.pay_to)?;
            sellers.push(Seller::new(number, options.network, first_asset, pay_to, option));
        }
        let issuers = options.issuers.into_iter().chain(sellers.iter().map(Seller::pay_to)).collect();
        let terms = Terms {
            chain_id,
            house: deployment.clearing_house,
            cycle_s: options.cycle_s,
            payment_s: options.payment_s,
        };
        let issuer = match options.generation {
            Generation::ClearingHouse => Issuer::House(HouseIssuer::new(options.max_uncheckpointed)),
            _ => Issuer::Cycle(CycleIssuer::new(options.registries)),
        };
        let roles = Roles { chain_id, url: options.core_url, facilitators: options.facilitators, issuers };
        Ok(Sandbox {
            network: options.network,
            generation: options.generation,
            assets: options.assets,
            core: Core {
                shared: Shared { deployment, operator, bank: Bank::default(), clearing: Clearing::new(terms) },
                issuer,
                authority: Authority::new(roles),
            },
            facilitator: Facilitator::new(options.network, relay),
            sellers,
            faults: Faults::default(),
            answers: 0,
        })
    }

    /// Answers one request. `now_s` in Unix seconds, `entropy` 32 unpredictable bytes of their own.
    pub fn answer(&mut self, request: &Request<'_>, entropy: Hash, now_s: u64) -> Answer {
        let now_s = now_s.min(LATEST_S);
        let mut entropy = self.entropy(entropy);
        let (host, ..) = request.parts();
        let Sandbox { core, facilitator, sellers, faults, .. } = self;
        match host {
            "core.sandbox.test" => core.answer(request, now_s, &mut entropy, faults),
            "facilitator.sandbox.test" => facilitator.answer(core, request, now_s, faults),
            _ => match sellers.iter().find(|seller| seller.host() == host) {
                Some(seller) => seller.answer(request, facilitator, core, now_s, faults),
                None => Answer::empty(404),
            },
        }
    }

    fn entropy(&mut self, drawn: Hash) -> Entropy {
        self.answers += 1;
        Entropy::new(drawn, self.answers)
    }

    /// The CAIP-2 id of the network.
    pub fn network(&self) -> String {
        format!("{}", self.network)
    }
}

fn token(asset: &AssetOption) -> Token {
    Token { symbol: asset.symbol.clone(), address: asset.address, decimals: asset.decimals }
}
