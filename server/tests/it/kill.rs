//! `kill -9` in the middle of delivery.

use crate::{
    archive,
    binary::{Running, free_address},
    client,
    test_app::{args, until},
};
use pow::bundle::Verifier;
use sandbox::{Miner, MinerSettings};
use server::audit;
use std::collections::{BTreeMap, BTreeSet};
use units::Hashrate;

const KILLS: u64 = 5;

#[tokio::test(flavor = "multi_thread")]
async fn no_acknowledged_share_is_lost_and_no_epoch_is_paid_twice() {
    let (mut args, _folder) = args();
    (args.listen, args.stratum, args.epoch_seconds) = (free_address(), free_address(), 1);
    let mut miner: Option<Miner> = None;
    for kills in 1..=KILLS {
        let running = Running::start(&args).await;
        let machine = miner.get_or_insert_with(|| {
            // Fast, so that shares are in flight at whatever moment the server dies.
            Miner::start(MinerSettings {
                pool: running.stratum,
                user: "demo-host.rig1".into(),
                password: "x".into(),
                hashrate: Hashrate::new(1_000_000),
                seed: 7,
                reconnect: true,
            })
        });
        let before = machine.stats().accepted;
        until("shares between two kills", || async {
            machine.stats().accepted >= before + 10
        })
        .await;
        until("an epoch between two kills", || async {
            client::read_json::<api::Contract>(running.pages, "/api/v1/contracts/1")
                .await
                .settlements
                .len() as u64
                >= kills
        })
        .await;
        running.kill().await;
        // As it was left, before a start makes anything good.
        let (code, text) = archive::verify(&args.data).await;
        assert_eq!(code, Some(0), "after kill {kills}: {text}");
    }

    let running = Running::start(&args).await;
    let mut machine = miner.expect("it was started");
    machine.stop().await;
    let acknowledged: BTreeSet<_> = machine.accepted_hashes().into_iter().collect();
    assert!(acknowledged.len() as u64 >= 10 * KILLS);

    until("the last start's pool session", || async {
        client::read_json::<api::Contract>(running.pages, "/api/v1/contracts/1")
            .await
            .pool_connected
    })
    .await;
    let bundle = client::get(running.pages, "/api/v1/contracts/1/bundle")
        .await
        .body;
    let mut counted: BTreeMap<[u8; 32], u32> = BTreeMap::new();
    let mut verifier = Verifier::new();
    verifier.push_each(&bundle, &mut |_, share| {
        *counted.entry(share.hash).or_default() += 1
    });
    let verdict = verifier.finish();
    assert!(verdict.valid, "{:?}", verdict.faults);
    let lost: Vec<_> = acknowledged
        .iter()
        .filter(|hash| !counted.contains_key(*hash))
        .collect();
    assert!(
        lost.is_empty(),
        "{} of {} acknowledged shares are lost",
        lost.len(),
        acknowledged.len()
    );
    assert!(counted.values().all(|times| *times == 1));
    assert!(
        verdict.upstreams as u64 > KILLS,
        "each start has a pool session of its own"
    );

    running.kill().await;
    let (code, text) = archive::verify(&args.data).await;
    assert_eq!(code, Some(0), "{text}");
    let audit = audit::audit(&args.data).await.unwrap();
    assert!(audit.is_good(), "{audit:?}");
    let books = &audit.contracts[0];
    let paid = &books.paid_total_by_epoch_sats;
    assert_eq!(books.epochs, paid.len());
    assert_eq!(
        books.paid_sats,
        *paid.last().unwrap(),
        "the transfers add up to the last epoch's total"
    );
    let stated: Vec<_> = verdict
        .epochs
        .iter()
        .map(|e| e.owed_total_sats.get())
        .collect();
    let both = paid.len().min(stated.len());
    assert_eq!(
        paid[..both],
        stated[..both],
        "each epoch was paid what its record says, once"
    );
    println!(
        "{KILLS} kills, {} shares acknowledged, {} in the bundle, {} epochs paid {} sat",
        acknowledged.len(),
        verdict.shares_valid,
        books.epochs,
        books.paid_sats
    );
}
