//! Where the server may connect to.

#[cfg(test)]
mod tests;

use super::{AddressError, Host, PoolAddress, Special};
use pow::coinbase::Network;
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    ops::RangeInclusive,
};

/// Pools listen above the system's ports, and at HTTPS' to get through firewalls.
const PORTS: RangeInclusive<u16> = 1_024..=65_535;
const PORTS_BELOW: [u16; 1] = [443];

/// Ports from 1024 on at which other services listen: data stores, queues, remote control, proxies, chat. A line of
/// Stratum sent there would be somebody's attack in our name. Sorted.
const OTHER_SERVICES: &[RangeInclusive<u16>] = &[
    1_080..=1_080,   // SOCKS
    1_433..=1_434,   // SQL Server
    1_521..=1_521,   // Oracle
    1_883..=1_883,   // MQTT
    2_049..=2_049,   // NFS
    2_181..=2_181,   // ZooKeeper
    2_375..=2_380,   // Docker, etcd
    3_128..=3_128,   // Squid
    3_306..=3_306,   // MySQL
    3_389..=3_389,   // Remote Desktop
    4_369..=4_369,   // Erlang's port mapper
    5_060..=5_061,   // SIP
    5_432..=5_432,   // PostgreSQL
    5_671..=5_672,   // AMQP
    5_900..=5_910,   // VNC
    5_984..=5_986,   // CouchDB, WinRM
    6_000..=6_009,   // X11
    6_379..=6_380,   // Redis
    6_443..=6_443,   // Kubernetes
    6_660..=6_669,   // IRC
    6_697..=6_697,   // IRC
    8_086..=8_086,   // InfluxDB
    8_300..=8_302,   // Consul
    8_332..=8_334,   // Bitcoin's RPC and peers
    8_500..=8_501,   // Consul
    9_042..=9_042,   // Cassandra
    9_092..=9_092,   // Kafka
    9_200..=9_200,   // Elasticsearch
    9_300..=9_300,   // Elasticsearch
    10_250..=10_259, // Kubernetes
    11_210..=11_211, // Couchbase, memcached
    15_672..=15_672, // RabbitMQ
    18_332..=18_334, // Bitcoin's RPC and peers, test network
    18_443..=18_445, // Bitcoin's RPC and peers, regtest
    27_017..=27_019, // MongoDB
    28_015..=28_015, // RethinkDB
];

/// Last labels of names that are not of the public name system (RFC 6761 and its like, and what routers make up).
const LOCAL_DOMAINS: &[&str] = &[
    "alt",
    "arpa",
    "corp",
    "example",
    "home",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "mail",
    "onion",
    "private",
    "test",
];

/// What an operator says of buyers' pools.
#[derive(Clone, Debug, Default)]
pub struct PoolPolicy {
    /// Pools on the operator's own machine and network may be connected to. Link-local addresses, at which clouds keep
    /// their secrets, never are.
    pub allow_private_pools: bool,
    /// Ports beside the usual ones.
    pub also_ports: Vec<u16>,
    /// Where this server listens: no pool is there.
    pub listeners: Vec<SocketAddr>,
    /// Addresses by which this machine is known elsewhere, behind a translation.
    pub own_addresses: Vec<IpAddr>,
    /// The chain that pools work for: how addresses are written.
    pub network: Network,
}

impl PoolPolicy {
    /// Judges what can be judged without resolving a name: TLS, port, name, and an address that was given as one.
    ///
    /// # Errors
    /// Why this pool is refused.
    pub fn check(&self, address: &PoolAddress) -> Result<(), AddressError> {
        if address.tls() {
            return Err(AddressError::Tls);
        }
        if !self.allows_port(address.port()) {
            return Err(AddressError::PortRefused);
        }
        match address.host() {
            Host::Ip(ip) => self.check_socket(SocketAddr::new(*ip, address.port())),
            Host::Name(name) if is_local(name) && !self.allow_private_pools => {
                Err(AddressError::LocalName)
            }
            Host::Name(_) => Ok(()),
        }
    }

    /// Judges an address that is about to be connected to.
    ///
    /// # Errors
    /// `NotPublic` or `Own`.
    pub fn check_socket(&self, to: SocketAddr) -> Result<(), AddressError> {
        if let Some(special) = Special::of(to.ip())
            && !(self.allow_private_pools && special.is_own_network())
        {
            return Err(AddressError::NotPublic(special));
        }
        if self.is_own(to) {
            return Err(AddressError::Own);
        }
        Ok(())
    }

    /// True for the private addresses that an operator allowed.
    #[must_use]
    pub fn is_private(to: SocketAddr) -> bool {
        Special::of(to.ip()).is_some()
    }

    fn allows_port(&self, port: u16) -> bool {
        let other = OTHER_SERVICES.iter().any(|ports| ports.contains(&port));
        let usual = (PORTS.contains(&port) && !other) || PORTS_BELOW.contains(&port);
        usual || self.also_ports.contains(&port)
    }

    /// A pool at the public address of this machine would reach services that its firewall keeps from the world; where
    /// private pools are allowed, only this server's own ports are refused.
    fn is_own(&self, to: SocketAddr) -> bool {
        if self.own_addresses.contains(&to.ip()) {
            return true;
        }
        let listens = self.listeners.iter().any(|listener| {
            let everywhere = listener.ip().is_unspecified() && is_this_machine(to);
            listener.port() == to.port() && (listener.ip() == to.ip() || everywhere)
        });
        listens || (!self.allow_private_pools && is_this_machine(to))
    }
}

/// A name without a dot, or of a domain that only a private network has.
fn is_local(name: &str) -> bool {
    match name.rsplit_once('.') {
        None => true,
        Some((_, last)) => LOCAL_DOMAINS.contains(&last),
    }
}

/// The system sends from an address of this machine to itself: connecting a datagram socket asks for the route, and sends
/// nothing.
fn is_this_machine(to: SocketAddr) -> bool {
    if to.ip().is_loopback() {
        return true;
    }
    let any: IpAddr = match to {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let from = UdpSocket::bind((any, 0)).and_then(|socket| {
        socket.connect(to)?;
        socket.local_addr()
    });
    // Without a route there is no connection either.
    from.is_ok_and(|from| from.ip() == to.ip())
}
