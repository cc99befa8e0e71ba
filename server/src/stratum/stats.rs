//! Counts of a contract's delivery, for people: what decides about money is the share log.

use super::records::SHARES_EACH;
use pow::{Interval, WorkSum};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, VecDeque},
    net::IpAddr,
};
use stratum::Reject;
use units::{Difficulty, Millis, Timestamp, Work};

/// The time that hashrates are shown over.
pub const WINDOW: Millis = Millis::new(600_000);
/// A point of the drawn history.
const BUCKET_MS: u64 = 10_000;
/// Logins that one contract's delivery remembers. Where more come, those go that were gone the longest.
const LOGINS_MAX: usize = 10_000;
/// Of those so many go at once: looking for them takes time.
const FORGOTTEN: usize = LOGINS_MAX / 16;
/// Addresses of one login at which worker records can be earned. Where more deliver, the one with the fewest shares goes.
const EARNERS_MAX: usize = 8;
/// Points in the history.
const BUCKETS: u64 = 60;

/// Counts since the server's start; those of the logins since the contract's opening.
pub struct Stats {
    started: Timestamp,
    /// Stale shares.
    pub stale: u64,
    /// Shares rejected for any other reason.
    pub rejected: u64,
    /// Accepted shares that met the pool's target and were sent to it.
    pub forwarded: u64,
    /// Accepted shares that met the pool's target and could not be sent to it.
    pub not_sent: u64,
    /// Of those sent, accepted by the pool.
    pub pool_accepted: u64,
    /// Of those sent, rejected by the pool.
    pub pool_rejected: u64,
    /// Time of the last accepted share.
    pub last_share: Option<Timestamp>,
    recent: Recent,
    logins: BTreeMap<String, Login>,
    /// How many logins are neither connected nor had a share counted.
    strangers: usize,
}

/// What one login did.
#[derive(Default)]
pub struct Login {
    /// Connections under it now.
    pub online: u32,
    /// Accepted shares since the contract's opening.
    pub shares: u64,
    /// Its difficulty now.
    pub difficulty: Option<Difficulty>,
    /// Time of its last accepted share.
    pub last_share: Option<Timestamp>,
    joined: Option<Timestamp>,
    earners: Vec<Earner>,
    recent: Recent,
}

/// Whose shares earn worker records. A login's name alone proves nothing: anybody may write it.
struct Earner {
    /// Where the shares came from.
    address: IpAddr,
    /// Shares that counted since then.
    shares: u64,
    /// Worker records since then.
    records: u64,
}

impl Login {
    fn earned(&mut self, address: IpAddr, shares: u64) {
        if let Some(known) = self.earner_mut(address) {
            known.shares = known.shares.saturating_add(shares);
            return;
        }
        let new = Earner {
            address,
            shares,
            records: 0,
        };
        if self.earners.len() < EARNERS_MAX {
            self.earners.push(new);
        } else if let Some(least) = self.earners.iter_mut().min_by_key(|known| known.shares)
            && least.shares <= shares
        {
            *least = new;
        }
    }

    fn earner_mut(&mut self, address: IpAddr) -> Option<&mut Earner> {
        self.earners
            .iter_mut()
            .find(|known| known.address == address)
    }

    const fn is_strange(&self) -> bool {
        self.online == 0 && self.shares == 0
    }
}

/// Sums of the last ten minutes, in buckets of ten seconds.
#[derive(Default)]
struct Recent(VecDeque<(u64, WorkSum)>);

impl Recent {
    fn add(&mut self, at: Timestamp, more: WorkSum) {
        let bucket = at.unix_ms() / BUCKET_MS;
        if self.0.back().is_none_or(|(last, _)| *last < bucket) {
            self.0.push_back((bucket, WorkSum::default()));
        }
        if let Some((_, sum)) = self.0.back_mut() {
            *sum = sum.checked_merge(more).unwrap_or(*sum);
        }
        while self
            .0
            .front()
            .is_some_and(|(first, _)| *first + BUCKETS <= bucket)
        {
            self.0.pop_front();
        }
    }

    fn sum_since(&self, bucket: u64) -> WorkSum {
        let recent = self.0.iter().filter(|(number, _)| *number >= bucket);
        recent.fold(WorkSum::default(), |all, (_, sum)| {
            all.checked_merge(*sum).unwrap_or(all)
        })
    }
}

impl Stats {
    /// Goes on from what the log holds; of too many logins with those of the most shares.
    #[must_use]
    pub fn new(started: Timestamp, by_login: &BTreeMap<String, WorkSum>) -> Self {
        let known = |sum: &WorkSum| Login {
            shares: sum.shares,
            ..Login::default()
        };
        let mut logins: Vec<_> = by_login.iter().collect();
        if logins.len() > LOGINS_MAX {
            logins.sort_by_key(|(_, sum)| Reverse(sum.shares));
            logins.truncate(LOGINS_MAX);
        }
        Self {
            started,
            strangers: 0,
            stale: 0,
            rejected: 0,
            forwarded: 0,
            not_sent: 0,
            pool_accepted: 0,
            pool_rejected: 0,
            last_share: None,
            recent: Recent::default(),
            logins: logins
                .into_iter()
                .map(|(login, sum)| (login.clone(), known(sum)))
                .collect(),
        }
    }

    /// `address` is where the machine connects from, as it is counted.
    pub(super) fn accepted(&mut self, login: &str, address: IpAddr, at: Timestamp, sum: WorkSum) {
        self.last_share = Some(at);
        self.recent.add(at, sum);
        if !self.logins.contains_key(login) && self.make_room() {
            // It is connected, or it could not have found a share.
            let new = Login {
                online: 1,
                joined: Some(at),
                ..Login::default()
            };
            self.logins.insert(login.to_owned(), new);
        }
        let Some(login) = self.logins.get_mut(login) else {
            return;
        };
        if login.is_strange() {
            self.strangers = self.strangers.saturating_sub(1);
        }
        login.shares += sum.shares;
        login.earned(address, sum.shares);
        login.last_share = Some(at);
        login.recent.add(at, sum);
    }

    pub(super) fn rejected(&mut self, why: Reject) {
        match why {
            Reject::JobNotFound => self.stale += 1,
            _ => self.rejected += 1,
        }
    }

    pub(super) fn answered(&mut self, accepted: bool) {
        if accepted {
            self.pool_accepted += 1;
        } else {
            self.pool_rejected += 1;
        }
    }

    /// Names come from the network: one of which no share has counted yet is remembered only where there is room, and makes
    /// room where it leaves, so that it takes nobody's place.
    pub(super) fn connected(&mut self, login: &str, at: Timestamp) {
        if !self.logins.contains_key(login) {
            if self.logins.len() >= LOGINS_MAX && !self.forget_strangers() {
                return;
            }
            self.logins.insert(login.to_owned(), Login::default());
        } else if self.logins.get(login).is_some_and(Login::is_strange) {
            self.strangers = self.strangers.saturating_sub(1);
        }
        if let Some(login) = self.logins.get_mut(login) {
            login.online += 1;
            login.joined.get_or_insert(at);
        }
    }

    pub(super) fn disconnected(&mut self, login: &str) {
        if let Some(login) = self.logins.get_mut(login)
            && login.online > 0
        {
            login.online -= 1;
            self.strangers += usize::from(login.is_strange());
        }
    }

    /// True where there were some.
    fn forget_strangers(&mut self) -> bool {
        if self.strangers == 0 {
            return false;
        }
        self.strangers = 0;
        self.logins.retain(|_, login| !login.is_strange());
        true
    }

    /// For a login of which a share has counted: others of which none has go first, then those that were gone the longest.
    /// False where all are at work.
    fn make_room(&mut self) -> bool {
        if self.logins.len() < LOGINS_MAX || self.forget_strangers() {
            return true;
        }
        self.logins.retain(|_, login| login.shares > 0);
        if self.logins.len() < LOGINS_MAX {
            return true;
        }
        let gone = self.logins.iter().filter(|(_, login)| login.online == 0);
        let mut gone: Vec<_> = gone
            .map(|(name, login)| (login.last_share, name.clone()))
            .collect();
        gone.sort_unstable();
        for (_, name) in gone.into_iter().take(FORGOTTEN) {
            self.logins.remove(&name);
        }
        self.logins.len() < LOGINS_MAX
    }

    /// True where the login's shares from this address have earned it another worker record.
    pub(super) fn has_earned(&self, login: &str, address: IpAddr) -> bool {
        let earners = self.logins.get(login).map(|login| &login.earners);
        let mut here = earners.into_iter().flatten();
        here.find(|known| known.address == address)
            .is_some_and(|known| known.records < known.shares / SHARES_EACH)
    }

    /// The login has another worker record, for a machine of this address.
    pub(super) fn introduced(&mut self, login: &str, address: IpAddr) {
        let login = self.logins.get_mut(login);
        if let Some(known) = login.and_then(|login| login.earner_mut(address)) {
            known.records = known.records.saturating_add(1);
        }
    }

    pub(super) fn difficulty(&mut self, login: &str, difficulty: Difficulty) {
        if let Some(login) = self.logins.get_mut(login) {
            login.difficulty = Some(difficulty);
        }
    }

    /// The hashrate over the last ten minutes, or since `opened` or the server's start where that is later; and the
    /// time that it is over.
    #[must_use]
    pub fn delivered(&self, opened: Timestamp, now: Timestamp) -> (Interval, Millis) {
        windowed(&self.recent, opened.max(self.started), now)
    }

    /// Work per ten seconds as sums, oldest first, up to the last whole bucket.
    #[must_use]
    pub fn history(&self, now: Timestamp) -> Vec<Work> {
        let open = now.unix_ms() / BUCKET_MS;
        let first = (open - BUCKETS.min(open)).max(self.started.unix_ms().div_ceil(BUCKET_MS));
        let by_number: BTreeMap<u64, Work> = self
            .recent
            .0
            .iter()
            .map(|(n, sum)| (*n, sum.work))
            .collect();
        (first..open)
            .map(|n| by_number.get(&n).copied().unwrap_or_default())
            .collect()
    }

    /// Every login that ever delivered, with its hashrate.
    pub fn logins(&self, now: Timestamp) -> impl Iterator<Item = (&str, &Login, Interval)> {
        self.logins.iter().map(move |(name, login)| {
            let since = login.joined.unwrap_or(self.started);
            (name.as_str(), login, windowed(&login.recent, since, now).0)
        })
    }
}

/// History's bucket as a hashrate's time.
#[must_use]
pub const fn bucket() -> Millis {
    Millis::new(BUCKET_MS)
}

fn windowed(recent: &Recent, since: Timestamp, now: Timestamp) -> (Interval, Millis) {
    // The window starts with a bucket, so that its shares and its time are of the same span.
    let bucket = now
        .unix_ms()
        .saturating_sub(WINDOW.get())
        .div_ceil(BUCKET_MS);
    let start = Timestamp::from_unix_ms(bucket * BUCKET_MS).max(since);
    let over = now.since(start);
    (recent.sum_since(bucket).interval(over), over)
}

#[cfg(test)]
mod tests;
