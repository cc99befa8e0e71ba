//! The headers of the blocks that a contract's jobs build on: asked of a node, written into the share log.
//!
//! They prove the chain to whoever verifies the bundle; nothing waits for them. Where the node does not know a block, the
//! verdict calls it unproven.

use super::delivery::{Delivery, LiveJob};
use crate::{
    node::{HEADERS_MAX, Node, NodeError, printed},
    sharelog::{LogError, ShareLog},
};
use pow::{Header, bundle::Code};
use std::{io, sync::Arc, time::Duration};
use tokio::{
    sync::{Semaphore, watch},
    time::{Instant, sleep_until},
};

/// Headers that are written below a log's first one: should its block be replaced, what replaces it follows one of them.
const ANCESTORS: usize = 6;
/// Headers that are fetched for one block at most, to close a gap: 31 days of blocks. A wider one is closed by and by.
const WALK_MAX: usize = 4_500;
/// Blocks down from the log's best header where the node's chain is looked for: deeper ones are not replaced.
const BRANCH_MAX: usize = 24;
/// Blocks with shares that came before the log's first header and may be it; the latest ones.
const MISSING_MAX: usize = 64;
/// Waits before the questions for one block; a node may hear of it later than the pool. The next block asks anew.
const WAITS_S: [u64; 6] = [0, 1, 3, 10, 30, 60];
/// And then, or where asking again at once would help nothing.
const LATER_S: u64 = 600;

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
    #[error("the node {0} knows no way from the share log's headers to the block {1}")]
    Unlinked(String, String),
    #[error(
        "the way from the share log's headers to the block {0} is long: {WALK_MAX} more are there"
    )]
    Far(String),
    #[error("the share log refuses a header: {0}")]
    Log(#[from] LogError),
    #[error("no thread to ask the node in: {0}")]
    Thread(#[from] io::Error),
}

impl Unproven {
    /// Whether asking again soon may help.
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
                match prove(&delivery.log, &oracle, hash).await {
                    Ok(()) => (ask_at, complained) = (None, false),
                    Err(error) => {
                        let soon = waits.next().filter(|_| error.may_pass());
                        ask_at = Some(in_seconds(soon.unwrap_or(&LATER_S)));
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
async fn prove(log: &Arc<ShareLog>, oracle: &Oracle, hash: [u8; 32]) -> Result<(), Unproven> {
    if knows(log, &hash) {
        return Ok(());
    }
    if log.read(|log| log.blocks().headers() == 0) {
        begin(log, oracle, hash).await?;
        if knows(log, &hash) {
            return Ok(());
        }
    }
    let header = oracle.header(hash).await?;
    if knows(log, &header.prev_hash) {
        return write(log, header);
    }
    climb(log, oracle, hash).await
}

fn knows(log: &ShareLog, hash: &[u8; 32]) -> bool {
    log.read(|log| log.blocks().has_header(hash))
}

fn write(log: &Arc<ShareLog>, header: Header) -> Result<(), Unproven> {
    match log.append(|log, out| log.header(header, out)) {
        // It came in another way meanwhile.
        Err(LogError::Refused(Code::HeaderLink)) if knows(log, &header.hash()) => Ok(()),
        appended => Ok(appended.map(|_| ())?),
    }
}

/// Writes a log's first headers: of the earliest block with shares that the node knows, since nothing below the first
/// header can be proven later, or else of this one; and before it its ancestors.
async fn begin(log: &Arc<ShareLog>, oracle: &Oracle, hash: [u8; 32]) -> Result<(), Unproven> {
    let mut earlier = log.read(|log| {
        let with_shares = log.blocks().built_on().iter().rev();
        let latest = with_shares.take(MISSING_MAX).map(|block| block.hash);
        latest.collect::<Vec<_>>()
    });
    let mut first = None;
    while let Some(earliest) = earlier.pop().filter(|_| first.is_none()) {
        first = oracle.headers(earliest, 1).await?.pop();
    }
    let first = match first {
        Some(first) => first,
        None => oracle.header(hash).await?,
    };
    let mut path = vec![first];
    while path.len() <= ANCESTORS
        && let Some(below) = path.last().map(|header| header.prev_hash)
        && below != [0; 32]
    {
        path.push(oracle.header(below).await?);
    }
    path.into_iter()
        .rev()
        .try_for_each(|header| write(log, header))
}

/// Writes what follows the log's best chain up to the block. A node answers with many at once, but only upwards and along
/// the chain that it is on now: it is looked for a few blocks down, where the log's latest may be replaced.
async fn climb(log: &Arc<ShareLog>, oracle: &Oracle, hash: [u8; 32]) -> Result<(), Unproven> {
    let node = oracle.node.address().to_owned();
    let unlinked = || Unproven::Unlinked(node, printed(&hash));
    let [_, best] = log.read(|log| log.blocks().ends());
    let mut anchor = best.map(|(hash, _)| hash);
    let mut upwards = Vec::new();
    for _ in 0..BRANCH_MAX {
        let Some(from) = anchor.filter(|_| upwards.is_empty()) else {
            break;
        };
        upwards = oracle.headers(from, HEADERS_MAX).await?;
        anchor = log.read(|log| log.blocks().parent(&from));
    }
    let mut written = 0;
    while let [_, following @ ..] = upwards.as_slice()
        && let Some(last) = following.last().map(Header::hash)
    {
        for header in following {
            if knows(log, &header.hash()) {
                continue;
            }
            if written == WALK_MAX {
                return Err(Unproven::Far(printed(&hash)));
            }
            write(log, *header)?;
            written += 1;
            if header.hash() == hash {
                return Ok(());
            }
        }
        upwards = oracle.headers(last, HEADERS_MAX).await?;
    }
    Err(unlinked())
}

impl Oracle {
    pub(super) fn new(node: Node) -> Self {
        Self {
            node,
            turns: Arc::new(Semaphore::new(QUESTIONS)),
        }
    }

    async fn header(&self, hash: [u8; 32]) -> Result<Header, Unproven> {
        let header = self.headers(hash, 1).await?.pop();
        header.ok_or_else(|| Unproven::Unknown(self.node.address().to_owned(), printed(&hash)))
    }

    /// The block's header and those after it on the node's chain; none where the block is not on it.
    async fn headers(&self, hash: [u8; 32], most: u16) -> Result<Vec<Header>, Unproven> {
        // Never closed.
        let _turn = self.turns.acquire().await;
        let asked = self.node.clone();
        let asking = tokio::task::spawn_blocking(move || asked.headers(&hash, most));
        Ok(asking.await.map_err(io::Error::from)??)
    }
}

#[cfg(test)]
mod tests;
