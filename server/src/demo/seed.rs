//! The accounts, deposits and orders that a new sandbox market starts with.

use crate::exchange::{Exchange, ExchangeError};
use ledger::TransferId;
use market::{Command, PoolTarget};
use orderbook::Side;
use std::net::SocketAddr;
use units::{AccountId, Hashrate, Price, Sats};

/// The host whose machines deliver.
pub(super) const HOST: &str = "demo-host";
const BUYER: &str = "demo-buyer";

/// Account, kH/s, sat per MH/s and day.
const ASKS: [(&str, u128, u64); 3] = [
    (HOST, 500, 1_440_000),
    ("north-host", 800, 1_560_000),
    ("river-host", 1_200, 1_700_000),
];
/// Account, kH/s, sat per MH/s and day, budget in sat. The first meets the first ask.
const BIDS: [(&str, u128, u64, u64); 3] = [
    (BUYER, 400, 1_500_000, 500_000_000),
    ("second-buyer", 300, 1_300_000, 5_000_000),
    ("third-buyer", 600, 1_200_000, 5_000_000),
];
const DEPOSIT: Sats = Sats::new(1_000_000_000);

/// Does what is missing: a start that was cut off in the middle is finished by the next one.
pub(super) async fn place_orders(
    exchange: &Exchange,
    pool: SocketAddr,
) -> Result<(), ExchangeError> {
    for (name, ..) in ASKS {
        open(exchange, name).await?;
    }
    for (number, (name, ..)) in BIDS.into_iter().enumerate() {
        open(exchange, name).await?;
        let reference = TransferId::new(number as u128 + 1);
        let deposit = Command::Deposit {
            account: account(name),
            amount: DEPOSIT,
            reference,
        };
        exchange.send(deposit).await?;
    }
    for (name, hashrate, price) in ASKS {
        if !has_traded(exchange, name, Side::Ask) {
            let (hashrate, price) = (kilohashes(hashrate), per_megahash(price));
            exchange
                .send(Command::PlaceAsk {
                    account: account(name),
                    hashrate,
                    price,
                })
                .await?;
        }
    }
    for (name, hashrate, price, budget) in BIDS {
        if !has_traded(exchange, name, Side::Bid) {
            let (hashrate, price) = (kilohashes(hashrate), per_megahash(price));
            let (account, budget, pool) = (account(name), Sats::new(budget), target(pool, name));
            exchange
                .send(Command::PlaceBid {
                    account,
                    hashrate,
                    price,
                    budget,
                    pool,
                })
                .await?;
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

fn kilohashes(thousands: u128) -> Hashrate {
    Hashrate::new(thousands * 1_000)
}

/// A petahash is 10^9 megahashes.
fn per_megahash(sats: u64) -> Price {
    Price::new(sats * 1_000_000_000)
}

#[expect(
    clippy::expect_used,
    reason = "the names above are valid; the demo's test would fail otherwise"
)]
fn account(name: &str) -> AccountId {
    name.parse().expect("a valid account name")
}

#[expect(
    clippy::expect_used,
    reason = "a bound socket's address and the names above are valid"
)]
fn target(pool: SocketAddr, buyer: &str) -> PoolTarget {
    let (host, user) = (pool.ip().to_string(), format!("{buyer}.assay"));
    PoolTarget::new(host, pool.port(), user, "x".into()).expect("a valid pool")
}
