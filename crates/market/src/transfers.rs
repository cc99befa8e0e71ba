//! The transfers that the market makes, each with the id of its intent.

use crate::Reserve;
use ledger::{Account, Kind, Transfer, TransferId};
use serde::{Deserialize, Serialize};
use units::{AccountId, ContractId, OrderId, Sats, Timestamp};

/// The first 16 bytes of SHA-256 over a domain tag, the kind, and the numbers that tell this intent from all others.
fn id(kind: &str, first: u128, second: u64) -> TransferId {
    let mut preimage = b"assay/transfer/v1/".to_vec();
    preimage.extend(kind.as_bytes());
    preimage.push(0);
    preimage.extend(first.to_be_bytes());
    preimage.extend(second.to_be_bytes());
    let hash = pow::sha256(&preimage);
    let head = hash.first_chunk::<16>().copied().unwrap_or_default();
    TransferId::new(u128::from_be_bytes(head))
}

/// The transfer of a deposit with this reference.
#[must_use]
pub fn deposit_id(reference: TransferId) -> TransferId {
    id("deposit", reference.get(), 0)
}

/// Hashed too, so that no reference from outside can take the id of one of the market's own transfers.
pub(crate) fn deposit(account: AccountId, amount: Sats, reference: TransferId) -> Transfer {
    Transfer {
        id: deposit_id(reference),
        debit: Account::Outside,
        credit: Account::Available(account),
        amount,
        kind: Kind::Posted,
    }
}

/// What money is held for while an order rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// What a bid's contracts may cost.
    Budget,
    /// The bonds of a term ask's contracts.
    Bond,
}

impl Purpose {
    const fn of(self, budget: &'static str, bond: &'static str) -> &'static str {
        match self {
            Self::Budget => budget,
            Self::Bond => bond,
        }
    }
}

/// What is held for an order now.
pub(crate) fn hold(reserve: &Reserve, order: OrderId) -> Transfer {
    let kind = reserve.purpose.of("hold", "hold-bond");
    Transfer {
        id: id(kind, order.get().into(), reserve.holds),
        debit: Account::Available(reserve.account),
        credit: Account::Held,
        amount: reserve.held(),
        kind: reserve.until.map_or(Kind::Pending, Kind::PendingUntil),
    }
}

/// Gives back what `hold` reserved.
pub(crate) fn release(reserve: &Reserve, order: OrderId) -> Transfer {
    let hold = hold(reserve, order);
    let kind = reserve.purpose.of("release", "release-bond");
    Transfer {
        id: id(kind, order.get().into(), reserve.holds),
        kind: Kind::VoidPending(hold.id),
        ..hold
    }
}

/// Gives back what `hold` reserved, its time being over.
pub(crate) fn expire(reserve: &Reserve, order: OrderId, at: Timestamp) -> Transfer {
    let kind = reserve.purpose.of("expire", "expire-bond");
    hold(reserve, order).expired(id(kind, order.get().into(), reserve.holds), at)
}

pub(crate) fn fund(buyer: AccountId, contract: ContractId, amount: Sats) -> Transfer {
    Transfer {
        id: id("fund", contract.get().into(), 0),
        debit: Account::Available(buyer),
        credit: Account::Escrow(contract),
        amount,
        kind: Kind::Posted,
    }
}

pub(crate) fn pay(contract: ContractId, epoch: u32, host: AccountId, amount: Sats) -> Transfer {
    Transfer {
        id: id("pay", contract.get().into(), epoch.into()),
        debit: Account::Escrow(contract),
        credit: Account::Available(host),
        amount,
        kind: Kind::Posted,
    }
}

pub(crate) fn charge(contract: ContractId, epoch: u32, amount: Sats) -> Transfer {
    Transfer {
        id: id("charge", contract.get().into(), epoch.into()),
        debit: Account::Escrow(contract),
        credit: Account::Fees,
        amount,
        kind: Kind::Posted,
    }
}

/// What the contract's terms put on the operator of an epoch's pay.
pub(crate) fn pay_from_float(
    contract: ContractId,
    epoch: u32,
    host: AccountId,
    amount: Sats,
) -> Transfer {
    Transfer {
        id: id("pay-from-float", contract.get().into(), epoch.into()),
        debit: Account::Float,
        ..pay(contract, epoch, host, amount)
    }
}

/// The fee on [`pay_from_float`].
pub(crate) fn charge_float(contract: ContractId, epoch: u32, amount: Sats) -> Transfer {
    Transfer {
        id: id("charge-float", contract.get().into(), epoch.into()),
        debit: Account::Float,
        ..charge(contract, epoch, amount)
    }
}

pub(crate) fn post_bond(contract: ContractId, host: AccountId, amount: Sats) -> Transfer {
    Transfer {
        id: id("post-bond", contract.get().into(), 0),
        debit: Account::Available(host),
        credit: Account::Bond(contract),
        amount,
        kind: Kind::Posted,
    }
}

pub(crate) fn return_bond(contract: ContractId, host: AccountId, amount: Sats) -> Transfer {
    Transfer {
        id: id("return-bond", contract.get().into(), 0),
        debit: Account::Bond(contract),
        credit: Account::Available(host),
        amount,
        kind: Kind::Posted,
    }
}

pub(crate) fn forfeit_bond(contract: ContractId, amount: Sats) -> Transfer {
    Transfer {
        id: id("forfeit-bond", contract.get().into(), 0),
        debit: Account::Bond(contract),
        credit: Account::Refunds,
        amount,
        kind: Kind::Posted,
    }
}

/// Passes on what [`forfeit_bond`] took.
pub(crate) fn compensate(contract: ContractId, buyer: AccountId, amount: Sats) -> Transfer {
    Transfer {
        id: id("compensate", contract.get().into(), 0),
        debit: Account::Refunds,
        credit: Account::Available(buyer),
        amount,
        kind: Kind::Posted,
    }
}

pub(crate) fn refund(contract: ContractId, buyer: AccountId, amount: Sats) -> Transfer {
    Transfer {
        id: id("refund", contract.get().into(), 0),
        debit: Account::Escrow(contract),
        credit: Account::Available(buyer),
        amount,
        kind: Kind::Posted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::Hashrate;

    #[test]
    fn ids_differ_by_kind_and_number_and_never_change() {
        let (order, contract) = (OrderId::new(1), ContractId::new(1));
        let (who, sat) = ("a".parse().unwrap(), Sats::new(1));
        let reserve = |purpose| Reserve::new((who, purpose), Hashrate::new(1), sat, None);
        let (budget, bond) = (reserve(Purpose::Budget), reserve(Purpose::Bond));
        let ids = [
            hold(&budget, order),
            hold(&Reserve { holds: 1, ..budget }, order),
            hold(&budget, OrderId::new(2)),
            release(&budget, order),
            expire(&budget, order, Timestamp::default()),
            hold(&bond, order),
            release(&bond, order),
            expire(&bond, order, Timestamp::default()),
            deposit(who, sat, TransferId::new(1)),
            fund(who, contract, sat),
            pay(contract, 0, who, sat),
            pay(contract, 1, who, sat),
            pay(ContractId::new(2), 0, who, sat),
            charge(contract, 0, sat),
            pay_from_float(contract, 0, who, sat),
            charge_float(contract, 0, sat),
            post_bond(contract, who, sat),
            return_bond(contract, who, sat),
            forfeit_bond(contract, sat),
            compensate(contract, who, sat),
            refund(contract, who, sat),
        ]
        .map(|transfer| transfer.id);
        for (i, a) in ids.iter().enumerate() {
            assert!(ids.iter().skip(i + 1).all(|b| a != b));
        }
        // Journals are replayed by later versions: this id is for ever.
        assert_eq!(
            id("hold", 1, 0).to_string(),
            "a6180ca434ec1ecfa7f87f911780fcac"
        );
        let (contract, who) = (ContractId::new(1), "a".parse().unwrap());
        // What a transfer is for makes its id, not who or how much.
        assert_eq!(
            pay(contract, 9, who, Sats::new(1)).id,
            pay(contract, 9, "b".parse().unwrap(), Sats::new(2)).id
        );
    }
}
