//! Whose is what: it follows from sites, fleets and listings, so that nobody's are looked for among everybody's.

use crate::{Fleet, Listing, Market, Site};
use std::collections::{BTreeMap, BTreeSet};
use units::{AccountId, FleetId, ListingId, SiteId};

/// The numbers of what belongs together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Owned {
    sites: BTreeSet<(AccountId, SiteId)>,
    fleets: BTreeSet<(AccountId, FleetId)>,
    fleets_at: BTreeSet<(SiteId, FleetId)>,
    listings: BTreeSet<(AccountId, ListingId)>,
    listings_from: BTreeSet<(FleetId, ListingId)>,
}

impl Owned {
    /// Of a market's sites, fleets and listings.
    pub(crate) fn of(
        sites: &BTreeMap<SiteId, Site>,
        fleets: &BTreeMap<FleetId, Fleet>,
        listings: &BTreeMap<ListingId, Listing>,
    ) -> Self {
        let mut owned = Self::default();
        sites.values().for_each(|site| owned.add_site(site));
        fleets.values().for_each(|fleet| owned.add_fleet(fleet));
        listings.values().for_each(|one| owned.add_listing(one));
        owned
    }

    fn add_site(&mut self, site: &Site) {
        self.sites.insert((site.host, site.id));
    }

    fn add_fleet(&mut self, fleet: &Fleet) {
        self.fleets.insert((fleet.host, fleet.id));
        self.fleets_at.insert((fleet.site, fleet.id));
    }

    fn add_listing(&mut self, listing: &Listing) {
        self.listings.insert((listing.host, listing.id));
        self.listings_from.insert((listing.fleet, listing.id));
    }
}

impl Market {
    pub(crate) fn set_site(&mut self, site: Site) {
        self.owned.add_site(&site);
        self.sites.insert(site.id, site);
    }

    pub(crate) fn set_fleet(&mut self, fleet: Fleet) {
        if let Some(before) = self.fleets.insert(fleet.id, fleet) {
            self.owned.fleets_at.remove(&(before.site, before.id));
        }
        self.owned.add_fleet(&fleet);
    }

    pub(crate) fn set_listing(&mut self, listing: Listing) {
        self.owned.add_listing(&listing);
        self.listings.insert(listing.id, listing);
    }

    pub(crate) fn forget_listing(&mut self, id: ListingId) {
        if let Some(listing) = self.listings.remove(&id) {
            self.owned.listings.remove(&(listing.host, id));
            self.owned.listings_from.remove(&(listing.fleet, id));
        }
    }

    /// A host's sites, by number: 256 at most.
    pub fn sites_of(&self, host: AccountId) -> impl DoubleEndedIterator<Item = &Site> {
        let theirs = (host, SiteId::new(0))..=(host, SiteId::new(u64::MAX));
        let theirs = self.owned.sites.range(theirs);
        theirs.filter_map(|(_, id)| self.sites.get(id))
    }

    /// A host's fleets, by number: 256 at most.
    pub fn fleets_of(&self, host: AccountId) -> impl DoubleEndedIterator<Item = &Fleet> {
        let theirs = (host, FleetId::new(0))..=(host, FleetId::new(u64::MAX));
        let theirs = self.owned.fleets.range(theirs);
        theirs.filter_map(|(_, id)| self.fleets.get(id))
    }

    /// The fleets of a site, by number.
    pub fn fleets_at(&self, site: SiteId) -> impl DoubleEndedIterator<Item = &Fleet> {
        let there = (site, FleetId::new(0))..=(site, FleetId::new(u64::MAX));
        let there = self.owned.fleets_at.range(there);
        there.filter_map(|(_, id)| self.fleets.get(id))
    }

    /// A host's listings, by number, withdrawn ones too: 256 at most.
    pub fn listings_of(&self, host: AccountId) -> impl DoubleEndedIterator<Item = &Listing> {
        let theirs = (host, ListingId::new(0))..=(host, ListingId::new(u64::MAX));
        let theirs = self.owned.listings.range(theirs);
        theirs.filter_map(|(_, id)| self.listings.get(id))
    }

    /// The listings of a fleet, by number, withdrawn ones too.
    pub fn listings_from(&self, fleet: FleetId) -> impl DoubleEndedIterator<Item = &Listing> {
        let from = (fleet, ListingId::new(0))..=(fleet, ListingId::new(u64::MAX));
        let from = self.owned.listings_from.range(from);
        from.filter_map(|(_, id)| self.listings.get(id))
    }
}
