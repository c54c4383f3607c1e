//! From a yes to what can be planned: ask the pinned core what a guarantee must say, and the seller for its tab where
//! the generation has tabs.
//!
//! Which URL is asked is decided here: those of the pinned core, and a tab endpoint on the seller's own origin or one
//! that the owner listed. No other URL of a seller is ever used (threats P46 to P48).

use alloc::string::{String, ToString};
use alloc::sync::Arc;

use crate::core4mica::{self, ActiveCycle, CoreError, Parameters};
use crate::policy::Approved;
use crate::primitives::Address;
use crate::purchase::guarantee::Prepared;
use crate::purchase::{Command, Failure, Purchase, Stage};
use crate::registry::{Core, Generation};
use crate::scheme::Method;
use crate::scheme::guarantee::{Tab, TabError};

/// Largest document of a core, in bytes.
const MAX_DOCUMENT_BYTES: usize = 64 * 1024;

impl Purchase {
    pub(super) fn prepare(&mut self, approved: Approved, payer: Address) -> Command {
        if approved.offer().method == Method::Eip3009 {
            return self.plan(approved, payer, None);
        }
        let Some(core) = self.config.registry.core(approved.offer().network) else {
            let facts = approved.offer().network.to_string();
            return self.fail(Failure::with(CoreError::Unknown.code(), facts));
        };
        let url = core4mica::parameters_url(&core);
        self.stage = Stage::NeedsParameters { approved, payer, core };
        Command::Fetch { url, body: None }
    }

    /// The answer to [`Command::Fetch`] or [`Command::ActiveCycle`]: status (0 for none) and body.
    pub fn on_fetched(&mut self, status: u16, body: &[u8], now_s: u64) -> Command {
        self.tick(now_s);
        let stage = self.take_stage();
        match stage {
            Stage::NeedsTab { approved, payer, prepared } => self.on_tab(status, body, approved, payer, prepared),
            Stage::NeedsParameters { .. } | Stage::NeedsCycle { .. } => {
                if let Err(error) = core4mica::check_status(status) {
                    return self.fail(Failure::with(error.code(), alloc::format!("status {status}")));
                }
                self.on_document(stage, body)
            }
            other => self.out_of_order(other),
        }
    }

    fn on_document(&mut self, stage: Stage, body: &[u8]) -> Command {
        match stage {
            Stage::NeedsParameters { approved, payer, core } => match read_parameters(body, core) {
                Err(failure) => self.fail(failure),
                Ok(prepared) => self.consult(approved, payer, prepared),
            },
            Stage::NeedsCycle { approved, payer, mut prepared } => {
                match ActiveCycle::read(body, &approved.offer().asset.address, self.now_s) {
                    Err(error) => self.refuse(error.code()),
                    Ok(cycle) => {
                        prepared.cycle = Some(cycle);
                        self.plan(approved, payer, Some(prepared))
                    }
                }
            }
            other => self.out_of_order(other),
        }
    }

    // What the generation needs besides the parameters. One that the owner pinned asks nobody what it is.
    fn consult(&mut self, approved: Approved, payer: Address, prepared: Prepared) -> Command {
        let offer = approved.offer();
        let endpoint = match &offer.method {
            Method::Guarantee { tab_endpoint, .. } => tab_endpoint.clone(),
            Method::Eip3009 => None,
        };
        let pinned = prepared.core.generation;
        match (prepared.parameters.generation, endpoint) {
            (Generation::ClearingHouse, _) => {
                let (network, asset) = (offer.network, offer.asset.address);
                self.stage = Stage::NeedsCycle { approved, payer, prepared };
                Command::ActiveCycle { payer, network, asset }
            }
            (Generation::Tab, None) => self.fail(Failure::with(TabError::Endpoint.code(), String::from("missing"))),
            (Generation::Tab, Some(url)) => self.ask_for_tab(url, approved, payer, prepared),
            (Generation::Cycle, Some(url)) if pinned.is_none() => self.ask_for_tab(url, approved, payer, prepared),
            (Generation::Cycle | Generation::Sdk2, _) => self.plan(approved, payer, Some(prepared)),
        }
    }

    fn ask_for_tab(&mut self, url: String, approved: Approved, payer: Address, prepared: Prepared) -> Command {
        let Some(seller) = self.request.parse_url() else { return self.out_of_order(Stage::Over) };
        if !Tab::may_ask(&url, &seller.origin, &prepared.core.tab_origins) {
            return self.fail(Failure::with(TabError::Endpoint.code(), String::from("origin")));
        }
        let body = Tab::request(&approved.offer().envelope, &payer);
        self.stage = Stage::NeedsTab { approved, payer, prepared };
        Command::Fetch { url, body: Some(body) }
    }

    fn on_tab(
        &mut self,
        status: u16,
        body: &[u8],
        approved: Approved,
        payer: Address,
        mut prepared: Prepared,
    ) -> Command {
        if !(200..300).contains(&status) {
            return self.fail(Failure::with(TabError::Endpoint.code(), alloc::format!("status {status}")));
        }
        match Tab::read(body, &payer) {
            Err(error) => self.refuse(error.code()),
            Ok(tab) => {
                prepared.tab = tab;
                self.plan(approved, payer, Some(prepared))
            }
        }
    }
}

fn read_parameters(body: &[u8], core: Core) -> Result<Prepared, Failure> {
    let refused = |error: CoreError| Failure::with(error.code(), core.url.clone());
    let text = core::str::from_utf8(body).ok().filter(|_| body.len() <= MAX_DOCUMENT_BYTES);
    let document = String::from(text.ok_or_else(|| refused(CoreError::Answer))?);
    let parameters = Parameters::parse(body, &core).map_err(refused)?;
    if let Some(field) = parameters.difference(&core) {
        return Err(Failure::with(CoreError::Changed.code(), String::from(field)));
    }
    Ok(Prepared { core, document, parameters: Arc::new(parameters), cycle: None, tab: None })
}
