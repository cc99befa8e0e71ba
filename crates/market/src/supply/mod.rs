//! What hosts have to sell: sites, the machines there, and the capacity drawn from them.

mod catalogue;
mod listing;
mod owned;
mod site;

pub use catalogue::{Machine, Model};
pub use listing::{Fleet, Listing};
pub(crate) use owned::Owned;
pub use site::{Carbon, Curtailment, Label, Site, SiteDescription, SiteFault, Tariff};

use crate::{
    Event, Market, Product, Refusal,
    matching::Matching,
    step::{Change, Step},
};
use orderbook::Attributes;
use std::collections::BTreeSet;
use units::{AccountId, FleetId, Hashrate, ListingId, SiteId, Timestamp};

/// How many sites, and how many fleets, and how many listings one account may have. The oldest withdrawn listing of which nothing is
/// sold any more gives way to a new one.
pub const SUPPLY_MAX: usize = 256;

impl Market {
    pub(crate) fn describe_site(
        &self,
        host: AccountId,
        site: Option<SiteId>,
        description: &SiteDescription,
    ) -> Result<Step, Refusal> {
        self.require_account(&host)?;
        let id = match site {
            Some(id) => {
                let known = self.sites.get(&id).ok_or(Refusal::UnknownSite)?;
                require(known.host == host)?;
                if known.description == *description {
                    return Ok(Step::default());
                }
                id
            }
            None => {
                bounded(self.sites_of(host))?;
                let last = self.sites.keys().next_back().map_or(0, |id| id.get());
                SiteId::new(after(last)?)
            }
        };
        description.check()?;
        // What an open ask states must stay true until it trades.
        if self.has_open_asks(id) {
            return Err(Refusal::InUse);
        }
        self.require_power(id, description.power_kw, None)?;
        let description = description.clone();
        let site = Site {
            id,
            host,
            description,
        };
        Ok(Step {
            events: vec![Event::SiteDescribed(site.clone())],
            changes: vec![Change::Site(Box::new(site))],
            ..Step::default()
        })
    }

    pub(crate) fn describe_fleet(
        &self,
        host: AccountId,
        fleet: Option<FleetId>,
        (site, model, count): (SiteId, Model, u32),
    ) -> Result<Step, Refusal> {
        self.require_account(&host)?;
        let stands_at = self.sites.get(&site).ok_or(Refusal::UnknownSite)?;
        require(stands_at.host == host)?;
        let id = match fleet {
            Some(id) => {
                let known = self.fleets.get(&id).ok_or(Refusal::UnknownFleet)?;
                require(known.host == host)?;
                if (known.site, known.model, known.count) == (site, model, count) {
                    return Ok(Step::default());
                }
                let moved = (known.site, known.model) != (site, model);
                if moved && !self.taken_of(id).is_zero() {
                    return Err(Refusal::InUse);
                }
                id
            }
            None => {
                bounded(self.fleets_of(host))?;
                let last = self.fleets.keys().next_back().map_or(0, |id| id.get());
                FleetId::new(after(last)?)
            }
        };
        let fleet = Fleet {
            id,
            host,
            site,
            model,
            count,
        };
        let taken = self.taken_of(id);
        if fleet.capacity() < taken {
            return Err(Refusal::OverFleet {
                free: Hashrate::ZERO,
            });
        }
        self.require_power(site, stands_at.description.power_kw, Some(&fleet))?;
        Ok(Step {
            events: vec![Event::FleetDescribed(fleet)],
            changes: vec![Change::Fleet(fleet)],
            ..Step::default()
        })
    }

    pub(crate) fn list_capacity(
        &self,
        host: AccountId,
        fleet: FleetId,
        hashrate: Hashrate,
        products: &BTreeSet<Product>,
        at: Timestamp,
    ) -> Result<Step, Refusal> {
        self.require_account(&host)?;
        let of = self.fleets.get(&fleet).ok_or(Refusal::UnknownFleet)?;
        require(of.host == host)?;
        let gives_way = self.listing_that_gives_way(host)?;
        if products.is_empty() {
            return Err(Refusal::NoProducts);
        }
        if hashrate.is_zero() {
            return Err(Refusal::Order(orderbook::Refusal::NotInLots));
        }
        let free = of.capacity().checked_sub(self.taken_of(fleet));
        let free = free.unwrap_or(Hashrate::ZERO);
        if hashrate > free {
            return Err(Refusal::OverFleet { free });
        }
        let last = self.listings.keys().next_back().map_or(0, |id| id.get());
        let listing = Listing {
            id: ListingId::new(after(last)?),
            host,
            fleet,
            hashrate,
            products: products.clone(),
            sold: Hashrate::ZERO,
            withdrawn: false,
        };
        let mut step = self.set_pool(&listing, hashrate, at)?;
        step.events.push(Event::CapacityListed(listing.clone()));
        step.changes.push(Change::Listing(listing));
        step.changes.extend(gives_way.map(Change::ListingForgotten));
        Ok(step)
    }

    /// None where there is room for one more. Never the one with the highest number of all: the new one has a higher one.
    fn listing_that_gives_way(&self, host: AccountId) -> Result<Option<ListingId>, Refusal> {
        let Err(full) = bounded(self.listings_of(host)) else {
            return Ok(None);
        };
        let mut theirs = self.listings_of(host);
        let over = theirs.find(|one| one.withdrawn && one.sold.is_zero());
        over.map(|one| Some(one.id)).ok_or(full)
    }

    /// Its asks are cancelled, its contracts go on.
    pub(crate) fn withdraw_listing(
        &self,
        host: AccountId,
        id: ListingId,
        at: Timestamp,
    ) -> Result<Step, Refusal> {
        let listing = self.listings.get(&id).ok_or(Refusal::UnknownListing)?;
        require(listing.host == host)?;
        if listing.withdrawn {
            return Ok(Step::default());
        }
        let mut step = self.set_pool(listing, Hashrate::ZERO, at)?;
        let mut listing = listing.clone();
        listing.withdrawn = true;
        step.events.push(Event::ListingWithdrawn { listing: id });
        step.changes.push(Change::Listing(listing));
        Ok(step)
    }

    /// A contract is over: what it had can be sold again, unless the host sells no more of it.
    pub(crate) fn give_back_capacity(
        &self,
        id: ListingId,
        hashrate: Hashrate,
        at: Timestamp,
    ) -> Result<Step, Refusal> {
        let listing = self.listings.get(&id).ok_or(Refusal::UnknownListing)?;
        let mut listing = listing.clone();
        let sold = listing.sold.checked_sub(hashrate);
        listing.sold = sold.ok_or(Refusal::Overflow)?;
        let mut step = Step::default();
        if !listing.withdrawn {
            let free = listing.hashrate.checked_sub(listing.sold);
            step = self.set_pool(&listing, free.ok_or(Refusal::Overflow)?, at)?;
        }
        step.changes.push(Change::Listing(listing));
        Ok(step)
    }

    fn set_pool(
        &self,
        listing: &Listing,
        available: Hashrate,
        at: Timestamp,
    ) -> Result<Step, Refusal> {
        let booked = self.book.preview(&orderbook::Command::SetPool {
            pool: listing.pool(),
            account: listing.host,
            available,
        })?;
        Matching::of(self, None, at).carry_out(booked)
    }

    /// The listing that an ask of this product may draw on.
    pub(crate) fn offered(
        &self,
        host: AccountId,
        id: ListingId,
        product: Product,
    ) -> Result<&Listing, Refusal> {
        let listing = self.listings.get(&id).ok_or(Refusal::UnknownListing)?;
        require(listing.host == host)?;
        if listing.withdrawn {
            return Err(Refusal::ListingWithdrawn);
        }
        if !listing.products.contains(&product) {
            return Err(Refusal::ProductNotOffered);
        }
        Ok(listing)
    }

    /// What an ask of a listing states now.
    ///
    /// # Errors
    /// `Refusal` where the listing has no fleet or site in this market.
    pub fn attributes(&self, listing: &Listing) -> Result<Attributes, Refusal> {
        let fleet = (self.fleets.get(&listing.fleet)).ok_or(Refusal::UnknownFleet)?;
        let site = self.sites.get(&fleet.site).ok_or(Refusal::UnknownSite)?;
        let said = &site.description;
        Ok(Attributes {
            country: Some(said.country),
            region: said.region,
            energy: said.energy,
            grid: Some(said.grid),
            cooling: Some(said.cooling),
            mj_per_th: Some(fleet.model.machine().mj_per_th),
            carbon_g_per_kwh: said.carbon.as_ref().map(|carbon| carbon.g_per_kwh),
            rating: Some(self.record(&listing.host).rating()),
            ..Attributes::default()
        })
    }

    /// What of a fleet cannot be listed again.
    fn taken_of(&self, fleet: FleetId) -> Hashrate {
        let of = self.listings_from(fleet);
        let taken = of.fold(0u128, |all, one| all.saturating_add(one.takes().get()));
        Hashrate::new(taken)
    }

    fn has_open_asks(&self, site: SiteId) -> bool {
        let fleets = self.fleets_at(site);
        let mut listings = fleets.flat_map(|fleet| self.listings_from(fleet.id));
        listings.any(|listing| {
            let pool = self.book.pool(listing.pool());
            pool.is_some_and(|pool| !pool.asks.is_empty())
        })
    }

    /// The machines of a site, one fleet of them as it will be, draw no more than the site can.
    fn require_power(
        &self,
        site: SiteId,
        power_kw: u32,
        changed: Option<&Fleet>,
    ) -> Result<(), Refusal> {
        let others = self.fleets_at(site);
        let others = others.filter(|fleet| changed.is_none_or(|changed| changed.id != fleet.id));
        let watts = others.chain(changed).fold(0u128, |all, fleet| {
            all.saturating_add(fleet.model.watts(fleet.count))
        });
        let needs_kw = watts.div_ceil(1_000);
        if needs_kw <= power_kw.into() {
            return Ok(());
        }
        Err(Refusal::OverPower { needs_kw, power_kw })
    }

    /// A site.
    #[must_use]
    pub fn site(&self, id: &SiteId) -> Option<&Site> {
        self.sites.get(id)
    }

    /// All sites, by number.
    pub fn sites(&self) -> impl Iterator<Item = &Site> {
        self.sites.values()
    }

    /// A fleet.
    #[must_use]
    pub fn fleet(&self, id: &FleetId) -> Option<&Fleet> {
        self.fleets.get(id)
    }

    /// All fleets, by number.
    pub fn fleets(&self) -> impl Iterator<Item = &Fleet> {
        self.fleets.values()
    }

    /// A listing, withdrawn or not.
    #[must_use]
    pub fn listing(&self, id: &ListingId) -> Option<&Listing> {
        self.listings.get(id)
    }

    /// All listings, by number.
    pub fn listings(&self) -> impl Iterator<Item = &Listing> {
        self.listings.values()
    }
}

fn require(is_owner: bool) -> Result<(), Refusal> {
    if is_owner {
        Ok(())
    } else {
        Err(Refusal::NotOwner)
    }
}

fn bounded<T>(owned: impl Iterator<Item = T>) -> Result<(), Refusal> {
    if owned.count() < SUPPLY_MAX {
        return Ok(());
    }
    Err(Refusal::TooMany { most: SUPPLY_MAX })
}

fn after(last: u64) -> Result<u64, Refusal> {
    last.checked_add(1).ok_or(Refusal::Overflow)
}
