//! The figures of one contract, from every side that counted them.

use crate::test_app::{TestApp, until};
use pow::bundle::Verifier;
use server::audit;
use std::collections::BTreeSet;
use units::Difficulty;

#[tokio::test(flavor = "multi_thread")]
async fn machines_bundle_pool_and_ledger_agree() {
    let mut app = TestApp::start().await;
    until("thirty shares", || async {
        app.contract().await.counts.accepted >= 30
    })
    .await;
    for machine in &mut app.demo.machines {
        machine.stop().await;
    }
    let accepted = app.contract().await.counts.accepted;
    until("the last share's epoch is settled", || async {
        app.contract()
            .await
            .settlements
            .first()
            .is_some_and(|s| s.shares_total == accepted)
    })
    .await;

    // What the machines saw accepted.
    let stats: Vec<_> = app
        .demo
        .machines
        .iter()
        .map(sandbox::Miner::stats)
        .collect();
    let rejected = |stats: &sandbox::MinerStats| stats.rejected.values().sum::<u64>();
    assert!(
        stats.iter().all(|s| s.sent == s.accepted + rejected(s)),
        "{stats:?}"
    );
    let seen: Vec<_> = app
        .demo
        .machines
        .iter()
        .flat_map(sandbox::Miner::accepted_hashes)
        .collect();
    assert_eq!(stats.iter().map(|s| s.accepted).sum::<u64>(), accepted);

    // What the bundle holds.
    let mut verifier = Verifier::new();
    let mut proven = BTreeSet::new();
    let mut in_order = Vec::new();
    verifier.push_each(&app.bundle().await, &mut |_, share| {
        proven.insert(share.hash);
        in_order.push(share.hash);
    });
    let verdict = verifier.finish();
    assert!(verdict.valid, "{:?}", verdict.faults);
    assert_eq!(verdict.shares_valid, accepted);
    assert_eq!(
        proven,
        seen.into_iter().collect(),
        "the machines' accepted shares are the bundle's"
    );

    // What the pool got: those that meet its target, each once.
    let pool = Difficulty::from_exponent(-12).unwrap().target();
    let due: BTreeSet<_> = proven
        .iter()
        .filter(|hash| pool.is_met_by_le_hash(hash))
        .copied()
        .collect();
    let got: BTreeSet<_> = app.demo.pool.accepted_hashes().into_iter().collect();
    assert_eq!(got, due);
    assert_eq!(app.demo.pool.shares().accepted, due.len() as u64);
    assert_eq!(app.demo.pool.shares().rejected, 0);

    // What it answered stands beside the shares.
    let due = due.len() as u64;
    until("the pool's last answer is in the bundle", || async {
        let mut verifier = Verifier::new();
        verifier.push(&app.bundle().await);
        let answers = verifier.finish().pool_answers.unwrap().all;
        assert_eq!((answers.met.shares, answers.refused.shares), (due, 0));
        answers.accepted == answers.met && answers.unanswered.shares == 0
    })
    .await;

    // What was paid.
    let audit = audit::audit(&app.data()).await.unwrap();
    assert!(audit.is_good(), "{audit:?}");
    assert_eq!(
        audit.balances_sats.values().sum::<i64>(),
        0,
        "{:?}",
        audit.balances_sats
    );
    let books = &audit.contracts[0];
    let terms = verdict.terms.as_ref().unwrap();
    let owed = pow::settlement::owed(verdict.work_hashes, terms.price_sats_per_phs_day).unwrap();
    assert!(owed.get() > 0);
    assert_eq!(books.paid_sats, owed.get());
    assert_eq!(verdict.owed_sealed_sats, owed);
    assert_eq!(books.fee_sats, verdict.fee_sealed_sats.get());
    assert_eq!(books.shares_total, accepted);
    let stated: Vec<_> = verdict
        .epochs
        .iter()
        .map(|e| e.owed_total_sats.get())
        .collect();
    // Bundle and books are read one after the other: either may hold an epoch more, without a share.
    let paid = &books.paid_total_by_epoch_sats;
    let both = paid.len().min(stated.len());
    assert_eq!(
        paid[..both],
        stated[..both],
        "each epoch was paid what its record says"
    );
    let escrow = audit.balances_sats["escrow:1"];
    assert_eq!(
        escrow,
        (terms.budget_sats.get() - books.paid_sats).cast_signed()
    );
}
