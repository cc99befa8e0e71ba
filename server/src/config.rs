//! What the operator chooses.

use crate::{
    node::Node,
    pools::PoolPolicy,
    stratum::{PoolPatience, TlsFiles},
};
use market::Settings;
use std::{net::SocketAddr, path::PathBuf};
use stratum::VardiffSettings;

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
    /// The full node that is asked for the headers of the blocks that jobs build on.
    pub node: Option<Node>,
    /// Which pools may be connected to.
    pub pools: PoolPolicy,
    /// How long pools are waited for.
    pub patience: PoolPatience,
    /// True where machines, pool and chain are the sandbox's; the pages say so.
    pub sandbox: bool,
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
}
