//! The buyer's pool goes away.

use crate::{
    machine::Machine,
    test_app::{TestApp, until},
};
use server::demo::Demo;

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_pool_stops_delivery_and_loses_nothing() {
    let TestApp {
        demo,
        args,
        _folder,
    } = TestApp::start().await;
    let Demo {
        pages,
        stratum,
        pool,
        second_pool,
        mut machines,
        ..
    } = demo;
    let contract = || crate::client::read_json::<api::Contract>(pages, "/api/v1/contracts/1");
    let mut machine = Machine::mining(stratum, "demo-host.rig1").await;
    until("ten shares", || async {
        contract().await.counts.accepted >= 10
    })
    .await;
    // The backup first: else the work goes there.
    second_pool.stop().await;
    pool.stop().await;
    until("the session's end is noticed", || async {
        !contract().await.pool_connected
    })
    .await;

    // Work that cannot reach the pool is neither counted nor paid.
    let (_, line) = machine.find_share("demo-host.rig1", 0);
    let answer = machine.ask(&line).await;
    assert_eq!(
        answer,
        r#"{"id":4,"result":null,"error":[21,"Job not found",null]}"#
    );
    for machine in &mut machines {
        machine.stop().await;
    }
    let acknowledged: u64 = machines
        .iter()
        .map(|machine| machine.stats().accepted)
        .sum();
    let bundle = crate::client::get(pages, "/api/v1/contracts/1/bundle")
        .await
        .body;
    let verdict = crate::test_app::verify(&bundle);
    assert_eq!(verdict.shares_valid, acknowledged);
    drop(args);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demos_first_contract_goes_on_at_its_backup() {
    let app = TestApp::start().await;
    let first = app.contract().await;
    let backup = app.demo.second_pool.address().to_string();
    assert_eq!(first.fail_over.backups, std::slice::from_ref(&backup));
    let TestApp { demo, .. } = app;
    let contract = || crate::client::read_json::<api::Contract>(demo.pages, "/api/v1/contracts/1");
    demo.pool.stop().await;
    until("shares at the backup", || async {
        demo.second_pool.shares().accepted > 0
    })
    .await;
    let shown = contract().await;
    assert_eq!(shown.fail_over.serving, Some(backup.clone()));
    let page = crate::client::get(demo.pages, "/contracts/1").await.text();
    assert!(
        page.contains(&format!("The work goes to a backup, {backup}.")),
        "{page}"
    );
}
