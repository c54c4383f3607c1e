//! What an account signed, from its own records: the side of the comparison that nobody else can write.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::policy::asset_text;
use crate::primitives::{Address, Amount, Hash, Network};
use crate::record::{Record, State};
use crate::registry::Generation;

/// One guarantee that may be charged.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Signed {
    pub(super) purchase_id: String,
    pub(super) asset: Address,
    pub(super) amount: Amount,
    pub(super) recipient: Address,
    pub(super) req_id: Hash,
    /// Cycle of its certificate; `None` while nobody showed one.
    pub(super) cycle_id: Option<Hash>,
    /// Unix second of its signature, or of the question to the wallet.
    pub(super) at_s: u64,
    pub(super) digest: Hash,
}

/// Every guarantee of one account on one network.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    pub(super) signed: Vec<Signed>,
    /// Texts that are no sound record of this version.
    pub(super) unread: u64,
}

impl Ledger {
    pub(super) fn read(records: &[String], network: Network, payer: &Address) -> Self {
        let mut ledger = Ledger::default();
        for text in records {
            match Record::read(text.as_bytes()) {
                None => ledger.unread += 1,
                Some(record) => ledger.signed.extend(signed(&record, network, payer)),
            }
        }
        ledger
    }

    /// The tokens it signed for.
    pub(super) fn assets(&self) -> Vec<Address> {
        let mut assets: Vec<Address> = self.signed.iter().map(|signed| signed.asset).collect();
        assets.sort();
        assets.dedup();
        assets
    }

    /// The second of the first signature in a token.
    pub(super) fn first_s(&self, asset: &Address) -> Option<u64> {
        self.signed.iter().filter(|signed| signed.asset == *asset).map(|signed| signed.at_s).min()
    }

    /// Everything ever signed in a token that was not proven dead. `None` above 2^256 - 1.
    pub(super) fn total(&self, asset: &Address) -> Option<Amount> {
        sum(self.signed.iter().filter(|signed| signed.asset == *asset))
    }

    /// The most that may be charged in a cycle: what has its certificate, and what has none anywhere.
    pub(super) fn chargeable(&self, asset: &Address, cycle_id: &Hash) -> Option<Amount> {
        let here = |signed: &&Signed| signed.cycle_id.is_none_or(|cycle| cycle == *cycle_id);
        sum(self.signed.iter().filter(|signed| signed.asset == *asset).filter(here))
    }

    /// Cycles with a certificate: token, cycle, and the second its first guarantee was signed in.
    pub(super) fn cycles(&self) -> Vec<(Address, Hash, u64)> {
        let mut cycles: BTreeMap<(Address, Hash), u64> = BTreeMap::new();
        for signed in &self.signed {
            if let Some(cycle_id) = signed.cycle_id {
                let first = cycles.entry((signed.asset, cycle_id)).or_insert(signed.at_s);
                *first = signed.at_s.min(*first);
            }
        }
        cycles.into_iter().map(|((asset, cycle_id), at_s)| (asset, cycle_id, at_s)).collect()
    }
}

fn sum<'a>(mut signed: impl Iterator<Item = &'a Signed>) -> Option<Amount> {
    signed.try_fold(Amount::from_u64(0), |sum, signed| sum.plus(signed.amount))
}

// A guarantee does not expire: once the wallet was asked, only a refusal that was proven takes it away.
fn signed(record: &Record, network: Network, payer: &Address) -> Option<Signed> {
    match record.state() {
        State::Reserved | State::Signed | State::Unknown | State::Settled => {}
        State::Planned | State::Asked | State::Approved | State::Refused | State::Dead => return None,
    }
    let (terms, attempt) = (record.terms.as_ref()?, record.attempt.as_ref()?);
    let ours = Generation::parse(&attempt.kind).is_some()
        && attempt.payer == *payer
        && Network::parse(&terms.network) == Some(network);
    let (_, reference) = terms.asset.rsplit_once(':')?;
    // No address: native ether.
    let asset = Address::parse(reference).unwrap_or(Address::ZERO);
    let spelled = asset_text(&(network, asset)) == terms.asset;
    let asked = record.history().iter().find(|step| step.state == State::Reserved)?;
    (ours && spelled).then(|| Signed {
        purchase_id: record.purchase_id.clone(),
        asset,
        amount: terms.amount,
        recipient: terms.pay_to,
        req_id: attempt.nonce,
        cycle_id: record.evidence.cycle_id,
        at_s: asked.at_s,
        digest: attempt.digest,
    })
}
