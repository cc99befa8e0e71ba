//! The demo: the real server with a sandbox around it, all in one process, each part over its real protocol.

mod seed;
mod supply;

use crate::{
    cli::DemoArgs,
    clock,
    config::{Config, IdentityConfig, MachinePatience, SharesConfig, StratumConfig},
    exchange::{Exchange, ExchangeError},
    node::{Node, NodeError},
    pools::PoolPolicy,
    service::{DataFolder, Server, StartError},
    store::Store,
    stratum::{PoolPatience, RecordLimits, TlsFiles},
};
use api::DemoLogin;
use market::{PoolTarget, assignment::Rules};
use pow::coinbase::Network;
use sandbox::{Miner, MinerSettings, Pool, PoolSettings};
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};
use stratum::VardiffSettings;
use units::{Difficulty, Hashrate, Millis, Price};

use seed::Sandbox;

/// What each of the sandbox's machines hashes.
const MACHINE_HASHRATE: Hashrate = Hashrate::new(150_000);
/// 1 kH/s, and 1 sat per MH/s and day.
const LOT: Hashrate = Hashrate::new(1_000);
const TICK: Price = Price::new(1_000_000_000);
const FEE_BPS: u16 = 100;
/// Resting orders that an arriving one, or a quote, visits at most: the market waits for it.
const VISIT_BUDGET: u64 = 100_000;
/// The pool's difficulty is this power of two: about one of four of the machines' shares meets it.
const POOL_DIFFICULTY: i8 = -12;
const FIRST_DIFFICULTY: i8 = -14;
const EASIEST_DIFFICULTY: i8 = -20;
const SHARES_PER_MINUTE: u32 = 40;
/// Where the pool of a new data folder listens.
const FIRST_PORT: u16 = 20_000;
const PORTS: u64 = 10_000;
const PORT_TRIES: u16 = 20;

/// Why the demo does not start.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The server does not.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The node's address is none.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// The sandbox's orders are refused.
    #[error("the sandbox's market cannot be set up: {0}")]
    Market(#[from] ExchangeError),
}

/// The running demo.
pub struct Demo {
    /// Where the pages are.
    pub pages: SocketAddr,
    /// Accounts that anyone may sign in to.
    pub logins: Vec<DemoLogin>,
    /// Where machines connect.
    pub stratum: SocketAddr,
    /// Where machines that speak TLS connect, if anywhere.
    pub stratum_tls: Option<SocketAddr>,
    /// Where Prometheus asks, if anywhere.
    pub metrics: Option<SocketAddr>,
    /// The sandbox's pool that finds the chain's blocks.
    pub pool: Pool,
    /// Another one, on the same chain.
    pub second_pool: Pool,
    /// The sandbox's full node, on the pool's chain.
    pub node: sandbox::Node,
    /// The sandbox's machines.
    pub machines: Vec<Miner>,
    server: Server,
}

/// Starts everything.
///
/// # Errors
/// `DemoError`.
pub async fn start(args: &DemoArgs) -> Result<Demo, DemoError> {
    start_with(args, |_| {}).await
}

/// Starts everything, with other limits than an operator has: for tests.
///
/// # Errors
/// `DemoError`.
pub async fn start_with(
    args: &DemoArgs,
    change: impl FnOnce(&mut Config),
) -> Result<Demo, DemoError> {
    let sandbox = if args.overbooked {
        Sandbox::overbooked()
    } else {
        Sandbox::default()
    };
    let data = DataFolder::lock(&args.data)?;
    let chosen = args.node.as_deref().map(Node::new).transpose()?;
    let mut config = config(args);
    change(&mut config);
    let store = Store::open(&config.data).await.map_err(StartError::from)?;
    let exchange = Exchange::start_with(store.clone(), config.market, config.snapshot_every)
        .await
        .map_err(StartError::from)?;
    let first = known_port(&exchange, &sandbox, 0);
    let second = known_port(&exchange, &sandbox, 1);
    let pool = pool(args, first, None).await?;
    let second_pool = self::pool(args, second, Some(&pool)).await?;
    // Whatever their ports are.
    let ports = [&pool, &second_pool].map(|pool| pool.address().port());
    config.pools.also_ports.extend(ports);
    let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let listening = sandbox::Node::start(any_port, &pool).await;
    let node = listening.map_err(|why| StartError::listening(any_port, "--node", why))?;
    config.node = match chosen {
        Some(chosen) => Some(chosen),
        None => Some(Node::new(&format!("http://{}", node.address()))?),
    };
    let pools = [pool.address(), second_pool.address()];
    seed::place_orders(&exchange, &sandbox, &pools).await?;
    // After the bids have become the contracts that they are to be.
    supply::describe(&exchange).await?;
    let logins = config.identity.demo_logins.clone();
    let server = Server::start(config, data, store, exchange).await?;
    let (pages, stratum) = (server.pages, server.stratum);
    let (stratum_tls, metrics) = (server.stratum_tls, server.metrics);
    let mut machines = Vec::new();
    for (host, count) in &sandbox.machines {
        machines.extend((1..=*count).map(|number| machine(stratum, host, number)));
    }
    Ok(Demo {
        pages,
        logins,
        stratum,
        stratum_tls,
        metrics,
        pool,
        second_pool,
        node,
        machines,
        server,
    })
}

impl Demo {
    /// Until a part fails.
    ///
    /// # Errors
    /// Why it failed.
    pub async fn wait(self) -> io::Result<()> {
        self.server.wait().await
    }
}

/// Short cycles need many; the sandbox's machines lose little by one.
const SWITCHES_PER_HOUR: u8 = 8;

fn config(args: &DemoArgs) -> Config {
    let difficulty = |exponent| Difficulty::from_exponent(exponent).unwrap_or(Difficulty::MIN);
    Config {
        data: args.data.clone(),
        listen: args.listen,
        dist: args.dist.clone(),
        stratum: StratumConfig {
            listen: args.stratum,
            tls: tls(args),
            vardiff: VardiffSettings {
                shares_per_minute: SHARES_PER_MINUTE,
                initial: difficulty(FIRST_DIFFICULTY),
                floor: difficulty(EASIEST_DIFFICULTY),
            },
            connections: 10_000,
            connections_per_address: 1_000,
            patience: MachinePatience::default(),
            records: RecordLimits::default(),
        },
        market: market::Settings {
            lot: LOT,
            tick: TICK,
            fee_bps: FEE_BPS,
            epoch_length: Millis::new(args.epoch_seconds.saturating_mul(1_000)),
            limits: market::Limits {
                visit_budget: Some(VISIT_BUDGET),
                ..market::Limits::of_new_market()
            },
        },
        metrics: args.metrics,
        snapshot_every: args.snapshot_every,
        shares: SharesConfig::from(&args.shares),
        node: None,
        // The sandbox's pool is on this machine, and on a chain of its own.
        pools: PoolPolicy {
            allow_private_pools: true,
            network: Network::Regtest,
            ..PoolPolicy::default()
        },
        patience: PoolPatience::default(),
        assignment: Rules {
            cycle: Millis::new(args.cycle_minutes.saturating_mul(60_000)),
            max_switches_per_hour: SWITCHES_PER_HOUR,
            ..Rules::default()
        },
        sandbox: true,
        identity: IdentityConfig {
            https: args.https,
            trusted_proxies: args.trusted_proxy.clone(),
            demo_logins: seed::logins(),
        },
    }
}

/// The command line gives all three or none.
fn tls(args: &DemoArgs) -> Option<(SocketAddr, TlsFiles)> {
    let files = TlsFiles {
        certificate: args.tls_certificate.clone()?,
        key: args.tls_key.clone()?,
    };
    Some((args.stratum_tls?, files))
}

/// The port of one of the sandbox's pools, where a live contract names it.
fn known_port(exchange: &Exchange, sandbox: &Sandbox, pool: usize) -> Option<u16> {
    exchange.read(|market| {
        let mut live = market.contracts().filter(|contract| contract.is_live());
        live.find_map(|contract| {
            let buyer = contract.buyer.to_string();
            let bid = sandbox.bids.iter().find(|bid| bid.buyer == buyer)?;
            let place = bid.pools().position(|named| named == pool)?;
            contract.pools().nth(place).map(PoolTarget::port)
        })
    })
}

/// One of the sandbox's pools: at the port that the demo's contracts name, or at a free one where there is none yet.
async fn pool(
    args: &DemoArgs,
    known: Option<u16>,
    leader: Option<&Pool>,
) -> Result<Pool, StartError> {
    // A port that stays free until the next start: below those that the system hands out to outgoing connections.
    let first = FIRST_PORT + (clock::now().unix_ms() % PORTS) as u16;
    let ports = known.map_or(first..=first.saturating_add(PORT_TRIES), |port| port..=port);
    let mut last = StartError::Pages(io::Error::other("no port was tried"));
    for port in ports {
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let settings = PoolSettings {
            listen,
            difficulty: Difficulty::from_exponent(POOL_DIFFICULTY).unwrap_or(Difficulty::MIN),
            mean_block_interval: Duration::from_secs(args.block_seconds),
            seed: clock::now().unix_ms(),
            // The logs' headers must be followed by those of the next start.
            headers: leader.is_none().then(|| args.data.join("sandbox-chain")),
            ..PoolSettings::default()
        };
        let started = match leader {
            None => Pool::start(settings).await,
            Some(leader) => Pool::start_beside(settings, leader).await,
        };
        match started {
            Ok(pool) => return Ok(pool),
            Err(why) => last = StartError::listening(listen, "--data (a new folder)", why),
        }
    }
    Err(last)
}

fn machine(stratum: SocketAddr, host: &str, number: usize) -> Miner {
    Miner::start(MinerSettings {
        pool: stratum,
        user: format!("{host}.sandbox{number}"),
        password: "x".into(),
        hashrate: MACHINE_HASHRATE,
        seed: clock::now().unix_ms().wrapping_add(number as u64),
        reconnect: true,
    })
}
