//! Who pays for refused work: what a bid may ask for and an ask may accept.

use crate::{OrderTerms, Product, Refusal};
use orderbook::{Burden, BurdenSet};
use pow::settlement::{Payer, RejectTerms};

/// Refuses terms that no contract can have.
///
/// A bundle holds no share that we refused, and money leaves escrow only against proven work: stale shares are the host's. Nothing
/// fills the operator's float. And the pool is the buyer's: in a term, which a host leaves at the cost of his bond, one that refuses
/// good shares would have him work for nothing.
pub(crate) fn check(order: &OrderTerms) -> Result<(), Refusal> {
    let terms = &order.rejects;
    if terms.need_float() {
        return Err(Refusal::OperatorPaysNothing);
    }
    if terms.seller_stale != Payer::Host {
        return Err(Refusal::StaleIsTheHosts);
    }
    if order.product != Product::Spot && !terms.ignore_answers() {
        return Err(Refusal::PoolIsTheBuyers);
    }
    Ok(())
}

/// As the book compares them: an ask bears what is in its set and may trade with any bid that asks for no more.
#[must_use]
pub fn borne_by_host(terms: &RejectTerms) -> BurdenSet {
    let classes = [
        (Burden::PoolReject, terms.pool_reject),
        (Burden::PoolDown, terms.pool_down),
    ];
    let borne = classes.iter().filter(|(_, payer)| *payer == Payer::Host);
    let borne: Vec<Burden> = borne.map(|(burden, _)| *burden).collect();
    BurdenSet::of(&borne)
}
