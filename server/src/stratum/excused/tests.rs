use super::*;
use crate::stratum::upstream::tests::contract;
use market::{Agreed, Bond, EpochDelivery, PoolTarget, Term, TermContract};
use units::Sats;

struct Watch {
    counter: Counter,
    began: Instant,
    /// How far the clock that can be set is ahead.
    ahead: i64,
}

/// Seconds of that clock when a watch begins.
const BEGAN: i64 = 1_000_000;

fn clock_at(seconds: u64) -> Timestamp {
    Timestamp::from_unix_ms(1_000 * seconds)
}

impl Watch {
    fn new() -> Self {
        Self::ending(None)
    }

    /// Of a term with so many seconds to come.
    fn ending(seconds: Option<u64>) -> Self {
        Self::ahead(0, seconds)
    }

    /// The same, with a clock that is so far ahead.
    fn ahead(ahead: i64, seconds: Option<u64>) -> Self {
        let began = Instant::now();
        let mut watch = Self {
            counter: Counter::new(Millis::new(0), None, began),
            began,
            ahead,
        };
        watch.counter.end = seconds.map(|seconds| {
            let at = clock_at(BEGAN.unsigned_abs() + seconds);
            End::until(at, watch.at(0))
        });
        watch
    }

    fn at(&self, seconds: u64) -> Moment {
        let clock = BEGAN + seconds.cast_signed() + self.ahead;
        Moment {
            at: self.began + Duration::from_secs(seconds),
            clock: clock_at(clock.unsigned_abs()),
        }
    }

    fn job(&mut self, seconds: u64, session: u32, block: u8) {
        let job = Given {
            session,
            block: [block; 32],
            is_for_one: false,
        };
        self.counter.follow_job(Some(job), self.at(seconds));
    }

    fn no_job(&mut self, seconds: u64) {
        self.counter.follow_job(None, self.at(seconds));
    }

    fn total(&mut self, seconds: u64) -> u64 {
        self.counter.total(self.at(seconds)).as_secs()
    }
}

#[test]
fn time_without_a_job_adds_up() {
    let mut watch = Watch::new();
    assert_eq!(watch.total(5), 5);
    watch.job(10, 0, 1);
    assert_eq!(watch.total(100), 10);
    watch.no_job(110);
    watch.no_job(115);
    // Over the end of a minute, and several.
    assert_eq!(watch.total(400), 300);
    watch.job(410, 1, 1);
    assert_eq!(watch.total(1_000), 310);
    // Asked again as of before: it has not become less.
    assert_eq!(watch.total(1), 310);
    watch.no_job(1_010);
    watch.counter.end(watch.at(1_020));
    watch.job(1_030, 2, 1);
    assert_eq!(watch.total(9_000), 320, "nothing counts after the end");
}

#[test]
fn nothing_is_left_out_after_the_terms_end() {
    // In the middle of a minute, and at its end.
    for (ends, left_out) in [(90, 80), (120, 110)] {
        let mut watch = Watch::ending(Some(ends));
        watch.job(10, 0, 1);
        // The last epoch waits for the disk.
        watch.counter.follow_log(false, watch.at(20));
        assert_eq!(watch.total(30), 20);
        assert_eq!(watch.total(1_000), left_out);
        watch.no_job(1_001);
        watch.counter.end(watch.at(1_002));
        assert_eq!(watch.total(9_000), left_out);
    }
    // Nor where a minute that was not over has one beginning too many then.
    let mut watch = Watch::ending(Some(90));
    (0..5).for_each(|block| watch.job(60 + u64::from(block), 0, block));
    assert_eq!(watch.total(1_000), 30 + 60);
    // The term was over before the server came up again.
    assert_eq!(Watch::ending(Some(0)).total(1_000), 0);
}

#[test]
fn a_clock_that_is_set_ends_no_term_early() {
    // Ahead at the start, and set right later, before that end and after it.
    for set_right in [20, 60] {
        let mut watch = Watch::ahead(70, Some(100));
        assert_eq!(watch.total(20), 20);
        watch.total(set_right);
        watch.ahead = 0;
        assert_eq!(watch.total(90), 90);
        assert_eq!(watch.total(1_000), 100, "it ends with the term");
    }
    // Right at the start, ahead for a moment, and after the end.
    let mut watch = Watch::ending(Some(100));
    watch.ahead = 500;
    assert_eq!(watch.total(50), 50);
    watch.job(60, 0, 1);
    watch.ahead = 0;
    watch.no_job(70);
    assert_eq!(watch.total(80), 70);
    watch.ahead = 1_000_000_000;
    assert_eq!(watch.total(1_000), 90);
}

#[test]
fn a_term_ends_where_its_contract_says() {
    let began = Instant::now();
    let end = |contract: &Contract, clock| {
        let clock = Timestamp::from_unix_ms(clock);
        End::of(contract, Moment { at: began, clock })
    };
    let left = |clock| end(&term(), clock).map(|end| end.from_start - began);
    assert_eq!(left(400), Some(Duration::from_millis(86_399_600)));
    assert_eq!(left(86_400_001), Some(Duration::ZERO));
    assert_eq!(end(&term(), 400).unwrap().at.unix_ms(), 86_400_000);
    assert!(end(&contract(pool()), 400).is_none());
}

#[test]
fn sessions_for_one_machine_each_are_not_the_hosts() {
    let mut watch = Watch::new();
    let job = Given {
        session: 0,
        block: [1; 32],
        is_for_one: true,
    };
    watch.counter.follow_job(Some(job), watch.at(0));
    assert_eq!(watch.total(100), 100);
    watch.job(100, 1, 1);
    assert_eq!(watch.total(200), 100);
}

#[test]
fn reasons_that_hold_at_once_count_once() {
    let mut watch = Watch::new();
    watch.counter.follow_log(false, watch.at(10));
    watch.job(20, 0, 1);
    assert_eq!(watch.total(30), 30);
    watch.counter.follow_log(true, watch.at(40));
    assert_eq!(watch.total(100), 40);
}

#[test]
fn a_minute_with_too_many_blocks_is_not_the_hosts() {
    let mut watch = Watch::new();
    watch.job(0, 0, 1);
    // New work on the same block is nothing new.
    (1..60).for_each(|second| watch.job(second, 0, 1));
    watch.job(70, 0, 2);
    watch.job(80, 0, 3);
    assert_eq!(watch.total(130), 0, "real chains do that");
    watch.job(140, 0, 4);
    watch.job(150, 0, 5);
    assert_eq!(watch.total(160), 0);
    watch.job(170, 0, 6);
    assert_eq!(watch.total(170), 50, "of the minute so far");
    // What else was wrong in it is not counted twice.
    watch.no_job(175);
    watch.job(178, 0, 6);
    assert_eq!(watch.total(400), 60);
}

#[test]
fn a_pool_that_ends_its_sessions_all_the_time_is_not_the_hosts() {
    let mut watch = Watch::new();
    for session in 0..6 {
        let second = 10 * u64::from(session);
        watch.job(second, session, 1);
        watch.no_job(second + 9);
    }
    assert_eq!(watch.total(59), 59);
    watch.job(60, 5, 1);
    assert_eq!(watch.total(120), 60);
}

fn pool() -> PoolTarget {
    PoolTarget::new("pool.net".into(), 1, "u".into(), "x".into()).unwrap()
}

/// A day from time 0 on, of which 5 s were settled as not the host's.
fn term() -> Contract {
    let mut contract = contract(pool());
    contract.agreement.product = Agreed::Term(TermContract {
        length: Term::Day,
        starts_at: Timestamp::from_unix_ms(0),
        bond: Bond::post(contract.id, (contract.host, contract.buyer), Sats::new(1)).0,
        tolerance_ppm: 0,
        confidence_ppm: 950_000,
        seen: EpochDelivery {
            excused_total: Millis::new(5_000),
            ..EpochDelivery::default()
        },
    });
    contract
}

#[test]
fn the_time_before_a_start_is_at_least_what_was_settled() {
    let at = Timestamp::from_unix_ms;
    let before = |last, now| before(&term(), at(last), at(now)).get();
    assert_eq!(before(10_000, 17_000), 12_000);
    // The clock was set back while the server was down.
    assert_eq!(before(10_000, 9_000), 5_000);
    // The term was over before it came up again.
    assert_eq!(before(86_390_000, 100_000_000), 15_000);
    assert_eq!(before(86_410_000, 100_000_000), 5_000);
}
