use super::*;
use crate::sharelog::{Recorder, tests::terms};
use sandbox::{Pool, PoolSettings};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use units::Nbits;

const REGTEST: u32 = 0x207f_ffff;

/// So many headers, a genesis block's first.
fn headers(count: usize) -> Vec<Header> {
    let target = Nbits::from_consensus(REGTEST).unwrap().target();
    let mut headers: Vec<Header> = Vec::new();
    for number in 0..count {
        let mut header = Header {
            version: 0x2000_0000,
            prev_hash: headers.last().map_or([0; 32], Header::hash),
            merkle_root: [1; 32],
            ntime: 1_700_000_000 + number as u32,
            nbits: REGTEST,
            nonce: 0,
        };
        while !target.is_met_by_le_hash(&header.hash()) {
            header.nonce += 1;
        }
        headers.push(header);
    }
    headers
}

/// A pool whose chain goes on after these headers with one block more, which the seed chooses, and its node.
struct Chain {
    pool: Pool,
    rest: sandbox::Node,
}

impl Chain {
    async fn after(headers: &[Header], seed: u64, folder: &Path) -> Self {
        let path: PathBuf = folder.join(format!("headers-{seed}"));
        let bytes: Vec<u8> = headers.iter().flat_map(Header::to_bytes).collect();
        std::fs::write(&path, bytes).unwrap();
        let settings = PoolSettings {
            seed,
            headers: Some(path),
            mean_block_interval: Duration::from_secs(86_400),
            ..PoolSettings::default()
        };
        let pool = Pool::start(settings).await.unwrap();
        assert_eq!(pool.height() as usize, headers.len());
        let any = "127.0.0.1:0".parse().unwrap();
        let rest = sandbox::Node::start(any, &pool).await.unwrap();
        Self { pool, rest }
    }

    fn oracle(&self) -> Oracle {
        Oracle::new(Node::new(&format!("http://{}", self.rest.address())).unwrap())
    }

    async fn tip(&self) -> [u8; 32] {
        let (node, height) = (self.oracle().node, self.pool.height());
        let asked = tokio::task::spawn_blocking(move || node.block_hash(height));
        asked.await.unwrap().unwrap().unwrap()
    }
}

fn log(folder: &TempDir, recorder: &Recorder) -> Arc<ShareLog> {
    let path = folder.path().join("shares.log");
    ShareLog::open(&path, &terms(), recorder).unwrap().log
}

/// Headers of a log, and those of them on branches.
fn counts(log: &ShareLog) -> (u32, u32) {
    log.read(|log| {
        let blocks = log.blocks();
        let (on_best, ..) = blocks.best_chain();
        (blocks.headers(), blocks.headers() - on_best)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_header_that_the_network_replaces_is_linked_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = Recorder::start(folder.path(), Arc::default()).unwrap();
    let log = log(&folder, &recorder);
    let common = headers(20);
    let replaced = Chain::after(&common, 1, folder.path()).await;
    let stays = Chain::after(&common, 2, folder.path()).await;
    let stale = replaced.tip().await;
    prove(&log, &replaced.oracle(), stale).await.unwrap();
    assert_eq!(counts(&log), (1 + ANCESTORS as u32, 0));

    // The node is on the other chain by now, and has forgotten that block.
    stays.pool.new_block();
    let tip = stays.tip().await;
    assert_ne!(stale, tip);
    prove(&log, &stays.oracle(), tip).await.unwrap();
    assert!(knows(&log, &tip));
    assert_eq!(counts(&log), (1 + ANCESTORS as u32 + 2, 1));
    assert_eq!(log.read(|log| log.blocks().ends()[1]).unwrap().0, tip);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_of_a_month_is_closed_and_a_wider_one_by_and_by() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = Recorder::start(folder.path(), Arc::default()).unwrap();
    let log = log(&folder, &recorder);
    let whole = headers(10 + WALK_MAX + 1_000);
    let chain = Chain::after(&whole, 1, folder.path()).await;
    let oracle = chain.oracle();
    let first = whole[9].hash();
    prove(&log, &oracle, first).await.unwrap();
    let before = counts(&log).0;
    let month = whole[9 + WALK_MAX].hash();
    // What is not on the way is asked for as before.
    let unknown = prove(&log, &oracle, [7; 32]).await;
    assert!(matches!(unknown, Err(Unproven::Unknown(..))), "{unknown:?}");
    assert_eq!(counts(&log).0, before);

    let tip = chain.tip().await;
    let far = prove(&log, &oracle, tip).await;
    assert!(matches!(far, Err(Unproven::Far(_))), "{far:?}");
    assert!(far.unwrap_err().may_pass(), "asking again goes on");
    assert!(knows(&log, &month));
    assert_eq!(counts(&log), (before + WALK_MAX as u32, 0));
    prove(&log, &oracle, tip).await.unwrap();
    assert_eq!(counts(&log), (before + WALK_MAX as u32 + 1_001, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_of_another_chain_proves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = Recorder::start(folder.path(), Arc::default()).unwrap();
    let log = log(&folder, &recorder);
    let common = headers(40);
    let own = Chain::after(&common, 1, folder.path()).await;
    let mut other = headers(1);
    other[0].nonce += 1;
    let target = Nbits::from_consensus(REGTEST).unwrap().target();
    while !target.is_met_by_le_hash(&other[0].hash()) {
        other[0].nonce += 1;
    }
    let other = Chain::after(&other, 2, folder.path()).await;
    prove(&log, &own.oracle(), own.tip().await).await.unwrap();
    let before = counts(&log);
    other.pool.new_block();
    let unlinked = prove(&log, &other.oracle(), other.tip().await).await;
    assert!(
        matches!(unlinked, Err(Unproven::Unlinked(..))),
        "{unlinked:?}"
    );
    assert_eq!(counts(&log), before);
}
