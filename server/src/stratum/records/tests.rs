use super::*;
use units::Difficulty;

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

fn target(exponent: i8) -> Target {
    Difficulty::from_exponent(exponent).unwrap().target()
}

fn place<'a>(login: &'a str, prefix: &'a [u8], exponent: i8) -> Place<'a> {
    Place {
        login,
        address: HERE,
        prefix,
        target: target(exponent),
    }
}

fn records() -> Records {
    Records::new(RecordLimits::default(), Instant::now())
}

/// A machine takes the space with this job; what had to be written, and for which worker.
fn enter(records: &Records, place: &Place<'_>, job: u32, new: u32) -> (Step, u32) {
    let mut inner = records.lock();
    assert!(inner.follow(0));
    let step = inner.enter(place, job);
    let number = match step {
        Step::Is(number) | Step::Assign(number, _) => number,
        Step::Introduce(_) => new,
    };
    inner.entered(place, step, number);
    inner.take(place.prefix);
    (step, number)
}

fn join(records: &Records, place: &Place<'_>, new: u32) -> Option<Step> {
    let mut inner = records.lock();
    let step = inner.join(place)?;
    let number = match step {
        Step::Is(number) | Step::Assign(number, _) => number,
        Step::Introduce(_) => new,
    };
    inner.entered(place, step, number);
    Some(step)
}

fn stamp(number: u32) -> JobStamp {
    let ntime = 1_000 + number;
    JobStamp { number, ntime }
}

fn variant(records: &Records, job: u32, exponent: i8) -> Option<u32> {
    let prefix = |variant: u32| (variant < 3).then(|| vec![variant as u8, 7, 7]);
    records.variant(0, stamp(job), prefix, target(exponent))
}

#[test]
fn who_comes_back_is_who_he_was_and_does_no_work_again() {
    let records = records();
    assert_eq!(variant(&records, 5, 1), Some(0));
    let (first, second) = (place("a", &[0, 7, 7], 1), place("a", &[1, 7, 7], 2));
    assert_eq!(enter(&records, &first, 5, 0), (Step::Introduce(5), 0));
    assert_eq!(variant(&records, 9, 1), Some(1), "it is at work there");
    assert_eq!(enter(&records, &second, 6, 1), (Step::Introduce(6), 1));
    records.left(0, &[0, 7, 7], Some(stamp(5)));
    records.left(0, &[1, 7, 7], Some(stamp(8)));
    assert_eq!(variant(&records, 8, 2), Some(2), "that work was done");
    let same = JobStamp {
        number: 9,
        ..stamp(8)
    };
    let prefix = |variant| Some(vec![variant as u8, 7, 7]);
    let another = records.variant(0, same, prefix, target(2));
    assert_eq!(another, Some(2), "the pool gave the job again");
    assert_eq!(variant(&records, 9, 2), Some(1));
    assert_eq!(enter(&records, &second, 9, 9), (Step::Is(1), 1));
    assert_eq!(variant(&records, 9, 1), Some(0));
    // Another pool's session: nothing of before holds.
    assert!(records.lock().follow(1));
    assert!(!records.lock().follow(0));
    let inner = records.lock();
    assert_eq!(inner.enter(&second, 20), Step::Introduce(20));
}

#[test]
fn who_has_had_all_spaces_gets_one_in_which_the_job_was_not_worked_on() {
    let records = records();
    let prefix = |variant: u32| (variant < 3).then(|| vec![variant as u8, 7, 7]);
    let unworked = |job, exponent| records.unworked(0, stamp(job), prefix, target(exponent));
    assert_eq!(unworked(5, 1), None, "nothing was recorded yet");
    // Exponents 4, 2 and 6, with jobs 5, 6 and 7.
    for (variant, (job, exponent)) in (0..).zip([(5, 4), (6, 2), (7, 6)]) {
        let prefix = prefix(variant).unwrap();
        let place = place("a", &prefix, exponent);
        assert_eq!(
            enter(&records, &place, job, variant).0,
            Step::Introduce(job)
        );
        records.left(0, &prefix, Some(stamp(job)));
    }
    assert_eq!(variant(&records, 8, 3), None);
    assert_eq!(
        unworked(8, 3),
        Some(1),
        "the hardest of those that are not harder"
    );
    assert_eq!(unworked(8, 9), Some(2));
    assert_eq!(unworked(8, 5), Some(0));
    assert_eq!(unworked(8, 1), Some(1), "the easiest where all are harder");
    // Not where this job's work was done, whatever is left.
    assert_eq!(unworked(7, 9), Some(0));
    assert_eq!(unworked(6, 9), Some(0));
    assert_eq!(unworked(5, 9), None);
    let same = JobStamp {
        number: 9,
        ntime: stamp(7).ntime,
    };
    assert_eq!(
        records.unworked(0, same, prefix, target(9)),
        Some(0),
        "given again"
    );
    assert_eq!(records.unworked(1, stamp(8), prefix, target(3)), None);
    // Nor where a machine is at work. Another target costs no record there.
    let taken = place("a", &[1, 7, 7], 3);
    assert_eq!(enter(&records, &taken, 8, 9), (Step::Assign(1, 8), 1));
    assert_eq!(unworked(9, 3), Some(0));
}

#[test]
fn without_padding_another_target_is_another_assignment() {
    let records = records();
    let easy = place("a", &[7, 7], 1);
    assert_eq!(enter(&records, &easy, 5, 0), (Step::Introduce(5), 0));
    assert_eq!(
        join(&records, &place("b", &[7, 7], 1), 1),
        Some(Step::Introduce(5))
    );
    let hard = place("a", &[7, 7], 4);
    assert_eq!(enter(&records, &hard, 8, 9), (Step::Assign(0, 8), 0));
    assert_eq!(
        join(&records, &place("b", &[7, 7], 1), 9),
        None,
        "an old job's"
    );
    let other = place("b", &[7, 7], 4);
    assert_eq!(join(&records, &other, 9), Some(Step::Assign(1, 8)));
    assert_eq!(join(&records, &other, 9), Some(Step::Is(1)));
    assert_eq!(
        join(&records, &place("c", &[7, 7], 4), 2),
        Some(Step::Introduce(8))
    );
    // Under one job a worker has one target.
    assert_eq!(enter(&records, &easy, 8, 3), (Step::Introduce(8), 3));
    assert_eq!(
        join(&records, &place("b", &[9, 9], 4), 9),
        None,
        "nobody works there"
    );
}

#[test]
fn what_was_not_earned_comes_slowly_and_not_all_to_one_address() {
    let (began, second) = (Instant::now(), Duration::from_secs(1));
    let limits = RecordLimits {
        reserve: 5,
        of_address: 3,
        refill: 10 * second,
        ..RecordLimits::default()
    };
    let records = Records::new(limits, began);
    let at = |address: u8, seconds: u32| {
        let address = IpAddr::from([127, 0, 0, address]);
        let mut inner = records.lock();
        inner.spend(&limits, address, began + second * seconds)
    };
    assert_eq!([0; 4].map(|_| at(1, 0)), [true, true, true, false]);
    assert_eq!([0; 3].map(|_| at(2, 9)), [true, true, false]);
    assert_eq!([at(1, 10), at(1, 10)], [true, false]);
    assert_eq!([at(3, 15), at(3, 20), at(3, 20)], [false, true, false]);
    // After a long time there is as much as at first.
    assert_eq!([0; 4].map(|_| at(1, 5_000)), [true, true, true, false]);
    let inner = records.lock();
    assert_eq!(inner.by_address.len(), 3);
}

#[test]
fn addresses_that_lack_nothing_are_forgotten() {
    let (began, records) = (Instant::now(), records());
    let limits = *records.limits();
    let mut most = 0;
    for number in 0..10_000_u32 {
        let now = began + Duration::from_secs(number.into());
        let mut inner = records.lock();
        assert!(inner.spend(&limits, IpAddr::from(number.to_be_bytes()), now));
        most = most.max(inner.by_address.len());
    }
    assert!(most <= 2 * LOOK_AT, "{most}");
}

#[test]
fn the_documents_have_the_numbers() {
    let limits = RecordLimits::default();
    assert_eq!((limits.all, limits.reserve), (262_144, 32_768));
    assert_eq!((limits.of_address, limits.refill.as_secs()), (4_096, 20));
    let days = u64::from(limits.all - limits.reserve) * limits.refill.as_secs() / 86_400;
    assert_eq!(days, 53);
}
