//! The books as bytes, for a hash of the whole state.

use crate::{Account, Kind, Ledger, TransferId};

impl Ledger {
    /// Appends the books in one deterministic form: equal books give equal bytes, different books different ones.
    ///
    /// Numbers are big-endian; a list is its length as u64, then its items; an account is its text behind one length
    /// byte. Accounts (text, debits posted, credits posted, debits pending, credits pending as u128), then transfers by
    /// id (id, debit, credit, amount as u64, kind as one byte: 0 posted, 1 pending, 2 post, 3 void, 4 pending until,
    /// 5 expire, and behind it the pending id and the time where the kind has them).
    ///
    /// Which pending transfers have ended, and how, follows from the transfers.
    pub fn encode(&self, out: &mut Vec<u8>) {
        put_len(out, self.balances.len());
        for (account, balance) in &self.balances {
            put_account(out, account);
            for column in [
                balance.debits_posted,
                balance.credits_posted,
                balance.debits_pending,
                balance.credits_pending,
            ] {
                out.extend(column.to_be_bytes());
            }
        }
        put_len(out, self.transfers.len());
        for transfer in self.transfers.values() {
            put_id(out, &transfer.id);
            put_account(out, &transfer.debit);
            put_account(out, &transfer.credit);
            out.extend(transfer.amount.get().to_be_bytes());
            put_kind(out, &transfer.kind);
        }
    }
}

fn put_len(out: &mut Vec<u8>, len: usize) {
    out.extend((len as u64).to_be_bytes());
}

fn put_id(out: &mut Vec<u8>, id: &TransferId) {
    out.extend(id.get().to_be_bytes());
}

fn put_account(out: &mut Vec<u8>, account: &Account) {
    let text = account.to_string();
    // The longest is `available:` and 32 characters.
    out.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
    out.extend(text.as_bytes());
}

fn put_kind(out: &mut Vec<u8>, kind: &Kind) {
    match kind {
        Kind::Posted => out.push(0),
        Kind::Pending => out.push(1),
        Kind::PostPending(id) => {
            out.push(2);
            put_id(out, id);
        }
        Kind::VoidPending(id) => {
            out.push(3);
            put_id(out, id);
        }
        Kind::PendingUntil(at) => {
            out.push(4);
            out.extend(at.unix_ms().to_be_bytes());
        }
        Kind::ExpirePending { pending, at } => {
            out.push(5);
            put_id(out, pending);
            out.extend(at.unix_ms().to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::Timestamp;

    #[test]
    fn kinds_are_as_documented() {
        let (pending, at) = (TransferId::new(7), Timestamp::from_unix_ms(9));
        let (id, time) = (
            [[0; 15].as_slice(), &[7]].concat(),
            [0, 0, 0, 0, 0, 0, 0, 9],
        );
        for (kind, tag, rest) in [
            (Kind::Posted, 0, Vec::new()),
            (Kind::Pending, 1, Vec::new()),
            (Kind::PostPending(pending), 2, id.clone()),
            (Kind::VoidPending(pending), 3, id.clone()),
            (Kind::PendingUntil(at), 4, time.to_vec()),
            (
                Kind::ExpirePending { pending, at },
                5,
                [id.as_slice(), &time].concat(),
            ),
        ] {
            let mut out = Vec::new();
            put_kind(&mut out, &kind);
            assert_eq!(out, [vec![tag], rest].concat(), "{kind}");
        }
    }
}
