//! Who pays for refused work, read and told.

use super::choices::{payer, payer_of};
use orderbook::{Burden, Order, Side};
use pow::settlement::{Payer, RejectTerms};

pub(super) const fn read(asked: &api::RejectTerms) -> RejectTerms {
    RejectTerms {
        seller_stale: payer_of(asked.seller_stale),
        pool_reject: payer_of(asked.pool_reject),
        pool_down: payer_of(asked.pool_down),
    }
}

pub(crate) const fn tell(terms: &RejectTerms) -> api::RejectTerms {
    api::RejectTerms {
        seller_stale: payer(terms.seller_stale),
        pool_reject: payer(terms.pool_reject),
        pool_down: payer(terms.pool_down),
    }
}

/// What a bid asks the host to bear, or an ask's host is ready to.
pub(super) fn of_order(order: &Order) -> api::RejectTerms {
    let bears = match order.side {
        Side::Bid => order.constraints.bears,
        Side::Ask => order.attributes.bears,
    };
    let of = |burden| match bears.contains(burden) {
        true => Payer::Host,
        false => Payer::Buyer,
    };
    tell(&RejectTerms {
        seller_stale: Payer::Host,
        pool_reject: of(Burden::PoolReject),
        pool_down: of(Burden::PoolDown),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_tells_what_was_read() {
        for json in [
            "{}",
            r#"{"pool_reject":"host"}"#,
            r#"{"pool_down":"host"}"#,
            r#"{"pool_reject":"host","pool_down":"host"}"#,
        ] {
            let asked: api::RejectTerms = serde_json::from_str(json).unwrap();
            let bears = market::borne_by_host(&read(&asked));
            for side in [Side::Bid, Side::Ask] {
                let (id, account) = (units::OrderId::new(1), "a".parse().unwrap());
                let hashrate = units::Hashrate::new(1);
                let mut order = Order::limit(id, account, side, hashrate, units::Price::new(1));
                match side {
                    Side::Bid => order.constraints.bears = bears,
                    Side::Ask => order.attributes.bears = bears,
                }
                assert_eq!(of_order(&order), asked, "{json}");
            }
        }
        let odd = r#"{"seller_stale":"buyer","pool_reject":"operator"}"#;
        let odd: api::RejectTerms = serde_json::from_str(odd).unwrap();
        assert_eq!(tell(&read(&odd)), odd);
    }
}
