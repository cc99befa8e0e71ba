//! The accounts, deposits and orders that a new sandbox market starts with.

use crate::exchange::{Exchange, ExchangeError};
use api::DemoLogin;
use ledger::TransferId;
use market::{BackupPools, Command, PoolTarget};
use orderbook::Side;
use std::net::SocketAddr;
use units::{AccountId, Hashrate, Price, Sats};

/// What stands around the server: orders and machines.
#[derive(Clone, Debug)]
pub(super) struct Sandbox {
    /// Hosts' offers.
    pub asks: Vec<Ask>,
    /// Buyers' orders, in the order in which they come.
    pub bids: Vec<Bid>,
    /// True where hosts have a pool of their own for machines that no contract needs.
    pub fallback: bool,
    /// Hosts, and how many machines each has.
    pub machines: Vec<(&'static str, usize)>,
}

/// A host's offer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask {
    /// The host's account.
    pub host: &'static str,
    /// In kH/s.
    pub khs: u128,
    /// Sat per MH/s and day.
    pub price: u64,
}

/// A buyer's order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bid {
    /// The buyer's account.
    pub buyer: &'static str,
    /// In kH/s.
    pub khs: u128,
    /// Sat per MH/s and day.
    pub price: u64,
    /// In sat.
    pub budget: u64,
    /// Which of the sandbox's pools the work goes to: the first is 0.
    pub pool: usize,
    /// Which of them takes over, if any.
    pub backup: Option<usize>,
}

impl Bid {
    /// All pools that it names, the first one first.
    pub(super) fn pools(&self) -> impl Iterator<Item = usize> {
        std::iter::once(self.pool).chain(self.backup)
    }
}

const fn ask(host: &'static str, khs: u128, price: u64) -> Ask {
    Ask { host, khs, price }
}

impl Default for Sandbox {
    /// Three contracts at two pools and eleven machines. Of one host's seven, five deliver 2.67 machines' work to one buyer and
    /// 2.33 to another, so that one of them works for both in turn; of another host's four, two do what a third one bought. The
    /// others are for what visitors buy.
    fn default() -> Self {
        let bid = |buyer, khs, price, budget, pool| Bid {
            buyer,
            khs,
            price,
            budget,
            pool,
            backup: None,
        };
        let with_backup = |bid, pool| Bid {
            backup: Some(pool),
            ..bid
        };
        Self {
            asks: vec![
                ask("demo-host", 750, 1_440_000),
                ask("north-host", 800, 1_560_000),
                ask("river-host", 1_200, 1_700_000),
            ],
            bids: vec![
                with_backup(bid("demo-buyer", 400, 1_500_000, 500_000_000, 0), 1),
                bid("atlas-buyer", 350, 1_500_000, 400_000_000, 1),
                bid("polar-buyer", 300, 1_600_000, 300_000_000, 1),
                bid("second-buyer", 300, 1_300_000, 5_000_000, 0),
                bid("third-buyer", 600, 1_200_000, 5_000_000, 0),
            ],
            fallback: true,
            machines: vec![("demo-host", 7), ("north-host", 4)],
        }
    }
}

impl Sandbox {
    /// One contract that takes more than all machines of its host have, however many come.
    pub(super) fn overbooked() -> Self {
        let mut sandbox = Self::default();
        sandbox.asks[0].khs = 50_000;
        sandbox.bids.drain(1..3);
        sandbox.bids[0].khs = 40_000;
        sandbox.fallback = false;
        sandbox.machines = vec![("demo-host", 3)];
        sandbox
    }
}

/// Known to everyone: the money is of the sandbox.
const PASSWORD: &str = "demo-password";

/// The accounts that a visitor may try.
pub(super) fn logins() -> Vec<DemoLogin> {
    let login = |name| DemoLogin {
        account: account(name),
        password: PASSWORD.into(),
    };
    ["demo-buyer", "demo-host"].map(login).to_vec()
}

const DEPOSIT: Sats = Sats::new(1_000_000_000);

/// Does what is missing: a start that was cut off in the middle is finished by the next one.
pub(super) async fn place_orders(
    exchange: &Exchange,
    sandbox: &Sandbox,
    pools: &[SocketAddr],
) -> Result<(), ExchangeError> {
    for ask in &sandbox.asks {
        open(exchange, ask.host).await?;
    }
    // Those that have machines: a session without any would be the pool's loss.
    let hosts = sandbox.machines.iter().filter(|_| sandbox.fallback);
    for ((host, _), pool) in hosts.zip(pools.iter().rev().cycle()) {
        let set = Command::SetFallbackPool {
            account: account(host),
            pool: Some(target(*pool, host)),
        };
        exchange.send(set).await?;
    }
    for (number, bid) in sandbox.bids.iter().enumerate() {
        open(exchange, bid.buyer).await?;
        let deposit = Command::Deposit {
            account: account(bid.buyer),
            amount: DEPOSIT,
            reference: TransferId::new(number as u128 + 1),
        };
        exchange.send(deposit).await?;
    }
    for ask in &sandbox.asks {
        if !has_traded(exchange, ask.host, Side::Ask) {
            let place = Command::PlaceAsk {
                account: account(ask.host),
                hashrate: kilohashes(ask.khs),
                price: per_megahash(ask.price),
                listing: None,
                terms: Default::default(),
            };
            exchange.send(place).await?;
        }
    }
    for bid in &sandbox.bids {
        let named = bid.pools().filter_map(|pool| pools.get(pool));
        let mut targets = named.map(|pool| target(*pool, bid.buyer));
        let Some(pool) = targets.next() else {
            continue;
        };
        if !has_traded(exchange, bid.buyer, Side::Bid) {
            let place = Command::PlaceBid {
                account: account(bid.buyer),
                hashrate: kilohashes(bid.khs),
                price: per_megahash(bid.price),
                budget: Sats::new(bid.budget),
                pool,
                backups: backups(targets.collect()),
                // As fast as the demo is set.
                shares_per_minute: None,
                constraints: Default::default(),
                terms: Default::default(),
            };
            exchange.send(place).await?;
        }
    }
    Ok(())
}

async fn open(exchange: &Exchange, name: &str) -> Result<(), ExchangeError> {
    let account = account(name);
    if exchange.read(|market| market.account_exists(&account)) {
        return Ok(());
    }
    exchange
        .send(Command::OpenAccount { account })
        .await
        .map(|_| ())
}

/// True where an order of the account rests or has become a contract.
fn has_traded(exchange: &Exchange, name: &str, side: Side) -> bool {
    let account = account(name);
    exchange.read(|market| {
        let mut orders = market.book().orders().map(|resting| resting.order);
        orders.any(|order| order.account == account && order.side == side)
            || market
                .contracts()
                .any(|c| c.host == account || c.buyer == account)
    })
}

pub(super) fn kilohashes(thousands: u128) -> Hashrate {
    Hashrate::new(thousands * 1_000)
}

/// A petahash is 10^9 megahashes.
pub(super) fn per_megahash(sats: u64) -> Price {
    Price::new(sats * 1_000_000_000)
}

#[expect(
    clippy::expect_used,
    reason = "the names above are valid; the demo's test would fail otherwise"
)]
pub(super) fn account(name: &str) -> AccountId {
    name.parse().expect("a valid account name")
}

#[expect(clippy::expect_used, reason = "a bid above names one at most")]
fn backups(pools: Vec<PoolTarget>) -> BackupPools {
    BackupPools::new(pools).expect("one backup pool")
}

#[expect(
    clippy::expect_used,
    reason = "a bound socket's address and the names above are valid"
)]
fn target(pool: SocketAddr, buyer: &str) -> PoolTarget {
    let (host, user) = (pool.ip().to_string(), format!("{buyer}.assay"));
    PoolTarget::new(host, pool.port(), user, "x".into()).expect("a valid pool")
}
