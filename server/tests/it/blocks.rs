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
    cell::Cell,
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

async fn deliver_on_six_blocks(app: &TestApp) {
    let before = Cell::new(0);
    until("shares on six blocks", async || {
        let on = verdict(app.demo.pages).await.chain.built_on.len();
        if on > before.replace(on) {
            app.demo.pool.new_block();
        }
        on >= 6
    })
    .await;
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

    // Shares on some blocks; the node has them all.
    deliver_on_six_blocks(&app).await;
    let real = app.demo.node.address();
    let (code, said) = verify(pages, real).await;
    assert_eq!(code, Some(0), "{said}");
    let all = format!("blocks are on the chain of http://{real}");
    assert!(said.contains(&all), "{said}");
    assert!(
        !said.contains("not on it") && !said.contains("higher"),
        "{said}"
    );
    assert!(said.contains(" expected hashes of work"), "{said}");

    // Another chain, which is not as high.
    let stands = PoolSettings {
        mean_block_interval: std::time::Duration::from_secs(1_000_000),
        ..PoolSettings::default()
    };
    let other = Pool::start(stands).await.unwrap();
    let any = "127.0.0.1:0".parse().unwrap();
    let node = sandbox::Node::start(any, &other).await.unwrap();
    let blocks = verdict(pages).await.chain.built_on;
    let higher = " higher than it: the node may be behind";
    let (code, said) = verify(pages, node.address()).await;
    // Only where shares came before the first block is there one that it could have.
    let could = blocks[0].height == Some(0);
    assert_eq!(code, Some(if could { 1 } else { 3 }), "{said}");
    assert!(said.contains("node           0 of "), "{said}");
    assert!(said.contains(higher), "{said}");
    // And then it is.
    for _ in 0..blocks[5].height.unwrap() {
        other.new_block();
    }
    let (code, said) = verify(pages, node.address()).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains(" not on it, with "), "{said}");
}

/// A node whose chain has all blocks of another node's but some.
#[derive(Clone)]
struct Lacking {
    node: SocketAddr,
    blocks: Arc<Vec<String>>,
}

impl Lacking {
    async fn start(node: SocketAddr, blocks: &[&api::BuiltOn]) -> SocketAddr {
        let blocks = blocks.iter().map(|block| block.hash.clone()).collect();
        let lacking = Self {
            node,
            blocks: Arc::new(blocks),
        };
        let router = Router::new().fallback(Self::answer).with_state(lacking);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    }

    async fn answer(State(lacking): State<Self>, uri: Uri) -> Response {
        let mut body = client::get(lacking.node, uri.path()).await.body;
        if uri.path().starts_with("/rest/headers/") {
            let headers = body.as_chunks::<80>().0.iter();
            let kept = headers.take_while(|header| {
                let mut hash = pow::Header::from_bytes(header).hash();
                hash.reverse();
                let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
                !lacking.blocks.contains(&hash)
            });
            let kept = kept.count() * 80;
            body.truncate(kept);
        } else {
            // There it has another block.
            body = vec![7; 32];
        }
        body.into_response()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_is_asked_for_the_blocks_between_the_first_and_the_last() {
    let app = TestApp::start().await;
    let (pages, real) = (app.demo.pages, app.demo.node.address());
    deliver_on_six_blocks(&app).await;
    let chain = verdict(pages).await.chain;
    let blocks: Vec<&api::BuiltOn> = chain.built_on.iter().collect();
    // One may have been replaced, but of so few blocks it is too large a part; the share of it is told.
    let (code, said) = verify(pages, Lacking::start(real, &blocks[2..3]).await).await;
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("               1 not on it, with "), "{said}");
    assert!(said.contains(&blocks[2].hash), "{said}");
    assert!(said.contains("a block that the network replaced looks like this"));
    let (code, said) = verify(pages, Lacking::start(real, &blocks[2..4]).await).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("               2 not on it, with "), "{said}");
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

    // The first header is of the first block with shares, which is more than a few blocks down then.
    for _ in 0..8 {
        app.demo.pool.new_block();
    }
    switched.switch(true);
    app.demo.pool.new_block();
    until("the first headers", async || {
        verdict(pages).await.chain.headers == 10
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
        verdict(pages).await.chain.headers == 16
    })
    .await;
    let verdict = verdict(pages).await;
    assert!(verdict.valid, "{:?}", verdict.faults);
    assert_eq!(verdict.chain.proven, verdict.chain.blocks);
    assert_eq!(verdict.chain.first.unwrap().height, Some(0));
    assert_eq!(verdict.chain.last.unwrap().height, Some(15));
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
