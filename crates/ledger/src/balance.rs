//! The four columns of an account.

use crate::Refusal;
use units::Sats;

/// What an account's transfers add up to, in sats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Money that has left.
    pub debits_posted: u128,
    /// Money that has arrived.
    pub credits_posted: u128,
    /// Money reserved to leave.
    pub debits_pending: u128,
    /// Money reserved to arrive.
    pub credits_pending: u128,
}

/// The largest value of a column: so that differences of columns fit `i128`.
const COLUMN_MAX: u128 = (1 << 126) - 1;

/// Which column a leg of a transfer changes.
#[derive(Clone, Copy)]
pub(crate) enum Column {
    DebitsPosted,
    CreditsPosted,
    DebitsPending,
    CreditsPending,
}

/// Which way.
#[derive(Clone, Copy)]
pub(crate) enum Change {
    Add,
    Remove,
}

impl Balance {
    /// `credits_posted - debits_posted`. Below zero for `Account::Outside` only.
    #[must_use]
    pub fn posted(&self) -> i128 {
        signed(self.credits_posted).saturating_sub(signed(self.debits_posted))
    }

    /// What can still be spent or reserved: `posted() - debits_pending`.
    #[must_use]
    pub fn spendable(&self) -> i128 {
        self.posted().saturating_sub(signed(self.debits_pending))
    }

    /// True where debits equal credits, posted and pending: what the sum over all accounts must always be.
    #[must_use]
    pub fn is_even(&self) -> bool {
        self.debits_posted == self.credits_posted && self.debits_pending == self.credits_pending
    }

    pub(crate) fn changed(
        mut self,
        column: Column,
        change: Change,
        amount: Sats,
    ) -> Result<Self, Refusal> {
        let value = match column {
            Column::DebitsPosted => &mut self.debits_posted,
            Column::CreditsPosted => &mut self.credits_posted,
            Column::DebitsPending => &mut self.debits_pending,
            Column::CreditsPending => &mut self.credits_pending,
        };
        let amount = u128::from(amount.get());
        let changed = match change {
            Change::Add => value.checked_add(amount),
            Change::Remove => value.checked_sub(amount),
        };
        *value = changed
            .filter(|sum| *sum <= COLUMN_MAX)
            .ok_or(Refusal::Overflow)?;
        Ok(self)
    }
}

/// Columns stay below 2^126, so this never saturates.
fn signed(column: u128) -> i128 {
    i128::try_from(column).unwrap_or(i128::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_stops_before_differences_overflow() {
        let full = Balance {
            credits_posted: COLUMN_MAX,
            debits_posted: COLUMN_MAX,
            ..Balance::default()
        };
        let one = Sats::new(1);
        assert_eq!(
            full.changed(Column::CreditsPosted, Change::Add, one),
            Err(Refusal::Overflow)
        );
        assert_eq!(
            full.changed(Column::DebitsPending, Change::Remove, one),
            Err(Refusal::Overflow)
        );
        assert_eq!(full.posted(), 0);
    }
}
