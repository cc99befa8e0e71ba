//! From classed shares to money in the books: each epoch pays once, whatever is delivered twice.

use crate::{Contract, EpochPay};
use ledger::{Account, Kind, Ledger, Transfer, TransferId};
use pow::settlement::{Class, HASHES_PER_PHS_DAY, Pay, Payer, RejectTerms, Tally, fee, owed};
use proptest::prelude::*;
use units::{AccountId, ContractId, Hashrate, Millis, Price, Sats, Timestamp, Work};

const FEE_BPS: u16 = 250;

fn contract(budget: Sats) -> Contract {
    let account = |name: &str| -> AccountId { name.parse().unwrap() };
    let accounts = (account("b"), account("h"));
    let opened_at = Timestamp::from_unix_ms(0);
    Contract {
        hashrate: Hashrate::new(super::LOT),
        price: Price::new(1_000),
        budget,
        epoch_length: Millis::new(60_000),
        fee_bps: FEE_BPS,
        ..Contract::blank(ContractId::new(1), accounts, super::pool(), opened_at)
    }
}

fn books(budget: Sats, float: Sats) -> Ledger {
    let mut ledger = Ledger::new();
    let fill = |number, credit, amount| Transfer {
        id: TransferId::new(number),
        debit: Account::Outside,
        credit,
        amount,
        kind: Kind::Posted,
    };
    let escrow = Account::Escrow(ContractId::new(1));
    ledger
        .apply(&[fill(1, escrow, budget), fill(2, Account::Float, float)])
        .unwrap();
    ledger
}

fn added(a: Pay, b: Pay) -> Pay {
    Pay {
        escrow_sats: a.escrow_sats.checked_add(b.escrow_sats).unwrap(),
        float_sats: a.float_sats.checked_add(b.float_sats).unwrap(),
    }
}

proptest! {
    #[test]
    fn an_epoch_pays_once_from_the_account_of_whoever_pays(
        epochs in prop::collection::vec((1u64..2_000, 0u64..300, 0u64..300, 0u64..200, 1usize..4), 1..20),
        payers in prop::array::uniform3(0usize..3),
        budget in 1u64..20_000,
    ) {
        const FLOAT: Sats = Sats::new(1 << 40);
        let budget = Sats::new(budget);
        let [seller_stale, pool_reject, pool_down] =
            payers.map(|which| [Payer::Buyer, Payer::Host, Payer::Operator][which]);
        let terms = RejectTerms { seller_stale, pool_reject, pool_down };
        let (contract, mut ledger) = (contract(budget), books(budget, FLOAT));
        let (mut tally, mut paid, mut journal) = (Tally::default(), Pay::default(), Vec::new());
        for ((proven, rejected, silent, stale, deliveries), epoch) in epochs.into_iter().zip(0..) {
            for (class, thousandths) in [
                (Class::Proven, proven),
                (Class::PoolReject, rejected),
                (Class::PoolDown, silent),
                (Class::SellerStale, stale),
            ] {
                let work = Work::new(u128::from(thousandths) * HASHES_PER_PHS_DAY / 1_000);
                tally = tally.with(class, work, Work::ZERO).unwrap();
            }
            let due = terms.payable(&tally).unwrap().due(contract.price, budget, paid).unwrap();
            let pay = EpochPay::of(&contract, epoch, due, paid).unwrap();
            let both = due.escrow_sats.get() + due.float_sats.get();
            prop_assert_eq!(pay.to_host.get() + pay.fee.get(), both);
            // Crashes and retries: the same batch any number of times, and all the earlier ones again.
            for _ in 0..deliveries {
                ledger.apply(&pay.transfers).unwrap();
            }
            journal.push(pay.transfers);
            paid = added(paid, due);
        }
        for batch in journal.iter().rev() {
            ledger.apply(batch).unwrap();
        }
        let posted = |account: Account| ledger.balance(&account).posted();
        let (escrow, float) = (paid.escrow_sats.get(), paid.float_sats.get());
        prop_assert_eq!(posted(Account::Escrow(contract.id)), i128::from(budget.get() - escrow));
        prop_assert_eq!(posted(Account::Float), i128::from(FLOAT.get() - float));
        let fees = [paid.escrow_sats, paid.float_sats].map(|part| fee(part, FEE_BPS).unwrap().get());
        prop_assert_eq!(posted(Account::Fees), i128::from(fees[0] + fees[1]));
        let host = i128::from(escrow + float - fees[0] - fees[1]);
        prop_assert_eq!(posted(Account::Available(contract.host)), host);
        // Work only grows here: all that is owed has been paid, but for what the budget lacks.
        let all = terms.payable(&tally).unwrap().all_hashes;
        let owed = owed(all, contract.price).unwrap().get();
        prop_assert!(escrow + float == owed || escrow == budget.get());
        prop_assert!(escrow + float <= owed);
        prop_assert_eq!(ledger.check(), Ok(()));
    }
}
