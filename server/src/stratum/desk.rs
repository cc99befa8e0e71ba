//! Which contract every host's machines serve, and the tasks behind each contract.

use super::{
    blocks::{self, Oracle},
    crews::Crews,
    delivery::{Delivery, FORWARD_QUEUE, Surroundings, terms},
    epochs,
    fallback::Fallbacks,
    login::Login,
    prefixes::Prefixes,
    retention,
    stats::Stats,
    upstream::{self, PoolAccess},
};
use crate::{
    clock,
    config::Config,
    exchange::Exchange,
    metrics::Metrics,
    sharelog::{OpenError, Recorder, ShareLog},
};
use market::{Contract, Event};
use pow::bundle::EpochLine;
use std::{
    collections::BTreeMap,
    io,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{broadcast::error::RecvError, mpsc};
use units::ContractId;

/// Why a contract cannot be delivered.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// Its share log cannot be opened.
    #[error(transparent)]
    Log(#[from] OpenError),
    /// Its share log is older than the books, or another.
    #[error(
        "contract {contract} has {settled} settled epochs, but its share log does not hold them: restore a newer log, or the database of the same moment"
    )]
    OlderLog {
        /// Which contract.
        contract: ContractId,
        /// How many epochs were paid.
        settled: u32,
    },
    /// The write-ahead log cannot be written, or the system gives no thread.
    #[error("the share logs cannot be written: {0}")]
    Recorder(io::Error),
    /// The system gives no thread.
    #[error("no thread for the share log: {0}")]
    Thread(#[from] io::Error),
}

/// All deliveries.
pub struct Desk {
    data: PathBuf,
    exchange: Exchange,
    recorder: Recorder,
    /// Where the headers of the blocks are asked for.
    oracle: Option<Oracle>,
    about: Surroundings,
    fallbacks: Fallbacks,
    deliveries: Mutex<BTreeMap<ContractId, Arc<Delivery>>>,
}

impl Desk {
    /// Opens every contract's log, pays what was sealed but not settled, and delivers what is live.
    ///
    /// # Errors
    /// `DeskError`: a damaged log stops the start, because nothing may be paid from it.
    pub async fn start(
        config: &Config,
        exchange: Exchange,
        access: PoolAccess,
        metrics: Arc<Metrics>,
    ) -> Result<Arc<Self>, DeskError> {
        let (data, shares) = (config.data.clone(), config.shares);
        let recorder = Recorder::with_limits(&data, shares.limits, Arc::clone(&metrics))
            .map_err(DeskError::Recorder)?;
        let about = Surroundings {
            crews: Crews::new(config.assignment, Arc::clone(&metrics)),
            metrics,
            access: Arc::new(access),
            prefixes: Arc::default(),
            shares_per_minute: config.stratum.vardiff.shares_per_minute,
            records: config.stratum.records,
        };
        let desk = Arc::new(Self {
            data,
            exchange,
            fallbacks: Fallbacks::new(about.clone(), recorder.clone()),
            recorder,
            oracle: config.node.clone().map(Oracle::new),
            about,
            deliveries: Mutex::default(),
        });
        // Before the first look, so that no contract opened meanwhile is missed.
        let mut events = desk.exchange.subscribe();
        desk.reconcile().await?;
        if let Some(days) = shares.keep_days {
            tokio::spawn(retention::run(Arc::clone(&desk), days));
        }
        tokio::spawn(Arc::clone(desk.crews()).run());
        tokio::spawn(Arc::clone(desk.prefixes()).keep_watch());
        let watching = Arc::clone(&desk);
        tokio::spawn(async move {
            loop {
                match events.recv().await {
                    Ok(events) => watching.follow(&events).await,
                    // Missed some: look at everything again.
                    Err(RecvError::Lagged(_)) => {
                        if let Err(error) = watching.reconcile().await {
                            tracing::error!(%error, "a contract cannot be delivered");
                        }
                    }
                    Err(RecvError::Closed) => return,
                }
            }
        });
        Ok(desk)
    }

    /// Opens what is not open yet, closes what is not live any more; sets the hosts' own pools.
    async fn reconcile(self: &Arc<Self>) -> Result<(), DeskError> {
        let (contracts, fallbacks) = self.exchange.read(|market| {
            let contracts: Vec<Contract> = market.contracts().cloned().collect();
            let accounts = market.accounts().copied();
            let fallbacks: Vec<_> = accounts
                .map(|account| (account, market.fallback_pool(&account).cloned()))
                .collect();
            (contracts, fallbacks)
        });
        for (host, pool) in fallbacks {
            self.fallbacks.set(host, pool.as_ref());
        }
        for contract in contracts {
            let (id, live) = (contract.id, contract.is_live());
            self.open(contract).await?;
            if !live {
                self.close(id);
            }
        }
        Ok(())
    }

    fn close(&self, contract: ContractId) {
        if let Some(delivery) = self.delivery(contract) {
            delivery.close();
        }
    }

    async fn follow(self: &Arc<Self>, events: &[Event]) {
        for event in events {
            match event {
                Event::ContractOpened(contract) => {
                    if let Err(error) = self.open(contract.clone()).await {
                        tracing::error!(%error, contract = %contract.id, "the contract cannot be delivered");
                    }
                }
                Event::ContractClosed { contract, .. } => self.close(*contract),
                Event::FallbackPoolSet { account, pool } => {
                    self.fallbacks.set(*account, pool.as_ref());
                }
                _ => {}
            }
        }
    }

    async fn open(self: &Arc<Self>, contract: Contract) -> Result<(), DeskError> {
        if self.lock().contains_key(&contract.id) {
            return Ok(());
        }
        let path = self
            .data
            .join("contracts")
            .join(contract.id.to_string())
            .join("shares");
        let (terms, recorder) = (terms(&contract), self.recorder.clone());
        let opening = tokio::task::spawn_blocking(move || ShareLog::open(&path, &terms, &recorder));
        let opened = opening.await.map_err(io::Error::from)??;
        require_settled(&contract, &opened.sealed)?;
        let stats = Stats::new(clock::now(), &opened.by_login);
        let (forward, shares) = mpsc::channel(FORWARD_QUEUE);
        let (id, live) = (contract.id, contract.is_live());
        let about = self.about.clone();
        let delivery = Arc::new(Delivery::new(contract, opened.log, stats, forward, about));
        if live {
            epochs::settle_sealed(&delivery, &self.exchange, &opened.sealed).await;
            tokio::spawn(upstream::run(Arc::clone(&delivery), shares));
            let epochs = epochs::run(Arc::clone(&delivery), self.exchange.clone());
            tokio::spawn(epochs);
            if let Some(oracle) = self.oracle.clone() {
                tokio::spawn(blocks::run(Arc::clone(&delivery), oracle));
            }
            self.about.crews.open(&delivery);
        } else {
            delivery.close();
        }
        self.lock().insert(id, delivery);
        Ok(())
    }

    /// Why no more shares are taken, where they are not.
    #[must_use]
    pub fn no_room(&self) -> Option<String> {
        self.recorder.no_room()
    }

    /// Deliveries of contracts that are closed and whose epochs are all paid.
    pub(super) fn over(&self) -> Vec<Arc<Delivery>> {
        let deliveries: Vec<_> = self.lock().values().cloned().collect();
        let over = deliveries.into_iter().filter(|delivery| {
            let epochs = delivery.log.read(|state| state.epochs());
            self.exchange.read(|market| {
                let contract = market.contract(&delivery.contract.id);
                contract.is_some_and(|c| !c.is_live() && c.epochs_settled >= epochs)
            })
        });
        over.collect()
    }

    /// The delivery of a contract.
    #[must_use]
    pub fn delivery(&self, contract: ContractId) -> Option<Arc<Delivery>> {
        self.lock().get(&contract).cloned()
    }

    /// Who holds which prefix.
    pub(super) const fn prefixes(&self) -> &Arc<Prefixes> {
        &self.about.prefixes
    }

    /// Who works for what.
    pub(super) fn crews(&self) -> &Arc<Crews> {
        &self.about.crews
    }

    /// True where the account is open.
    pub(super) fn admits(&self, login: &Login) -> bool {
        self.exchange
            .read(|market| market.account_exists(&login.account))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ContractId, Arc<Delivery>>> {
        self.deliveries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Every epoch that was paid must stand in the log, the last one with the hash that was paid for.
fn require_settled(contract: &Contract, sealed: &[EpochLine]) -> Result<(), DeskError> {
    let Some(last) = contract.epochs_settled.checked_sub(1) else {
        return Ok(());
    };
    let paid_for = stratum::hex::encode(&contract.last_epoch_hash);
    match sealed.iter().find(|line| line.index == last) {
        Some(line) if line.hash == paid_for => Ok(()),
        _ => Err(DeskError::OlderLog {
            contract: contract.id,
            settled: contract.epochs_settled,
        }),
    }
}
