//! How contracts end, and how much of its time counts against a promise.

use super::{Payer, Span};
use serde::{Deserialize, Serialize};
use units::Millis;

/// Why a contract ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloseReason {
    /// The budget pays for no more work.
    BudgetSpent,
    /// The buyer ended it.
    ByBuyer,
    /// The host ended it.
    ByHost,
    /// The agreed time is over.
    TermOver,
    /// The proof holds no more workers: nothing more could be proven.
    ProofFull,
}

/// A contract with a promise that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Why.
    pub reason: CloseReason,
    /// From its start to its agreed end.
    pub agreed: Millis,
    /// From its start to the end of its last settled epoch.
    pub settled: Millis,
    /// How long no pool of the contract gave a job.
    pub no_job: Millis,
}

impl CloseReason {
    /// All of them, by the number that a bundle writes.
    pub const ALL: [Self; 5] = [
        Self::BudgetSpent,
        Self::ByBuyer,
        Self::ByHost,
        Self::TermOver,
        Self::ProofFull,
    ];

    /// As a bundle writes it.
    #[must_use]
    pub const fn to_u8(self) -> u8 {
        match self {
            Self::BudgetSpent => 0,
            Self::ByBuyer => 1,
            Self::ByHost => 2,
            Self::TermOver => 3,
            Self::ProofFull => 4,
        }
    }

    /// Which is written so.
    #[must_use]
    pub fn from_u8(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}

impl Ended {
    /// The time over which the promise is judged. A host that ends early is judged over all that was agreed, a buyer that
    /// does, up to the last settled epoch. Where the budget is spent, all that was bought has been delivered. Where the
    /// proof is full, it is so of the host's machines: filling it must not be a way out of a term.
    #[must_use]
    pub fn judged(&self, pool_down: Payer) -> Millis {
        let span = Span {
            agreed: self.agreed,
            ended_by_buyer: (self.reason == CloseReason::ByBuyer).then_some(self.settled),
            no_job: self.no_job,
        };
        match self.reason {
            CloseReason::BudgetSpent => Millis::new(0),
            CloseReason::ByBuyer
            | CloseReason::ByHost
            | CloseReason::TermOver
            | CloseReason::ProofFull => span.counted(pool_down),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_decides_the_time() {
        for (reason, judged) in [
            (CloseReason::BudgetSpent, 0),
            (CloseReason::ByBuyer, 300),
            (CloseReason::ByHost, 900),
            (CloseReason::TermOver, 900),
            (CloseReason::ProofFull, 900),
        ] {
            let ended = Ended {
                reason,
                agreed: Millis::new(1_000),
                settled: Millis::new(400),
                no_job: Millis::new(100),
            };
            assert_eq!(
                ended.judged(Payer::Buyer),
                Millis::new(judged),
                "{reason:?}"
            );
            assert_eq!(CloseReason::from_u8(reason.to_u8()), Some(reason));
        }
        assert_eq!(CloseReason::from_u8(5), None);
    }
}
