//! A market's own settlements make an invoice; one changed field does not.

use super::*;
use crate::{BackupPools, CloseReason, Command, Event, Market, PoolTarget, Settings};
use ledger::TransferId;
use units::Millis;

const LOT: u128 = 1_000_000_000_000;

/// Two epochs of contract 1 at 50,000 and 2.5 %: 0.1 PH/s and day, then a thousandth more.
fn settled() -> (Market, Vec<Settlement>) {
    let mut market = Market::new(Settings {
        lot: Hashrate::new(LOT),
        tick: Price::new(10),
        fee_bps: 250,
        epoch_length: Millis::new(60_000),
        limits: crate::Limits::default(),
    });
    let (buyer, host) = ("b".parse().unwrap(), "h".parse().unwrap());
    let hashrate = Hashrate::new(40 * LOT);
    let pool = PoolTarget::new("pool.test".into(), 3334, "buyer.a".into(), "x".into()).unwrap();
    let settle = |epoch, shares_total, milli_days: u128, owed| Command::SettleEpoch {
        contract: ContractId::new(1),
        epoch,
        shares_total,
        work_total: Work::new(milli_days * 86_400_000_000_000_000),
        owed_total: Sats::new(owed),
        epoch_hash: [epoch as u8 + 1; 32],
        last: false,
        delivery: None,
        tally: None,
    };
    let commands = [
        Command::OpenAccount { account: buyer },
        Command::OpenAccount { account: host },
        Command::Deposit {
            account: buyer,
            amount: Sats::new(10_000),
            reference: TransferId::new(1),
        },
        Command::PlaceAsk {
            account: host,
            hashrate,
            price: Price::new(50_000),
            listing: None,
            terms: Default::default(),
        },
        Command::PlaceBid {
            account: buyer,
            hashrate,
            price: Price::new(50_000),
            budget: Sats::new(10_000),
            pool,
            backups: BackupPools::default(),
            shares_per_minute: None,
            constraints: Default::default(),
            terms: Default::default(),
        },
        settle(0, 10, 100, 5_000),
        settle(1, 15, 101, 5_050),
    ];
    let mut settlements = Vec::new();
    for (command, ms) in commands.iter().zip(0..) {
        let events = market.apply(command, Timestamp::from_unix_ms(ms)).unwrap();
        settlements.extend(events.iter().filter_map(|event| match event {
            Event::EpochSettled(settlement) => Some(*settlement),
            _ => None,
        }));
    }
    (market, settlements)
}

#[test]
fn every_line_points_at_an_epoch() {
    let (mut market, settlements) = settled();
    let of = |market: &Market| {
        let contract = market.contract(&ContractId::new(1)).unwrap();
        Invoice::of(contract, &settlements).unwrap()
    };
    let live = of(&market);
    let lines: Vec<_> = (live.lines.iter())
        .map(|line| {
            let sats = [line.amount, line.to_host, line.fee].map(Sats::get);
            (line.epoch, line.epoch_hash[0], line.shares, sats)
        })
        .collect();
    assert_eq!(
        lines,
        [(0, 1, 10, [5_000, 4_875, 125]), (1, 2, 5, [50, 49, 1])]
    );
    let sums = [live.amount, live.to_host, live.fee, live.budget, live.rest];
    assert_eq!(sums.map(Sats::get), [5_050, 4_924, 126, 10_000, 4_950]);

    let close = Command::CloseContract {
        contract: ContractId::new(1),
        reason: CloseReason::ByBuyer,
    };
    market.apply(&close, Timestamp::from_unix_ms(9)).unwrap();
    assert_eq!(of(&market), live);
}

#[test]
fn a_contract_without_epochs_has_an_empty_invoice() {
    let (market, settlements) = settled();
    let contract = market.contract(&ContractId::new(1)).unwrap();
    let fresh = Contract {
        epochs_settled: 0,
        shares_total: 0,
        work_total: Work::ZERO,
        owed_total: Sats::ZERO,
        fee_total: Sats::ZERO,
        last_epoch_hash: [0; 32],
        agreement: Default::default(),
        ..contract.clone()
    };
    let invoice = Invoice::of(&fresh, &[]).unwrap();
    assert_eq!((invoice.lines.len(), invoice.rest), (0, Sats::new(10_000)));
    assert_eq!(
        Invoice::of(&fresh, &settlements),
        Err(InvoiceFault::Incomplete)
    );
    assert_eq!(Invoice::of(contract, &[]), Err(InvoiceFault::Incomplete));
}

#[test]
fn a_changed_settlement_is_no_invoice() {
    let (market, good) = settled();
    let contract = market.contract(&ContractId::new(1)).unwrap();
    let one = Sats::new(1);
    let more = |sats: Sats| sats.checked_add(one).unwrap();
    let with = |change: &dyn Fn(&mut Vec<Settlement>)| {
        let mut settlements = good.clone();
        change(&mut settlements);
        Invoice::of(contract, &settlements).unwrap_err()
    };
    let other = ContractId::new(2);
    assert_eq!(
        with(&|all| all[1].contract = other),
        InvoiceFault::OtherContract { contract: other }
    );
    assert_eq!(
        with(&|all| {
            all.remove(0);
        }),
        InvoiceFault::Gap { expected: 0 }
    );
    assert_eq!(
        with(&|all| all.push(all[1])),
        InvoiceFault::Gap { expected: 2 }
    );
    assert_eq!(
        with(&|all| all[1].shares_total = 9),
        InvoiceFault::TotalsFell { epoch: 1 }
    );
    assert_eq!(
        with(&|all| all[0].owed_total = more(all[0].owed_total)),
        InvoiceFault::WrongAmount { epoch: 0 }
    );
    assert_eq!(
        with(&|all| all[1].paid_host = more(all[1].paid_host)),
        InvoiceFault::WrongSplit { epoch: 1 }
    );
    assert_eq!(
        with(&|all| all[0].fee = Sats::new(124)),
        InvoiceFault::WrongSplit { epoch: 0 }
    );
    // Both together: the sum is right and the fee is not.
    assert_eq!(
        with(&|all| {
            all[0].fee = Sats::new(124);
            all[0].paid_host = Sats::new(4_876);
        }),
        InvoiceFault::WrongSplit { epoch: 0 }
    );
    assert_eq!(
        with(&|all| all[1].epoch_hash = [9; 32]),
        InvoiceFault::Incomplete
    );
    assert_eq!(
        with(&|all| {
            all.pop();
        }),
        InvoiceFault::Incomplete
    );
}

/// What of the work was refused the settlements do not say: an amount may be less than all the work is worth, and no more.
#[test]
fn a_host_that_bears_refused_work_is_owed_less() {
    let (market, mut settlements) = settled();
    let mut contract = market.contract(&ContractId::new(1)).unwrap().clone();
    let (paid, fee) = (Sats::new(20), Sats::ZERO);
    let last = &mut settlements[1];
    (last.owed_total, last.paid_host, last.fee) = (Sats::new(5_020), paid, fee);
    (contract.owed_total, contract.fee_total) = (Sats::new(5_020), Sats::new(125));
    let wrong = Err(InvoiceFault::WrongAmount { epoch: 1 });
    assert_eq!(Invoice::of(&contract, &settlements), wrong);
    contract.agreement.rejects.pool_reject = pow::settlement::Payer::Host;
    let invoice = Invoice::of(&contract, &settlements).unwrap();
    assert_eq!(invoice.amount, Sats::new(5_020));
    assert_eq!(invoice.lines[1].to_host, Sats::new(20));
    settlements[1].owed_total = Sats::new(5_051);
    assert_eq!(Invoice::of(&contract, &settlements), wrong);
}
