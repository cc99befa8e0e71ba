//! Placing orders: the command, and what it did.

use super::{super::Service, constraints, orders::Money, refusals::refused, terms};
use api::{Error, NewAsk, NewBid, Placed, PlacedFill, WantedPool};
use market::{BackupPools, Command, Event, PoolTarget};
use units::{AccountId, Hashrate, ListingId, OrderId, Sats};

/// Always from a listing: what is not listed is counted nowhere, and could be sold twice.
pub(crate) fn ask(account: AccountId, new: &NewAsk) -> Result<Command, Error> {
    let listing = new.listing.map(ListingId::new);
    let listing = listing.ok_or_else(|| refused(market::Refusal::ListingNeeded))?;
    Ok(Command::PlaceAsk {
        account,
        hashrate: new.hashrate_hs,
        price: new.price_sats_per_phs_day,
        listing: Some(listing),
        terms: terms::read(new.product, &new.terms)?,
    })
}

pub(crate) fn bid(service: &Service, account: AccountId, new: NewBid) -> Result<Command, Error> {
    let terms = terms::read(new.product, &new.terms)?;
    let constraints = constraints::read(&new.constraints)?;
    if new.backups.len() > BackupPools::MAX {
        let words = "A bid has at most three backup pools.";
        return Err(Error::bad_request(words).about("backups"));
    }
    let pool = allowed(service, new.pool, "pool")?;
    let backups = new.backups.into_iter().enumerate();
    let backups =
        backups.map(|(place, login)| allowed(service, login, &format!("backups.{place}")));
    let backups = BackupPools::new(backups.collect::<Result<_, _>>()?);
    Ok(Command::PlaceBid {
        account,
        hashrate: new.hashrate_hs,
        price: new.price_sats_per_phs_day,
        budget: new.budget_sats,
        pool,
        backups: backups.map_err(|_| Error::internal())?,
        shares_per_minute: new.shares_per_minute,
        constraints,
        terms,
    })
}

/// The field's name is that of the request: `pool.address`.
fn allowed(service: &Service, login: WantedPool, place: &str) -> Result<PoolTarget, Error> {
    let target = service.pools.allowed(login);
    target.map_err(|mut error| {
        error.field = error.field.map(|field| format!("{place}.{field}"));
        error
    })
}

/// What an order did at once.
pub(crate) fn placed(
    events: &[Event],
    account: AccountId,
    hashrate: Hashrate,
    dry_run: bool,
) -> Result<Placed, Error> {
    let id = arriving(events).ok_or_else(Error::internal)?;
    let mut placed = Placed {
        dry_run,
        id: id.get(),
        fills: Vec::new(),
        filled_hs: Hashrate::ZERO,
        resting_hs: Hashrate::ZERO,
        cancelled_hs: Hashrate::ZERO,
        held_sats: Money::of(events, account).held(),
        escrow_sats: Sats::ZERO,
        bond_sats: Sats::ZERO,
        search_truncated: false,
    };
    for event in events {
        match event {
            Event::ContractOpened(contract) => {
                let bond = contract.agreement.term().map(|term| term.bond.amount);
                let fill = PlacedFill {
                    contract: contract.id.get(),
                    price_sats_per_phs_day: contract.price,
                    hashrate_hs: contract.hashrate,
                    escrow_sats: contract.budget,
                    bond_sats: bond.unwrap_or(Sats::ZERO),
                };
                let escrow = placed.escrow_sats.checked_add(fill.escrow_sats);
                let bond = placed.bond_sats.checked_add(fill.bond_sats);
                let filled = placed.filled_hs.checked_add(fill.hashrate_hs);
                placed.escrow_sats = escrow.unwrap_or(Sats::MAX);
                placed.bond_sats = bond.unwrap_or(Sats::MAX);
                placed.filled_hs = filled.unwrap_or(hashrate);
                placed.fills.push(fill);
            }
            Event::OrderRested { remaining, .. } => placed.resting_hs = *remaining,
            Event::SearchTruncated { .. } => placed.search_truncated = true,
            _ => {}
        }
    }
    let done = placed.filled_hs.checked_add(placed.resting_hs);
    let cancelled = done.and_then(|done| hashrate.checked_sub(done));
    placed.cancelled_hs = cancelled.unwrap_or(Hashrate::ZERO);
    Ok(placed)
}

/// The order that came: the newest that anything happened to.
fn arriving(events: &[Event]) -> Option<OrderId> {
    let ids = events.iter().filter_map(|event| match event {
        Event::OrderRested { order, .. } | Event::OrderCancelled { order, .. } => Some(order.id),
        Event::Traded(trade) => Some(trade.taker),
        Event::SearchTruncated { order, .. } => Some(*order),
        _ => None,
    });
    ids.max()
}
