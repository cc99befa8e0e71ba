use super::*;

fn one_in(number: u32, seed: u64) -> Sampler {
    Sampler::new(NonZeroU32::new(number).unwrap(), seed)
}

/// So many light shares of this work, of which so many are hashed, and of those so many are bad.
fn light(all: u64, hashed: u64, bad: u64, work: u128) -> Tally {
    let mut tally = Tally::default();
    for number in 0..all {
        let counts = (number >= bad).then_some(work);
        let choice = if number < hashed {
            Choice::ByChance
        } else {
            Choice::LeftOut
        };
        tally.add(choice, counts);
    }
    tally
}

#[test]
fn takes_its_part() {
    let sampler = one_in(100, 7);
    let taken = (0..1_000_000).filter(|n| sampler.takes(*n)).count() as u64;
    // Ten standard deviations.
    assert!((9_000..11_000).contains(&taken), "{taken}");
    let all = one_in(1, 7);
    assert!((0..1_000).all(|n| all.takes(n)));
}

#[test]
fn states_what_it_says() {
    let line = |tally: &Tally, work| one_in(100, 7).line(tally, work);
    // The rule of three: 2.9957 / 10,000 of a million shares are 299.57, and shares are whole.
    let of_many = line(&light(1_000_000, 10_000, 0, 5), 5_000_000);
    assert_eq!(
        (of_many.bad_at_most_ppm, of_many.bad_work_at_most_ppm),
        (299, 299)
    );
    // 4.7439 / 1,000 of 100,000; the one that was found is no part of the work.
    let found = line(&light(100_000, 1_000, 1, 5), 99_999 * 5);
    assert_eq!(
        (found.bad_at_most_ppm, found.bad_work_at_most_ppm),
        (4_740, 4_731)
    );
    // What is hashed and good cannot be bad.
    let all = line(&light(40, 40, 0, 5), 200);
    assert_eq!((all.bad_at_most_ppm, all.bad_work_at_most_ppm), (0, 0));
    let none = line(&light(40, 0, 0, 5), 200);
    assert_eq!(
        (none.bad_at_most_ppm, none.bad_work_at_most_ppm),
        (1_000_000, 1_000_000)
    );
    assert_eq!(line(&Tally::default(), 0).bad_at_most_ppm, 1_000_000);
    let wide = line(&light(100_000, 1_000, 0, 1 << 110), 100_000 << 110);
    assert_eq!(wide.bad_work_at_most_ppm, 2_991);
}

#[test]
fn heavy_shares_stand_for_no_others() {
    let mut tally = light(10_000, 100, 0, 1);
    for _ in 0..10_000 {
        tally.add(Choice::Heavy, Some(1_000));
    }
    let line = one_in(100, 7).line(&tally, 10_000 + 10_000_000);
    assert_eq!((line.hashed, line.heavy), (10_100, 10_000));
    // 299 of 20,000 shares, and of ten million of work.
    assert_eq!(line.bad_at_most_ppm, 14_950);
    assert_eq!(line.bad_work_at_most_ppm, 30);
}

/// The mean before them was high, so that they were no more than the others; now they are the bill.
#[test]
fn the_bad_ones_may_be_those_that_weigh_most() {
    let mut tally = light(100_000, 1_000, 0, 1);
    for _ in 0..200 {
        tally.add(Choice::LeftOut, Some(1_000));
    }
    let work = 100_000 + 200_000;
    let line = one_in(100, 7).line(&tally, work);
    // 300 shares: the 200, and 100 of the others.
    assert_eq!(line.bad_work_at_most_ppm, 667_000);
}

/// Shares of which the target in force, not one of long ago, says what they weigh.
#[test]
fn a_share_weighs_what_it_is_judged_by() {
    let assignment = |job, bits: u32| {
        let mut target = [0xff; 32];
        target[0] = 0xff >> bits;
        Assignment {
            worker: 0,
            job,
            target: units::Target::from_be_bytes(target).unwrap(),
        }
    };
    let mut weights = Weights::default();
    weights.assign(&assignment(0, 6), Some(0));
    assert!(weights.is_heavy(0, 0), "the first");
    weights.assign(&assignment(1, 0), Some(0));
    for _ in 0..1_000 {
        assert!(!weights.is_heavy(0, 1));
    }
    assert_eq!(weights.work, 64 + 1_000);
    assert!(weights.is_heavy(0, 0), "of the job before");
    assert!(!weights.is_heavy(9, 0), "no target, no weight");
    weights.assign(&assignment(3, 3), Some(2));
    assert_eq!(weights.assigned[&0].len(), 2);
}
