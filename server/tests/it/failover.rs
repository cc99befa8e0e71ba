//! Another pool takes over, and gives the work back.

use crate::{
    machine::Machine,
    metrics::read,
    puppet::{Jobs, Puppet},
    rig::{Rig, patience},
    test_app::until,
};
use server::stratum::PoolPatience;
use std::time::Duration;

const RIG: &str = "host1.rig";
const ACCEPTED: &str = r#"{"id":4,"result":true,"error":null}"#;

/// The first pool is tried again all the time.
fn impatient() -> PoolPatience {
    PoolPatience {
        come_back: Duration::from_millis(200),
        ..patience()
    }
}

async fn serving(rig: &Rig, pool: std::net::SocketAddr) {
    let name = pool.to_string();
    until(&format!("{name} serves"), || async {
        rig.contract(1).await.fail_over.serving.as_ref() == Some(&name)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_takes_over_and_the_first_pool_is_taken_back_without_a_gap() {
    let (mut first, mut backup) = (Puppet::start().await, Puppet::start().await);
    let (first_at, backup_at) = (first.address, backup.address);
    let rig = Rig::start(impatient(), &[&[first_at, backup_at]]).await;
    let mut jobs = Jobs::new(1);
    let job = jobs.next();
    let mut at_first = first.serve([1; 4], "a", &job).await;
    let mut machine = Machine::mining(rig.server.stratum, RIG).await;
    assert_eq!(machine.mine(RIG, 0).await, ACCEPTED);
    at_first.good_share("a", &job).await;
    let shown = rig.contract(1).await;
    assert_eq!(shown.pool, first_at.to_string());
    assert_eq!(shown.fail_over.backups, [backup_at.to_string()]);
    assert_eq!(shown.fail_over.serving, Some(first_at.to_string()));

    // Nobody is there any more.
    first.stop().await;
    at_first.die().await;
    let known = machine.jobs.len();
    // Time for a plan, which would give the machine other work.
    until("the first pool's end is noticed", || async {
        !rig.contract(1).await.pool_connected
    })
    .await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let job = jobs.next();
    let mut at_backup = backup.serve([2; 4], "b", &job).await;
    serving(&rig, backup_at).await;
    machine.job_after(known).await;
    assert_eq!(machine.mine(RIG, 0).await, ACCEPTED);
    at_backup.good_share("b", &job).await;
    // The machine waited for it, and got no other work meanwhile.
    let switches = read(rig.server.metrics.unwrap(), "assay_switches_total").await;
    assert_eq!(switches, 1.0, "its first work alone");
    until("why the first one is not used", || async {
        let trouble = rig.contract(1).await.fail_over.trouble;
        trouble.is_some_and(|trouble| {
            let refuses = "The pool refuses connections at this address.";
            trouble.pool == first_at.to_string() && trouble.why == refuses
        })
    })
    .await;

    // It is there again, on another block first: that would be a gap.
    let mut first = Puppet::start_at(first_at).await;
    let ahead = Jobs::new(2).next();
    let mut looked_at = first.serve([3; 4], "c", &ahead).await;
    looked_at.until_closed().await;
    assert_eq!(
        rig.contract(1).await.fail_over.serving,
        Some(backup_at.to_string())
    );
    let (known, job) = (machine.jobs.len(), jobs.next());
    let (_, on_its_way) = machine.find_share(RIG, 1_000_000);
    let mut at_first = first.serve([4; 4], "d", &job).await;
    serving(&rig, first_at).await;
    at_backup.until_closed().await;
    // A share of the backup's job that was on its way counts, though the backup is left.
    assert_eq!(machine.ask(&on_its_way).await, ACCEPTED);
    machine.job_after(known).await;
    assert_eq!(machine.mine(RIG, 0).await, ACCEPTED);
    at_first.good_share("d", &job).await;
    let shown = rig.contract(1).await;
    assert_eq!(shown.counts.accepted, 4);
    assert_eq!((shown.counts.stale, shown.counts.rejected), (0, 0));
    assert_eq!(shown.fail_over.trouble, None);
    assert_eq!(rig.verify(1).await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn backups_are_tried_in_their_order_and_then_all_again() {
    let mut pools = [
        Puppet::start().await,
        Puppet::start().await,
        Puppet::start().await,
        Puppet::start().await,
    ];
    let addresses = pools.each_ref().map(|pool| pool.address);
    let rig = Rig::start(patience(), &[&addresses]).await;
    let mut jobs = Jobs::new(1);
    for _ in 0..2 {
        // Each fails in its own way.
        pools[0].caller().await.die().await;
        pools[1].caller().await.greet_as([1; 4], false).await;
        pools[2].caller().await.say("secret").await;
        pools[3].caller().await.die().await;
    }
    let mut machine = Machine::connect(rig.server.stratum).await;
    machine.log_in(RIG).await;
    pools[0].caller().await.die().await;
    pools[1].caller().await.die().await;
    let job = jobs.next();
    let mut caller = pools[2].serve([2; 4], "a", &job).await;
    serving(&rig, addresses[2]).await;
    machine.job_after(0).await;
    assert_eq!(machine.mine(RIG, 0).await, ACCEPTED);
    caller.good_share("a", &job).await;
    // A session that did not last goes on in the order, it does not begin anew.
    caller.die().await;
    let job = jobs.next();
    let mut caller = pools[3].serve([3; 4], "b", &job).await;
    serving(&rig, addresses[3]).await;
    machine.job_after(1).await;
    assert_eq!(machine.mine(RIG, 0).await, ACCEPTED);
    caller.good_share("b", &job).await;
    assert!(pools.iter_mut().all(Puppet::nobody_called));
    assert_eq!(rig.verify(1).await, 2);
}
