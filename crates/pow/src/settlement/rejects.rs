//! Who pays for work whose share was refused: a term of the contract, decided from the two recorded answers.

use crate::settlement::owed;
use serde::{Deserialize, Serialize};
use units::{Price, Sats, Work};

/// Our answer to a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OurAnswer {
    /// It counts: it met its assigned target, in time, and was not counted before.
    Counted,
    /// It met its assigned target, and came after its job had been replaced.
    Stale,
    /// A duplicate, above its target, or malformed: there is no work in it.
    Invalid,
}

/// The pool's answer to the same share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PoolAnswer {
    /// It did not meet the pool's target, or was not sent on for another reason that is ours.
    NotAsked,
    /// The pool took it.
    Accepted,
    /// The pool did not, whatever number it gave.
    Refused,
    /// An answer was due, and none is recorded (yet).
    Silent,
}

/// What two answers make of a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Proven work that nobody disputes: the buyer pays.
    Proven,
    /// Work that came too late for its job.
    SellerStale,
    /// We counted it, and the pool refused it.
    PoolReject,
    /// We counted it, and the pool never answered.
    PoolDown,
    /// No work: nobody pays.
    NoWork,
}

/// Who bears a class of refused work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payer {
    /// The host is paid for it out of the contract's escrow.
    Buyer,
    /// The host is not paid for it.
    Host,
    /// The host is paid for it out of the operator's float.
    Operator,
}

/// A contract's terms on refused work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectTerms {
    /// Of [`Class::SellerStale`].
    pub seller_stale: Payer,
    /// Of [`Class::PoolReject`].
    pub pool_reject: Payer,
    /// Of [`Class::PoolDown`].
    pub pool_down: Payer,
}

/// The work of a contract so far, by class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// What we counted, by the assigned targets, whatever the pool said.
    pub counted_hashes: Work,
    /// Of stale shares, by the assigned targets.
    pub stale_hashes: Work,
    /// What the pool's refusals stand for.
    pub refused_hashes: Work,
    /// What the pool's silence stands for.
    pub silent_hashes: Work,
}

/// The work of a contract so far that the host is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Payable {
    /// All of it.
    pub all_hashes: Work,
    /// The operator's part of it; the rest is the buyer's.
    pub operator_hashes: Work,
}

/// Money out of the two accounts that pay a host, fee included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pay {
    /// Out of the contract's escrow.
    pub escrow_sats: Sats,
    /// Out of the operator's float.
    pub float_sats: Sats,
}

impl Class {
    /// By the two answers. A stale share that the pool took all the same was good.
    #[must_use]
    pub const fn of(ours: OurAnswer, pools: PoolAnswer) -> Self {
        match (ours, pools) {
            (OurAnswer::Invalid, _) => Self::NoWork,
            (_, PoolAnswer::Accepted) | (OurAnswer::Counted, PoolAnswer::NotAsked) => Self::Proven,
            (OurAnswer::Stale, _) => Self::SellerStale,
            (OurAnswer::Counted, PoolAnswer::Refused) => Self::PoolReject,
            (OurAnswer::Counted, PoolAnswer::Silent) => Self::PoolDown,
        }
    }
}

impl Payer {
    /// As a bundle's terms write it.
    #[must_use]
    pub const fn to_u8(self) -> u8 {
        match self {
            Self::Buyer => 0,
            Self::Host => 1,
            Self::Operator => 2,
        }
    }

    /// Who is written so.
    #[must_use]
    pub const fn from_u8(number: u8) -> Option<Self> {
        Some(match number {
            0 => Self::Buyer,
            1 => Self::Host,
            2 => Self::Operator,
            _ => return None,
        })
    }
}

impl Default for RejectTerms {
    /// A host is paid for what we counted and for nothing else: the pool is the buyer's choice, the machines the host's.
    fn default() -> Self {
        Self {
            seller_stale: Payer::Host,
            pool_reject: Payer::Buyer,
            pool_down: Payer::Buyer,
        }
    }
}

impl Tally {
    /// Adds one share; `None` where a sum passes its type.
    ///
    /// `assigned` is the work of the target that we assigned, `pool` of the target that the pool asked for. A share that
    /// met both stands for the harder one's work: so many hashes it takes to send the pool one share.
    #[must_use]
    pub fn with(mut self, class: Class, assigned: Work, pool: Work) -> Option<Self> {
        let counted = match class {
            Class::NoWork => return Some(self),
            Class::SellerStale => {
                self.stale_hashes = self.stale_hashes.checked_add(assigned)?;
                return Some(self);
            }
            Class::Proven | Class::PoolReject | Class::PoolDown => assigned,
        };
        self.counted_hashes = self.counted_hashes.checked_add(counted)?;
        if let Some(disputed) = self.disputed(class) {
            *disputed = disputed.checked_add(assigned.max(pool))?;
        }
        Some(self)
    }

    /// A share's class after the pool's late answer: it was added as [`Class::PoolDown`] with the same works. `None` where it
    /// was not, or where that answer leaves no work.
    #[must_use]
    pub fn answered(mut self, class: Class, assigned: Work, pool: Work) -> Option<Self> {
        let stands_for = assigned.max(pool);
        self.silent_hashes = self.silent_hashes.checked_sub(stands_for)?;
        match class {
            Class::NoWork | Class::SellerStale => return None,
            Class::Proven | Class::PoolReject | Class::PoolDown => {}
        }
        if let Some(disputed) = self.disputed(class) {
            *disputed = disputed.checked_add(stands_for)?;
        }
        Some(self)
    }

    const fn disputed(&mut self, class: Class) -> Option<&mut Work> {
        match class {
            Class::PoolReject => Some(&mut self.refused_hashes),
            Class::PoolDown => Some(&mut self.silent_hashes),
            Class::Proven | Class::SellerStale | Class::NoWork => None,
        }
    }
}

impl RejectTerms {
    /// The work that the host is paid for; `None` where a sum passes its type.
    ///
    /// What the host bears is taken off what we counted, down to nothing: one refused share stands for the work of many, and
    /// may come before they do.
    #[must_use]
    pub fn payable(&self, tally: &Tally) -> Option<Payable> {
        let borne_by = |payer: Payer| -> Option<Work> {
            let part = |of: Payer, work: Work| if of == payer { work } else { Work::ZERO };
            let refused = part(self.pool_reject, tally.refused_hashes);
            refused.checked_add(part(self.pool_down, tally.silent_hashes))
        };
        let by_host = borne_by(Payer::Host)?;
        let counted = tally.counted_hashes.checked_sub(by_host);
        let counted = counted.unwrap_or(Work::ZERO);
        let stale_of = |is_paid: bool| {
            if is_paid {
                tally.stale_hashes
            } else {
                Work::ZERO
            }
        };
        let all_hashes = counted.checked_add(stale_of(self.seller_stale != Payer::Host))?;
        let by_operator = borne_by(Payer::Operator)?;
        let by_operator =
            by_operator.checked_add(stale_of(self.seller_stale == Payer::Operator))?;
        Some(Payable {
            all_hashes,
            operator_hashes: by_operator.min(all_hashes),
        })
    }
}

impl RejectTerms {
    /// What a contract owes in all after an epoch that brought its work to `tally`, where `before` was owed before: never less
    /// than that. Escrow and float together; `None` where an amount passes its type.
    #[must_use]
    pub fn owed_total(&self, tally: &Tally, price: Price, before: Sats) -> Option<Sats> {
        let payable = self.payable(tally)?;
        Some(owed(payable.all_hashes, price)?.max(before))
    }

    /// The most work that may have to be paid of what was counted, whatever pools that are silent still answer. An answer never
    /// makes it more: what keeps this within a budget keeps every amount owed within it.
    #[must_use]
    pub fn payable_at_most(&self, tally: &Tally) -> Option<Work> {
        let silent_hashes = Work::ZERO;
        let answered = Tally {
            silent_hashes,
            ..*tally
        };
        Some(self.payable(&answered)?.all_hashes)
    }

    /// True where what is owed follows from the counted work alone.
    #[must_use]
    pub const fn ignore_answers(&self) -> bool {
        !matches!(self.pool_reject, Payer::Host) && !matches!(self.pool_down, Payer::Host)
    }

    /// True where a class is put on the operator.
    #[must_use]
    pub fn need_float(&self) -> bool {
        let payers = [self.seller_stale, self.pool_reject, self.pool_down];
        payers.contains(&Payer::Operator)
    }
}

impl Payable {
    /// What the next epoch pays, where `paid` was paid before; `None` where an amount passes its type.
    ///
    /// The host gets `owed(all)` less all that was paid: first out of the float up to `owed(operator's part)`, the rest out of
    /// the escrow up to the budget. Nothing is ever taken back: where late answers make less of the work than was paid,
    /// epochs pay nothing until it is made up.
    #[must_use]
    pub fn due(&self, price: Price, budget: Sats, paid: Pay) -> Option<Pay> {
        let before = paid.escrow_sats.checked_add(paid.float_sats)?;
        let due = less(owed(self.all_hashes, price)?, before);
        let operators = less(owed(self.operator_hashes, price)?, paid.float_sats);
        let float_sats = operators.min(due);
        let left = less(budget, paid.escrow_sats);
        Some(Pay {
            escrow_sats: less(due, float_sats).min(left),
            float_sats,
        })
    }
}

/// Down to nothing.
fn less(whole: Sats, part: Sats) -> Sats {
    whole.checked_sub(part).unwrap_or(Sats::ZERO)
}

#[cfg(test)]
mod tests;
