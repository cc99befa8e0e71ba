//! The headers of the blocks that a contract's jobs build on: asked of a node, written into the share log.
//!
//! They prove the chain to whoever verifies the bundle; nothing waits for them. Where the node does not know a block, the
//! verdict calls it unproven.

use super::delivery::{Delivery, LiveJob};
use crate::{
    node::{Node, NodeError, printed},
    sharelog::LogError,
};
use pow::{Header, bundle::Code};
use std::{io, sync::Arc, time::Duration};
use tokio::{
    sync::{Semaphore, watch},
    time::{Instant, sleep_until},
};

/// Headers that are fetched for one block at most, to close a gap: a day of blocks.
const WALK_MAX: usize = 144;
/// Waits before the questions for one block; a node may hear of it later than the pool. The next block asks anew.
const WAITS_S: [u64; 6] = [0, 1, 3, 10, 30, 60];

/// Questions to the node at once, of all contracts: a new block is a new one for each of them.
const QUESTIONS: usize = 4;

/// The node, and who may ask it now.
#[derive(Clone)]
pub(super) struct Oracle {
    node: Node,
    turns: Arc<Semaphore>,
}

/// Why a block stays unproven for now.
#[derive(Debug, thiserror::Error)]
enum Unproven {
    #[error("{0}")]
    Node(#[from] NodeError),
    #[error("the node {0} does not know the block {1}")]
    Unknown(String, String),
    #[error("the node {0} knows no way from the block {1} to one of the share log")]
    Unlinked(String, String),
    #[error("the share log refuses a header: {0}")]
    Log(#[from] LogError),
    #[error("no thread to ask the node in: {0}")]
    Thread(#[from] io::Error),
}

impl Unproven {
    /// Whether asking again may help.
    const fn may_pass(&self) -> bool {
        !matches!(self, Self::Unlinked(..) | Self::Log(LogError::Refused(_)))
    }
}

/// Follows the pool's jobs until the contract is closed.
pub(super) async fn run(delivery: Arc<Delivery>, oracle: Oracle) {
    let mut jobs = delivery.jobs();
    let mut tip = None;
    let mut waits = WAITS_S.iter();
    let mut ask_at = None;
    let mut complained = false;
    jobs.mark_changed();
    loop {
        tokio::select! {
            () = delivery.closed() => return,
            changed = jobs.changed() => {
                if changed.is_err() {
                    return;
                }
                let latest = prev_hash(&mut jobs);
                if latest.is_some() && latest != tip {
                    tip = latest;
                    waits = WAITS_S.iter();
                    ask_at = waits.next().map(in_seconds);
                }
            }
            () = sleep_until(ask_at.unwrap_or_else(Instant::now)), if ask_at.is_some() => {
                let Some(hash) = tip else { continue };
                match prove(&delivery, &oracle, hash).await {
                    Ok(()) => (ask_at, complained) = (None, false),
                    Err(error) => {
                        let later = waits.next().filter(|_| error.may_pass());
                        ask_at = later.map(in_seconds);
                        complain(&error, &delivery, &mut complained);
                    }
                }
            }
        }
    }
}

fn in_seconds(wait: &u64) -> Instant {
    Instant::now() + Duration::from_secs(*wait)
}

fn prev_hash(jobs: &mut watch::Receiver<Option<Arc<LiveJob>>>) -> Option<[u8; 32]> {
    let job = jobs.borrow_and_update();
    job.as_ref().map(|job| job.from_pool.job.prev_hash)
}

/// Loudly once, until it goes well again. That a node does not know a block yet is nothing to tell of.
fn complain(error: &Unproven, delivery: &Delivery, complained: &mut bool) {
    let contract = delivery.contract.id;
    if *complained || matches!(error, Unproven::Unknown(..)) {
        tracing::debug!(%error, %contract, "a block's header is missing");
    } else {
        *complained = true;
        tracing::warn!(%error, %contract, "a block's header is missing; its jobs' block stays unproven");
    }
}

/// Writes the block's header and, where the log has headers that it does not follow, those between.
async fn prove(delivery: &Delivery, oracle: &Oracle, hash: [u8; 32]) -> Result<(), Unproven> {
    let knows = |hash: &[u8; 32]| delivery.log.read(|log| log.blocks().has_header(hash));
    if knows(&hash) {
        return Ok(());
    }
    let first = delivery.log.read(|log| log.blocks().headers().0 == 0);
    let mut path = vec![oracle.header(hash).await?];
    // Upwards a node answers with many at once, but only along the chain that it is on now.
    while let Some(below) = path.last().map(|header| header.prev_hash)
        && !first
        && !knows(&below)
    {
        if path.len() >= WALK_MAX || below == [0; 32] {
            return Err(Unproven::Unlinked(
                oracle.node.address().to_owned(),
                printed(&hash),
            ));
        }
        path.push(oracle.header(below).await?);
    }
    for header in path.into_iter().rev() {
        match delivery.log.append(|log, out| log.header(header, out)) {
            // It came in another way meanwhile.
            Err(LogError::Refused(Code::HeaderLink)) if knows(&header.hash()) => {}
            appended => _ = appended?,
        }
    }
    Ok(())
}

impl Oracle {
    pub(super) fn new(node: Node) -> Self {
        Self {
            node,
            turns: Arc::new(Semaphore::new(QUESTIONS)),
        }
    }

    async fn header(&self, hash: [u8; 32]) -> Result<Header, Unproven> {
        // Never closed.
        let _turn = self.turns.acquire().await;
        let asked = self.node.clone();
        let asking = tokio::task::spawn_blocking(move || asked.header(&hash));
        let header = asking.await.map_err(io::Error::from)??;
        header.ok_or_else(|| Unproven::Unknown(self.node.address().to_owned(), printed(&hash)))
    }
}
