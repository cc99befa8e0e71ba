//! Sites, fleets and listings as they are seen.

use super::{
    super::Service,
    choices::{attributes, cooling, energy_parts, grid, product},
};
use api::{Curtailment, Fleet, FleetDescription, HostRating, Listing, Site, SiteDescription};
use market::Market;
use orderbook::Attributes;
use units::{AccountId, Hashrate, SiteId};

/// Lines of each list.
const LISTED: usize = 1_000;

pub(crate) fn sites(service: &Service, host: AccountId) -> Vec<Site> {
    service.exchange.read(|market| {
        let theirs = market.sites_of(host);
        let site = |site: &market::Site| Site {
            id: site.id.get(),
            description: description(&site.description),
            drawn_kw: drawn_kw(market, site.id),
        };
        theirs.map(site).collect()
    })
}

fn drawn_kw(market: &Market, site: SiteId) -> u64 {
    let watts = market.fleets_at(site);
    let watts = watts.map(|fleet| fleet.model.watts(fleet.count));
    let watts = watts.fold(0u128, u128::saturating_add);
    u64::try_from(watts.div_ceil(1_000)).unwrap_or(u64::MAX)
}

fn description(site: &market::SiteDescription) -> SiteDescription {
    SiteDescription {
        name: site.name.to_string(),
        country: site.country.into(),
        region: site.region.map(String::from),
        power_kw: site.power_kw,
        grid: grid(site.grid),
        energy: energy_parts(&site.energy),
        carbon: site.carbon.as_ref().map(|carbon| api::Carbon {
            g_per_kwh: carbon.g_per_kwh,
            source: carbon.source.to_string(),
        }),
        cooling: cooling(site.cooling),
        tariff: site.tariff.map(tariff),
        curtailment: curtailment(site.curtailment),
    }
}

const fn tariff(tariff: market::Tariff) -> api::Tariff {
    let (amount, unit) = match tariff {
        market::Tariff::SatThousandthsPerKwh(amount) => (amount, api::TariffUnit::SatThousandths),
        market::Tariff::UsdCentThousandthsPerKwh(amount) => {
            (amount, api::TariffUnit::UsdCentThousandths)
        }
        market::Tariff::EurCentThousandthsPerKwh(amount) => {
            (amount, api::TariffUnit::EurCentThousandths)
        }
    };
    api::Tariff { amount, unit }
}

const fn curtailment(told: market::Curtailment) -> Curtailment {
    match told {
        market::Curtailment::Never => Curtailment::Never,
        market::Curtailment::Agreed {
            notice_minutes,
            hours_per_month,
        } => Curtailment::Agreed {
            notice_minutes,
            hours_per_month,
        },
        market::Curtailment::AnyTime => Curtailment::AnyTime,
    }
}

pub(crate) fn fleets(service: &Service, host: AccountId) -> Vec<Fleet> {
    service.exchange.read(|market| {
        let theirs = market.fleets_of(host);
        theirs.map(|one| fleet(market, one)).collect()
    })
}

fn fleet(market: &Market, fleet: &market::Fleet) -> Fleet {
    let machine = fleet.model.machine();
    let listings = market.listings_from(fleet.id);
    let taken = listings.map(|one| one.takes().get());
    let taken = taken.fold(0u128, u128::saturating_add);
    Fleet {
        id: fleet.id.get(),
        description: FleetDescription {
            site: fleet.site.get(),
            model: machine.name.into(),
            count: fleet.count,
        },
        title: machine.title.into(),
        site_name: site_name(market, fleet.site),
        mj_per_th: machine.mj_per_th,
        capacity_hs: fleet.capacity(),
        free_hs: less(fleet.capacity(), Hashrate::new(taken)),
    }
}

fn less(all: Hashrate, part: Hashrate) -> Hashrate {
    all.checked_sub(part).unwrap_or(Hashrate::ZERO)
}

fn site_name(market: &Market, site: SiteId) -> String {
    let site = market.site(&site);
    site.map(|site| site.description.name.to_string())
        .unwrap_or_default()
}

pub(crate) fn listings(service: &Service) -> Vec<Listing> {
    service.exchange.read(|market| {
        let open = market.listings().filter(|one| !one.withdrawn);
        open.take(LISTED).map(|one| listing(market, one)).collect()
    })
}

pub(crate) fn own_listings(service: &Service, host: AccountId) -> Vec<Listing> {
    service.exchange.read(|market| {
        let newest_first = market.listings_of(host).rev();
        newest_first.map(|one| listing(market, one)).collect()
    })
}

fn listing(market: &Market, listing: &market::Listing) -> Listing {
    let fleet = market.fleet(&listing.fleet);
    let site = fleet.and_then(|fleet| market.site(&fleet.site));
    let record = market.record(&listing.host);
    let states = fleet.zip(site).map(|(fleet, site)| {
        let said = &site.description;
        Attributes {
            country: Some(said.country),
            region: said.region,
            energy: said.energy,
            grid: Some(said.grid),
            cooling: Some(said.cooling),
            mj_per_th: Some(fleet.model.machine().mj_per_th),
            carbon_g_per_kwh: said.carbon.as_ref().map(|carbon| carbon.g_per_kwh),
            rating: Some(record.rating()),
            ..Attributes::default()
        }
    });
    Listing {
        id: listing.id.get(),
        host: listing.host,
        host_rating: HostRating {
            rating: record.rating(),
            ended: record.ended,
            short: record.short,
        },
        fleet: listing.fleet.get(),
        site_name: site
            .map(|site| site.description.name.to_string())
            .unwrap_or_default(),
        machine: fleet
            .map(|fleet| fleet.model.machine().title.to_owned())
            .unwrap_or_default(),
        hashrate_hs: listing.hashrate,
        sold_hs: listing.sold,
        free_hs: if listing.withdrawn {
            Hashrate::ZERO
        } else {
            less(listing.hashrate, listing.sold)
        },
        products: listing.products.iter().copied().map(product).collect(),
        attributes: states.as_ref().map(attributes).unwrap_or_default(),
        curtailment: site
            .map(|site| curtailment(site.description.curtailment))
            .unwrap_or_default(),
        withdrawn: listing.withdrawn,
    }
}
