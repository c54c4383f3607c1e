//! What the host program does with a sandbox beside requests: JSON in, JSON out.
//!
//! Every command is an object whose member `do` names it; amounts are decimal texts in atomic units.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::clearing::{Cycle, Position};
use super::seller::Seller;
use super::wire::any_address;
use super::{Fault, LATEST_S, Sandbox, SandboxError};
use crate::json::{self, Node, Writer};
use crate::primitives::{Address, Amount, Hash, hex};
use crate::registry::Generation;

/// A command as it was written.
struct Command<'n, 'a> {
    node: &'n Node<'a>,
}

impl Command<'_, '_> {
    fn text(&self, name: &'static str) -> Result<&str, SandboxError> {
        self.node.member(name).and_then(|node| node.text()).ok_or(SandboxError::Command { field: name })
    }

    fn address(&self, name: &'static str) -> Result<Address, SandboxError> {
        any_address(self.text(name)?).ok_or(SandboxError::Command { field: name })
    }

    fn amount(&self) -> Result<Amount, SandboxError> {
        Amount::from_decimal(self.text("amount")?).map_err(|_| SandboxError::Command { field: "amount" })
    }
}

impl Sandbox {
    /// Carries out a command: `mint`, `deposit` and `withdraw` with `account`, `amount` and, where there are several,
    /// `asset`; `pay-net-debit`, `claim-net-credit` and `default` with `account` and `cycle` (text id); `close-cycle`
    /// with `asset`; `suspend` and `resume` with `account`; `inject` with `fault`; `admit` with `account`, which
    /// answers an access token; `balances`; `describe`.
    ///
    /// # Errors
    /// - [`SandboxError::Command`]: a member that is missing or makes no sense.
    /// - [`SandboxError::Reverted`]: it cannot be done as things are, and nothing was.
    pub fn command(&mut self, command: &[u8], entropy: Hash, now_s: u64) -> Result<String, SandboxError> {
        let node = json::read(command).map_err(|_| SandboxError::Command { field: "command" })?;
        let command = Command { node: &node };
        let now_s = now_s.min(LATEST_S);
        match command.text("do")? {
            "describe" => return Ok(self.description()),
            "balances" => return Ok(self.core.shared.bank.balances()),
            "close-cycle" => return self.close(&command, now_s),
            "admit" => {
                let account = command.address("account")?;
                let mut entropy = self.entropy(entropy);
                let token = self.core.authority.admit(account, now_s, &mut entropy);
                return Ok(Writer::object().text("accessToken", &token).finish());
            }
            "mint" | "deposit" | "withdraw" => self.transfer(&command, now_s)?,
            "pay-net-debit" | "claim-net-credit" | "default" => self.settle(&command, now_s)?,
            "suspend" => self.core.shared.bank.suspend(command.address("account")?, true),
            "resume" => self.core.shared.bank.suspend(command.address("account")?, false),
            "inject" => {
                let fault = Fault::parse(command.text("fault")?).ok_or(SandboxError::Command { field: "fault" })?;
                self.faults.inject(fault);
            }
            _ => return Err(SandboxError::Command { field: "do" }),
        }
        Ok(String::from("null"))
    }

    fn transfer(&mut self, command: &Command<'_, '_>, now_s: u64) -> Result<(), SandboxError> {
        let account = command.address("account")?;
        let asset = self.asset(command)?;
        let amount = command.amount()?;
        let bank = &mut self.core.shared.bank;
        match command.text("do")? {
            "mint" => bank.mint(account, asset, amount)?,
            "deposit" => bank.deposit((account, asset), amount, now_s)?,
            _ => bank.withdraw((account, asset), amount, now_s)?,
        }
        Ok(())
    }

    fn settle(&mut self, command: &Command<'_, '_>, now_s: u64) -> Result<(), SandboxError> {
        let account = command.address("account")?;
        let cycle = command.text("cycle")?;
        let shared = &mut self.core.shared;
        match command.text("do")? {
            "pay-net-debit" => shared.clearing.pay(cycle, &account, &mut shared.bank, now_s)?,
            "claim-net-credit" => shared.clearing.claim(cycle, &account, &mut shared.bank)?,
            _ => shared.clearing.default(cycle, &account, &mut shared.bank, now_s)?,
        }
        Ok(())
    }

    fn close(&mut self, command: &Command<'_, '_>, now_s: u64) -> Result<String, SandboxError> {
        let asset = self.asset(command)?;
        let shared = &mut self.core.shared;
        let closed = shared.clearing.close(&asset, &mut shared.bank, now_s)?;
        let cycles: Vec<String> = closed.into_iter().map(closed_cycle).collect();
        Ok(format!("[{}]", cycles.join(",")))
    }

    // The only asset needs no name.
    fn asset(&self, command: &Command<'_, '_>) -> Result<Address, SandboxError> {
        match (command.node.member("asset"), self.assets.as_slice()) {
            (None, [only]) => Ok(only.address),
            _ => command.address("asset"),
        }
    }

    // Cores and assets as a payer's options name them.
    fn description(&self) -> String {
        let network = self.network();
        let deployment = &self.core.shared.deployment;
        let is_house = self.generation == Generation::ClearingHouse;
        let contract = if is_house { deployment.clearing_house } else { deployment.core4mica };
        let core = Writer::object()
            .text("network", &network)
            .text("url", "https://core.sandbox.test")
            .text("generation", self.generation.as_str())
            .text("name", if is_house { "4micaClearingHouse" } else { "4mica" })
            .text("version", "1")
            .text("contract", &contract.checksummed());
        let core = match is_house {
            true => core.text("guaranteeSigner", &self.core.shared.operator.address().checksummed()),
            false => core
                .text("operatorKey", &hex::encode(&self.core.shared.operator.public_key()))
                .text("clearingHouse", &deployment.clearing_house.checksummed()),
        };
        let assets = self.assets.iter().map(|asset| {
            Writer::object()
                .text("network", &network)
                .text("address", &asset.address.checksummed())
                .text("name", &asset.name)
                .text("version", &asset.version)
                .integer("decimals", u64::from(asset.decimals))
                .text_if("currency", asset.currency.as_deref())
                .finish()
        });
        let assets: Vec<String> = assets.collect();
        let sellers: Vec<String> = self.sellers.iter().map(Seller::description).collect();
        Writer::object()
            .text("network", &network)
            .raw("cores", &format!("[{}]", core.finish()))
            .raw("assets", &format!("[{}]", assets.join(",")))
            .raw("sellers", &format!("[{}]", sellers.join(",")))
            .finish()
    }
}

fn closed_cycle(cycle: &Cycle) -> String {
    let position = |position: &Position| {
        Writer::object()
            .text("participant", &position.participant.checksummed())
            .text("netDebit", &position.debit.to_string())
            .text("netCredit", &position.credit.to_string())
            .finish()
    };
    let batch = cycle.batch.as_ref();
    let positions: Vec<String> = batch.iter().flat_map(|batch| &batch.positions).map(position).collect();
    let root = batch.map_or([0; 32], |batch| batch.root);
    Writer::object()
        .text("cycle", &cycle.text)
        .text("cycleId", &hex::encode(&cycle.id))
        .text("asset", &cycle.asset.checksummed())
        .text("merkleRoot", &hex::encode(&root))
        .raw("positions", &format!("[{}]", positions.join(",")))
        .finish()
}
