//! The task that alone changes the market.

use super::{ExchangeError, Reply, Request};
use crate::{
    clock,
    store::{Entry, Outcome, Receipt, Store},
};
use market::{Event, Market};
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::{broadcast, mpsc, watch};
use units::Timestamp;

/// Commands that are committed together at most.
const BATCH: usize = 1_024;

pub(super) struct Writer {
    pub store: Store,
    pub market: Market,
    pub last: (i64, Timestamp),
    pub queue: mpsc::Receiver<Request>,
    pub published: Arc<RwLock<Market>>,
    pub events: broadcast::Sender<Arc<Vec<Event>>>,
    /// The last durable command.
    pub committed: watch::Sender<i64>,
}

/// Until every handle is dropped, or the database fails: then the market in memory is ahead of it, and going on would
/// acknowledge what is lost.
pub(super) async fn run(mut writer: Writer) {
    let mut batch = Vec::with_capacity(BATCH);
    while writer.queue.recv_many(&mut batch, BATCH).await > 0 {
        let Applied {
            entries,
            receipts,
            replies,
        } = writer.apply(batch.drain(..));
        let nothing = entries.is_empty() && receipts.is_empty();
        let market = &writer.market;
        if !nothing && let Err(error) = writer.store.append(&entries, &receipts, market).await {
            tracing::error!(%error, "the exchange stops: its journal cannot be written");
            return;
        }
        writer.publish(entries);
        writer.committed.send_replace(writer.last.0);
        for (reply, answer) in replies {
            // Whoever asked may have gone.
            let _ = reply.send(answer);
        }
    }
}

type Answer = Result<Vec<Event>, ExchangeError>;

/// A batch that is not on disk yet.
#[derive(Default)]
struct Applied {
    entries: Vec<Entry>,
    receipts: Vec<Receipt>,
    replies: Vec<(Reply, Answer)>,
}

fn outcome(answer: &Answer) -> Outcome {
    match answer {
        Ok(events) => Outcome::Done(events.clone()),
        Err(why) => Outcome::Refused {
            status: match why {
                ExchangeError::Refused(why) => why.status().into(),
                ExchangeError::Stopped => String::new(),
            },
            words: why.to_string(),
        },
    }
}

impl Writer {
    fn apply(&mut self, requests: impl Iterator<Item = Request>) -> Applied {
        let mut done = Applied::default();
        for request in requests {
            let Request {
                command,
                claim,
                reply,
            } = request;
            let (seq, before) = self.last;
            // A clock that is set back must not take the market's time with it.
            let at = clock::now().max(before);
            let applied = self.market.apply(&command, at);
            let answer = applied.map_err(ExchangeError::Refused);
            done.receipts.extend(claim.map(|claim| Receipt {
                claim,
                at,
                outcome: outcome(&answer),
            }));
            // No events: a retry of what was carried out already, which needs no second entry.
            if let Ok(events) = &answer
                && !events.is_empty()
            {
                self.last = (seq + 1, at);
                done.entries.push(Entry {
                    seq: seq + 1,
                    at,
                    command,
                    events: events.clone(),
                });
            }
            done.replies.push((reply, answer));
        }
        done
    }

    fn publish(&self, entries: Vec<Entry>) {
        let mut published = self
            .published
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        for entry in entries {
            if let Err(refusal) = published.apply(&entry.command, entry.at) {
                tracing::error!(%refusal, seq = entry.seq, "the published market differs from the journalled one");
            }
            // Nobody may be listening.
            let _ = self.events.send(Arc::new(entry.events));
        }
    }
}
