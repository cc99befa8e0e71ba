//! Orders that become a contract.

use ledger::TransferId;
use market::{BackupPools, Command, OrderTerms, PoolTarget};
use pow::settlement::RejectTerms;
use server::exchange::Exchange;
use std::net::SocketAddr;
use units::{AccountId, Hashrate, Price, Sats};

/// A host's ask and a buyer's bid that meet. Whoever wants it otherwise changes what [`Trade::new`] makes.
pub struct Trade<'a> {
    pub host: &'a str,
    pub buyer: &'a str,
    /// The first pool, then its backups.
    pub pools: &'a [SocketAddr],
    pub hashrate: Hashrate,
    pub price: Price,
    pub deposit: Sats,
    pub budget: Sats,
    pub shares_per_minute: Option<u32>,
    /// Who pays for refused work: what the bid says and the ask accepts.
    pub rejects: RejectTerms,
}

impl<'a> Trade<'a> {
    /// Of more hashrate than any machine of a test has: it works for this contract all the time.
    pub fn new(host: &'a str, buyer: &'a str, pools: &'a [SocketAddr]) -> Self {
        Self {
            host,
            buyer,
            pools,
            hashrate: Hashrate::new(1_000_000_000_000_000),
            price: Price::new(1_000),
            deposit: Sats::new(1_000_000_000),
            budget: Sats::new(1_000_000_000),
            shares_per_minute: None,
            rejects: RejectTerms::default(),
        }
    }

    /// Places both orders; opens what accounts are missing.
    pub async fn place(&self, exchange: &Exchange) {
        let target = |pool: &SocketAddr| {
            let (host, user) = (pool.ip().to_string(), format!("{}.a", self.buyer));
            PoolTarget::new(host, pool.port(), user, "x".into()).unwrap()
        };
        let mut targets: Vec<PoolTarget> = self.pools.iter().map(target).collect();
        let first = targets.remove(0);
        let [host, buyer] = [self.host, self.buyer].map(|name| name.parse::<AccountId>().unwrap());
        for account in [host, buyer] {
            if !exchange.read(|market| market.account_exists(&account)) {
                let open = Command::OpenAccount { account };
                exchange.send(open).await.unwrap();
            }
        }
        let contracts = exchange.read(|market| market.contracts().count());
        let (hashrate, price) = (self.hashrate, self.price);
        let terms = OrderTerms {
            rejects: self.rejects,
            ..OrderTerms::default()
        };
        for command in [
            Command::Deposit {
                account: buyer,
                amount: self.deposit,
                reference: TransferId::new(contracts as u128 + 1),
            },
            Command::PlaceAsk {
                account: host,
                hashrate,
                price,
                listing: None,
                terms,
            },
            Command::PlaceBid {
                account: buyer,
                hashrate,
                price,
                budget: self.budget,
                pool: first,
                backups: BackupPools::new(targets).unwrap(),
                shares_per_minute: self.shares_per_minute,
                constraints: Default::default(),
                terms,
            },
        ] {
            exchange.send(command).await.unwrap();
        }
    }
}
