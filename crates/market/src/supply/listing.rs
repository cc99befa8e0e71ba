//! A host's machines, and the capacity drawn from them.

use crate::{Model, Product};
use orderbook::PoolId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use units::{AccountId, FleetId, Hashrate, ListingId, SiteId};

/// The machines of one model at a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fleet {
    /// Numbered from 1.
    pub id: FleetId,
    /// Whose it is.
    pub host: AccountId,
    /// Where it stands.
    pub site: SiteId,
    /// What it consists of.
    pub model: Model,
    /// How many.
    pub count: u32,
}

/// Capacity that a host sells: one pool, whatever products are sold of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// Numbered from 1.
    pub id: ListingId,
    /// Whose it is.
    pub host: AccountId,
    /// Whose machines.
    pub fleet: FleetId,
    /// All that is offered; what is sold of it is part of that.
    pub hashrate: Hashrate,
    /// What asks may sell of it.
    pub products: BTreeSet<Product>,
    /// What its live contracts have.
    pub sold: Hashrate,
    /// True where nothing more is sold of it.
    pub withdrawn: bool,
}

impl Fleet {
    /// What its machines are stated to do together.
    #[must_use]
    pub fn capacity(&self) -> Hashrate {
        let one = self.model.machine().hashrate.get();
        Hashrate::new(one.saturating_mul(self.count.into()))
    }
}

impl Listing {
    /// Its capacity in the book.
    #[must_use]
    pub const fn pool(&self) -> PoolId {
        PoolId(self.id.get())
    }

    /// What it keeps from being listed again: all of it, or what is sold where it is withdrawn.
    #[must_use]
    pub const fn takes(&self) -> Hashrate {
        if self.withdrawn {
            self.sold
        } else {
            self.hashrate
        }
    }
}
