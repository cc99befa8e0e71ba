//! The command line.

use crate::exchange::SNAPSHOT_EVERY;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

/// A hashrate marketplace in which delivered work is proven.
#[derive(Debug, Parser)]
#[command(name = "assay", version, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What `assay` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the whole marketplace with a sandbox chain, pool and machines
    Demo(DemoArgs),
    /// Verify a proof bundle: exit code 0 where it is valid, 1 where it is not or is of another chain than the node's, 2
    /// where it cannot be read or the node not be asked, 3 where the node cannot confirm it
    Verify(VerifyArgs),
    /// Check the books in a data folder, also while a server runs
    Audit(AuditArgs),
    /// Look at the share logs
    #[command(subcommand)]
    Shares(SharesCommand),
    /// Look at pools
    #[command(subcommand)]
    Pool(PoolCommand),
    /// Make things for tests and benches
    #[command(subcommand)]
    Sandbox(SandboxCommand),
}

/// What `assay shares` can do.
#[derive(Clone, Debug, Subcommand)]
pub enum SharesCommand {
    /// Check every share log of a data folder, also while a server runs: exit code 0 where nothing is wrong, 1 where
    /// something is, 2 where a file cannot be read
    Verify(SharesVerifyArgs),
}

/// Options of `assay shares verify`.
#[derive(Clone, Debug, Args)]
pub struct SharesVerifyArgs {
    /// The data folder, or its folder `contracts`
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Print everything as JSON
    #[arg(long)]
    pub json: bool,
    /// Threads that hash; all processors where not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1_024))]
    pub threads: Option<u16>,
}

/// How many shares are kept, and how long.
#[derive(Clone, Debug, Default, Args)]
pub struct SharesArgs {
    /// Days after the end of a contract's last epoch, once it is closed, when its shares are removed; terms, epochs and
    /// payments stay. Where not given, shares are kept for good
    #[arg(long, value_name = "DAYS")]
    pub keep_shares: Option<u32>,
    /// What all share logs may take on the disk; beyond that no more shares are taken. Bytes, or with KiB, MiB, GiB, TiB
    #[arg(long, value_name = "BYTES", value_parser = bytes)]
    pub shares_max_bytes: Option<u64>,
    /// What stays free on the disk of the share logs; below that no more shares are taken
    #[arg(long, value_name = "BYTES", value_parser = bytes, default_value = "1GiB")]
    pub disk_reserve: u64,
}

fn bytes(text: &str) -> Result<u64, &'static str> {
    const UNITS: [(&str, u32); 4] = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40)];
    let mut units = UNITS.iter();
    let unit = units.find_map(|(unit, shift)| Some((text.strip_suffix(unit)?, *shift)));
    let (number, shift) = unit.unwrap_or((text, 0));
    let number: u64 = number
        .trim_end()
        .parse()
        .map_err(|_| "a number of bytes, or one with KiB, MiB, GiB or TiB")?;
    number.checked_mul(1 << shift).ok_or("too many bytes")
}

/// What `assay pool` can do.
#[derive(Clone, Debug, Subcommand)]
pub enum PoolCommand {
    /// Ask a pool for work and tell what it does: exit code 0 where a contract could use it, 1 where not
    Check(PoolCheckArgs),
}

/// Options of `assay pool check`.
#[derive(Clone, Debug, Args)]
pub struct PoolCheckArgs {
    /// HOST:PORT, or stratum+tcp://HOST:PORT
    pub address: String,
    /// The Stratum login
    #[arg(long)]
    pub user: String,
    /// Its password
    #[arg(long, default_value = "x")]
    pub password: String,
    /// What a contract would deliver, in hashes per second
    #[arg(long, value_name = "H/S")]
    pub hashrate: Option<u128>,
    /// The chain that the pool works for: main, test or regtest
    #[arg(long, default_value = "main")]
    pub network: ChainName,
    /// A full node that knows the chain's tip (Bitcoin Core, rest=1), http://HOST:PORT
    #[arg(long, value_name = "URL")]
    pub node: Option<String>,
    /// Also look at pools on this machine or its network
    #[arg(long)]
    pub allow_private: bool,
    /// Ports beside those at which pools usually are
    #[arg(long, value_name = "PORT")]
    pub also_port: Vec<u16>,
    /// Print the report as JSON
    #[arg(long)]
    pub json: bool,
}

/// Bitcoin's networks.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ChainName {
    /// The one with money
    Main,
    /// The public test networks
    Test,
    /// A private chain
    Regtest,
}

/// What `assay sandbox` can make.
#[derive(Clone, Debug, Subcommand)]
pub enum SandboxCommand {
    /// Write a valid bundle of real shares of an easy target
    Bundle(BundleArgs),
}

/// Options of `assay sandbox bundle`.
#[derive(Clone, Debug, Args)]
pub struct BundleArgs {
    /// Where to; - for standard output
    pub file: PathBuf,
    /// How many shares
    #[arg(long, default_value_t = 10_000)]
    pub shares: u64,
    /// Machines that deliver
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub workers: u32,
    /// The same seed gives the same bytes
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// Options of `assay demo`.
#[derive(Clone, Debug, Args)]
pub struct DemoArgs {
    /// Folder of the database and the share logs
    #[arg(long, default_value = "data/demo")]
    pub data: PathBuf,
    /// Address of the pages
    #[arg(long, default_value = "127.0.0.1:3000")]
    pub listen: SocketAddr,
    /// Browsers come over TLS, by a proxy in front: the cookie of a session is sent over nothing else
    #[arg(long)]
    pub https: bool,
    /// Address of a proxy in front: a request that comes from it is of whom its X-Forwarded-For names last. Once for each
    #[arg(long, value_name = "ADDR")]
    pub trusted_proxy: Vec<IpAddr>,
    /// Address that machines connect to
    #[arg(long, default_value = "127.0.0.1:3333")]
    pub stratum: SocketAddr,
    /// Address that machines with TLS connect to
    #[arg(long, requires = "tls_certificate")]
    pub stratum_tls: Option<SocketAddr>,
    /// Certificate for it with those that vouch for it (PEM)
    #[arg(long, value_name = "FILE", requires_all = ["stratum_tls", "tls_key"])]
    pub tls_certificate: Option<PathBuf>,
    /// Private key of the certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    pub tls_key: Option<PathBuf>,
    /// Address where Prometheus asks for /metrics; none where not given
    #[arg(long)]
    pub metrics: Option<SocketAddr>,
    /// One contract that takes more than all its host's machines have: every machine that comes gets work. For tests
    #[arg(long, hide = true)]
    pub overbooked: bool,
    /// Folder that `trunk build` wrote
    #[arg(long, default_value = "dist")]
    pub dist: PathBuf,
    /// Length of an epoch, where the data folder is new
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub epoch_seconds: u64,
    /// Mean time between the sandbox chain's blocks
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub block_seconds: u64,
    /// By the end of each such cycle every contract has what is due: a machine that serves several does it in turn
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=1_440))]
    pub cycle_minutes: u64,
    /// Commands between two snapshots of the market at least, from the latest of which the next start goes on; 0: none is made
    #[arg(long, value_name = "N", default_value_t = SNAPSHOT_EVERY)]
    pub snapshot_every: u64,
    /// The full node that is asked for block headers (Bitcoin Core, rest=1), http://HOST:PORT; the sandbox's where not
    /// given
    #[arg(long, value_name = "URL")]
    pub node: Option<String>,
    /// How many shares are kept
    #[command(flatten)]
    pub shares: SharesArgs,
}

/// Options of `assay verify`.
#[derive(Clone, Debug, Args)]
pub struct VerifyArgs {
    /// The bundle: a file, - for standard input, or an http(s) address
    #[arg(value_name = "FILE|-|URL")]
    pub bundle: PathBuf,
    /// Print the whole verdict as JSON
    #[arg(long)]
    pub json: bool,
    /// Threads that hash; all processors where not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1_024))]
    pub threads: Option<u16>,
    /// Hash only about so many shares, chosen at random
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub sample: Option<u32>,
    /// The same seed chooses the same sample; a random one where not given
    #[arg(long, value_name = "N", requires = "sample")]
    pub seed: Option<u64>,
    /// Ask a full node (Bitcoin Core, rest=1; http://HOST:PORT) for every block that shares were made on: exit code 1 where
    /// more of them than one, or one in a hundred, are not on its chain; 3 where it cannot say or there is none to ask for
    #[arg(long, value_name = "URL")]
    pub node: Option<String>,
}

/// Options of `assay audit`.
#[derive(Clone, Debug, Args)]
pub struct AuditArgs {
    /// Folder of the database
    #[arg(long, default_value = "data/demo")]
    pub data: PathBuf,
    /// Print everything as JSON
    #[arg(long)]
    pub json: bool,
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes_are_read_with_and_without_a_unit() {
        assert_eq!(bytes("0"), Ok(0));
        assert_eq!(bytes("4096"), Ok(4_096));
        assert_eq!(bytes("3KiB"), Ok(3 << 10));
        assert_eq!(bytes("2 GiB"), Ok(2 << 30));
        for bad in ["", "GiB", "-1", "1.5GiB", "1GB", "16777216TiB", "1 0"] {
            assert!(bytes(bad).is_err(), "{bad}");
        }
    }
}
