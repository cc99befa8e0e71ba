//! Takes orders out of the book whose time is over.

use super::Request;
use crate::clock;
use market::{Command, Market};
use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};
use tokio::sync::{mpsc, oneshot};

const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Until every handle of the exchange is dropped, or it has stopped.
pub(super) async fn run(commands: mpsc::WeakSender<Request>, published: Arc<RwLock<Market>>) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let Some(commands) = commands.upgrade() else {
            return;
        };
        if !is_due(&published) {
            continue;
        }
        let (reply, answer) = oneshot::channel();
        let request = Request {
            command: Command::ExpireOrders,
            claim: None,
            reply,
        };
        if commands.send(request).await.is_err() {
            return;
        }
        drop(commands);
        match answer.await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::error!(%error, "orders whose time is over stay in the book"),
            Err(_) => return,
        }
    }
}

fn is_due(published: &RwLock<Market>) -> bool {
    let market = published.read().unwrap_or_else(PoisonError::into_inner);
    let would = market.dry_run(&Command::ExpireOrders, clock::now());
    would.is_ok_and(|events| !events.is_empty())
}
