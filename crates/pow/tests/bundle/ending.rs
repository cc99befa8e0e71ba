//! How a contract ended: the rule on its promise is done again, and what contradicts it is named.

use crate::fixture::{
    Delivery, EASY, Span, at, ended_delivery, kind, short_delivery, short_terms, spent, terms,
    verify,
};
use pow::{
    bundle::{Code, Ending, GuaranteeLine, MAGIC, Terms, Upstream, Verdict, Verifier},
    settlement::{
        CloseReason, Guarantee, Payer, RejectTerms, SESSIONS_OF_A_POOL_THAT_FILLS as POOLS_DOING,
    },
    statistics::{Delivered, Kept, Promise},
};
use std::num::NonZeroU32;
use units::{Hashrate, Millis, Price, Sats, Work};

const DAY_MS: u64 = 86_400_000;

fn ending(reason: CloseReason, to_buyer: u64) -> Ending {
    Ending {
        reason,
        excused: Millis::new(0),
        to_buyer: Sats::new(to_buyer),
    }
}

/// An epoch of `shares` shares of 2^12 hashes, which ends so long after the opening.
fn delivered(terms: Terms, shares: u32, end_ms: u64) -> Delivery {
    let mut delivery = Delivery::new(Terms {
        price: Price::new(1_000_000_000_000_000),
        budget: Sats::new(u64::MAX),
        ..terms
    });
    delivery.upstream(6);
    let job = delivery.job(0xa1);
    let worker = delivery.worker("demo-host.rig1", 1);
    delivery.assign(worker, job, EASY + 6);
    (0..shares).for_each(|_| delivery.share(worker, job));
    delivery.now = end_ms;
    delivery.seal();
    delivery
}

fn ended(delivery: &Delivery, ending: Ending) -> Verdict {
    verify(&delivery.ended(ending).0)
}

fn codes(verdict: &Verdict) -> Vec<Code> {
    verdict.faults.iter().map(|fault| fault.code).collect()
}

/// By the rule itself, from outside of the bundle.
fn compensation(terms: &Terms, shares: u32, work: u128, ms: u64) -> Sats {
    let mut delivered = Delivered::default();
    (0..shares).for_each(|_| delivered.observe(Work::new(work)));
    let guarantee = Guarantee {
        promise: Promise {
            hashrate: terms.hashrate,
            tolerance_ppm: terms.tolerance_ppm,
            confidence_ppm: terms.confidence_ppm,
        },
        price: terms.price,
        bond: terms.bond,
    };
    let found = guarantee.judge(&delivered, Millis::new(ms), Work::new(work));
    found.forfeit_sats
}

#[test]
fn a_term_that_was_missed_costs_what_the_rule_says() {
    let (bytes, _) = ended_delivery();
    let verdict = verify(&bytes);
    assert!(verdict.valid, "{:?}", verdict.faults);
    let line = verdict.guarantee.unwrap();
    let (terms, shares) = (short_terms(), verdict.shares_valid as u32);
    let work = verdict.work_hashes.get() / u128::from(shares);
    assert_eq!(line.delivery.verdict, Kept::Short);
    assert_eq!((line.agreed_ms, line.judged_ms), (DAY_MS, DAY_MS - 5_000));
    let due = compensation(&terms, shares, work, DAY_MS - 5_000);
    assert!(due > Sats::ZERO && due < terms.bond, "{due}");
    assert_eq!(line.delivery.delivered.high_hs, Hashrate::new(0));
    assert_eq!((line.to_buyer_sats, line.bond_sats), (due, terms.bond));
    assert_eq!(Some(line.to_host_sats), terms.bond.checked_sub(due));
    assert_eq!(verdict.ending.unwrap().reason, CloseReason::ByHost);
    // A sample judges by the same sums.
    let mut sample = Verifier::sampling(NonZeroU32::new(5).unwrap(), 1);
    sample.push(&bytes);
    assert_eq!(sample.finish().guarantee, verdict.guarantee);
}

#[test]
fn a_sat_more_or_less_is_a_fault() {
    let (bytes, spans) = ended_delivery();
    let right = verify(&bytes).ending.unwrap().to_buyer_sats.get();
    let delivery = short_delivery();
    for wrong in [right - 1, right + 1, 0, u64::MAX] {
        let stated = Ending {
            excused: Millis::new(5_000),
            ..ending(CloseReason::ByHost, wrong)
        };
        let verdict = ended(&delivery, stated);
        assert_eq!(codes(&verdict), [Code::EndingCompensation]);
        let (_, record) = &spans[spans.len() - 2];
        assert_eq!(verdict.faults[0].offset, record.start as u64);
        // What is right stands in the verdict all the same.
        assert_eq!(verdict.guarantee.unwrap().to_buyer_sats.get(), right);
    }
}

/// Of 100 shares' worth in a day.
fn promise() -> Terms {
    Terms {
        hashrate: Hashrate::new(4),
        tolerance_ppm: 500_000,
        bond: Sats::new(1_000_000),
        ..terms()
    }
}

#[test]
fn a_term_that_was_kept_gives_the_bond_back() {
    let verdict = ended(
        &delivered(promise(), 100, DAY_MS),
        ending(CloseReason::TermOver, 0),
    );
    assert!(verdict.valid, "{:?}", verdict.faults);
    let line = verdict.guarantee.unwrap();
    assert_eq!(line.delivery.verdict, Kept::Kept);
    assert_eq!(line.to_host_sats, Sats::new(1_000_000));
}

/// A tenth of a day in which a tenth of what was promised came. Whoever could choose the moment would choose such a one.
#[test]
fn only_the_agreed_end_and_a_host_that_leaves_are_judged() {
    let terms = Terms {
        hashrate: Hashrate::new(400),
        ..promise()
    };
    let mut delivery = delivered(terms, 100, DAY_MS / 10);
    assert_returned(&judged(&delivery, CloseReason::ByBuyer));
    let left = judged(&delivery, CloseReason::ByHost);
    assert_eq!((left.judged_ms, left.agreed_ms), (DAY_MS, DAY_MS));
    assert_eq!(left.delivery.verdict, Kept::Short);
    assert!(left.to_buyer_sats > Sats::ZERO, "{left:?}");
    // A proof that is full is the host's doing, but where the pool ended so many sessions.
    while delivery.writer.state().counts().0 < POOLS_DOING {
        delivery.upstream(6);
    }
    delivery.seal();
    assert_eq!(judged(&delivery, CloseReason::ProofFull), left);
    delivery.upstream(6);
    // One after the last epoch is none that was settled.
    assert_eq!(judged(&delivery, CloseReason::ProofFull), left);
    delivery.seal();
    assert_returned(&judged(&delivery, CloseReason::ProofFull));
    assert_eq!(judged(&delivery, CloseReason::ByHost), left);
}

/// Some pools end them, and a host could let his machines stand still until there were enough.
#[test]
fn sessions_in_which_too_little_was_done_are_not_the_pools_doing() {
    let terms = Terms {
        hashrate: Hashrate::new(400),
        ..promise()
    };
    let mut delivery = delivered(terms, 100, DAY_MS / 10);
    for _ in 0..=POOLS_DOING {
        delivery.upstream(6);
        delivery.job(0xa1);
        delivery.now += 300_000;
        delivery.job(0xa1);
    }
    delivery.seal();
    let full = judged(&delivery, CloseReason::ProofFull);
    assert_eq!(full.judged_ms, DAY_MS);
    // The first one of all was worked in; these end sooner.
    for _ in 0..POOLS_DOING {
        delivery.upstream(6);
        delivery.job(0xa1);
        delivery.now += 299_999;
        delivery.job(0xa1);
    }
    delivery.seal();
    assert_returned(&judged(&delivery, CloseReason::ProofFull));
}

/// It ends the session of one machine and begins another, and the bundle has one session.
#[test]
fn a_pool_with_a_session_for_each_machine_can_fill_a_proof_with_one() {
    let terms = Terms {
        hashrate: Hashrate::new(400),
        ..promise()
    };
    let mut delivery = delivered(terms, 100, DAY_MS / 10);
    let all = Upstream {
        at: at(DAY_MS / 10),
        pool: 0,
        extranonce1: Vec::new(),
        extranonce2_size: 8,
    };
    delivery.writer.upstream(all, &mut delivery.bytes).unwrap();
    let left = judged(&delivery, CloseReason::ProofFull);
    assert_eq!(left.judged_ms, DAY_MS, "it was not there yet");
    delivery.seal();
    assert_returned(&judged(&delivery, CloseReason::ProofFull));
}

/// What is right is told by the verdict on what is wrong.
fn judged(delivery: &Delivery, reason: CloseReason) -> GuaranteeLine {
    let line = ended(delivery, ending(reason, u64::MAX)).guarantee;
    let line = line.unwrap();
    let right = ending(reason, line.to_buyer_sats.get());
    let verdict = ended(delivery, right);
    assert!(verdict.valid, "{:?}", verdict.faults);
    line
}

fn assert_returned(line: &GuaranteeLine) {
    assert_eq!((line.judged_ms, line.agreed_ms), (0, DAY_MS));
    assert_eq!(line.delivery.verdict, Kept::Undecided);
    assert_eq!(line.to_buyer_sats, Sats::ZERO);
    assert_eq!(line.to_host_sats, Sats::new(1_000_000));
}

/// The market lets no term put a pool that is down on the host; a bundle may say so all the same.
#[test]
fn time_that_is_not_the_hosts_is_left_out_whatever_the_terms() {
    for pool_down in [Payer::Buyer, Payer::Operator, Payer::Host] {
        let rejects = RejectTerms {
            pool_down,
            ..RejectTerms::default()
        };
        let terms = Terms {
            rejects,
            ..promise()
        };
        let stated = Ending {
            excused: Millis::new(9_000),
            ..ending(CloseReason::ByHost, 0)
        };
        let line = ended(&delivered(terms, 1, 10_000), stated)
            .guarantee
            .unwrap();
        assert_eq!(line.judged_ms, DAY_MS - 9_000);
    }
}

#[test]
fn what_contradicts_the_records_is_named() {
    let over = delivered(promise(), 100, DAY_MS);
    let early = delivered(promise(), 100, DAY_MS - 1);
    // Its last epoch's end decides: neither before the term was over nor after it.
    assert_eq!(
        codes(&ended(&early, ending(CloseReason::TermOver, 0))),
        [Code::EndingReason]
    );
    for reason in CloseReason::ALL {
        let verdict = ended(&over, ending(reason, 0));
        assert_eq!(verdict.valid, reason == CloseReason::TermOver, "{reason:?}");
        assert!(reason == CloseReason::TermOver || codes(&verdict) == [Code::EndingReason]);
    }
    let long = |excused| Ending {
        excused: Millis::new(excused),
        ..ending(CloseReason::TermOver, 0)
    };
    assert!(ended(&over, long(DAY_MS)).valid);
    assert_eq!(codes(&ended(&over, long(DAY_MS + 1))), [Code::EndingTime]);
    // No more than was agreed either, where the last epoch had to wait for the disk.
    let late = delivered(promise(), 100, DAY_MS + 7_000);
    assert!(ended(&late, long(DAY_MS)).valid);
    assert_eq!(codes(&ended(&late, long(DAY_MS + 1))), [Code::EndingTime]);
    assert_eq!(
        codes(&ended(
            &early,
            Ending {
                reason: CloseReason::ByBuyer,
                ..long(DAY_MS)
            }
        )),
        [Code::EndingTime]
    );
    let mut open = early.clone();
    open.share(0, 0);
    let verdict = ended(&open, ending(CloseReason::ByBuyer, 0));
    assert_eq!(codes(&verdict), [Code::EndingShares]);
}

#[test]
fn a_budget_that_pays_for_another_share_is_not_spent() {
    // A share of 2^12 hashes is worth 4.74 sats: 14 for three, 18 for four.
    let spent = |budget, term_days| {
        let terms = Terms {
            budget: Sats::new(budget),
            price: Price::new(100_000_000_000_000_000),
            term_days,
            bond: Sats::new(u64::from(term_days)),
            ..terms()
        };
        let mut delivery = Delivery::new(terms);
        delivery.upstream(6);
        let job = delivery.job(0xa1);
        let worker = delivery.worker("demo-host.rig1", 1);
        delivery.assign(worker, job, EASY + 6);
        (0..3).for_each(|_| delivery.share(worker, job));
        delivery.seal();
        ended(&delivery, ending(CloseReason::BudgetSpent, 0))
    };
    assert_eq!(codes(&spent(17, 1)), []);
    let line = spent(17, 1).guarantee.unwrap();
    assert_eq!((line.judged_ms, line.to_host_sats), (0, Sats::new(1)));
    assert_eq!(codes(&spent(18, 1)), [Code::EndingReason]);
    assert_eq!(codes(&spent(17, 0)), []);
    assert_eq!(codes(&spent(18, 0)), [Code::EndingReason]);
}

#[test]
fn work_that_the_host_bears_spends_no_budget() {
    let spent = |budget, accepted, refused| verify(&spent(budget, accepted, refused));
    // Nine shares are counted, and one more would pass 130 sats; by what may have to be paid four are, and the fifth's was
    // the most: 66 sats, and a sixth makes 80.
    assert_eq!(codes(&spent(130, 4, 5)), [Code::EndingReason]);
    assert_eq!(codes(&spent(80, 4, 5)), [Code::EndingReason]);
    assert_eq!(codes(&spent(79, 4, 5)), []);
    // Each was refused before the next one came: no more than one ever had to be paid.
    assert_eq!(codes(&spent(26, 0, 5)), [Code::EndingReason]);
    assert_eq!(codes(&spent(25, 0, 5)), []);
}

#[test]
fn spot_promises_nothing() {
    let spot = Terms {
        term_days: 0,
        bond: Sats::ZERO,
        ..terms()
    };
    let delivery = delivered(spot, 3, 2 * DAY_MS);
    let verdict = ended(&delivery, ending(CloseReason::ByBuyer, 0));
    assert!(verdict.valid, "{:?}", verdict.faults);
    assert_eq!(verdict.guarantee, None);
    let wrong = Ending {
        reason: CloseReason::TermOver,
        excused: Millis::new(1),
        to_buyer: Sats::new(1),
    };
    assert_eq!(
        codes(&ended(&delivery, wrong)),
        [
            Code::EndingReason,
            Code::EndingTime,
            Code::EndingCompensation
        ]
    );
}

#[test]
fn a_contract_that_nothing_was_delivered_for_can_end() {
    let delivery = Delivery::new(terms());
    let verdict = ended(&delivery, ending(CloseReason::ByBuyer, 0));
    assert!(verdict.valid, "{:?}", verdict.faults);
    assert_eq!(verdict.guarantee.unwrap().judged_ms, 0);
    let verdict = ended(&delivery, ending(CloseReason::ByHost, 25));
    assert!(verdict.valid, "{:?}", verdict.faults);
    assert_eq!(verdict.guarantee.unwrap().to_buyer_sats, terms().bond);
}

#[test]
fn nothing_but_the_end_follows() {
    let (bytes, spans) = ended_delivery();
    let record = |span: &Span| bytes[span.1.clone()].to_vec();
    let (_, end) = &spans[spans.len() - 1];
    let before = &bytes[..end.start];
    let mut log = short_delivery();
    let whole = log.bytes.len();
    log.job(0xa1);
    let another_job = log.bytes.split_off(whole);
    for span in &spans[..spans.len() - 1] {
        let followed = [before, &record(span)].concat();
        let followed = match span.0 {
            // The magic belongs to them.
            kind::TERMS => [before, &record(span)[MAGIC.len()..]].concat(),
            // The same again would write the pool's target again.
            kind::JOB => [before, &another_job].concat(),
            _ => followed,
        };
        let first = verify(&followed).faults[0].clone();
        assert_eq!(
            (first.code, first.offset),
            (Code::BadOrder, end.start as u64),
            "kind {}",
            span.0
        );
    }
    let mut log = Verifier::of_log();
    log.push(before);
    assert!(log.into_writer().is_err(), "no log goes on after it");
}

#[test]
fn the_bundle_of_a_contract_that_is_over_is_always_the_same() {
    let delivery = delivered(promise(), 1, 10_000);
    let ending = ending(CloseReason::ByBuyer, 0);
    let (first, _) = delivery.ended(ending);
    let mut log = Verifier::of_log();
    log.push(&delivery.bytes);
    let Ok(writer) = log.into_writer() else {
        panic!("the log is whole")
    };
    let again = [&delivery.bytes[..], &writer.ended(ending)].concat();
    assert_eq!(first, again);
    assert_eq!(verify(&first).duration_ms, 10_000);
    assert_eq!(delivery.writer.state().last_time(), at(10_000));
}

#[test]
fn an_ending_has_one_form() {
    let (bytes, spans) = ended_delivery();
    let (_, span) = &spans[spans.len() - 2];
    let mut wrong = bytes.clone();
    wrong[span.start + 2] = 5;
    assert_eq!(codes(&verify(&wrong)), [Code::BadFrame]);
    let mut longer = bytes;
    longer[span.start + 1] += 1;
    longer.insert(span.end, 0);
    assert_eq!(codes(&verify(&longer)), [Code::BadFrame]);
}
