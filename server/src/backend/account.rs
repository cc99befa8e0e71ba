//! An account as its owner sees it, and the commands that are his alone.

use super::{Service, views};
use crate::{
    clock,
    identity::{failed, random},
};
use api::{
    AccountContract, Deposited, Error, FallbackPool, FallbackPoolSet, OpenOrder, OrderSide,
    WantedPool,
};
use ledger::{Account, TransferId};
use market::{BondState, Command, Contract, Event, Market};
use orderbook::{Resting, Side};
use units::{AccountId, OrderId, Sats, Timestamp};

/// Lines of each list.
const LISTED: usize = 100;
/// Sandbox money that one request may bring.
pub(super) const DEPOSIT_MAX: Sats = Sats::new(10_000_000);

pub(super) fn view(service: &Service, name: AccountId) -> api::Account {
    let now = clock::now();
    service.exchange.read(|market| {
        let money = market.ledger().balance(&Account::Available(name));
        let buying = || market.contracts().filter(|c| c.buyer == name);
        let hosting = || market.contracts().filter(|c| c.host == name);
        let escrow = buying().map(|contract| u128::from(escrow(market, contract).get()));
        api::Account {
            at_ms: now.unix_ms(),
            name,
            available_sats: sats(u128::try_from(money.spendable()).unwrap_or_default()),
            held_sats: sats(money.debits_pending),
            escrow_sats: sats(escrow.sum()),
            deposit_max_sats: service.sandbox.then_some(DEPOSIT_MAX),
            bond_sats: sats(hosting().map(posted_bond).sum()),
            buying: contracts(service, market, buying(), now),
            hosting: contracts(service, market, hosting(), now),
            orders: orders(market, name),
            fallback_pool: market.fallback_pool(&name).map(|pool| FallbackPool {
                address: views::pool_name(pool),
                user: pool.user().into(),
            }),
        }
    })
}

fn sats(amount: u128) -> Sats {
    u64::try_from(amount).map_or(Sats::MAX, Sats::new)
}

fn escrow(market: &Market, contract: &Contract) -> Sats {
    let balance = market.ledger().balance(&Account::Escrow(contract.id));
    sats(u128::try_from(balance.spendable()).unwrap_or_default())
}

/// The latest ones, newest first.
/// What stands as the host's security: nothing of spot, and nothing once the contract is over.
fn posted_bond(contract: &Contract) -> u128 {
    let bond = contract.agreement.term().map(|term| term.bond);
    let posted = bond.filter(|bond| bond.state == BondState::Posted);
    posted.map_or(0, |bond| bond.amount.get().into())
}

fn contracts<'a>(
    service: &Service,
    market: &Market,
    theirs: impl Iterator<Item = &'a Contract>,
    now: Timestamp,
) -> Vec<AccountContract> {
    let mut theirs: Vec<&Contract> = theirs.collect();
    theirs.reverse();
    theirs.truncate(LISTED);
    let line = |contract| AccountContract {
        contract: views::summary(service, market, contract, now),
        escrow_sats: escrow(market, contract),
    };
    theirs.into_iter().map(line).collect()
}

fn orders(market: &Market, name: AccountId) -> Vec<OpenOrder> {
    let theirs = market.book().orders_of(&name);
    let line = |Resting { order, remaining }: Resting| OpenOrder {
        id: order.id.get(),
        side: match order.side {
            Side::Bid => OrderSide::Bid,
            Side::Ask => OrderSide::Ask,
        },
        price_sats_per_phs_day: order.price,
        hashrate_hs: order.hashrate,
        remaining_hs: remaining,
        held_sats: held(market, order.id),
    };
    theirs.take(LISTED).map(line).collect()
}

/// A bid's budget, or a term ask's bonds.
fn held(market: &Market, order: OrderId) -> Option<Sats> {
    let bond = || market.ask_bond(&order).map(market::Reserve::held);
    market.bid(&order).map(market::Bid::held).or_else(bond)
}

pub(super) async fn deposit(
    service: &Service,
    account: AccountId,
    deposit: api::Deposit,
) -> Result<Command, Error> {
    if !service.sandbox {
        return Err(Error::refused("There are no deposits yet."));
    }
    let amount = deposit.amount_sats;
    if amount == Sats::ZERO || amount > DEPOSIT_MAX {
        let words = format!("A deposit is 1 to {DEPOSIT_MAX} sat.");
        return Err(Error::bad_request(words).about("amount_sats"));
    }
    let reference = random::<16>().map_err(|why| failed(&why))?;
    Ok(Command::Deposit {
        account,
        amount,
        reference: TransferId::new(u128::from_be_bytes(reference)),
    })
}

pub(super) fn deposited(events: &[Event]) -> Result<Deposited, Error> {
    let transfer = events.iter().find_map(|event| match event {
        Event::Transferred(transfer) => Some(transfer),
        _ => None,
    });
    let transfer = transfer.ok_or_else(Error::internal)?;
    Ok(Deposited {
        transfer: transfer.id.to_string(),
        amount_sats: transfer.amount,
    })
}

pub(super) async fn set_fallback_pool(
    service: &Service,
    account: AccountId,
    pool: Option<WantedPool>,
) -> Result<Command, Error> {
    let pool = match pool {
        None => None,
        Some(login) => Some(service.pools.usable(login).await?),
    };
    Ok(Command::SetFallbackPool { account, pool })
}

/// Setting what is set already causes nothing: the answer is what was asked for.
pub(super) fn fallback_pool_set(asked: Option<WantedPool>) -> Result<FallbackPoolSet, Error> {
    let pool = asked.map(|login| {
        let address = login.address.trim();
        let address = address.strip_prefix("stratum+tcp://").unwrap_or(address);
        FallbackPool {
            address: address.into(),
            user: login.user,
        }
    });
    Ok(FallbackPoolSet { pool })
}
