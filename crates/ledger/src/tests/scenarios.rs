//! Each row is a transfer (`t`) or a check of an account's columns (`b`). The answer `+` links a transfer with the next row;
//! a batch is applied at the first row with another answer: `ok`, or the refusal and the index of the row refused.

use crate::{Account, Balance, Kind, Ledger, Refusal, Transfer, TransferId};
use units::Sats;

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
        Refusal::ZeroAmount => "zero_amount",
        Refusal::SameAccount => "same_account",
        Refusal::IdTaken => "id_taken",
        Refusal::PendingNotFound => "pending_not_found",
        Refusal::PendingDone => "pending_done",
        Refusal::PendingMismatch => "pending_mismatch",
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
    t  4  available:b  held           100  void    2   pending_done@3
    t  1  outside      available:b    100  posted  -   +
    t  1  outside      available:b    100  posted  -   +
    t  1  outside      available:b     99  posted  -   id_taken@2
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
    t  1  outside      available:b    101  posted  -   id_taken@0
    t  1  outside      available:c    100  posted  -   id_taken@0
    t  1  outside      available:b    100  pending -   id_taken@0
    ");
}

#[test]
fn refusals_have_a_precedence() {
    run("
    t  1  outside      available:b    100  posted  -   ok
    t  2  available:b  held            10  pending -   ok
    t  1  fees         fees             0  posted  -   zero_amount@0
    t  1  fees         fees             1  posted  -   same_account@0
    t  1  fees         held             1  void    9   id_taken@0
    t  3  fees         held             1  void    9   pending_not_found@0
    t  3  fees         held             1  void    1   pending_not_found@0
    t  3  available:b  held            10  post    2   ok
    t  4  available:b  held            11  post    2   pending_done@0
    t  5  available:b  held            10  pending -   ok
    t  6  available:b  held            11  post    5   pending_mismatch@0
    t  6  available:b  fees            10  post    5   pending_mismatch@0
    t  6  available:c  held            10  void    5   pending_mismatch@0
    t  6  available:b  held            10  void    5   ok
    t  7  fees         held             1  posted  -   overdrawn@0
    ");
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
