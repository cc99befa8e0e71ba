//! What is owed by the terms on refused work, as shares and answers stand in the file.

use crate::fixture::{Delivery, EASY, kind, target, terms, verify};
use pow::{
    bundle::{Code, PoolWord, Terms, Verdict, Verifier},
    settlement::{Payer, RejectTerms},
};
use std::num::NonZeroU32;
use units::Sats;

const BOTH: [Payer; 2] = [Payer::Buyer, Payer::Host];
/// Of a counted share, and of one that met its pool's target.
const WORK: (u128, u128) = (64, 128);

fn agreed(pool_reject: Payer, pool_down: Payer) -> Delivery {
    let rejects = RejectTerms {
        pool_reject,
        pool_down,
        ..RejectTerms::default()
    };
    let mut delivery = Delivery::new(Terms {
        rejects,
        budget: Sats::new(10_000),
        ..terms()
    });
    delivery.upstream(6);
    let job = delivery.job(0xa1);
    let worker = delivery.worker("demo-host.rig1", 1);
    delivery.assign(worker, job, EASY);
    delivery
}

/// The page's sums by hand, from what happened.
#[derive(Default)]
struct Sums {
    counted: u128,
    refused: u128,
    silent: u128,
    owed: u64,
}

impl Sums {
    fn seal(&mut self, terms: &Terms) -> Sats {
        let mut payable = self.counted;
        if terms.rejects.pool_reject == Payer::Host {
            payable = payable.saturating_sub(self.refused);
        }
        if terms.rejects.pool_down == Payer::Host {
            payable = payable.saturating_sub(self.silent);
        }
        let owed = payable * u128::from(terms.price.get()) / (1_000_000_000_000_000 * 86_400);
        self.owed = self.owed.max(owed as u64);
        Sats::new(self.owed)
    }
}

/// Epochs in which pools accept, refuse, refuse late and say nothing; the log is opened again between any two records of the
/// first and the second.
fn answered(pool_reject: Payer, pool_down: Payer) -> (Delivery, Vec<Sats>) {
    let mut delivery = agreed(pool_reject, pool_down);
    let (mut sums, mut owed) = (Sums::default(), Vec::new());
    for (epoch, (refuse, answer)) in [(2, 9), (2, 0), (3, 99), (99, 99)].into_iter().enumerate() {
        for number in 0..24 {
            let due = delivery.due.len();
            delivery.share(0, 0);
            sums.counted += WORK.0;
            sums.silent += WORK.1 * (delivery.due.len() - due) as u128;
            if epoch < 2 {
                delivery = reopened(delivery);
            }
            // Some wait for the next epoch, and those of the second for the third.
            if answer > number && !delivery.due.is_empty() {
                sums.silent -= WORK.1;
                if number % refuse == 0 {
                    sums.refused += WORK.1;
                    delivery.answer_next(PoolWord::refused(Some(23), "low"));
                } else {
                    delivery.answer_next(PoolWord::Accepted);
                }
            }
        }
        let must = sums.seal(delivery.writer.state().terms());
        assert_eq!(delivery.writer.state().owed(), must);
        assert_eq!(delivery.seal().owed_total, must);
        let tally = delivery.writer.state().tally_sealed();
        let found = [
            tally.counted_hashes,
            tally.refused_hashes,
            tally.silent_hashes,
        ];
        assert_eq!(
            found.map(|work| work.get()),
            [sums.counted, sums.refused, sums.silent]
        );
        owed.push(must);
    }
    (delivery, owed)
}

/// As after a crash: from the bytes alone.
fn reopened(mut delivery: Delivery) -> Delivery {
    let mut verifier = Verifier::of_log();
    verifier.push(&delivery.bytes);
    let writer = verifier.into_writer();
    let writer = writer.unwrap_or_else(|verdict| panic!("{:?}", verdict.faults));
    let (was, is) = (delivery.writer.state(), writer.state());
    assert_eq!((was.tally(), was.owed()), (is.tally(), is.owed()));
    assert_eq!(was.tally_sealed(), is.tally_sealed());
    delivery.writer = writer;
    delivery
}

#[test]
fn epochs_owe_by_the_answers_before_them() {
    let mut all = Vec::new();
    for pool_reject in BOTH {
        for pool_down in BOTH {
            let (delivery, owed) = answered(pool_reject, pool_down);
            let verdict = verify(&delivery.bundle().0);
            assert!(verdict.valid, "{:?}", verdict.faults);
            let lines: Vec<Sats> = (verdict.epochs.iter())
                .map(|line| line.owed_total_sats)
                .collect();
            assert_eq!(lines, owed);
            assert_eq!(verdict.owed_sealed_sats, *owed.last().unwrap());
            assert_eq!(verdict.owed_sats, verdict.owed_sealed_sats);
            all.push(owed);
        }
    }
    let [buyer, down, reject, both] = all.try_into().unwrap();
    for (less, more) in [
        (&down, &buyer),
        (&reject, &buyer),
        (&both, &down),
        (&both, &reject),
    ] {
        assert!(less.iter().zip(more).all(|(less, more)| less <= more));
        assert_ne!(less, more);
    }
}

fn codes(verdict: &Verdict) -> Vec<Code> {
    verdict.faults.iter().map(|fault| fault.code).collect()
}

#[test]
fn another_payer_is_another_amount() {
    let (delivery, _) = answered(Payer::Host, Payer::Host);
    let (bytes, spans) = delivery.bundle();
    assert_eq!(spans[0].0, kind::TERMS);
    // The last two bytes of the terms: the payers of pool_reject and pool_down.
    for back in [1, 2] {
        let mut changed = bytes.clone();
        changed[spans[0].1.end - back] = 0;
        let found = codes(&verify(&changed));
        assert!(found.contains(&Code::EpochOwed), "{back}: {found:?}");
    }
    // An answer that is made another one changes the epoch after it.
    let mut answers = spans.iter().filter(|(of, _)| *of == kind::ANSWER);
    let refusal = answers.rfind(|(_, span)| span.len() > 6);
    let (_, span) = refusal.unwrap();
    let mut changed = bytes[..span.start].to_vec();
    changed.extend([kind::ANSWER, 2]);
    changed.extend(&bytes[span.start + 2..span.start + 4]);
    changed.extend(&bytes[span.end..]);
    let found = codes(&verify(&changed));
    assert!(found.contains(&Code::EpochOwed), "{found:?}");
}

#[test]
fn what_the_host_bears_counts_against_no_budget_and_what_is_open_does() {
    // Every share is sent on; each is worth 13 and a third, and the budget 250 sats.
    for (pool_reject, word, most) in [
        (Payer::Buyer, true, 18),
        (Payer::Host, true, 60),
        (Payer::Host, false, 18),
    ] {
        let mut delivery = agreed(pool_reject, Payer::Host);
        let mut log = Delivery::new(Terms {
            budget: Sats::new(250),
            ..delivery.writer.state().terms().clone()
        });
        log.pool_target = target(EASY);
        std::mem::swap(&mut delivery, &mut log);
        let d = &mut delivery;
        d.upstream(6);
        let job = d.job(0xa1);
        let worker = d.worker("demo-host.rig1", 1);
        d.assign(worker, job, EASY);
        let mut counted = 0;
        while counted < 60 {
            let (record, admitted) = d.mine(worker, job);
            match d.record(record, admitted) {
                Ok(()) => counted += 1,
                Err(code) => {
                    assert_eq!(code, Code::OverBudget);
                    break;
                }
            }
            if word {
                d.answer_next(PoolWord::refused(None, ""));
            }
        }
        assert_eq!(counted, most);
        d.seal();
        let verdict = verify(&d.bundle().0);
        assert!(verdict.valid, "{:?}", verdict.faults);
        let owed = if pool_reject == Payer::Buyer { 240 } else { 0 };
        assert_eq!(verdict.owed_sats, Sats::new(owed));
    }
}

/// A sample does not know whether a share that it left out met its pool's target: it takes the epochs' word, within bounds.
#[test]
fn a_sample_takes_the_epochs_word_within_bounds() {
    let (delivery, owed) = answered(Payer::Host, Payer::Buyer);
    let bytes = delivery.bundle().0;
    let sampled = |bytes: &[u8]| {
        let mut verifier = Verifier::sampling(NonZeroU32::new(8).unwrap(), 1);
        verifier.push(bytes);
        verifier.finish()
    };
    let verdict = sampled(&bytes);
    assert!(verdict.valid, "{:?}", verdict.faults);
    assert_eq!(verdict.owed_sealed_sats, *owed.last().unwrap());
    // More than all the work is worth.
    let dear = |price: u64| {
        let mut delivery = Delivery::new(Terms {
            price: units::Price::new(price),
            ..delivery.writer.state().terms().clone()
        });
        delivery.upstream(6);
        delivery
    };
    let (full, cheap) = (dear(18_000_000_000_000_000_000), dear(1_000_000_000_000));
    let (from, to) = (full.spans[0].1.clone(), cheap.spans[0].1.clone());
    let changed = [&cheap.bytes[to], &bytes[from.end..]].concat();
    assert!(codes(&sampled(&changed)).contains(&Code::EpochOwed));
}
