//! What the operator chooses.

use crate::{
    cli::SharesArgs,
    node::Node,
    pools::PoolPolicy,
    sharelog::Limits,
    stratum::{PoolPatience, RecordLimits, TlsFiles},
};
use market::{Settings, assignment::Rules};
use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};
use stratum::{RejectLadder, VardiffSettings};

/// A server's configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the database and the share logs live.
    pub data: PathBuf,
    /// Where the pages and the JSON API are served.
    pub listen: SocketAddr,
    /// Trunk's output.
    pub dist: PathBuf,
    /// The machines' side.
    pub stratum: StratumConfig,
    /// Where Prometheus asks, if anywhere.
    pub metrics: Option<SocketAddr>,
    /// The market's settings where the journal begins now.
    pub market: Settings,
    /// Commands between two snapshots of the market at least; 0: none is made.
    pub snapshot_every: u64,
    /// How many shares are kept, and how long.
    pub shares: SharesConfig,
    /// The full node that is asked for the headers of the blocks that jobs build on.
    pub node: Option<Node>,
    /// Which pools may be connected to.
    pub pools: PoolPolicy,
    /// How long pools are waited for.
    pub patience: PoolPatience,
    /// How hosts' machines are shared among their contracts.
    pub assignment: Rules,
    /// True where machines, pool and chain are the sandbox's; the pages say so.
    pub sandbox: bool,
    /// Who may sign in, and how browsers come.
    pub identity: IdentityConfig,
}

/// Who may sign in, and how browsers come.
#[derive(Clone, Debug, Default)]
pub struct IdentityConfig {
    /// True where a proxy in front gives browsers TLS: then the session's cookie never leaves it.
    pub https: bool,
    /// Proxies that are believed when they say whose request they pass on.
    pub trusted_proxies: Vec<IpAddr>,
    /// Accounts whose passwords are no secret. They get them where they have none yet.
    pub demo_logins: Vec<api::DemoLogin>,
}

/// How many shares are kept, and how long. By default all of them, for good.
#[derive(Clone, Copy, Debug, Default)]
pub struct SharesConfig {
    /// Days after its last epoch's end when the shares of a closed contract are removed.
    pub keep_days: Option<u32>,
    /// What they may take.
    pub limits: Limits,
}

impl From<&SharesArgs> for SharesConfig {
    fn from(args: &SharesArgs) -> Self {
        Self {
            keep_days: args.keep_shares,
            limits: Limits {
                shares_max: args.shares_max_bytes,
                reserve: args.disk_reserve,
            },
        }
    }
}

/// The machines' side.
#[derive(Clone, Debug)]
pub struct StratumConfig {
    /// Where machines connect.
    pub listen: SocketAddr,
    /// Where machines that speak TLS connect, and what that takes.
    pub tls: Option<(SocketAddr, TlsFiles)>,
    /// The pace of shares.
    pub vardiff: VardiffSettings,
    /// Connections in all.
    pub connections: usize,
    /// Connections from one address.
    pub connections_per_address: usize,
    /// How long a machine may take.
    pub patience: MachinePatience,
    /// How many worker records a contract's bundle may have, and who may add one.
    pub records: RecordLimits,
}

/// How long a machine may take before its connection is ended.
#[derive(Clone, Copy, Debug)]
pub struct MachinePatience {
    /// To be done with TLS's handshake, on TLS's port.
    pub tls: Duration,
    /// To log in, from then on.
    pub login: Duration,
    /// To say anything, once logged in.
    pub idle: Duration,
    /// To read some of what waits for it.
    pub reading: Duration,
    /// On each rung of the ladder of a machine of which no share counts.
    pub rung: Duration,
}

impl Default for MachinePatience {
    /// What docs/stratum.md promises.
    fn default() -> Self {
        Self {
            tls: Duration::from_secs(10),
            login: Duration::from_secs(15),
            idle: Duration::from_secs(600),
            reading: Duration::from_secs(10),
            rung: Duration::from_millis(RejectLadder::STEP.get()),
        }
    }
}

impl MachinePatience {
    /// The shortest of those that a connection looks at now and then.
    #[must_use]
    pub fn shortest(&self) -> Duration {
        self.login.min(self.idle).min(self.reading)
    }
}
