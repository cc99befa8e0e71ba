//! The parts of a running server, put together.

use crate::{
    assets,
    backend::{Pools, Service},
    clock,
    config::{Config, IdentityConfig},
    exchange::{Exchange, ReplayError},
    http::serve::serve,
    identity::{Identity, MachineTokens},
    metrics::{self, Metrics},
    router,
    store::{Store, StoreError},
    stratum::{Desk, DeskError, Listener, PoolAccess, TlsError},
};
use std::{
    fs::{self, File, TryLockError},
    io,
    net::{IpAddr, SocketAddr},
    path::Path,
    sync::Arc,
    time::Duration,
};
use tokio::{net::TcpListener, task::JoinSet};

/// Why a server does not start, each as one sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken.
    #[error(
        "{address} is taken: another program listens there; stop it, or choose another address with {option}"
    )]
    Taken {
        /// Which.
        address: SocketAddr,
        /// The option that changes it.
        option: &'static str,
    },
    /// The address cannot be listened on for another reason.
    #[error("cannot listen on {address}: {why}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        why: io::Error,
    },
    /// Another server uses the data folder.
    #[error("another server is using the data folder {0}")]
    InUse(String),
    /// The data folder cannot be used.
    #[error("the data folder {folder} cannot be used: {why}")]
    Data {
        /// Which.
        folder: String,
        /// Why.
        why: io::Error,
    },
    /// The pages were not built.
    #[error("the pages are not built: {0}")]
    Pages(io::Error),
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The journal cannot be replayed.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// A contract's log cannot be used.
    #[error(transparent)]
    Desk(#[from] DeskError),
    /// Machines cannot be offered TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl StartError {
    /// Of an error at listening.
    pub fn listening(address: SocketAddr, option: &'static str, why: io::Error) -> Self {
        if why.kind() == io::ErrorKind::AddrInUse {
            Self::Taken { address, option }
        } else {
            Self::Listen { address, why }
        }
    }
}

/// The data folder, this process's alone while it lives.
pub struct DataFolder {
    _lock: File,
}

impl DataFolder {
    /// Makes the folder where it is missing, and locks it.
    ///
    /// # Errors
    /// `InUse` or `Data`.
    pub fn lock(folder: &Path) -> Result<Self, StartError> {
        let name = || folder.display().to_string();
        let unusable = |why| StartError::Data {
            folder: name(),
            why,
        };
        fs::create_dir_all(folder).map_err(unusable)?;
        let lock = File::create(folder.join("lock")).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StartError::InUse(name())),
            Err(TryLockError::Error(why)) => Err(unusable(why)),
        }
    }
}

/// A running server.
pub struct Server {
    /// Where the pages are.
    pub pages: SocketAddr,
    /// Where machines connect.
    pub stratum: SocketAddr,
    /// Where machines that speak TLS connect.
    pub stratum_tls: Option<SocketAddr>,
    /// Where the metrics are.
    pub metrics: Option<SocketAddr>,
    tasks: JoinSet<io::Result<()>>,
    _data: DataFolder,
}

impl Server {
    /// Serves on top of an exchange that has been started on the same store.
    ///
    /// # Errors
    /// `StartError`; then nothing listens.
    pub async fn start(
        config: Config,
        data: DataFolder,
        store: Store,
        exchange: Exchange,
    ) -> Result<Self, StartError> {
        let assets = assets::read(&config.dist).map_err(StartError::Pages)?;
        let taken = |why| StartError::listening(config.listen, "--listen", why);
        if let Some((_, files)) = &config.stratum.tls {
            files.check()?;
        }
        // Both ports first: a server that cannot serve must not begin to settle.
        let http = TcpListener::bind(config.listen).await.map_err(taken)?;
        let pages = http.local_addr().map_err(taken)?;
        let metrics = Arc::new(Metrics::default());
        let told = bind_metrics(config.metrics).await?;
        let access = pool_access(&config, pages);
        let mut policy = access.policy.clone();
        let desk = Desk::start(&config, exchange.clone(), access, Arc::clone(&metrics)).await?;
        let taken = |why| StartError::listening(config.stratum.listen, "--stratum", why);
        let machines = MachineTokens::load(store.clone()).await?;
        let listener = Listener::bind(
            config.stratum.clone(),
            Arc::clone(&desk),
            Arc::clone(&metrics),
            Arc::clone(&machines),
        )?;
        let (stratum, stratum_tls) = listener.addresses().map_err(taken)?;
        let stopping = exchange.clone();
        policy.listeners.push(stratum);
        policy.listeners.extend(stratum_tls);
        let pools = Pools::new(policy, config.node);
        let proxies = trusted_proxies(&config.identity);
        let (kept, asked) = (store.clone(), exchange.clone());
        let identity = Identity::start(kept, asked, config.identity, machines).await?;
        let cleaning = store.clone();
        let service = Service::new(
            exchange,
            desk,
            store,
            stratum,
            config.sandbox,
            pools,
            identity,
        );
        let service = Arc::new(service);
        let router = router::router(service, assets, &config.dist);
        let mut tasks = JoinSet::new();
        tasks.spawn(serve(http, router, proxies));
        tasks.spawn(remove_old_receipts(cleaning));
        let metrics_at = told
            .as_ref()
            .map(TcpListener::local_addr)
            .transpose()
            .map_err(taken)?;
        if let Some(told) = told {
            tasks.spawn(metrics::serve(told, metrics));
        }
        tasks.spawn(async move {
            listener.run().await;
            Ok(())
        });
        tasks.spawn(until_stopped(stopping));
        Ok(Self {
            pages,
            stratum,
            stratum_tls,
            metrics: metrics_at,
            tasks,
            _data: data,
        })
    }

    /// Until a part fails.
    ///
    /// # Errors
    /// Why it failed.
    pub async fn wait(mut self) -> io::Result<()> {
        match self.tasks.join_next().await {
            Some(stopped) => stopped.map_err(io::Error::from)?,
            None => Ok(()),
        }
    }
}

/// Without one a proxy is everybody's address, and whoever uses up an address's patience does so for all.
fn trusted_proxies(config: &IdentityConfig) -> Arc<[IpAddr]> {
    if config.https && config.trusted_proxies.is_empty() {
        tracing::warn!(
            "with --https but no --trusted-proxy all browsers have one address, the proxy's, and share its limits"
        );
    }
    config.trusted_proxies.clone().into()
}

async fn bind_metrics(address: Option<SocketAddr>) -> Result<Option<TcpListener>, StartError> {
    let Some(address) = address else {
        return Ok(None);
    };
    let taken = |why| StartError::listening(address, "--metrics", why);
    let listener = TcpListener::bind(address).await.map_err(taken)?;
    Ok(Some(listener))
}

/// Without the exchange there is no server.
async fn until_stopped(exchange: Exchange) -> io::Result<()> {
    exchange.stopped().await;
    Err(io::Error::other(
        "the exchange stopped: its database failed",
    ))
}

/// Each hour, for as long as the server runs.
async fn remove_old_receipts(store: Store) -> io::Result<()> {
    let mut hours = tokio::time::interval(Duration::from_secs(3_600));
    loop {
        hours.tick().await;
        // They do not count any more; the next hour tries again.
        if let Err(error) = store.remove_old_receipts(clock::now()).await {
            tracing::warn!(%error, "old receipts stay");
        }
    }
}

/// How contracts' pools are connected to: never at this server's own addresses.
fn pool_access(config: &Config, pages: SocketAddr) -> PoolAccess {
    let mut policy = config.pools.clone();
    // Sessions begin before the machines' ports are bound. Where they are left to the system, they are not known yet.
    policy.listeners.extend([pages, config.stratum.listen]);
    let tls = config.stratum.tls.as_ref().map(|(address, _)| *address);
    policy
        .listeners
        .extend(tls.into_iter().chain(config.metrics));
    PoolAccess {
        policy,
        patience: config.patience,
    }
}
