//! Each row is a transfer (`t`) or a check of an account's columns (`b`). The answer `+` links a transfer with the next row;
//! a batch is applied at the first row with another answer: `ok`, or the refusal and the index of the row refused.

use crate::{Account, Balance, Difference, Kind, Ledger, Refusal, Status, Transfer, TransferId};
use units::{Sats, Timestamp};

fn run(table: &str) {
    let (mut ledger, mut batch) = (Ledger::new(), Vec::new());
    for row in table
        .lines()
        .map(str::trim)
        .filter(|row| !row.is_empty() && !row.starts_with('#'))
    {
        let columns: Vec<&str> = row.split_whitespace().collect();
        match columns[..] {
            ["t", id, debit, credit, amount, kind, of, answer] => {
                batch.push(transfer(id, debit, credit, amount, kind, of));
                if answer == "+" {
                    continue;
                }
                let before = ledger.clone();
                let result = ledger.apply(&batch);
                assert_eq!(said(result), answer, "{row}");
                if result.is_err() {
                    assert_eq!(ledger, before, "a refused batch changed the books: {row}");
                }
                batch.clear();
            }
            ["b", account, dr, cr, dr_pending, cr_pending] => {
                let expected = Balance {
                    debits_posted: dr.parse().unwrap(),
                    credits_posted: cr.parse().unwrap(),
                    debits_pending: dr_pending.parse().unwrap(),
                    credits_pending: cr_pending.parse().unwrap(),
                };
                assert_eq!(ledger.balance(&account.parse().unwrap()), expected, "{row}");
            }
            _ => panic!("not a row: {row}"),
        }
        assert_eq!(ledger.check(), Ok(()), "{row}");
    }
    assert!(batch.is_empty(), "the last batch has no answer");
}

fn transfer(id: &str, debit: &str, credit: &str, amount: &str, kind: &str, of: &str) -> Transfer {
    let number = |text: &str| TransferId::new(text.parse().unwrap());
    Transfer {
        id: number(id),
        debit: debit.parse().unwrap(),
        credit: credit.parse().unwrap(),
        amount: amount.parse().unwrap(),
        kind: match kind {
            "posted" => Kind::Posted,
            "pending" => Kind::Pending,
            "until" => Kind::PendingUntil(Timestamp::from_unix_ms(of.parse().unwrap())),
            "expire" => {
                let (of, at) = of.split_once('@').unwrap();
                Kind::ExpirePending {
                    pending: number(of),
                    at: Timestamp::from_unix_ms(at.parse().unwrap()),
                }
            }
            "post" => Kind::PostPending(number(of)),
            "void" => Kind::VoidPending(number(of)),
            _ => panic!("not a kind: {kind}"),
        },
    }
}

fn said(result: Result<(), (usize, Refusal)>) -> String {
    let Err((index, refusal)) = result else {
        return "ok".to_owned();
    };
    let name = match refusal {
        Refusal::IdReserved => "id_reserved",
        Refusal::ZeroAmount => "zero_amount",
        Refusal::SameAccount => "same_account",
        Refusal::IdTaken { differs } => match differs {
            Difference::Kind => "other_kind",
            Difference::Debit => "other_debit",
            Difference::Credit => "other_credit",
            Difference::Amount => "other_amount",
        },
        Refusal::PendingNotFound => "pending_not_found",
        Refusal::PendingPosted => "pending_posted",
        Refusal::PendingVoided => "pending_voided",
        Refusal::PendingExpired => "pending_expired",
        Refusal::PendingAccountsDiffer => "pending_accounts",
        Refusal::PendingAmountDiffers { .. } => "pending_amount",
        Refusal::PendingExceeded { .. } => "pending_exceeded",
        Refusal::PendingNotDue { .. } => "pending_not_due",
        Refusal::Overdrawn { .. } => "overdrawn",
        Refusal::Overflow => "overflow",
        Refusal::Unbalanced => "unbalanced",
    };
    format!("{name}@{index}")
}

#[test]
fn an_order_is_held_filled_settled_and_refunded() {
    run("
    # id debit        credit       amount  kind    of  answer
    t  1  outside      available:b   1000  posted  -   ok
    t  2  available:b  held           600  pending -   ok
    b  available:b     0 1000 600 0
    b  held            0 0 0 600
    # half of the order fills: the hold is voided, its part goes to escrow, the rest is held again
    t  3  available:b  held           600  void    2   +
    t  4  available:b  escrow:1       300  posted  -   +
    t  5  available:b  held           300  pending -   ok
    b  available:b     300 1000 300 0
    b  escrow:1        0 300 0 0
    # an epoch is settled, then the order is cancelled and the contract closed
    t  6  escrow:1     available:h     98  posted  -   +
    t  7  escrow:1     fees             2  posted  -   ok
    t  8  available:b  held           300  void    5   ok
    t  9  escrow:1     available:b    200  posted  -   ok
    b  available:b     300 1200 0 0
    b  available:h     0 98 0 0
    b  escrow:1        300 300 0 0
    b  fees            0 2 0 0
    b  held            0 0 0 0
    b  outside         1000 0 0 0
    ");
}

#[test]
fn a_reservation_counts_as_spent_and_its_posting_cannot_overdraw() {
    run("
    t  1  outside      available:b    100  posted  -   ok
    t  2  available:b  held            60  pending -   ok
    t  3  available:b  fees            41  posted  -   overdrawn@0
    t  3  available:b  fees            40  posted  -   ok
    t  4  available:b  held             1  pending -   overdrawn@0
    t  5  available:b  held            60  post    2   ok
    b  available:b     100 100 0 0
    b  held            0 60 0 0
    # pending credits cannot be spent
    t  6  held         escrow:1        60  pending -   ok
    t  7  escrow:1     fees             1  posted  -   overdrawn@0
    ");
}

#[test]
fn a_batch_is_all_or_nothing() {
    run("
    t  1  outside      available:b    100  posted  -   +
    t  2  available:b  fees           101  posted  -   overdrawn@1
    b  available:b     0 0 0 0
    b  outside         0 0 0 0
    # later rows see earlier ones
    t  1  outside      available:b    100  posted  -   +
    t  2  available:b  held           100  pending -   +
    t  3  available:b  held           100  void    2   +
    t  4  available:b  held           100  void    2   pending_voided@3
    t  1  outside      available:b    100  posted  -   +
    t  1  outside      available:b    100  posted  -   +
    t  1  outside      available:b     99  posted  -   other_amount@2
    b  outside         0 0 0 0
    ");
}

#[test]
fn a_retry_succeeds_and_changes_nothing() {
    run("
    t  1  outside      available:b    100  posted  -   ok
    t  1  outside      available:b    100  posted  -   ok
    t  2  available:b  held           100  pending -   ok
    t  3  available:b  held           100  void    2   ok
    t  2  available:b  held           100  pending -   ok
    t  3  available:b  held           100  void    2   ok
    b  available:b     0 100 0 0
    t  1  outside      available:b    101  posted  -   other_amount@0
    t  1  outside      available:c    100  posted  -   other_credit@0
    t  1  outside      available:b    100  pending -   other_kind@0
    ");
}

#[test]
fn refusals_have_a_precedence() {
    run("
    t  1  outside      available:b    100  posted  -   ok
    t  2  available:b  held            10  pending -   ok
    t  0  fees         fees             0  posted  -   id_reserved@0
    t  340282366920938463463374607431768211455 fees fees 0 posted - id_reserved@0
    t  1  fees         fees             0  posted  -   zero_amount@0
    t  1  fees         fees             1  posted  -   same_account@0
    t  1  fees         held             1  void    9   other_kind@0
    t  1  fees         held             1  posted  -   other_debit@0
    t  1  outside      held             1  posted  -   other_credit@0
    t  1  outside      available:b      1  posted  -   other_amount@0
    t  3  fees         held             1  void    9   pending_not_found@0
    t  3  fees         held             1  void    1   pending_not_found@0
    t  3  fees         held             1  void    3   pending_not_found@0
    t  3  available:b  held            10  post    2   ok
    t  4  available:c  held            11  post    2   pending_posted@0
    t  5  available:b  held            10  until   7   ok
    t  6  available:c  held            11  post    5   pending_accounts@0
    t  6  available:b  fees            11  expire  5@0 pending_accounts@0
    t  6  available:b  held            11  post    5   pending_exceeded@0
    t  6  available:b  held             9  void    5   pending_amount@0
    t  6  available:b  held             9  expire  5@0 pending_amount@0
    t  6  available:b  held            10  expire  5@6 pending_not_due@0
    t  6  available:b  held            10  void    5   ok
    t  7  available:b  held             9  expire  5@9 pending_voided@0
    t  8  fees         held             1  until   1   overdrawn@0
    t  8  fees         held             1  posted  -   overdrawn@0
    ");
}

#[test]
fn a_part_is_posted_and_the_rest_given_back() {
    run("
    t  1  outside      available:b    100  posted  -   ok
    t  2  available:b  escrow:1        60  pending -   ok
    t  3  available:b  escrow:1        25  post    2   ok
    b  available:b     25 100 0 0
    b  escrow:1        0 25 0 0
    # once only, a retry of the same part excepted
    t  3  available:b  escrow:1        25  post    2   ok
    t  4  available:b  escrow:1        25  post    2   pending_posted@0
    t  4  available:b  escrow:1        60  void    2   pending_posted@0
    t  5  available:b  fees            75  posted  -   ok
    ");
}

#[test]
fn a_timeout_is_a_transfer_that_somebody_sequences() {
    run("
    t  1  outside      available:b    100  posted  -   ok
    t  2  available:b  held            60  until   50  ok
    t  3  available:b  held            60  expire  2@49 pending_not_due@0
    b  available:b     0 100 60 0
    t  3  available:b  held            60  expire  2@50 ok
    b  available:b     0 100 0 0
    t  3  available:b  held            60  expire  2@50 ok
    t  3  available:b  held            60  expire  2@51 other_kind@0
    t  4  available:b  held            60  post    2   pending_expired@0
    # overdue, but nobody has said so: it can be posted
    t  5  available:b  held            60  until   1   ok
    t  6  available:b  held            60  post    5   ok
    # without a deadline there is nothing to wait for
    t  7  available:b  held            40  pending -   ok
    t  8  available:b  held            40  expire  7@99999 pending_not_due@0
    ");
}

#[test]
fn a_bond_is_forfeited_through_refunds_and_the_float_pays_its_part() {
    run("
    t  1  outside      available:h    100  posted  -   +
    t  2  outside      float           30  posted  -   +
    t  3  available:h  bond:1         100  posted  -   ok
    t  4  bond:1       refunds         40  posted  -   +
    t  5  refunds      available:b     40  posted  -   +
    t  6  bond:1       available:h     60  posted  -   ok
    t  7  bond:1       available:h      1  posted  -   overdrawn@0
    t  8  float        available:h     31  posted  -   overdrawn@0
    t  8  float        available:h     30  posted  -   ok
    b  refunds         40 40 0 0
    b  bond:1          100 100 0 0
    b  available:b     0 40 0 0
    ");
}

#[test]
fn the_books_say_what_became_of_a_reservation() {
    let mut ledger = Ledger::new();
    let row = |id, kind, amount, of| transfer(id, "available:b", "held", amount, kind, of);
    ledger
        .apply(&[
            transfer("1", "outside", "available:b", "100", "posted", "-"),
            row("2", "until", "10", "5"),
            row("3", "until", "10", "4"),
            row("4", "until", "10", "6"),
            row("5", "pending", "10", "-"),
        ])
        .unwrap();
    let due = |ledger: &Ledger, at| -> Vec<u128> {
        let due = ledger.due(Timestamp::from_unix_ms(at));
        due.map(|transfer| transfer.id.get()).collect()
    };
    assert_eq!(due(&ledger, 3), []);
    assert_eq!(due(&ledger, 5), [3, 2]);
    let overdue = *ledger.transfer(&TransferId::new(3)).unwrap();
    let expired = overdue.expired(TransferId::new(6), Timestamp::from_unix_ms(5));
    ledger
        .apply(&[
            expired,
            row("7", "post", "4", "2"),
            row("8", "void", "10", "5"),
        ])
        .unwrap();
    assert_eq!(due(&ledger, 9), [4]);
    let status = |id| ledger.status(&TransferId::new(id));
    assert_eq!(status(1), None);
    let amount = Sats::new(4);
    assert_eq!(status(2), Some(Status::Posted { amount }));
    assert_eq!(status(3), Some(Status::Expired));
    assert_eq!(status(4), Some(Status::Open));
    assert_eq!(status(5), Some(Status::Voided));
    assert_eq!(status(9), None);
}

#[test]
fn an_overdraft_says_who_what_and_how_much() {
    let mut ledger = Ledger::new();
    let fees_to_outside = Transfer {
        id: TransferId::new(1),
        debit: Account::Fees,
        credit: Account::Outside,
        amount: Sats::new(7),
        kind: Kind::Posted,
    };
    let (index, refusal) = ledger.apply(&[fees_to_outside]).unwrap_err();
    assert_eq!(index, 0);
    assert_eq!(refusal.to_string(), "account fees can spend 0 sats, not 7");
}
