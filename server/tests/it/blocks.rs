//! The headers of the chain: from the node into the share log, and from the bundle back to a node.

use crate::{
    binary::{Running, assay},
    client,
    test_app::{TestApp, args, until},
};
use axum::{
    Router,
    extract::State,
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
};
use sandbox::{Pool, PoolSettings};
use server::demo;
use std::{
    net::SocketAddr,
    process::Output,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::net::TcpListener;

async fn verdict(pages: SocketAddr) -> api::Verdict {
    let bundle = client::get(pages, "/api/v1/contracts/1/bundle").await.body;
    let mut verifier = pow::bundle::Verifier::new();
    verifier.push(&bundle);
    let json = serde_json::to_string(&verifier.finish()).unwrap();
    serde_json::from_str(&json).unwrap()
}

async fn verify(pages: SocketAddr, node: SocketAddr) -> (Option<i32>, String) {
    let Output { status, stdout, .. } = assay()
        .arg("verify")
        .arg(format!("http://{pages}/api/v1/contracts/1/bundle"))
        .args(["--node", &format!("http://{node}")])
        .output()
        .await
        .expect("it runs");
    (status.code(), String::from_utf8(stdout).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_proves_its_blocks_and_a_node_confirms_them() {
    let app = TestApp::start().await;
    let pages = app.demo.pages;
    until("the first block", async || {
        verdict(pages).await.chain.proven == 1
    })
    .await;
    app.demo.pool.new_block();
    until("the second block", async || {
        verdict(pages).await.chain.proven == 2
    })
    .await;
    let chain = verdict(pages).await.chain;
    assert_eq!((chain.blocks, chain.headers), (2, 2));
    assert_eq!(chain.last.unwrap().height, Some(1));

    let (code, said) = verify(pages, app.demo.node.address()).await;
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(said.matches("node           equal: ").count(), 2, "{said}");

    // Another chain, which is not as high first, and then is.
    let other = Pool::start(PoolSettings::default()).await.unwrap();
    let any = "127.0.0.1:0".parse().unwrap();
    let node = sandbox::Node::start(any, &other).await.unwrap();
    let (code, said) = verify(pages, node.address()).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("node           DIFFERENT: at the first block's height "),
        "{said}"
    );
    assert!(said.contains("node           not known there: "), "{said}");
    other.new_block();
    let (code, said) = verify(pages, node.address()).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("DIFFERENT: at the last block's height "),
        "{said}"
    );
}

/// A node that refuses for as long as the switch is off.
#[derive(Clone)]
struct Switched {
    on: Arc<AtomicBool>,
    node: Arc<Mutex<Option<SocketAddr>>>,
}

impl Switched {
    async fn start() -> (Self, String) {
        let switched = Self {
            on: Arc::default(),
            node: Arc::default(),
        };
        let router = Router::new().fallback(answer).with_state(switched.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (switched, url)
    }

    fn switch(&self, on: bool) {
        self.on.store(on, Ordering::Relaxed);
    }
}

async fn answer(State(switched): State<Switched>, uri: Uri) -> Response {
    let node = *switched.node.lock().unwrap();
    match node.filter(|_| switched.on.load(Ordering::Relaxed)) {
        Some(node) => client::get(node, uri.path()).await.body.into_response(),
        None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_away_delays_nothing_and_its_gap_is_closed() {
    let (switched, url) = Switched::start().await;
    let (mut args, folder) = args();
    args.node = Some(url);
    let demo = demo::start(&args).await.expect("the demo starts");
    *switched.node.lock().unwrap() = Some(demo.node.address());
    let app = TestApp {
        demo,
        args,
        _folder: folder,
    };
    let pages = app.demo.pages;
    let accepted = async || app.contract().await.counts.accepted;
    until("shares without a node", async || accepted().await >= 5).await;
    let chain = verdict(pages).await.chain;
    assert_eq!((chain.blocks, chain.headers), (1, 0));

    // The first header is of the block then: what came before is not walked.
    switched.switch(true);
    app.demo.pool.new_block();
    until("the first header", async || {
        verdict(pages).await.chain.headers == 1
    })
    .await;
    switched.switch(false);
    for _ in 0..5 {
        app.demo.pool.new_block();
    }
    let missed = async || verdict(pages).await.chain.blocks;
    let before = missed().await;
    until("a job on a missed block", async || {
        missed().await >= before.max(3)
    })
    .await;
    switched.switch(true);
    app.demo.pool.new_block();
    until("all headers", async || {
        verdict(pages).await.chain.headers == 7
    })
    .await;
    let verdict = verdict(pages).await;
    assert!(verdict.valid, "{:?}", verdict.faults);
    // All but the one before the first header.
    assert_eq!(verdict.chain.proven, verdict.chain.blocks - 1);
    assert_eq!(verdict.chain.last.unwrap().height, Some(7));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chain_goes_on_over_a_restart() {
    let (args, _folder) = args();
    let running = Running::start(&args).await;
    let pages = running.pages;
    until("a header", async || verdict(pages).await.chain.proven == 1).await;
    running.kill().await;
    let again = Running::start(&args).await;
    let pages = again.pages;
    until("the header of the next block", async || {
        verdict(pages).await.chain.proven == 2
    })
    .await;
    let verdict = verdict(pages).await;
    assert!(verdict.valid, "{:?}", verdict.faults);
    assert_eq!(verdict.chain.blocks, 2);
}
