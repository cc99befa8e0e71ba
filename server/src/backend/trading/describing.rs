//! Hosts say what they have: the commands, and the answers out of what they caused.

use super::choices::{cooling_of, energy_of, grid_of, product_of};
use api::{Error, FleetDescription, NewListing, Numbered, SiteDescription, Withdrawn};
use market::{Carbon, Command, Curtailment, Event, Label, Model, Tariff};
use orderbook::{CancelReason, Country, EnergyMix, Region};
use std::collections::BTreeSet;
use units::{AccountId, FleetId, ListingId, SiteId};

fn bad(words: &str, field: &str) -> Error {
    Error::bad_request(words).about(field)
}

pub(crate) fn describe_site(
    account: AccountId,
    site: Option<SiteId>,
    said: &SiteDescription,
) -> Result<Command, Error> {
    let label = |text: &str, field: &str| {
        let words = "1 to 80 characters, without a space at either end.";
        Label::try_from(text.to_owned()).map_err(|_| bad(words, field))
    };
    let country = Country::try_from(said.country.clone());
    let country =
        country.map_err(|_| bad("A country is two capital letters, such as NO.", "country"))?;
    let region = said.region.clone().map(Region::try_from).transpose();
    let region =
        region.map_err(|_| bad("A region is 1 to 3 capital letters or digits.", "region"))?;
    let carbon = said.carbon.as_ref().map(|carbon| {
        Ok(Carbon {
            g_per_kwh: carbon.g_per_kwh,
            source: label(&carbon.source, "carbon.source")?,
        })
    });
    Ok(Command::DescribeSite {
        account,
        site,
        description: market::SiteDescription {
            name: label(&said.name, "name")?,
            country,
            region,
            power_kw: said.power_kw,
            grid: grid_of(said.grid),
            energy: mix(said)?,
            carbon: carbon.transpose()?,
            cooling: cooling_of(said.cooling),
            tariff: said.tariff.map(tariff),
            curtailment: curtailment(said.curtailment),
        },
    })
}

fn mix(said: &SiteDescription) -> Result<EnergyMix, Error> {
    let mut percents = EnergyMix::default();
    for part in &said.energy {
        let place = percents.0.get_mut(energy_of(part.source) as usize);
        let place = place.ok_or_else(Error::internal)?;
        if *place > 0 {
            return Err(bad("Each source of energy stands there once.", "energy"));
        }
        if !(1..=100).contains(&part.percent) {
            return Err(bad("A source's part is 1 to 100 percent.", "energy"));
        }
        *place = part.percent;
    }
    Ok(percents)
}

const fn tariff(said: api::Tariff) -> Tariff {
    match said.unit {
        api::TariffUnit::SatThousandths => Tariff::SatThousandthsPerKwh(said.amount),
        api::TariffUnit::UsdCentThousandths => Tariff::UsdCentThousandthsPerKwh(said.amount),
        api::TariffUnit::EurCentThousandths => Tariff::EurCentThousandthsPerKwh(said.amount),
    }
}

const fn curtailment(said: api::Curtailment) -> Curtailment {
    match said {
        api::Curtailment::Never => Curtailment::Never,
        api::Curtailment::Agreed {
            notice_minutes,
            hours_per_month,
        } => Curtailment::Agreed {
            notice_minutes,
            hours_per_month,
        },
        api::Curtailment::AnyTime => Curtailment::AnyTime,
    }
}

pub(crate) fn describe_fleet(
    account: AccountId,
    fleet: Option<FleetId>,
    said: &FleetDescription,
) -> Result<Command, Error> {
    let model = Model::of_name(&said.model);
    Ok(Command::DescribeFleet {
        account,
        fleet,
        site: SiteId::new(said.site),
        model: model.ok_or_else(|| bad("The catalogue has no such machine.", "model"))?,
        count: said.count,
    })
}

pub(crate) fn list_capacity(account: AccountId, new: &NewListing) -> Command {
    let products: BTreeSet<_> = new.products.iter().map(|one| product_of(*one)).collect();
    Command::ListCapacity {
        account,
        fleet: FleetId::new(new.fleet),
        hashrate: new.hashrate_hs,
        products,
    }
}

/// Saying the same again causes nothing: then `asked` is the number.
pub(crate) fn numbered_site(events: &[Event], asked: Option<SiteId>) -> Result<Numbered, Error> {
    let described = events.iter().find_map(|event| match event {
        Event::SiteDescribed(site) => Some(site.id),
        _ => None,
    });
    numbered(described.or(asked).map(SiteId::get))
}

/// Likewise.
pub(crate) fn numbered_fleet(events: &[Event], asked: Option<FleetId>) -> Result<Numbered, Error> {
    let described = events.iter().find_map(|event| match event {
        Event::FleetDescribed(fleet) => Some(fleet.id),
        _ => None,
    });
    numbered(described.or(asked).map(FleetId::get))
}

/// The listing that was made.
pub(crate) fn listed(events: &[Event]) -> Result<Numbered, Error> {
    numbered(events.iter().find_map(|event| match event {
        Event::CapacityListed(listing) => Some(listing.id.get()),
        _ => None,
    }))
}

fn numbered(id: Option<u64>) -> Result<Numbered, Error> {
    let id = id.ok_or_else(Error::internal)?;
    Ok(Numbered { id })
}

/// The asks that went with a listing.
pub(crate) fn withdrawn(events: &[Event], account: AccountId, listing: ListingId) -> Withdrawn {
    let orders = events.iter().filter_map(|event| match event {
        Event::OrderCancelled {
            order,
            reason: CancelReason::PoolEmpty,
            ..
        } => Some(order.id.get()),
        _ => None,
    });
    Withdrawn {
        id: listing.get(),
        orders: orders.collect(),
        released_sats: super::orders::Money::of(events, account).released(),
    }
}
