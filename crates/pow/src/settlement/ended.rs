//! How contracts end, and how much of its time counts against a promise.

use serde::{Deserialize, Serialize};
use units::Millis;

/// Upstream sessions with which a full proof is the pool's doing: with fewer, whoever brought the machines filled it.
///
/// A session costs each machine one worker record, eight at most, so a pool with fewer sessions needs more than 512 machines. An
/// honest pool ends a few sessions in a month; one that wants a contract to end has to end so many. A session does not count
/// that gave jobs for five minutes and got less than half of what was promised: pools end what is idle, and a host could idle for
/// it. Sessions that are for one machine each are one session of the bundle, and may be any number: it counts as so many.
pub const SESSIONS_OF_A_POOL_THAT_FILLS: u32 = 64;

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
    /// How much of its time is not the host's, by its terms.
    pub excused: Millis,
    /// Upstream sessions that ended up to the last sealed epoch and count, as `docs/bundle.md` has it; one without an extranonce1 is so many as
    /// [`SESSIONS_OF_A_POOL_THAT_FILLS`].
    pub sessions: u32,
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
    /// True where the promise is judged, over all of the agreed time: its end was reached, or the host got out of it before.
    ///
    /// A buyer who could have it judged at a moment of his choice would choose one at which chance has made the host short. A
    /// proof can be filled by a host with many logins, to leave without a notice; and by whoever runs the pool, with many
    /// sessions. Where the budget is spent, all that was bought has been delivered.
    #[must_use]
    pub const fn is_judged(&self) -> bool {
        match self.reason {
            CloseReason::ByHost | CloseReason::TermOver => true,
            CloseReason::ProofFull => self.sessions < SESSIONS_OF_A_POOL_THAT_FILLS,
            CloseReason::BudgetSpent | CloseReason::ByBuyer => false,
        }
    }

    /// The time over which it is: none where it is not.
    #[must_use]
    pub fn judged(&self) -> Millis {
        if !self.is_judged() {
            return Millis::new(0);
        }
        Millis::new(self.agreed.get().saturating_sub(self.excused.get()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_decides_the_time() {
        for (reason, sessions, judged) in [
            (CloseReason::BudgetSpent, 1, 0),
            (CloseReason::ByBuyer, 1, 0),
            (CloseReason::ByHost, 1_000, 900),
            (CloseReason::TermOver, 1_000, 900),
            (CloseReason::ProofFull, 0, 900),
            (CloseReason::ProofFull, 63, 900),
            (CloseReason::ProofFull, 64, 0),
            (CloseReason::ProofFull, u32::MAX, 0),
        ] {
            let ended = Ended {
                reason,
                agreed: Millis::new(1_000),
                excused: Millis::new(100),
                sessions,
            };
            assert_eq!(ended.is_judged(), judged > 0, "{reason:?} {sessions}");
            assert_eq!(ended.judged(), Millis::new(judged), "{reason:?} {sessions}");
            let away = Ended {
                excused: Millis::new(1_001),
                ..ended
            };
            assert_eq!(away.judged(), Millis::new(0));
            assert_eq!(CloseReason::from_u8(reason.to_u8()), Some(reason));
        }
        assert_eq!(CloseReason::from_u8(5), None);
    }
}
