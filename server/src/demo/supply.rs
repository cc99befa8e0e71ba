//! What the sandbox's hosts have to sell: sites, fleets, listings, and asks of every product that draw on them.

use super::seed::{account, kilohashes, per_megahash};
use crate::exchange::{Exchange, ExchangeError};
use ledger::TransferId;
use market::{
    Carbon, Command, Curtailment, Label, Model, OrderTerms, Product, SiteDescription, Tariff, Term,
};
use orderbook::{ClientOrderId, Cooling, Country, Energy, EnergyMix, Grid, Region};
use std::collections::BTreeSet;
use units::{AccountId, FleetId, ListingId, Sats, SiteId};

/// For bonds.
const DEPOSIT: Sats = Sats::new(1_000_000_000);
/// Deposits of the sandbox's buyers have lower numbers.
const FIRST_REFERENCE: u128 = 1_000;

/// A host with one site.
struct Host {
    name: &'static str,
    site: Place,
    fleets: &'static [Machines],
}

struct Place {
    name: &'static str,
    country: [u8; 2],
    region: &'static str,
    power_kw: u32,
    grid: Grid,
    energy: &'static [(Energy, u8)],
    carbon: (u16, &'static str),
    cooling: Cooling,
    tariff: Tariff,
    curtailment: Curtailment,
}

/// A fleet, all of its machines' part that is listed, and the asks of that.
struct Machines {
    model: &'static str,
    count: u32,
    listed_khs: u128,
    asks: &'static [Offer],
}

/// Product, kH/s, sat per MH/s and day.
type Offer = (Product, u128, u64);

const DAY: Product = Product::Term(Term::Day);
const WEEK: Product = Product::Term(Term::Week);
const MONTH: Product = Product::Term(Term::Month);
const QUARTER: Product = Product::Term(Term::Quarter);

const HOSTS: [Host; 3] = [
    Host {
        name: "demo-host",
        site: Place {
            name: "Rana hydro hall",
            country: *b"NO",
            region: "18",
            power_kw: 40,
            grid: Grid::Connected,
            energy: &[(Energy::Hydro, 92), (Energy::Wind, 8)],
            carbon: (19, "Sandbox: near Norway's average of 2023"),
            cooling: Cooling::Water,
            tariff: Tariff::EurCentThousandthsPerKwh(3_100),
            curtailment: Curtailment::Agreed {
                notice_minutes: 30,
                hours_per_month: 12,
            },
        },
        fleets: &[
            Machines {
                model: "cpu-core",
                count: 1,
                listed_khs: 250,
                asks: &[
                    (Product::Spot, 150, 1_620_000),
                    (DAY, 200, 1_640_000),
                    (WEEK, 200, 1_610_000),
                    (MONTH, 150, 1_580_000),
                ],
            },
            Machines {
                model: "bitaxe-gamma",
                count: 2,
                listed_khs: 100,
                asks: &[(Product::Spot, 50, 1_750_000), (MONTH, 100, 1_690_000)],
            },
        ],
    },
    Host {
        name: "north-host",
        site: Place {
            name: "Norrland wind park",
            country: *b"SE",
            region: "BD",
            power_kw: 25,
            grid: Grid::BehindTheMeter,
            energy: &[(Energy::Wind, 100)],
            carbon: (12, "Sandbox: a made-up certificate"),
            cooling: Cooling::Air,
            tariff: Tariff::EurCentThousandthsPerKwh(2_400),
            curtailment: Curtailment::AnyTime,
        },
        fleets: &[Machines {
            model: "cpu-core",
            count: 1,
            listed_khs: 150,
            asks: &[
                (DAY, 100, 1_590_000),
                (WEEK, 100, 1_570_000),
                (QUARTER, 100, 1_500_000),
            ],
        }],
    },
    Host {
        name: "river-host",
        site: Place {
            name: "Permian flare 7",
            country: *b"US",
            region: "TX",
            power_kw: 60,
            grid: Grid::OffGrid,
            energy: &[(Energy::FlaredGas, 100)],
            carbon: (430, "Sandbox: a made-up measurement"),
            cooling: Cooling::Immersion,
            tariff: Tariff::UsdCentThousandthsPerKwh(1_800),
            curtailment: Curtailment::AnyTime,
        },
        fleets: &[Machines {
            model: "cpu-core",
            count: 1,
            listed_khs: 400,
            asks: &[
                (Product::Spot, 300, 1_590_000),
                (DAY, 300, 1_520_000),
                (WEEK, 300, 1_490_000),
            ],
        }],
    },
];

/// Does what is missing: a start that was cut off in the middle is finished by the next one.
pub(super) async fn describe(exchange: &Exchange) -> Result<(), ExchangeError> {
    for (number, host) in HOSTS.iter().enumerate() {
        let name = account(host.name);
        if !exchange.read(|market| market.account_exists(&name)) {
            continue;
        }
        let deposit = Command::Deposit {
            account: name,
            amount: DEPOSIT,
            reference: TransferId::new(FIRST_REFERENCE + number as u128),
        };
        exchange.send(deposit).await?;
        let site = site(exchange, name, &host.site).await?;
        for (place, machines) in host.fleets.iter().enumerate() {
            fleet(exchange, (name, site), machines, place).await?;
        }
    }
    Ok(())
}

async fn site(
    exchange: &Exchange,
    host: AccountId,
    place: &Place,
) -> Result<SiteId, ExchangeError> {
    let known = || {
        exchange.read(|market| {
            let mut theirs = market.sites().filter(|site| site.host == host);
            theirs.next().map(|site| site.id)
        })
    };
    if known().is_none() {
        let describe = Command::DescribeSite {
            account: host,
            site: None,
            description: place.description(),
        };
        exchange.send(describe).await?;
    }
    Ok(known().unwrap_or(SiteId::new(0)))
}

async fn fleet(
    exchange: &Exchange,
    (host, site): (AccountId, SiteId),
    machines: &Machines,
    place: usize,
) -> Result<(), ExchangeError> {
    let known = || {
        exchange.read(|market| {
            let mut theirs = market.fleets().filter(|fleet| fleet.host == host);
            theirs.nth(place).map(|fleet| fleet.id)
        })
    };
    let Some(model) = Model::of_name(machines.model) else {
        return Ok(());
    };
    if known().is_none() {
        let describe = Command::DescribeFleet {
            account: host,
            fleet: None,
            site,
            model,
            count: machines.count,
        };
        exchange.send(describe).await?;
    }
    let fleet = known().unwrap_or(FleetId::new(0));
    let listing = list(exchange, (host, fleet), machines).await?;
    for (number, offer) in machines.asks.iter().enumerate() {
        let client_id = ClientOrderId(place as u64 * 10 + number as u64);
        ask(exchange, (host, listing), offer, client_id).await?;
    }
    Ok(())
}

async fn list(
    exchange: &Exchange,
    (host, fleet): (AccountId, FleetId),
    machines: &Machines,
) -> Result<ListingId, ExchangeError> {
    let known = || {
        exchange.read(|market| {
            let mut theirs = market.listings().filter(|listing| listing.fleet == fleet);
            theirs.next().map(|listing| listing.id)
        })
    };
    if known().is_none() {
        let products: BTreeSet<Product> = machines.asks.iter().map(|(one, ..)| *one).collect();
        let list = Command::ListCapacity {
            account: host,
            fleet,
            hashrate: kilohashes(machines.listed_khs),
            products,
        };
        exchange.send(list).await?;
    }
    Ok(known().unwrap_or(ListingId::new(0)))
}

/// Once: what a visitor bought or the host cancelled is not offered again.
async fn ask(
    exchange: &Exchange,
    (host, listing): (AccountId, ListingId),
    (product, khs, price): &Offer,
    client_id: ClientOrderId,
) -> Result<(), ExchangeError> {
    let done = exchange.read(|market| {
        let open = market.book().order_of_client(host, client_id).is_some();
        let mut contracts = market.contracts().map(|contract| &contract.agreement);
        open || contracts.any(|one| one.listing == Some(listing) && one.product() == *product)
            || market.listing(&listing).is_none_or(|one| one.withdrawn)
    });
    if done {
        return Ok(());
    }
    let ask = Command::PlaceAsk {
        account: host,
        hashrate: kilohashes(*khs),
        price: per_megahash(*price),
        listing: Some(listing),
        terms: OrderTerms {
            product: *product,
            client_id: Some(client_id),
            ..OrderTerms::default()
        },
    };
    match exchange.send(ask).await {
        // What is left of the listing is less: visitors bought of it.
        Err(ExchangeError::Refused(why)) => {
            tracing::debug!(%why, "the sandbox's host offers less than it did");
            Ok(())
        }
        sent => sent.map(|_| ()),
    }
}

impl Place {
    #[expect(
        clippy::expect_used,
        reason = "the texts above are valid; the demo's test would fail otherwise"
    )]
    fn description(&self) -> SiteDescription {
        let label = |text: &str| Label::try_from(text.to_owned()).expect("a valid text");
        let mut energy = EnergyMix::default();
        for (source, percent) in self.energy {
            if let Some(part) = energy.0.get_mut(*source as usize) {
                *part = *percent;
            }
        }
        let (g_per_kwh, source) = self.carbon;
        SiteDescription {
            name: label(self.name),
            country: Country::new(self.country).expect("two letters"),
            region: Region::new(self.region),
            power_kw: self.power_kw,
            grid: self.grid,
            energy,
            carbon: Some(Carbon {
                g_per_kwh,
                source: label(source),
            }),
            cooling: self.cooling,
            tariff: Some(self.tariff),
            curtailment: self.curtailment,
        }
    }
}
