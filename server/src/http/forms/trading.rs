//! What the forms of the market have in common.

use super::{Fields, Forms, filled};
use api::{Error, RequestKey};
use app::{Filled, Review, forms::in_form};
use axum::{http::request::Parts, response::Response};

/// The request's own name.
pub(super) fn key(fields: &Fields) -> Option<RequestKey> {
    fields.get("key").and_then(|key| key.parse().ok())
}

impl Forms {
    /// The page again, with the reason at the form's own field.
    pub(super) async fn refuse_in_form(
        &self,
        form: &str,
        fields: Fields,
        error: Error,
        parts: Parts,
    ) -> Response {
        self.refuse(form, fields, in_form(error), parts).await
    }

    /// The page again, with what an order would do.
    pub(super) async fn reviewed(
        &self,
        form: &str,
        fields: Fields,
        review: Review,
        parts: Parts,
    ) -> Response {
        let shown = Filled {
            review: Some(review),
            ..filled(form, fields, None)
        };
        (self.again)(shown, parts).await
    }
}

/// Where an order's placing leads: to the list of orders, which says what came of it.
pub(super) fn placed(kind: &str, placed: &api::Placed) -> String {
    let contracts = placed.fills.iter().take(CONTRACTS_NAMED);
    let contracts: Vec<_> = contracts.map(|fill| fill.contract.to_string()).collect();
    let mut place = format!("/orders?done={kind}");
    if !contracts.is_empty() {
        place.push_str(&format!("&contracts={}", contracts.join(",")));
    }
    let more = placed.fills.len().saturating_sub(CONTRACTS_NAMED);
    if more > 0 {
        place.push_str(&format!("&more={more}"));
    }
    for (name, part) in [
        ("traded", placed.filled_hs),
        ("waits", placed.resting_hs),
        ("cancelled", placed.cancelled_hs),
    ] {
        if !part.is_zero() {
            place.push_str(&format!("&{name}={part}"));
        }
    }
    place
}

/// An address stays short, however many contracts an order opens.
const CONTRACTS_NAMED: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;
    use api::{Placed, PlacedFill};
    use units::{Hashrate, Price, Sats};

    #[test]
    fn the_next_address_says_what_came_of_an_order() {
        let fill = |contract| PlacedFill {
            contract,
            price_sats_per_phs_day: Price::new(1),
            hashrate_hs: Hashrate::new(1),
            escrow_sats: Sats::ZERO,
            bond_sats: Sats::ZERO,
        };
        let mut order = Placed {
            dry_run: false,
            id: 7,
            fills: vec![fill(3), fill(4)],
            filled_hs: Hashrate::new(2),
            resting_hs: Hashrate::ZERO,
            cancelled_hs: Hashrate::ZERO,
            held_sats: Sats::ZERO,
            escrow_sats: Sats::ZERO,
            bond_sats: Sats::ZERO,
            search_truncated: false,
        };
        let place = "/orders?done=bid&contracts=3,4&traded=2";
        assert_eq!(placed("bid", &order), place);
        order.cancelled_hs = Hashrate::new(90);
        assert_eq!(placed("bid", &order), format!("{place}&cancelled=90"));
        order.fills = (1..=23).map(fill).collect();
        let long = placed("bid", &order);
        assert!(long.contains(",20&more=3&traded="), "{long}");
        order.fills.clear();
        (order.filled_hs, order.cancelled_hs) = (Hashrate::ZERO, Hashrate::ZERO);
        order.resting_hs = Hashrate::new(1);
        assert_eq!(placed("ask", &order), "/orders?done=ask&waits=1");
    }
}
