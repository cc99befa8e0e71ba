//! A look at a pool: connect, subscribe, log in, wait for a job, and say what was seen.
//!
//! Nothing that the pool sends is repeated to the buyer, but for numbers, addresses made of its scripts, and the printable
//! tag of a coinbase that could be read. Its sentences could be another service's secrets.

mod judge;
#[cfg(test)]
mod tests;
mod watch;

use super::{AddressError, ConnectError, PoolAddress, PoolPolicy, Resolver, connect, resolve};
use crate::node::Node;
use api::{PoolReport, PoolWarningCode as Code};
use judge::Judge;
use std::time::Duration;
use tokio::{
    net::TcpStream,
    time::{Instant, timeout_at},
};
use units::Hashrate;

/// What is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Preflight<'a> {
    /// Where.
    pub address: &'a PoolAddress,
    /// The login.
    pub user: &'a str,
    /// Its password.
    pub password: &'a str,
    /// What the contract will deliver.
    pub hashrate: Option<Hashrate>,
    /// The full node that knows the chain's tip.
    pub node: Option<&'a Node>,
    /// How long.
    pub patience: Patience,
}

/// How long a look lasts.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For everything.
    pub total: Duration,
    /// From the connection to the first job and the answer to the login.
    pub job: Duration,
    /// After that: pools often change their difficulty a moment later.
    pub linger: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            total: Duration::from_secs(20),
            job: Duration::from_secs(10),
            linger: Duration::from_secs(2),
        }
    }
}

/// Looks at a pool; takes `patience.total` at most, and holds a line or two of what the pool sends.
pub async fn preflight(
    wanted: Preflight<'_>,
    policy: &PoolPolicy,
    resolver: &impl Resolver,
) -> PoolReport {
    let deadline = Instant::now() + wanted.patience.total;
    let mut judge = Judge::new(wanted, policy.network);
    match timeout_at(deadline, reach(wanted.address, policy, resolver)).await {
        Ok(Ok(reached)) => {
            judge.connected(reached.within, reached.private);
            let seen = watch::watch(reached.stream, wanted, deadline).await;
            let old = match (&seen.job, wanted.node) {
                (Some(latest), Some(node)) => {
                    let asked = watch::is_old(node.clone(), latest);
                    timeout_at(deadline, asked).await.unwrap_or_default()
                }
                _ => None,
            };
            judge.seen(&seen, old);
        }
        Ok(Err(why)) => judge.refuse(code(why), sentence(why)),
        Err(_) => judge.refuse(Code::Unreachable, sentence(ConnectError::TimedOut)),
    }
    judge.report()
}

/// An open connection.
struct Reached {
    stream: TcpStream,
    /// Without the time that the name took.
    within: Duration,
    private: bool,
}

async fn reach(
    address: &PoolAddress,
    policy: &PoolPolicy,
    resolver: &impl Resolver,
) -> Result<Reached, ConnectError> {
    let sockets = resolve(address, policy, resolver).await?;
    let started = Instant::now();
    let stream = connect::open(&sockets).await?;
    Ok(Reached {
        stream,
        within: started.elapsed(),
        private: sockets.iter().any(|to| PoolPolicy::is_private(*to)),
    })
}

fn code(why: ConnectError) -> Code {
    match why {
        ConnectError::Address(why) => match why {
            AddressError::PortRefused => Code::PortRefused,
            AddressError::Tls => Code::TlsNotOffered,
            AddressError::Own => Code::OwnAddress,
            AddressError::NoSuchName | AddressError::NameServer | AddressError::TooManyAnswers => {
                Code::NameUnresolved
            }
            _ => Code::PrivateAddress,
        },
        ConnectError::Refused | ConnectError::TimedOut | ConnectError::Unreachable => {
            Code::Unreachable
        }
    }
}

/// With a capital letter and a full stop.
pub(crate) fn sentence(why: impl std::fmt::Display) -> String {
    let text = why.to_string();
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    let mut sentence: String = first.into_iter().chain(chars).collect();
    sentence.push('.');
    sentence
}
