//! An account as its owner sees it, and the commands that are his alone.

use super::{Service, views};
use crate::{
    clock,
    identity::{failed, random},
};
use api::{
    AccountContract, Deposited, Error, FallbackPool, FallbackPoolSet, OpenOrder, OrderSide,
    RequestKey, WantedPool,
};
use ledger::{Account, TransferId};
use market::{BondState, Command, Contract, Event, Market};
use orderbook::{Resting, Side};
use sha2::{Digest, Sha256};
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
            bond_sats: sats(hosting().map(posted_bond).sum()),
            deposit_max_sats: service.sandbox.then_some(DEPOSIT_MAX),
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

/// What stands as the host's security: nothing of spot, and nothing once the contract is over.
fn posted_bond(contract: &Contract) -> u128 {
    let bond = contract.agreement.term().map(|term| term.bond);
    let posted = bond.filter(|bond| bond.state == BondState::Posted);
    posted.map_or(0, |bond| bond.amount.get().into())
}

/// The latest ones, newest first.
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

/// What the books know a deposit by. That of a request with a name follows from the name: even one that left no receipt, or
/// whose receipt is gone, brings its money once.
pub(super) fn deposit_reference(
    account: AccountId,
    key: Option<&RequestKey>,
) -> Result<TransferId, Error> {
    let Some(key) = key else {
        let reference = random::<16>().map_err(|why| failed(&why))?;
        return Ok(TransferId::new(u128::from_be_bytes(reference)));
    };
    // Neither an account's name nor a key has a zero in it.
    let named = format!("assay/deposit/v1\0{account}\0{}", key.as_str());
    let hash: [u8; 32] = Sha256::digest(named.as_bytes()).into();
    let head = hash.first_chunk::<16>().copied().unwrap_or_default();
    Ok(TransferId::new(u128::from_be_bytes(head)))
}

pub(super) async fn deposit(
    service: &Service,
    account: AccountId,
    deposit: api::Deposit,
    reference: TransferId,
) -> Result<Command, Error> {
    if !service.sandbox {
        return Err(Error::refused("There are no deposits yet."));
    }
    let amount = deposit.amount_sats;
    if amount == Sats::ZERO || amount > DEPOSIT_MAX {
        let words = format!("A deposit is 1 to {DEPOSIT_MAX} sat.");
        return Err(Error::bad_request(words).about("amount_sats"));
    }
    Ok(Command::Deposit {
        account,
        amount,
        reference,
    })
}

/// Nothing is caused by a deposit that was made before: then it is the one that the books know by this reference.
pub(super) fn deposited(
    events: &[Event],
    deposit: api::Deposit,
    reference: TransferId,
) -> Deposited {
    let transfer = events.iter().find_map(|event| match event {
        Event::Transferred(transfer) => Some((transfer.id, transfer.amount)),
        _ => None,
    });
    let made_before = || (market::deposit_id(reference), deposit.amount_sats);
    let (id, amount_sats) = transfer.unwrap_or_else(made_before);
    Deposited {
        transfer: id.to_string(),
        amount_sats,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_deposits_reference_is_its_accounts_and_its_names() {
        let of = |account: &str, key: Option<&str>| {
            let key: Option<RequestKey> = key.map(|key| key.parse().unwrap());
            deposit_reference(account.parse().unwrap(), key.as_ref()).unwrap()
        };
        let first = of("alice", Some("one"));
        assert_eq!(first, of("alice", Some("one")));
        let others = [
            of("alice", Some("two")),
            of("bob", Some("one")),
            of("alice-o", Some("ne")),
            of("alice", None),
            of("alice", None),
        ];
        for (at, other) in others.iter().enumerate() {
            assert_ne!(*other, first);
            assert!(!others[..at].contains(other));
        }
    }
}
