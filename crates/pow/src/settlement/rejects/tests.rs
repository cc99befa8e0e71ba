//! Every pair of answers, every payer of every class, and streams of shares with late answers.

use super::*;
use crate::settlement::HASHES_PER_PHS_DAY;
use proptest::prelude::*;

const ANSWERS: [(&str, PoolAnswer); 4] = [
    ("not_asked", PoolAnswer::NotAsked),
    ("accepted", PoolAnswer::Accepted),
    ("refused", PoolAnswer::Refused),
    ("silent", PoolAnswer::Silent),
];

#[test]
fn two_answers_decide_the_class() {
    use Class::{NoWork, PoolDown, PoolReject, Proven, SellerStale};
    let table = [
        (OurAnswer::Counted, [Proven, Proven, PoolReject, PoolDown]),
        (
            OurAnswer::Stale,
            [SellerStale, Proven, SellerStale, SellerStale],
        ),
        (OurAnswer::Invalid, [NoWork; 4]),
    ];
    for (ours, classes) in table {
        for ((name, pools), class) in ANSWERS.into_iter().zip(classes) {
            assert_eq!(Class::of(ours, pools), class, "{ours:?}, {name}");
        }
    }
}

/// 100 counted, of which one share was refused that stands for 20, one unanswered for 8; 5 stale.
fn tally() -> Tally {
    let (one, work) = (Work::new(1), Work::new);
    let mut tally = Tally::default();
    for _ in 0..98 {
        tally = tally.with(Class::Proven, one, work(20)).unwrap();
    }
    let tally = tally.with(Class::PoolReject, one, work(20)).unwrap();
    let tally = tally.with(Class::PoolDown, one, work(8)).unwrap();
    let tally = tally.with(Class::SellerStale, work(5), work(20)).unwrap();
    tally.with(Class::NoWork, one, one).unwrap()
}

#[test]
fn a_term_of_the_contract_says_who_pays() {
    let sums = tally();
    let sums = [
        sums.counted_hashes,
        sums.stale_hashes,
        sums.refused_hashes,
        sums.silent_hashes,
    ];
    assert_eq!(sums, [100, 5, 20, 8].map(Work::new));
    // stale, reject, down by b(uyer), h(ost), o(perator): what the host is paid for, and of it out of the float
    for (terms, all, float) in [
        ("hbb", 100, 0),
        ("bbb", 105, 0),
        ("obb", 105, 5),
        ("hhb", 80, 0),
        ("hbh", 92, 0),
        ("hhh", 72, 0),
        ("hob", 100, 20),
        ("hbo", 100, 8),
        ("hoo", 100, 28),
        ("hho", 80, 8),
        ("ooo", 105, 33),
        ("oho", 85, 13),
    ] {
        let mut payers = terms.chars().map(|payer| match payer {
            'b' => Payer::Buyer,
            'h' => Payer::Host,
            _ => Payer::Operator,
        });
        let terms_of = RejectTerms {
            seller_stale: payers.next().unwrap(),
            pool_reject: payers.next().unwrap(),
            pool_down: payers.next().unwrap(),
        };
        let payable = terms_of.payable(&tally()).unwrap();
        let found = (payable.all_hashes.get(), payable.operator_hashes.get());
        assert_eq!(found, (all, float), "{terms}");
    }
    assert_eq!(
        RejectTerms::default().payable(&tally()).unwrap().all_hashes,
        Work::new(100)
    );
}

#[test]
fn a_harder_assigned_target_is_what_a_refusal_stands_for() {
    let hard = Tally::default().with(Class::PoolReject, Work::new(50), Work::new(3));
    assert_eq!(hard.unwrap().refused_hashes, Work::new(50));
}

#[test]
fn more_refused_than_counted_pays_nothing_and_takes_nothing_back() {
    let one = Work::new(HASHES_PER_PHS_DAY);
    let terms = RejectTerms {
        pool_reject: Payer::Host,
        ..RejectTerms::default()
    };
    let (price, budget) = (Price::new(100), Sats::new(1_000));
    let first = Tally::default().with(Class::Proven, one, one).unwrap();
    let pay = |tally: &Tally, paid| {
        terms
            .payable(tally)
            .unwrap()
            .due(price, budget, paid)
            .unwrap()
    };
    let paid = pay(&first, Pay::default());
    assert_eq!(paid.escrow_sats, Sats::new(100));
    // A refusal that stands for four: 2 counted less 4.
    let four = Work::new(4 * HASHES_PER_PHS_DAY);
    let mut tally = first.with(Class::PoolReject, one, four).unwrap();
    for (counted, due) in [(3, 0), (4, 0), (5, 0), (6, 100), (7, 200)] {
        tally = tally.with(Class::Proven, one, one).unwrap();
        assert_eq!(tally.counted_hashes.get() / one.get(), counted);
        assert_eq!(pay(&tally, paid).escrow_sats, Sats::new(due), "{counted}");
    }
}

#[test]
fn the_float_is_not_paid_twice_for_one_share() {
    // Unanswered at the first epoch's end, accepted before the second's: the float has paid, the buyer does not again.
    let one = Work::new(HASHES_PER_PHS_DAY);
    let terms = RejectTerms {
        pool_down: Payer::Operator,
        ..RejectTerms::default()
    };
    let due = |tally: &Tally, paid| {
        let payable = terms.payable(tally).unwrap();
        payable
            .due(Price::new(100), Sats::new(1_000), paid)
            .unwrap()
    };
    let tally = Tally::default().with(Class::PoolDown, one, one).unwrap();
    let paid = due(&tally, Pay::default());
    assert_eq!(
        (paid.escrow_sats, paid.float_sats),
        (Sats::ZERO, Sats::new(100))
    );
    let tally = tally.answered(Class::Proven, one, one).unwrap();
    assert_eq!(tally.silent_hashes, Work::ZERO);
    assert_eq!(due(&tally, paid), Pay::default());
    let tally = tally.with(Class::Proven, one, one).unwrap();
    assert_eq!(due(&tally, paid).escrow_sats, Sats::new(100));
    assert_eq!(tally.answered(Class::Proven, one, one), None);
}

#[test]
fn nothing_passes_its_type() {
    let full = Tally {
        counted_hashes: Work::MAX,
        refused_hashes: Work::MAX,
        silent_hashes: Work::MAX,
        stale_hashes: Work::MAX,
    };
    let one = Work::new(1);
    for class in [Class::Proven, Class::PoolReject, Class::SellerStale] {
        assert_eq!(full.with(class, one, one), None);
    }
    let both = RejectTerms {
        pool_reject: Payer::Operator,
        pool_down: Payer::Operator,
        seller_stale: Payer::Buyer,
    };
    assert_eq!(both.payable(&full), None);
    let payable = Payable {
        all_hashes: Work::MAX,
        operator_hashes: Work::ZERO,
    };
    assert_eq!(payable.due(Price::MAX, Sats::MAX, Pay::default()), None);
}

fn any_payer() -> impl Strategy<Value = Payer> {
    proptest::sample::select(vec![Payer::Buyer, Payer::Host, Payer::Operator])
}

/// Shares as the list that they are, for the definition: what the host bears is taken off, by share.
fn naive(shares: &[(Class, u64, u64)], terms: &RejectTerms) -> (u128, u128) {
    let stands_for = |payer: Payer| -> u128 {
        let of = |class: Class| match class {
            Class::PoolReject => Some(terms.pool_reject),
            Class::PoolDown => Some(terms.pool_down),
            _ => None,
        };
        let shares = shares
            .iter()
            .filter(|(class, ..)| of(*class) == Some(payer));
        shares
            .map(|(_, assigned, pool)| u128::from(*assigned.max(pool)))
            .sum()
    };
    let sum = |wanted: fn(Class) -> bool| -> u128 {
        let shares = shares.iter().filter(|(class, ..)| wanted(*class));
        shares.map(|(_, assigned, _)| u128::from(*assigned)).sum()
    };
    let counted = sum(|class| !matches!(class, Class::SellerStale | Class::NoWork));
    let stale = sum(|class| class == Class::SellerStale);
    let stale_by = |payer: Payer| {
        if terms.seller_stale == payer {
            stale
        } else {
            0
        }
    };
    let all = counted.saturating_sub(stands_for(Payer::Host))
        + stale_by(Payer::Buyer)
        + stale_by(Payer::Operator);
    (
        all,
        all.min(stands_for(Payer::Operator) + stale_by(Payer::Operator)),
    )
}

proptest! {
    #[test]
    fn streams_pay_what_the_list_says(
        epochs in prop::collection::vec(prop::collection::vec((0usize..3, 0usize..4, 1u64..1 << 62, 1u64..1 << 62), 0..8), 1..12),
        late in prop::collection::vec((0usize..100, 1usize..3), 0..12),
        (stale, reject, down) in (any_payer(), any_payer(), any_payer()),
        price in 1u64..1 << 30,
        budget in 0u64..1 << 26,
    ) {
        let terms = RejectTerms { seller_stale: stale, pool_reject: reject, pool_down: down };
        let (price, budget) = (Price::new(price), Sats::new(budget));
        let (mut shares, mut tally, mut paid) = (Vec::new(), Tally::default(), Pay::default());
        let (mut most, mut late) = (0, late.into_iter());
        for epoch in epochs {
            for (ours, pools, assigned, pool) in epoch {
                let ours = [OurAnswer::Counted, OurAnswer::Stale, OurAnswer::Invalid][ours];
                let class = Class::of(ours, ANSWERS[pools].1);
                shares.push((class, assigned, pool));
                tally = tally.with(class, Work::new(assigned.into()), Work::new(pool.into())).unwrap();
            }
            if let Some((which, pools)) = late.next()
                && let Some(share) = shares.iter_mut().filter(|share| share.0 == Class::PoolDown).nth(which % 3)
            {
                share.0 = Class::of(OurAnswer::Counted, ANSWERS[pools].1);
                tally = tally.answered(share.0, Work::new(share.1.into()), Work::new(share.2.into())).unwrap();
            }
            let payable = terms.payable(&tally).unwrap();
            prop_assert_eq!((payable.all_hashes.get(), payable.operator_hashes.get()), naive(&shares, &terms));
            let due = payable.due(price, budget, paid).unwrap();
            paid = Pay {
                escrow_sats: paid.escrow_sats.checked_add(due.escrow_sats).unwrap(),
                float_sats: paid.float_sats.checked_add(due.float_sats).unwrap(),
            };
            let owed = owed(payable.all_hashes, price).unwrap().get();
            most = most.max(owed);
            let both = paid.escrow_sats.get() + paid.float_sats.get();
            prop_assert!(both <= most && paid.escrow_sats <= budget);
            // All that is owed, but for what the budget does not cover.
            prop_assert!(both >= owed || paid.escrow_sats == budget);
        }
    }
}
