//! A long random stream: what must hold after every batch, and that a replay and a second delivery change nothing.

use crate::{Account, Kind, Ledger, Refusal, Transfer, TransferId};
use std::collections::BTreeMap;
use units::{ContractId, Sats, Timestamp};

/// SplitMix64.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

fn account(chance: &mut Chance) -> Account {
    let number = chance.below(20);
    match chance.below(10) {
        0..5 => Account::Available(format!("account-{number}").parse().unwrap()),
        5 | 6 => Account::Escrow(ContractId::new(number)),
        7 => Account::Bond(ContractId::new(number)),
        8 => Account::Held,
        _ => [Account::Fees, Account::Refunds, Account::Float][number as usize % 3],
    }
}

/// One in ten is a transfer that was sent before, one in twenty of those with another amount.
fn transfer(chance: &mut Chance, sent: &[Transfer], now: Timestamp) -> Transfer {
    if !sent.is_empty() && chance.below(10) == 0 {
        let mut again = sent[chance.below(sent.len() as u64) as usize];
        if chance.below(20) == 0 {
            again.amount = Sats::new(chance.below(1_000));
        }
        return again;
    }
    let id = TransferId::new(u128::from(chance.next()) << 64 | u128::from(chance.next()));
    let recent = sent.len().saturating_sub(50);
    if chance.below(3) == 0
        && let Some(pending) = (sent[recent..].iter()).find(|old| old.kind.is_pending())
    {
        let kind = match chance.below(3) {
            0 => Kind::PostPending(pending.id),
            1 => Kind::VoidPending(pending.id),
            _ => return pending.expired(id, now),
        };
        let less = chance.below(4) * u64::from(kind == Kind::PostPending(pending.id));
        let amount = Sats::new(pending.amount.get().saturating_sub(less));
        return Transfer {
            id,
            kind,
            amount,
            ..*pending
        };
    }
    let debit = match chance.below(4) {
        0 => Account::Outside,
        _ => account(chance),
    };
    Transfer {
        id,
        debit,
        credit: account(chance),
        amount: Sats::new(chance.below(1_000)),
        kind: match chance.below(4) {
            0 => Kind::Pending,
            1 => Kind::PendingUntil(now.after(units::Millis::new(chance.below(50)))),
            _ => Kind::Posted,
        },
    }
}

fn bytes(ledger: &Ledger) -> Vec<u8> {
    let mut out = Vec::new();
    ledger.encode(&mut out);
    out
}

fn assert_conserved(ledger: &Ledger) {
    let (mut posted, mut debits, mut credits) = (0, 0, 0);
    for (account, balance) in ledger.accounts() {
        assert!(*account == Account::Outside || balance.spendable() >= 0);
        posted += balance.posted();
        debits += balance.debits_pending;
        credits += balance.credits_pending;
    }
    assert_eq!((posted, debits), (0, credits));
}

#[test]
fn a_hundred_thousand_transfers_conserve_and_replay() {
    const BATCHES: u64 = 40_000;
    let mut chance = Chance(5);
    let (mut ledger, mut sent, mut journal) = (Ledger::new(), Vec::new(), Vec::new());
    let mut refusals = BTreeMap::<String, u64>::new();
    let mut attempts = 0;
    for tick in 0..BATCHES {
        let now = Timestamp::from_unix_ms(tick / 8);
        let size = 1 + chance.below(4);
        let batch: Vec<Transfer> = (0..size)
            .map(|_| transfer(&mut chance, &sent, now))
            .collect();
        attempts += batch.len();
        match ledger.apply(&batch) {
            Ok(()) => {
                sent.extend(batch.iter().copied());
                journal.push(batch);
            }
            Err((index, refusal)) => {
                assert!(index < batch.len());
                assert_ne!(refusal, Refusal::Unbalanced);
                let name = format!("{refusal:?}");
                let name = name.split([' ', '{']).next().unwrap();
                *refusals.entry(name.to_owned()).or_default() += 1;
            }
        }
        if tick % 64 == 0 {
            assert_conserved(&ledger);
        }
    }
    assert_eq!(ledger.check(), Ok(()));
    // The stream must have met what it is meant to meet.
    assert!(attempts > 90_000 && journal.len() > 10_000, "{attempts}");
    for expected in [
        "ZeroAmount",
        "SameAccount",
        "IdTaken",
        "Overdrawn",
        "PendingPosted",
        "PendingVoided",
        "PendingExpired",
        "PendingNotDue",
    ] {
        assert!(refusals.contains_key(expected), "{expected}: {refusals:?}");
    }

    let mut replayed = Ledger::new();
    for batch in &journal {
        replayed.apply(batch).unwrap();
    }
    assert_eq!(bytes(&replayed), bytes(&ledger));
    assert_eq!(replayed, ledger);
    // Everything is delivered a second time, in another order.
    for batch in journal.iter().rev() {
        replayed.apply(batch).unwrap();
    }
    assert_eq!(replayed, ledger);
}
