//! The verdict's JSON, as the verifier writes it and as clients read it.

use crate::test_app::{TestApp, until};
use pow::bundle::Verifier;

#[tokio::test(flavor = "multi_thread")]
async fn clients_read_exactly_what_the_verifier_writes() {
    let app = TestApp::start().await;
    until("an epoch", || async {
        !app.contract().await.settlements.is_empty()
    })
    .await;
    let mut bundle = app.bundle().await;
    same(&bundle, true);
    // With faults, shares among them, the lists are not empty.
    let middle = bundle.len() / 2;
    bundle[middle] ^= 1;
    same(&bundle, false);
}

fn same(bundle: &[u8], valid: bool) {
    let mut verifier = Verifier::new();
    verifier.push(bundle);
    let progress = serde_json::to_value(verifier.progress()).unwrap();
    let read: api::VerifyProgress = serde_json::from_value(progress.clone()).unwrap();
    assert_eq!(serde_json::to_value(read).unwrap(), progress);
    let verdict = serde_json::to_value(verifier.finish()).unwrap();
    let read: api::Verdict = serde_json::from_value(verdict.clone()).unwrap();
    assert_eq!(read.valid, valid);
    assert_eq!(serde_json::to_value(read).unwrap(), verdict);
}
