//! Which offer a payment takes: its envelope in, the offers it may be for out.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use crate::error::SaleCode;
use crate::json::{self, Node, is_same};
use crate::payment::Payment;
use crate::sale::{Refusal, SaleOffer, Terms};
use crate::x402::Version;

/// In version 2 the one whose entry it repeats, value by value; in version 1 those of its scheme and network, which is all
/// that it names.
pub(super) fn candidates(terms: &Terms, payment: &Payment<'_>) -> Result<Vec<Rc<SaleOffer>>, Refusal> {
    let alike = |offer: &&Rc<SaleOffer>| (offer.scheme, offer.network) == (payment.scheme, payment.network);
    let mut alike: Vec<Rc<SaleOffer>> = terms.offers().iter().filter(alike).cloned().collect();
    if alike.is_empty() {
        return Err(Refusal::new(SaleCode::NoMatch, "scheme and network"));
    }
    let accepted = match (payment.version, payment.member("accepted")) {
        (Version::V1, _) => return Ok(alike),
        (Version::V2, None) => return Err(Refusal::new(SaleCode::NoMatch, "accepted")),
        (Version::V2, Some(accepted)) => accepted,
    };
    match alike.iter().position(|offer| repeats(accepted, offer)) {
        Some(at) => Ok(alloc::vec![alike.swap_remove(at)]),
        None => Err(Refusal::new(SaleCode::NoMatch, differing(accepted, &alike))),
    }
}

fn repeats(accepted: &Node<'_>, offer: &SaleOffer) -> bool {
    json::read(offer.entry().as_bytes()).is_ok_and(|entry| is_same(accepted, &entry))
}

// Names of our own fields only: a stranger's are not repeated.
fn differing(accepted: &Node<'_>, alike: &[Rc<SaleOffer>]) -> String {
    let fewest = alike
        .iter()
        .filter_map(|offer| {
            let entry = json::read(offer.entry().as_bytes()).ok()?;
            let differs = |(name, node): &&(alloc::borrow::Cow<'_, str>, Node<'_>)| {
                accepted.member(name).is_none_or(|stated| !is_same(stated, node))
            };
            Some(entry.members()?.iter().filter(differs).map(|(name, _)| String::from(&**name)).collect::<Vec<_>>())
        })
        .min_by_key(Vec::len);
    match fewest {
        Some(names) if !names.is_empty() => names.join(", "),
        _ => String::from("a field that was not offered"),
    }
}
