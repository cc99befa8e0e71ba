//! From a name to addresses, once.

#[cfg(test)]
pub(crate) mod tests;

use super::{AddressError, Host, PoolAddress, PoolPolicy};
use hickory_resolver::{
    TokioResolver, config::LookupIpStrategy, net::runtime::TokioRuntimeProvider,
};
use std::{
    future::Future,
    net::{IpAddr, SocketAddr},
    time::Duration,
};
use tokio::time::timeout;

/// Addresses of a name that are looked at; one with more is refused.
pub const ANSWERS_MAX: usize = 16;
/// For a name's answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// For one question to one name server.
const QUESTION: Duration = Duration::from_secs(2);

/// Why a name has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResolveError {
    /// There is no such name, or it has no address.
    NoSuchName,
    /// The name server failed.
    Failed,
}

/// Answers a name's addresses.
pub trait Resolver: Send + Sync {
    /// All of them, as they are now.
    fn addresses(
        &self,
        name: &str,
    ) -> impl Future<Output = Result<Vec<IpAddr>, ResolveError>> + Send;
}

/// Asks the name servers of `/etc/resolv.conf`. It keeps nothing: a name is asked for anew each time, and a changed file is
/// used with the next question. No search domains.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, ResolveError> {
        let failed = |_| ResolveError::Failed;
        let mut builder =
            TokioResolver::builder(TokioRuntimeProvider::default()).map_err(failed)?;
        let options = builder.options_mut();
        options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
        options.timeout = QUESTION;
        options.attempts = 1;
        options.cache_size = 0;
        let resolver = builder.build().map_err(failed)?;
        // The dot at the end keeps the search domains out.
        match resolver.lookup_ip(format!("{name}.")).await {
            Ok(found) => Ok(found.iter().take(ANSWERS_MAX + 1).collect()),
            Err(why) if why.is_no_records_found() => Err(ResolveError::NoSuchName),
            Err(_) => Err(ResolveError::Failed),
        }
    }
}

/// The addresses that may be connected to, IPv4 first. If policy refuses any of a name's addresses, it refuses the name: an
/// answer of one public and one private address is an attack, or will be one.
///
/// # Errors
/// Why this pool is refused.
pub async fn resolve(
    address: &PoolAddress,
    policy: &PoolPolicy,
    resolver: &impl Resolver,
) -> Result<Vec<SocketAddr>, AddressError> {
    resolve_within(PATIENCE, address, policy, resolver).await
}

async fn resolve_within(
    patience: Duration,
    address: &PoolAddress,
    policy: &PoolPolicy,
    resolver: &impl Resolver,
) -> Result<Vec<SocketAddr>, AddressError> {
    policy.check(address)?;
    let name = match address.host() {
        Host::Ip(ip) => return Ok(vec![SocketAddr::new(*ip, address.port())]),
        Host::Name(name) => name,
    };
    let answer = timeout(patience, resolver.addresses(name)).await;
    let mut ips = match answer {
        Ok(Ok(ips)) => ips,
        Ok(Err(ResolveError::NoSuchName)) => return Err(AddressError::NoSuchName),
        Ok(Err(ResolveError::Failed)) | Err(_) => return Err(AddressError::NameServer),
    };
    if ips.is_empty() {
        return Err(AddressError::NoSuchName);
    }
    if ips.len() > ANSWERS_MAX {
        return Err(AddressError::TooManyAnswers);
    }
    ips.sort_by_key(IpAddr::is_ipv6);
    ips.dedup();
    let sockets = ips
        .into_iter()
        .map(|ip| SocketAddr::new(ip, address.port()));
    let checked = sockets.map(|to| policy.check_socket(to).map(|()| to));
    checked.collect()
}
