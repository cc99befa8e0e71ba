//! Term contracts: how long, and the host's security for the promise.

use crate::transfers;
use ledger::Transfer;
use pow::settlement::owed;
use serde::{Deserialize, Serialize};
use std::fmt;
use units::{AccountId, ContractId, Hashrate, Millis, Price, Sats, Work};

/// The bond where a market's settings do not say otherwise: 10 % of the notional, in hundredths of a percent.
pub const BOND_BPS: u16 = 1_000;

const DAY_MS: u64 = 86_400_000;

/// How long a term contract delivers. As text `1d`, `7d`, `30d`, `90d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Term {
    /// One day.
    #[serde(rename = "1d")]
    Day,
    /// Seven days.
    #[serde(rename = "7d")]
    Week,
    /// Thirty days.
    #[serde(rename = "30d")]
    Month,
    /// Ninety days.
    #[serde(rename = "90d")]
    Quarter,
}

impl Term {
    /// From the contract's start to its agreed end.
    #[must_use]
    pub const fn length(self) -> Millis {
        Millis::new(DAY_MS.saturating_mul(self.days() as u64))
    }

    /// The same in days.
    #[must_use]
    pub const fn days(self) -> u16 {
        match self {
            Self::Day => 1,
            Self::Week => 7,
            Self::Month => 30,
            Self::Quarter => 90,
        }
    }
}

/// What a hashrate costs over a time if all of it is delivered; `None` where that passes the type.
#[must_use]
pub fn notional(hashrate: Hashrate, price: Price, length: Millis) -> Option<Sats> {
    let thousandths = hashrate.get().checked_mul(length.get().into())?;
    owed(Work::new(thousandths.checked_div(1_000)?), price)
}

/// The bond for a notional: `ceil(notional * bond_bps / 10,000)`; `None` above 10,000.
#[must_use]
pub fn bond_for(notional: Sats, bond_bps: u16) -> Option<Sats> {
    if bond_bps > 10_000 {
        return None;
    }
    let product = u128::from(notional.get()).checked_mul(bond_bps.into())?;
    u64::try_from(product.div_ceil(10_000)).ok().map(Sats::new)
}

/// What a host has put up for one contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bond {
    /// The contract.
    pub contract: ContractId,
    /// Whose money it is.
    pub host: AccountId,
    /// Who is compensated out of it.
    pub buyer: AccountId,
    /// How much.
    pub amount: Sats,
    /// Whether it still stands.
    pub state: BondState,
}

/// Where a bond is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BondState {
    /// It stands in `bond:CONTRACT`.
    Posted,
    /// The contract is over.
    Ended {
        /// What the buyer got of it; the host got the rest.
        forfeited: Sats,
    },
}

/// Why a bond cannot end so. Where both hold, the first is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BondRefusal {
    /// It has ended, with another forfeit.
    Ended {
        /// What was forfeited.
        forfeited: Sats,
    },
    /// More than the bond.
    MoreThanBond {
        /// The bond.
        bond: Sats,
    },
}

impl fmt::Display for BondRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended { forfeited } => {
                write!(f, "the bond has ended, with {forfeited} sats forfeited")
            }
            Self::MoreThanBond { bond } => write!(f, "the bond is {bond} sats and no more"),
        }
    }
}

impl std::error::Error for BondRefusal {}

impl Bond {
    /// A bond, and the transfer that posts it: refused by the ledger where the host has not that much.
    #[must_use]
    pub fn post(
        contract: ContractId,
        (host, buyer): (AccountId, AccountId),
        amount: Sats,
    ) -> (Self, Transfer) {
        let bond = Self {
            contract,
            host,
            buyer,
            amount,
            state: BondState::Posted,
        };
        (bond, transfers::post_bond(contract, host, amount))
    }

    /// The contract is over: `forfeit` (of `pow::settlement::Compensation`) goes to the buyer, the rest back to the host, in one
    /// linked batch. A retry gives the same batch, which the ledger skips.
    ///
    /// # Errors
    /// `BondRefusal`.
    pub fn end(self, forfeit: Sats) -> Result<(Self, Vec<Transfer>), BondRefusal> {
        match self.state {
            BondState::Ended { forfeited } if forfeited != forfeit => {
                return Err(BondRefusal::Ended { forfeited });
            }
            BondState::Ended { .. } | BondState::Posted => {}
        }
        let rest = self.amount.checked_sub(forfeit);
        let rest = rest.ok_or(BondRefusal::MoreThanBond { bond: self.amount })?;
        let batch = [
            transfers::forfeit_bond(self.contract, forfeit),
            transfers::compensate(self.contract, self.buyer, forfeit),
            transfers::return_bond(self.contract, self.host, rest),
        ];
        let moves = |transfer: &Transfer| !transfer.amount.is_zero();
        let state = BondState::Ended { forfeited: forfeit };
        let ended = Self { state, ..self };
        Ok((ended, batch.into_iter().filter(moves).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::{Account, Kind, Ledger, Refusal, TransferId};

    #[test]
    fn a_bond_is_a_tenth_of_what_the_term_costs() {
        let petahash = Hashrate::new(1_000_000_000_000_000);
        let price = Price::new(51_234);
        for (term, days) in [
            (Term::Day, 1),
            (Term::Week, 7),
            (Term::Month, 30),
            (Term::Quarter, 90),
        ] {
            let notional = notional(petahash, price, term.length()).unwrap();
            assert_eq!(notional, Sats::new(51_234 * days));
            let bond = bond_for(notional, BOND_BPS).unwrap().get();
            assert_eq!(bond, (51_234 * days).div_ceil(10));
            let text = serde_json::to_string(&term).unwrap();
            assert_eq!(text, format!("\"{days}d\""));
        }
        assert_eq!(bond_for(Sats::MAX, 10_000), Some(Sats::MAX));
        assert_eq!(bond_for(Sats::new(1), 10_001), None);
        assert_eq!(notional(Hashrate::MAX, price, Term::Day.length()), None);
        assert_eq!(notional(petahash, Price::MAX, Term::Week.length()), None);
    }

    fn books() -> Ledger {
        let mut ledger = Ledger::new();
        let deposit = Transfer {
            id: TransferId::new(1),
            debit: Account::Outside,
            credit: "available:h".parse().unwrap(),
            amount: Sats::new(100),
            kind: Kind::Posted,
        };
        ledger.apply(&[deposit]).unwrap();
        ledger
    }

    fn posted(ledger: &mut Ledger) -> Bond {
        let parties = ("h".parse().unwrap(), "b".parse().unwrap());
        let (bond, transfer) = Bond::post(ContractId::new(1), parties, Sats::new(100));
        ledger.apply(&[transfer]).unwrap();
        bond
    }

    #[test]
    fn the_buyer_gets_the_forfeit_and_the_host_the_rest() {
        for (forfeit, transfers) in [(0, 1), (40, 3), (100, 2)] {
            let mut ledger = books();
            let bond = posted(&mut ledger);
            let (ended, batch) = bond.end(Sats::new(forfeit)).unwrap();
            assert_eq!(batch.len(), transfers);
            ledger.apply(&batch).unwrap();
            let after = ledger.clone();
            // A retry, by whoever does not know that it was done.
            for again in [bond, ended] {
                ledger
                    .apply(&again.end(Sats::new(forfeit)).unwrap().1)
                    .unwrap();
                assert_eq!(ledger, after);
            }
            for (account, sats) in [
                ("available:b", forfeit),
                ("available:h", 100 - forfeit),
                ("bond:1", 0),
                ("refunds", 0),
            ] {
                let balance = ledger.balance(&account.parse().unwrap());
                assert_eq!(balance.posted(), sats.into(), "{forfeit}: {account}");
            }
            assert_eq!(ledger.check(), Ok(()));
        }
    }

    #[test]
    fn a_bond_ends_once() {
        let mut ledger = books();
        let bond = posted(&mut ledger);
        let more = bond.end(Sats::new(101));
        let whole = Sats::new(100);
        assert_eq!(more, Err(BondRefusal::MoreThanBond { bond: whole }));
        let (ended, batch) = bond.end(Sats::ZERO).unwrap();
        ledger.apply(&batch).unwrap();
        let forfeited = Sats::ZERO;
        assert_eq!(ended.end(whole), Err(BondRefusal::Ended { forfeited }));
        // Without that memory the books refuse it.
        let (_, other) = bond.end(Sats::new(30)).unwrap();
        assert!(matches!(
            ledger.apply(&other),
            Err((0, Refusal::Overdrawn { .. }))
        ));
    }
}
