//! Money held for a resting order: a bid's budget, or the bonds of a term ask.

use crate::transfers::{self, Purpose};
use ledger::Transfer;
use serde::{Deserialize, Serialize};
use units::{AccountId, Hashrate, OrderId, Sats, Timestamp};

/// What is held for an order, and what of it has gone to contracts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reserve {
    /// Whose money it is.
    pub account: AccountId,
    /// What it is for.
    pub purpose: Purpose,
    /// What the order wanted to trade when the amount was fixed.
    pub hashrate: Hashrate,
    /// For that hashrate.
    pub amount: Sats,
    /// What the order still wants.
    pub left: Hashrate,
    /// What has gone to contracts since.
    pub used: Sats,
    /// The number of the hold that stands; the first is 0.
    pub holds: u64,
    /// Where the order is good till a time, that.
    pub until: Option<Timestamp>,
}

impl Reserve {
    /// The first hold of an order.
    pub(crate) const fn new(
        (account, purpose): (AccountId, Purpose),
        hashrate: Hashrate,
        amount: Sats,
        until: Option<Timestamp>,
    ) -> Self {
        Self {
            account,
            purpose,
            hashrate,
            amount,
            left: hashrate,
            used: Sats::ZERO,
            holds: 0,
            until,
        }
    }

    /// What is held now.
    #[must_use]
    pub fn held(&self) -> Sats {
        // Parts are differences of floors that end at the amount.
        self.amount.checked_sub(self.used).unwrap_or(Sats::ZERO)
    }

    /// A trade left so much: its part of the money, and what stands after it. Parts are differences of
    /// `floor(amount * traded / hashrate)`, so that they add up to the amount exactly.
    pub(crate) fn taken(self, left: Hashrate) -> Option<(Sats, Self)> {
        let traded = self.hashrate.checked_sub(left)?;
        let product = u128::from(self.amount.get()).checked_mul(traded.get())?;
        let used = product.checked_div(self.hashrate.get())?;
        let used = u64::try_from(used).ok().map(Sats::new)?;
        let part = used.checked_sub(self.used)?;
        let after = Self {
            left,
            used,
            holds: self.holds.checked_add(1)?,
            ..self
        };
        Some((part, after))
    }

    /// The order wants less: the money for what it still wants, rounded up, never more than is held.
    pub(crate) fn resized(self, left: Hashrate) -> Option<Self> {
        let product = u128::from(self.held().get()).checked_mul(left.get())?;
        let amount = match self.left.get() {
            0 => 0,
            before => product.div_ceil(before),
        };
        Some(Self {
            hashrate: left,
            amount: u64::try_from(amount).ok().map(Sats::new)?.min(self.held()),
            left,
            used: Sats::ZERO,
            holds: self.holds.checked_add(1)?,
            ..self
        })
    }

    pub(crate) fn hold(&self, order: OrderId) -> Transfer {
        transfers::hold(self, order)
    }

    /// Ends the hold; `expired` where its time is over.
    pub(crate) fn give_back(&self, order: OrderId, expired: Option<Timestamp>) -> Transfer {
        match (expired, self.until) {
            (Some(at), Some(_)) => transfers::expire(self, order, at),
            _ => transfers::release(self, order),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reserve(lots: u128, sats: u64) -> Reserve {
        let owner = ("b".parse().unwrap(), Purpose::Budget);
        Reserve::new(owner, Hashrate::new(lots), Sats::new(sats), None)
    }

    #[test]
    fn parts_add_up_whatever_the_trades() {
        let (mut kept, mut sum) = (reserve(7, 100), 0);
        for left in [4, 3, 0] {
            let (part, after) = kept.taken(Hashrate::new(left)).unwrap();
            (kept, sum) = (after, sum + part.get());
        }
        assert_eq!((sum, kept.held(), kept.holds), (100, Sats::ZERO, 3));
        assert_eq!(kept.taken(Hashrate::new(8)), None);
    }

    #[test]
    fn a_smaller_order_holds_no_more_than_before() {
        let (_, after) = reserve(7, 100).taken(Hashrate::new(4)).unwrap();
        assert_eq!(after.held(), Sats::new(58));
        let smaller = after.resized(Hashrate::new(3)).unwrap();
        assert_eq!((smaller.held(), smaller.holds), (Sats::new(44), 2));
        let (all, empty) = smaller.taken(Hashrate::ZERO).unwrap();
        assert_eq!((all, empty.held()), (Sats::new(44), Sats::ZERO));
        assert_eq!(
            after.resized(Hashrate::new(4)).unwrap().held(),
            after.held()
        );
    }
}
