//! The sessions with a contract's pools: with one pool at a time, the first of the contract that gives work. One session, or
//! one for each machine where the pool leaves too little extranonce2 to be shared.

mod berths;
mod ended;
mod pace;
mod patience;
mod session;
#[cfg(test)]
pub(super) mod tests;

pub use patience::{PoolAccess, PoolPatience};

use super::delivery::{Delivery, Forward};
use crate::pools::{Resolver, SystemResolver};
use ended::Ended;
use patience::{BackOff, jittered, random};
use session::{At, Session};
use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep},
};

/// A pool may ask so often in a row for a new connection before that counts as a failure.
const MOVES: u32 = 3;

/// Keeps a session up until the contract is closed.
pub(super) async fn run(delivery: Arc<Delivery>, shares: mpsc::Receiver<Forward>) {
    let sessions = Sessions::new(&delivery, &SystemResolver);
    tokio::select! {
        () = delivery.closed() => {}
        () = sessions.keep(shares) => {}
    }
}

/// Where the next attempt goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Next {
    pool: usize,
    /// The port that the pool asked for.
    port: Option<u16>,
}

struct Sessions<'a, R> {
    delivery: &'a Delivery,
    access: &'a PoolAccess,
    resolver: &'a R,
    connections: AtomicU64,
}

/// How a session ended, or one that took its place.
struct End {
    pool: usize,
    lasted: Duration,
    why: Ended,
}

impl<'a, R: Resolver> Sessions<'a, R> {
    fn new(delivery: &'a Delivery, resolver: &'a R) -> Self {
        Self {
            delivery,
            access: delivery.access(),
            resolver,
            connections: AtomicU64::new(0),
        }
    }

    /// Tries the pools in their order, and each again after a pause when none is left. A session that lasted begins the
    /// order anew with the first pool.
    async fn keep(&self, mut shares: mpsc::Receiver<Forward>) {
        let (mut back_off, mut next) = (BackOff::new(self.access.patience), Next::default());
        let mut moves = 0;
        loop {
            let end = self.attend(next, &mut shares).await;
            self.delivery.publish(None);
            self.failed(end.pool, &end.why);
            if end.lasted >= self.access.patience.steady {
                back_off.reset();
                moves = 0;
            }
            let before = next;
            next = self.after(&end, before, &mut moves);
            // Another pool is tried at once, the same or the first one again after a pause.
            if next.pool <= end.pool {
                sleep(back_off.pause()).await;
            }
        }
    }

    fn after(&self, end: &End, tried: Next, moves: &mut u32) -> Next {
        match end.why {
            Ended::ReconnectAsked { port } if *moves < MOVES => {
                *moves += 1;
                Next {
                    pool: end.pool,
                    port: Some(port),
                }
            }
            // Nothing at the port that the pool asked for: the contract's own is still there.
            _ if tried.port.is_some() && end.lasted.is_zero() => Next {
                pool: end.pool,
                port: None,
            },
            _ if end.lasted >= self.access.patience.steady => Next::default(),
            _ => Next {
                pool: (end.pool + 1) % self.delivery.contract.pools().count(),
                port: None,
            },
        }
    }

    /// A session with this pool; and while it is a backup, the first one before it that works again takes over.
    async fn attend(&self, next: Next, shares: &mut mpsc::Receiver<Forward>) -> End {
        let mut session = match self.open(next).await {
            Ok(session) => session,
            Err(why) => {
                return End {
                    pool: next.pool,
                    lasted: Duration::ZERO,
                    why,
                };
            }
        };
        loop {
            let (pool, began) = (session.pool(), Instant::now());
            self.delivery.reached(pool);
            let at = Next {
                pool,
                port: next.port.filter(|_| pool == next.pool),
            };
            let ended = tokio::select! {
                why = self.serve(session, at, shares) => Err(why),
                better = self.better(pool) => Ok(better),
            };
            match ended {
                // Its first job replaces the backup's: the machines have work all the time.
                Ok(better) => session = better,
                Err(why) => {
                    return End {
                        pool,
                        // A session that began is told from an attempt that failed.
                        lasted: began.elapsed().max(Duration::from_nanos(1)),
                        why,
                    };
                }
            }
        }
    }

    /// Until there is no session with this pool any more.
    async fn serve(
        &self,
        mut session: Session<'a>,
        at: Next,
        shares: &mut mpsc::Receiver<Forward>,
    ) -> Ended {
        if session.is_for_one_machine() {
            return berths::serve(self, session, at, shares).await;
        }
        session.serve(shares, self.access).await
    }

    /// A session with a pool that comes before this one, once there is one.
    async fn better(&self, pool: usize) -> Session<'a> {
        if pool == 0 {
            return pending().await;
        }
        loop {
            sleep(jittered(self.access.patience.come_back, random())).await;
            for first in 0..pool {
                let next = Next {
                    pool: first,
                    port: None,
                };
                match self.open(next).await {
                    // One that is on another block would leave the machines without work; it is asked again.
                    Ok(session) if !session.follows() => {}
                    Ok(session) => return session,
                    Err(why) => self.failed(first, &why),
                }
            }
        }
    }

    async fn open(&self, next: Next) -> Result<Session<'a>, Ended> {
        let contract = &self.delivery.contract;
        let target = contract.pools().nth(next.pool).unwrap_or(&contract.pool);
        let at = At {
            delivery: self.delivery,
            pool: next.pool,
            target,
            port: next.port,
        };
        let number = self.connections.fetch_add(1, Ordering::Relaxed);
        Session::open(at, number, self.access, self.resolver).await
    }

    fn failed(&self, pool: usize, why: &Ended) {
        let contract = self.delivery.contract.id;
        tracing::warn!(error = %why, %contract, pool, "no session with the pool");
        self.delivery.trouble(pool, why.words());
    }
}
