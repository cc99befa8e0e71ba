//! What each login delivered.

use super::{State, WorkerLine, WorkersLeftOut};
use crate::WorkSum;
use alloc::{collections::BTreeMap, string::ToString, vec::Vec};
use core::cmp::Reverse;
use units::Millis;

/// Logins that a verdict lists: a bundle may name a million.
const LISTED: usize = 200;

/// A machine that reconnects is a new worker of the bundle under the same login. By name, each once, and none copied: there
/// may be very many.
pub(super) fn by_login<'a>(
    state: &'a State,
    sums: &BTreeMap<u32, WorkSum>,
) -> Vec<(&'a str, WorkSum)> {
    let mut logins = Vec::with_capacity(sums.len());
    let login = |worker: &u32| state.login(*worker).unwrap_or_default();
    logins.extend(sums.iter().map(|(worker, sum)| (login(worker), *sum)));
    logins.sort_by_key(|(login, _)| *login);
    logins.dedup_by(|(login, sum), (known, total)| {
        let same = login == known;
        if same {
            *total = total.checked_merge(*sum).unwrap_or(*total);
        }
        same
    });
    logins
}

/// Those with the most work, by name, and the sum of all others.
pub(super) fn lines(
    mut logins: Vec<(&str, WorkSum)>,
    duration: Millis,
) -> (Vec<WorkerLine>, WorkersLeftOut) {
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
    logins.sort_by_key(|(login, _)| *login);
    let line = |(login, sum): (&str, WorkSum)| WorkerLine {
        login: login.to_string(),
        shares: sum.shares,
        work_hashes: sum.work,
        hashrate: sum.interval(duration).into(),
    };
    (logins.into_iter().map(line).collect(), left_out)
}
