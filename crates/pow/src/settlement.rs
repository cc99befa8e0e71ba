//! What verified work is worth.

use units::{Price, Sats, Work};

/// Hashes in one PH/s and day: 10^15 * 86,400.
pub const HASHES_PER_PHS_DAY: u128 = 86_400_000_000_000_000_000;

/// The amount owed for all the work of a contract so far: `floor(work * price / (10^15 * 86,400))`; `None` where that
/// passes the type. An epoch pays this minus what was owed before it, so that rounding never drifts.
#[must_use]
pub fn owed(work: Work, price: Price) -> Option<Sats> {
    // work = days * HASHES_PER_PHS_DAY + rest splits the product, so that it stays within 128 bits.
    let days = work.get().checked_div(HASHES_PER_PHS_DAY)?;
    let rest = work.get().checked_rem(HASHES_PER_PHS_DAY)?;
    let price = u128::from(price.get());
    let whole = days.checked_mul(price)?;
    let part = rest.checked_mul(price)?.checked_div(HASHES_PER_PHS_DAY)?;
    u64::try_from(whole.checked_add(part)?).ok().map(Sats::new)
}

/// The most work that is not worth more than this; `None` where the price is zero or the work passes the type.
#[must_use]
pub fn work_for(amount: Sats, price: Price) -> Option<Work> {
    // The most work with floor(work * price / day) <= amount is floor(((amount + 1) * day - 1) / price).
    let above = u128::from(amount.get()).checked_add(1)?;
    let limit = above.checked_mul(HASHES_PER_PHS_DAY)?.checked_sub(1)?;
    limit.checked_div(price.get().into()).map(Work::new)
}

/// The operator's fee on an amount: `floor(amount * fee_bps / 10,000)`; `None` above 10,000.
#[must_use]
pub fn fee(amount: Sats, fee_bps: u16) -> Option<Sats> {
    if fee_bps > 10_000 {
        return None;
    }
    let product = u128::from(amount.get()).checked_mul(u128::from(fee_bps))?;
    u64::try_from(product.checked_div(10_000)?)
        .ok()
        .map(Sats::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_more_work_is_worth_the_amount(amount in 0..1_u64 << 40, price in 1..1_u64 << 50) {
            let (amount, price) = (Sats::new(amount), Price::new(price));
            let most = work_for(amount, price).unwrap();
            prop_assert!(owed(most, price).unwrap() <= amount);
            let more = Work::new(most.get() + 1);
            prop_assert!(owed(more, price).is_none_or(|owed| owed > amount));
        }
    }

    #[test]
    fn one_petahash_day_costs_its_price() {
        let day = Work::new(HASHES_PER_PHS_DAY);
        assert_eq!(owed(day, Price::new(51_234)), Some(Sats::new(51_234)));
        assert_eq!(
            owed(Work::new(HASHES_PER_PHS_DAY - 1), Price::new(1)),
            Some(Sats::ZERO)
        );
        assert_eq!(owed(Work::ZERO, Price::MAX), Some(Sats::ZERO));
        assert_eq!(owed(Work::MAX, Price::MAX), None);
        assert_eq!(fee(Sats::new(9_999), 100), Some(Sats::new(99)));
        assert_eq!(fee(Sats::new(1), 10_001), None);
    }

    proptest! {
        #[test]
        fn splitting_the_work_never_changes_the_sum(parts in prop::collection::vec(0u64.., 1..50), price: u32) {
            let price = Price::new(u64::from(price) << 20);
            let (mut work, mut paid) = (Work::ZERO, Sats::ZERO);
            for part in parts {
                work = work.checked_add(Work::new(u128::from(part))).unwrap();
                let epoch = owed(work, price).unwrap().checked_sub(paid).unwrap();
                paid = paid.checked_add(epoch).unwrap();
            }
            let exact = work.get() * u128::from(price.get()) / HASHES_PER_PHS_DAY;
            prop_assert_eq!(u128::from(paid.get()), exact);
        }
    }
}
