//! The whole market as a value, and the hash of it.

use crate::{
    Bid, Contract, Fleet, Listing, Market, PoolTarget, Reserve, Settings, Site, Trade,
    rating::Record, supply::Owned,
};
use ledger::{Ledger, Transfer};
use orderbook::Book;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};
use units::{AccountId, ContractId, FleetId, ListingId, OrderId, SiteId};

/// The version of the rules and of a snapshot's form. Raised with every change after which a journal makes another market than
/// before, or an older snapshot is read as another one: a snapshot is restored by its own rules alone, and all others are replaced by
/// the journal.
pub const RULES: u32 = 2;

/// All that a market knows: `Market::restore` makes an equal market of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The order book.
    pub book: orderbook::Snapshot,
    /// Every transfer, by id.
    pub transfers: Vec<Transfer>,
    /// The rest.
    pub rest: Rest,
}

/// What is neither book nor ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rest {
    settings: Settings,
    accounts: BTreeSet<AccountId>,
    fallback_pools: BTreeMap<AccountId, PoolTarget>,
    bids: BTreeMap<OrderId, Bid>,
    ask_bonds: BTreeMap<OrderId, Reserve>,
    sites: BTreeMap<SiteId, Site>,
    fleets: BTreeMap<FleetId, Fleet>,
    listings: BTreeMap<ListingId, Listing>,
    records: BTreeMap<AccountId, Record>,
    contracts: BTreeMap<ContractId, Contract>,
    last_trade: Option<Trade>,
}

/// Borrowed from a market, in the same form.
#[derive(Serialize)]
struct RestOf<'a> {
    settings: &'a Settings,
    accounts: &'a BTreeSet<AccountId>,
    fallback_pools: &'a BTreeMap<AccountId, PoolTarget>,
    bids: &'a BTreeMap<OrderId, Bid>,
    ask_bonds: &'a BTreeMap<OrderId, Reserve>,
    sites: &'a BTreeMap<SiteId, Site>,
    fleets: &'a BTreeMap<FleetId, Fleet>,
    listings: &'a BTreeMap<ListingId, Listing>,
    records: &'a BTreeMap<AccountId, Record>,
    contracts: &'a BTreeMap<ContractId, Contract>,
    last_trade: &'a Option<Trade>,
}

/// Why a snapshot is none that a market can have given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadSnapshot {
    /// The book contradicts itself.
    Book,
    /// The transfers make no sound books.
    Ledger(ledger::Defect),
    /// Orders and the money held for them do not belong together.
    Orders,
}

impl fmt::Display for BadSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Book => f.write_str("the snapshot's order book contradicts itself"),
            Self::Ledger(defect) => write!(f, "the snapshot's transfers: {defect}"),
            Self::Orders => f.write_str("the snapshot's orders and their money do not agree"),
        }
    }
}

impl std::error::Error for BadSnapshot {}

impl Market {
    /// SHA-256 over everything the market knows: equal markets give equal hashes, different ones different hashes.
    /// For comparing a replay with what was; the form may change between versions.
    #[must_use]
    pub fn state_hash(&self) -> [u8; 32] {
        let mut out = b"assay/market/v2\0".to_vec();
        self.book.encode(&mut out);
        self.ledger.encode(&mut out);
        // Maps are ordered, and every key is a number or a text: this cannot fail.
        let rest = serde_json::to_vec(&self.rest_of());
        out.extend(rest.unwrap_or_else(|error| error.to_string().into_bytes()));
        pow::sha256(&out)
    }

    const fn rest_of(&self) -> RestOf<'_> {
        RestOf {
            settings: &self.settings,
            accounts: &self.accounts,
            fallback_pools: &self.fallback_pools,
            bids: &self.bids,
            ask_bonds: &self.ask_bonds,
            sites: &self.sites,
            fleets: &self.fleets,
            listings: &self.listings,
            records: &self.records,
            contracts: &self.contracts,
            last_trade: &self.last_trade,
        }
    }

    /// All that the market knows. Holds pools' logins: for the server only.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            book: self.book.snapshot(),
            transfers: self.ledger.transfers().copied().collect(),
            rest: Rest {
                settings: self.settings,
                accounts: self.accounts.clone(),
                fallback_pools: self.fallback_pools.clone(),
                bids: self.bids.clone(),
                ask_bonds: self.ask_bonds.clone(),
                sites: self.sites.clone(),
                fleets: self.fleets.clone(),
                listings: self.listings.clone(),
                records: self.records.clone(),
                contracts: self.contracts.clone(),
                last_trade: self.last_trade,
            },
        }
    }

    /// What a snapshot of it would hold: transfers, resting orders, contracts, accounts, and what hosts said of their supply. It grows
    /// with these, and is known without making one.
    #[must_use]
    pub fn entries(&self) -> u64 {
        let parts = [
            self.ledger.transfers().len(),
            self.book.len(),
            self.contracts.len(),
            self.accounts.len(),
            self.sites.len(),
            self.fleets.len(),
            self.listings.len(),
        ];
        parts.into_iter().map(|part| part as u64).sum()
    }

    /// The market that a snapshot was taken of.
    ///
    /// # Errors
    /// `BadSnapshot`. That everything in it fits together is for the state hash to say, which belongs beside a snapshot.
    pub fn restore(snapshot: Snapshot) -> Result<Self, BadSnapshot> {
        let Snapshot {
            book,
            transfers,
            rest,
        } = snapshot;
        let book = Book::restore(&book).map_err(|_| BadSnapshot::Book)?;
        let ledger = Ledger::restore(transfers).map_err(BadSnapshot::Ledger)?;
        let reserves = rest.bids.iter().map(|(id, bid)| (id, &bid.reserve));
        let reserves = reserves.chain(&rest.ask_bonds);
        for (id, reserve) in reserves {
            let order = book.order(id).ok_or(BadSnapshot::Orders)?;
            let stands = reserve.account == order.order.account && reserve.left == order.remaining;
            let hold = reserve.hold(*id);
            if !stands || !(hold.amount.is_zero() || ledger.is_open(&hold.id)) {
                return Err(BadSnapshot::Orders);
            }
        }
        let owned = Owned::of(&rest.sites, &rest.fleets, &rest.listings);
        Ok(Self {
            settings: rest.settings,
            accounts: rest.accounts,
            fallback_pools: rest.fallback_pools,
            book,
            ledger,
            bids: rest.bids,
            ask_bonds: rest.ask_bonds,
            sites: rest.sites,
            fleets: rest.fleets,
            listings: rest.listings,
            owned,
            records: rest.records,
            contracts: rest.contracts,
            last_trade: rest.last_trade,
        })
    }
}
