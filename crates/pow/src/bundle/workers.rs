//! What each login delivered.

use super::{State, WorkerLine, WorkersLeftOut};
use crate::WorkSum;
use alloc::{
    collections::BTreeMap,
    string::{String, ToString},
    vec::Vec,
};
use core::cmp::Reverse;
use units::Millis;

/// Logins that a verdict lists: a bundle may name a million.
const LISTED: usize = 200;

/// A machine that reconnects is a new worker of the bundle under the same login.
pub(super) fn by_login(state: &State, sums: &BTreeMap<u32, WorkSum>) -> BTreeMap<String, WorkSum> {
    let mut logins: BTreeMap<String, WorkSum> = BTreeMap::new();
    for (worker, sum) in sums {
        let login = state.login(*worker).unwrap_or_default().to_string();
        let total = logins.entry(login).or_default();
        *total = total.checked_merge(*sum).unwrap_or(*total);
    }
    logins
}

/// Those with the most work, by name, and the sum of all others.
pub(super) fn lines(
    logins: BTreeMap<String, WorkSum>,
    duration: Millis,
) -> (Vec<WorkerLine>, WorkersLeftOut) {
    let mut logins: Vec<(String, WorkSum)> = logins.into_iter().collect();
    // Stable: of equal work the first by name.
    logins.sort_by_key(|(_, sum)| Reverse(sum.work));
    let others = logins.split_off(logins.len().min(LISTED));
    let sum = others.iter().fold(WorkSum::default(), |sum, (_, other)| {
        sum.checked_merge(*other).unwrap_or(sum)
    });
    let left_out = WorkersLeftOut {
        logins: u32::try_from(others.len()).unwrap_or(u32::MAX),
        shares: sum.shares,
        work_hashes: sum.work,
    };
    logins.sort_by(|(one, _), (other, _)| one.cmp(other));
    let line = |(login, sum): (String, WorkSum)| WorkerLine {
        login,
        shares: sum.shares,
        work_hashes: sum.work,
        hashrate: sum.interval(duration).into(),
    };
    (logins.into_iter().map(line).collect(), left_out)
}
