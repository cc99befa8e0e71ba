//! What was seen, as a report: numbers, sentences, warnings.

use super::{
    Preflight,
    watch::{Ended, Latest, Seen},
};
use api::{PoolDifficulty, PoolJob, PoolPayout, PoolReport, PoolWarning, PoolWarningCode as Code};
use pow::coinbase::{Coinbase, Network, ScriptKind, address};
use std::time::Duration;
use stratum::{ExtranonceSpace, SpaceError};
use units::{Hashrate, Sats, Target, Work};

/// More bytes of extranonce than any pool uses; the rest of the server takes no more either.
pub(super) const EXTRANONCE_MAX: usize = 32;
/// Outputs that are named.
const PAYOUTS_MAX: usize = 32;
/// Shares a minute, in thousandths, below which a pool hardly sees a contract: one in ten minutes.
const SPARSE: u64 = 100;
/// Above which it is flooded by one: ten a second.
const DENSE: u64 = 600_000;

pub(super) struct Judge<'a> {
    wanted: Preflight<'a>,
    network: Network,
    report: PoolReport,
}

impl<'a> Judge<'a> {
    pub(super) fn new(wanted: Preflight<'a>, network: Network) -> Self {
        let report = PoolReport {
            address: wanted.address.to_string(),
            usable: false,
            warnings: Vec::new(),
            words: Vec::new(),
            connect_ms: None,
            answer_ms: None,
            login_accepted: None,
            difficulty: None,
            extranonce1_bytes: None,
            extranonce2_bytes: None,
            version_mask: None,
            job: None,
            jobs: 0,
            job_interval_ms: None,
        };
        Self {
            wanted,
            network,
            report,
        }
    }

    /// The report, what refuses first.
    pub(super) fn report(mut self) -> PoolReport {
        self.report.warnings.sort_by_key(|warning| !warning.refuses);
        self.report.usable = self.report.warnings.iter().all(|warning| !warning.refuses);
        self.report
    }

    pub(super) fn refuse(&mut self, code: Code, message: impl Into<String>) {
        self.warn(code, true, message.into());
    }

    fn advise(&mut self, code: Code, message: impl Into<String>) {
        self.warn(code, false, message.into());
    }

    fn warn(&mut self, code: Code, refuses: bool, message: String) {
        self.report.warnings.push(PoolWarning {
            code,
            refuses,
            message,
        });
    }

    fn say(&mut self, sentence: impl Into<String>) {
        self.report.words.push(sentence.into());
    }

    pub(super) fn connected(&mut self, within: Duration, private: bool) {
        self.report.connect_ms = Some(ms(within));
        self.say(format!("Connected in {} ms.", ms(within)));
        if private {
            let words = "The pool's address is not public: nobody outside this network can check what it says.";
            self.advise(Code::PrivateAddress, words);
        }
    }

    pub(super) fn seen(&mut self, seen: &Seen, old: Option<bool>) {
        self.login(seen);
        self.space(seen);
        self.difficulty(seen);
        if let Some(latest) = &seen.job {
            self.job(latest, seen);
        }
        if old == Some(true) {
            let words = "The pool's job does not build on the tip of the chain that this server's node knows.";
            self.advise(Code::OldBlock, words);
        }
        if seen.answer.is_some() {
            let words = "The connection is not encrypted: Assay does not speak TLS with pools yet.";
            self.advise(Code::NotEncrypted, words);
        }
    }

    /// How far it went.
    fn login(&mut self, seen: &Seen) {
        let Some(answer) = seen.answer else {
            return match seen.ended {
                Some(Ended::Garbage) => self.garbage(),
                Some(_) => self.refuse(
                    Code::Closed,
                    "The pool closed the connection without a word.",
                ),
                None => self.refuse(
                    Code::NoAnswer,
                    "The connection opened, and the pool said nothing.",
                ),
            };
        };
        self.report.answer_ms = Some(ms(answer));
        self.say(format!("The first answer came after {} ms.", ms(answer)));
        self.report.login_accepted = seen.authorized;
        if seen.authorized == Some(true) {
            self.say("The login was accepted.");
        }
        match seen.ended {
            None => {}
            Some(Ended::Garbage) => return self.garbage(),
            Some(Ended::Flood) => {
                return self.refuse(Code::Flood, "The pool sends more than any pool needs to.");
            }
            Some(Ended::SubscribeRefused) => {
                return self.refuse(Code::SubscribeRefused, "The pool refused the subscription.");
            }
            Some(Ended::LoginRefused) => {
                self.refuse(Code::LoginRefused, "The pool refused the login.");
                return self.login_form();
            }
            Some(Ended::ReconnectAsked) => {
                let words =
                    "The pool asked for another connection at once. Where to is never followed.";
                return self.refuse(Code::ReconnectAsked, words);
            }
            Some(Ended::Closed) => {
                self.refuse(Code::Closed, "The pool closed the connection.");
            }
        }
        if seen.authorized.is_none() && seen.ended.is_none() {
            let words = "The pool did not answer the login.";
            self.refuse(Code::LoginUnanswered, words);
        }
        if seen.job.is_none() && seen.ended.is_none() {
            let seconds = self.wanted.patience.job.as_secs();
            let words = format!("The pool sent no job within {seconds} seconds.");
            self.refuse(Code::NoJob, words);
        }
        self.login_form();
    }

    fn garbage(&mut self) {
        let words = "What the pool sends is not Stratum V1. Is it another service's port?";
        self.refuse(Code::Garbage, words);
    }

    fn login_form(&mut self) {
        if login_address(self.wanted.user).is_none() {
            let words = "The login holds no payout address. Pools that pay by login need one; pools with accounts do not.";
            self.advise(Code::LoginWithoutAddress, words);
        }
    }

    fn space(&mut self, seen: &Seen) {
        let Some((extranonce1, size)) = &seen.space else {
            return;
        };
        self.report.extranonce1_bytes = u32::try_from(extranonce1.len()).ok();
        self.report.extranonce2_bytes = u32::try_from(*size).ok();
        match ExtranonceSpace::new(extranonce1, *size) {
            Ok(_) => {}
            Err(SpaceError::TooSmall { .. }) => {
                match ExtranonceSpace::for_one_machine(extranonce1, *size) {
                    Ok(_) => self.advise(
                        Code::ExtranonceSmall,
                        format!(
                            "The pool leaves {size} bytes of extranonce2, and 6 are needed to share one session: each machine gets one of its own, 64 at most, and some have to reconnect for it."
                        ),
                    ),
                    Err(_) => self.refuse(
                        Code::ExtranonceSmall,
                        format!(
                            "The pool leaves {size} bytes of extranonce2, too few even for a machine with a session of its own: 4 are needed."
                        ),
                    ),
                }
            }
            Err(_) => self.refuse(
                Code::ExtranonceTooLarge,
                "The pool's extranonce has more than 32 bytes.",
            ),
        }
        self.say(format!(
            "Of the coinbase, the pool fixes {} bytes and leaves {size}.",
            extranonce1.len()
        ));
        match seen.version_mask {
            0 => {
                let words =
                    "The pool allows no version rolling: machines that need it lose efficiency.";
                self.advise(Code::NoVersionRolling, words);
            }
            mask => {
                self.report.version_mask = Some(format!("{mask:08x}"));
                self.say(format!("Version bits may be rolled: {mask:08x}."));
            }
        }
    }

    fn difficulty(&mut self, seen: &Seen) {
        let Some((easiest, hardest)) = seen.targets else {
            return;
        };
        let (least, most) = (printed(&easiest), printed(&hardest));
        let work = hardest.work();
        let pace = self.wanted.hashrate.map(|hashrate| pace(hashrate, work));
        self.say(match least == most {
            true => format!("The pool's difficulty is {least}."),
            false => format!("The pool's difficulty was {least} to {most}."),
        });
        if let Some(pace) = pace {
            self.say(format!(
                "At this hashrate that is a share every {}.",
                between(pace)
            ));
            if pace < SPARSE {
                let words = "The pool's difficulty is high for this hashrate: with so few shares, what it credits varies much. A pool's password or port often chooses another.";
                self.advise(Code::DifficultyHigh, words);
            } else if pace > DENSE {
                let words = "The pool's difficulty is low for this hashrate: more than ten shares a second.";
                self.advise(Code::DifficultyLow, words);
            }
        }
        self.report.difficulty = Some(PoolDifficulty {
            least,
            most,
            least_work_hashes: easiest.work(),
            most_work_hashes: work,
            shares_per_minute_thousandths: pace,
        });
    }

    fn job(&mut self, latest: &Latest, seen: &Seen) {
        self.report.jobs = seen.jobs;
        self.report.job_interval_ms = seen.interval.map(ms);
        let mut job = PoolJob {
            clean: latest.clean,
            height: None,
            at_ms: u64::from(latest.job.ntime) * 1_000,
            branch: u32::try_from(latest.job.branch.len()).unwrap_or(u32::MAX),
            tag: String::new(),
            payouts: Vec::new(),
            pays_login: None,
        };
        match latest.coinbase() {
            Ok(coinbase) => self.coinbase(&mut job, coinbase),
            Err(_) => {
                let words = "The job's coinbase is no transaction that a block could begin with, or the extranonce could change whom it pays.";
                self.refuse(Code::CoinbaseUnreadable, words);
            }
        }
        self.report.job = Some(job);
    }

    fn coinbase(&mut self, job: &mut PoolJob, coinbase: Coinbase) {
        let network = self.network;
        let paying = coinbase.outputs.iter();
        let paying = paying.filter(|output| !output.sats.is_zero());
        let payouts = paying.map(|output| PoolPayout {
            address: address(&output.script, network),
            kind: ScriptKind::of(&output.script).as_str().to_owned(),
            sats: output.sats,
        });
        let login = login_address(self.wanted.user);
        let pays = |login: &str| {
            let mut outputs = coinbase.outputs.iter();
            outputs.any(|output| {
                address(&output.script, network)
                    .is_some_and(|paid| paid.eq_ignore_ascii_case(login))
            })
        };
        job.pays_login = login.map(pays);
        job.payouts = payouts.take(PAYOUTS_MAX).collect();
        job.height = coinbase.height;
        job.tag = coinbase.tag;
        self.say(match (job.height, job.tag.as_str()) {
            (Some(height), "") => format!("The job is for block {height}."),
            (Some(height), tag) => format!("The job is for block {height}, signed “{tag}”."),
            (None, "") => "The job's coinbase says no height.".to_owned(),
            (None, tag) => format!("The job's coinbase is signed “{tag}”."),
        });
        for payout in &job.payouts {
            let to = payout
                .address
                .as_deref()
                .unwrap_or("a script without an address");
            self.say(format!("A block would pay {} to {to}.", btc(payout.sats)));
        }
        if job.payouts.iter().all(|payout| payout.address.is_none()) {
            let words = "The job's coinbase pays no address.";
            self.advise(Code::NoPayout, words);
        }
        match job.pays_login {
            Some(true) => self.say("The address of the login is among those that it pays."),
            Some(false) => self.say("The address of the login is not among those that it pays."),
            None => {}
        }
    }
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Exact.
fn btc(sats: Sats) -> String {
    let (whole, rest) = (sats.get() / 100_000_000, sats.get() % 100_000_000);
    format!("{whole}.{rest:08} BTC")
}

/// Shares a minute, in thousandths.
fn pace(hashrate: Hashrate, work: Work) -> u64 {
    let a_minute = hashrate.get().saturating_mul(60_000);
    u64::try_from(a_minute / work.get().max(1)).unwrap_or(u64::MAX)
}

/// The time between shares of this pace, in words.
fn between(pace: u64) -> String {
    let ms = 60_000_000 / pace.max(1);
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..120_000 => format!("{} s", ms / 1_000),
        120_000..7_200_000 => format!("{} minutes", ms / 60_000),
        _ => format!("{} hours or longer", ms / 3_600_000),
    }
}

/// A target's difficulty as Stratum states it, six digits: work * 65535 / 2^48.
fn printed(target: &Target) -> String {
    const NANO: u128 = 1_000_000_000;
    let work = target.work().get();
    let Some(scaled) = work.checked_mul(65_535 * NANO) else {
        return ((work >> 48) * 65_535).to_string();
    };
    let mut nano = (scaled + (1 << 47)) >> 48;
    let digits = nano.checked_ilog10().map_or(1, |log| log + 1);
    // Whole numbers keep all their digits.
    let cut = 10_u128.pow(digits.saturating_sub(6).min(9));
    nano = (nano + cut / 2) / cut * cut;
    let (whole, rest) = (nano / NANO, nano % NANO);
    let text = format!("{whole}.{rest:09}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The address that a login begins with, by its form alone: checksums are the pool's business.
fn login_address(user: &str) -> Option<&str> {
    let first = user.split(['.', '_']).next()?;
    let lower = first.to_ascii_lowercase();
    let mut prefixes = ["bc1", "tb1", "bcrt1"].into_iter();
    if let Some(data) = prefixes.find_map(|prefix| lower.strip_prefix(prefix)) {
        let bech32 = |b: u8| b"qpzry9x8gf2tvdw0s3jn54khce6mua7l".contains(&b);
        return ((11..=87).contains(&data.len()) && data.bytes().all(bech32)).then_some(first);
    }
    let base58 = |b: u8| b.is_ascii_alphanumeric() && !b"0OIl".contains(&b);
    let form = first.starts_with(['1', '2', '3', 'm', 'n']) && (26..=35).contains(&first.len());
    (form && first.bytes().all(base58)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use stratum::target_of_difficulty;

    #[test]
    fn difficulties_are_printed_as_pools_state_them() {
        for text in [
            "1",
            "65536",
            "1000000",
            "8192",
            "0.5",
            "524288",
            "123456789",
            "0.001",
        ] {
            let target = target_of_difficulty(text).unwrap();
            assert_eq!(printed(&target), text);
        }
        let small = target_of_difficulty("0.000244140625").unwrap();
        assert_eq!(printed(&small), "0.000244141");
        let huge = target_of_difficulty("1e30").unwrap();
        assert!(printed(&huge).len() >= 20);
    }

    #[test]
    fn a_pace_is_told_in_words() {
        let work = target_of_difficulty("65536").unwrap().work();
        let pace = pace(Hashrate::new(100_000_000_000_000), work);
        assert_eq!(pace, 21_315);
        assert_eq!(between(pace), "2 s");
        assert_eq!(between(0), "16 hours or longer");
        assert_eq!(between(100), "10 minutes");
        assert_eq!(between(600_000), "100 ms");
    }

    #[test]
    fn addresses_in_logins_are_known_by_their_form() {
        for user in [
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4.rig1",
            "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4_a",
            "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa.worker",
            "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
            "bcrt1qwdskucmdv3jhsgrsda5cuufqd4hkvetj2nxdxm.x",
        ] {
            assert!(login_address(user).is_some(), "{user}");
        }
        for user in [
            "",
            "buyer",
            "buyer.a",
            "bc1",
            "bc1qO0",
            "1",
            "account.bc1qw508d6",
        ] {
            assert!(login_address(user).is_none(), "{user}");
        }
    }
}
