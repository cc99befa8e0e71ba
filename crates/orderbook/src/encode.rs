//! The book as bytes, for a hash of the whole state.

use crate::{Book, Side};

impl Book {
    /// Appends the book in one deterministic form: equal books give equal bytes, different books different ones.
    ///
    /// Big-endian: lot u128, tick u64, one byte 1 and the last id u64 (or one byte 0), number of orders u64; for each
    /// order by id: id u64, account (one length byte, text), side (0 bid, 1 ask), hashrate u128, price u64, remaining
    /// u128. The levels follow from the orders.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.settings.lot.get().to_be_bytes());
        out.extend(self.settings.tick.get().to_be_bytes());
        match self.last_id {
            None => out.push(0),
            Some(id) => {
                out.push(1);
                out.extend(id.get().to_be_bytes());
            }
        }
        out.extend((self.orders.len() as u64).to_be_bytes());
        for resting in self.orders.values() {
            let order = &resting.order;
            out.extend(order.id.get().to_be_bytes());
            let account = order.account.as_str();
            // At most 32.
            out.push(u8::try_from(account.len()).unwrap_or(u8::MAX));
            out.extend(account.as_bytes());
            out.push(match order.side {
                Side::Bid => 0,
                Side::Ask => 1,
            });
            out.extend(order.hashrate.get().to_be_bytes());
            out.extend(order.price.get().to_be_bytes());
            out.extend(resting.remaining.get().to_be_bytes());
        }
    }
}
