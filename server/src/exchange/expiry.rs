//! Takes orders out of the book whose time is over.

use super::Request;
use crate::clock;
use market::{Command, Market};
use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};
use tokio::{
    sync::{mpsc, oneshot},
    time::MissedTickBehavior,
};

const LOOK_EVERY: Duration = Duration::from_secs(1);

/// At once, then each second, until every handle of the exchange is dropped, or it has stopped.
pub(super) async fn run(commands: mpsc::WeakSender<Request>, published: Arc<RwLock<Market>>) {
    let mut look = tokio::time::interval(LOOK_EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        look.tick().await;
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
    market.book().is_due(clock::now())
}
