//! Hosts' own pools, for machines that no contract needs at the moment.
//!
//! Such a pool is delivered to as a buyer's is, by a contract of the host with himself that costs nothing. Its log is kept
//! nowhere: nobody pays by it, and it is begun anew every few hours.

use super::{
    delivery::{Delivery, FORWARD_QUEUE, Surroundings, terms},
    stats::Stats,
    upstream,
};
use crate::{
    clock,
    sharelog::{Recorder, ShareLog},
};
use market::{Contract, PoolTarget};
use pow::bundle::Code;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::mpsc,
    time::{interval_at, sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use units::{AccountId, ContractId, Hashrate, Millis};

/// No market's contract: those are numbered from 1.
const NUMBER: ContractId = ContractId::new(0);
/// Difficulties change with an epoch.
const EPOCH: Duration = Duration::from_secs(600);
/// What the log in memory knows of machines only grows.
const RENEW: Duration = Duration::from_secs(6 * 3_600);
/// Machines stay with what they have for so long while the pool's first job has not come.
const FIRST_JOB: Duration = Duration::from_secs(30);

/// The sessions with hosts' own pools.
pub(super) struct Fallbacks {
    about: Surroundings,
    recorder: Recorder,
    running: Mutex<BTreeMap<AccountId, Running>>,
}

struct Running {
    pool: PoolTarget,
    stop: CancellationToken,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Fallbacks {
    pub(super) fn new(about: Surroundings, recorder: Recorder) -> Self {
        Self {
            about,
            recorder,
            running: Mutex::default(),
        }
    }

    /// From now on this is the host's pool, or there is none.
    pub(super) fn set(&self, host: AccountId, pool: Option<&PoolTarget>) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.get(&host).map(|running| &running.pool) == pool {
            return;
        }
        running.remove(&host);
        let Some(pool) = pool.cloned() else {
            return;
        };
        let stop = CancellationToken::new();
        let serving = Serving {
            host,
            pool: pool.clone(),
            about: self.about.clone(),
            recorder: self.recorder.clone(),
            stop: stop.clone(),
        };
        tokio::spawn(async move {
            if let Err(code) = serving.run().await {
                tracing::error!(%code, %host, "no fallback pool");
            }
        });
        running.insert(host, Running { pool, stop });
    }
}

struct Serving {
    host: AccountId,
    pool: PoolTarget,
    about: Surroundings,
    recorder: Recorder,
    stop: CancellationToken,
}

impl Serving {
    async fn run(&self) -> Result<(), Code> {
        let mut before: Option<Arc<Delivery>> = None;
        loop {
            let delivery = self.open()?;
            let mut jobs = delivery.jobs();
            let job = timeout(FIRST_JOB, jobs.wait_for(Option::is_some));
            let going_on = tokio::select! {
                () = self.stop.cancelled() => false,
                _ = job => true,
            };
            if going_on {
                let now = Arc::clone(&delivery);
                self.about.crews.set_fallback(&self.host, now);
            }
            if let Some(before) = before.replace(delivery) {
                before.close();
            }
            let Some(now) = before.as_ref().filter(|_| going_on) else {
                break;
            };
            tokio::select! {
                () = self.stop.cancelled() => break,
                () = sleep(RENEW) => {}
                () = seal(now) => {}
            }
        }
        if let Some(before) = before {
            self.about.crews.leave_fallback(&self.host, &before);
            before.close();
        }
        Ok(())
    }

    fn open(&self) -> Result<Arc<Delivery>, Code> {
        let contract = self.contract();
        let log = ShareLog::unrecorded(&terms(&contract), &self.recorder)?;
        let (forward, shares) = mpsc::channel(FORWARD_QUEUE);
        let stats = Stats::new(clock::now(), &BTreeMap::new());
        let delivery = Delivery::new(contract, log, stats, forward, self.about.clone());
        let delivery = Arc::new(delivery);
        tokio::spawn(upstream::run(Arc::clone(&delivery), shares));
        Ok(delivery)
    }

    fn contract(&self) -> Contract {
        let host = self.host;
        Contract {
            hashrate: Hashrate::new(1),
            epoch_length: Millis::new(EPOCH.as_secs() * 1_000),
            ..Contract::blank(NUMBER, (host, host), self.pool.clone(), clock::now())
        }
    }
}

/// Ends each epoch, for ever.
async fn seal(delivery: &Delivery) {
    let mut epochs = interval_at(tokio::time::Instant::now() + EPOCH, EPOCH);
    loop {
        epochs.tick().await;
        if let Err(error) = delivery.seal(clock::now(), false) {
            tracing::warn!(%error, host = %delivery.contract.host, "an epoch of a fallback pool does not end");
        }
    }
}
