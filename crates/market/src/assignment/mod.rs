//! Which of a host's workers serves which of its contracts, and when.
//!
//! [`plan`] is a function: the same input gives the same plan, and it remembers nothing. It is asked again every few seconds, when a
//! cycle ends, and when something changes; what it must not forget comes in with the question: what each worker serves and
//! when it switched ([`Switches`]), what each contract was served by the clock ([`Served`]) and what its shares say.
//!
//! Time is cut into cycles on a fixed grid. By a cycle's end each contract shall have the work that is due; so a plan made in
//! the middle of a cycle, where all went as planned, is the rest of the plan made at its start.
//!
//! With `w` workers and `c` contracts a plan takes `O((w + c) log (w + c))` time and `O(w + c)` memory.

mod demand;
mod layout;
mod need;
mod packing;
mod plan;
mod rules;
mod seat;
mod served;
mod shortage;
mod worker;

#[cfg(test)]
mod tests;

pub use demand::Demand;
pub use plan::{Plan, Planned, Schedule, Slice, plan};
pub use rules::Rules;
pub use served::Served;
pub use worker::{Switches, Worker, WorkerId};

use units::{Hashrate, Work};

/// Hashrate times milliseconds: thousandths of a hash, so that a slice's work is a product without rounding.
type Amount = u128;

/// More than any machine, host or network: rates above are taken as this, so that sums of amounts fit.
const RATE_MAX: u128 = 1 << 80;

const AMOUNT_PER_HASH: Amount = 1_000;

fn rate(hashrate: Hashrate) -> u128 {
    hashrate.get().min(RATE_MAX)
}

fn amount(rate: u128, ms: u64) -> Amount {
    rate.saturating_mul(u128::from(ms))
}

fn amount_of(work: Work) -> Amount {
    work.get().saturating_mul(AMOUNT_PER_HASH)
}

fn work_of(amount: Amount) -> Work {
    Work::new(amount.checked_div(AMOUNT_PER_HASH).unwrap_or(0))
}

/// The milliseconds that `rate` needs for `amount`, rounded up.
fn ms_for(amount: Amount, rate: u128) -> u64 {
    u64::try_from(amount.div_ceil(rate.max(1))).unwrap_or(u64::MAX)
}

/// `value * part / whole` for `part <= whole`, without overflow; exact to 2^-63 of the value.
fn share_of(value: Amount, part: Amount, whole: Amount) -> Amount {
    let shift = 64_u32.saturating_sub(whole.leading_zeros());
    let whole = (whole >> shift).max(1);
    let part = (part >> shift).min(whole);
    let full = value.checked_div(whole).unwrap_or(0).saturating_mul(part);
    let rest = value.checked_rem(whole).unwrap_or(0).saturating_mul(part);
    full.saturating_add(rest.checked_div(whole).unwrap_or(0))
}
