//! A download that broke off goes on with the same bytes.

use crate::{
    client,
    test_app::{TestApp, args, until},
};
use pow::bundle::Verifier;
use server::demo;

const BUNDLE: &str = "/api/v1/contracts/1/bundle";

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_download_goes_on_with_exactly_its_own_bytes() {
    let app = TestApp::start().await;
    let server = app.demo.pages;
    let accepted = async || app.contract().await.counts.accepted;
    until("shares", async || accepted().await >= 5).await;
    let first = client::get(server, BUNDLE).await;
    let tag = first.header("etag").expect("a tag").to_owned();
    assert_eq!(first.header("accept-ranges"), Some("bytes"));
    let shares = accepted().await;
    until("more shares", async || accepted().await > shares).await;
    let later = client::get(server, BUNDLE).await;
    assert!(later.body.len() > first.body.len());
    assert_ne!(later.header("etag"), Some(tag.as_str()));

    let total = first.body.len();
    // Within the records, between them and the end record, and within that.
    for from in [0, 8, total / 2, total - 50, total - 20, total - 1] {
        let range = format!("bytes={from}-");
        let rest = client::ask(server, BUNDLE, &[("range", &range), ("if-range", &tag)]).await;
        assert_eq!(rest.status, 206, "{from}: {}", rest.head);
        let place = format!("bytes {from}-{}/{total}", total - 1);
        assert_eq!(rest.header("content-range"), Some(place.as_str()));
        assert_eq!(rest.header("etag"), Some(tag.as_str()));
        assert_eq!(rest.body, first.body[from..], "{from}");
    }
    let beyond = format!("bytes={total}-");
    let beyond = client::ask(server, BUNDLE, &[("range", &beyond), ("if-range", &tag)]).await;
    assert_eq!((beyond.status, beyond.body.len()), (416, 0));

    // A bundle that this log never was, and tags of others: the whole of the present one.
    let future = format!("\"{:x}-0801\"", u64::MAX);
    for unknown in [future.as_str(), "\"x\"", "Sat, 01 Jan 2000 00:00:00 GMT"] {
        let headers = [("range", "bytes=8-"), ("if-range", unknown)];
        let whole = client::ask(server, BUNDLE, &headers).await;
        assert_eq!(whole.status, 200, "{unknown}");
        assert!(whole.body.len() >= later.body.len());
        assert!(whole.body.starts_with(b"ASSAY"));
    }
    // Without a condition it is of the present bundle.
    let part = client::ask(server, BUNDLE, &[("range", "bytes=0-4")]).await;
    assert_eq!((part.status, part.body.as_slice()), (206, &b"ASSAY"[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_download_is_whole_while_epochs_are_sealed() {
    let (mut args, folder) = args();
    args.epoch_seconds = 1;
    let demo = demo::start(&args).await.expect("the demo starts");
    let app = TestApp {
        demo,
        args,
        _folder: folder,
    };
    let mut downloads = 0;
    let mut before: Vec<u8> = Vec::new();
    until("five seals", || async {
        app.contract().await.settlements.len() >= 5
    })
    .await;
    let sealed = async || app.contract().await.settlements[0].epoch;
    let first = sealed().await;
    while sealed().await < first + 4 {
        let bundle = app.bundle().await;
        let mut verifier = Verifier::new();
        verifier.push(&bundle);
        let records = verifier.whole_bytes();
        let verdict = verifier.finish();
        assert!(verdict.valid, "{:?}", verdict.faults);
        // All but the end record, which is shorter than this.
        let common = before.len().saturating_sub(64);
        assert_eq!(bundle[..common], before[..common]);
        assert_eq!(records, bundle.len() as u64);
        before = bundle;
        downloads += 1;
    }
    println!("{downloads} downloads over four seals");
}
