//! A market of 20,000 listings, whose asks state everything that a constraint can ask for.

use crate::plain::Random;
use orderbook::{
    Attributes, Constraints, Cooling, CoolingSet, Countries, Country, CountrySet, Energy,
    EnergyMix, EnergySet, EnergyShare, Grid, Order, Side, TimeInForce,
};
use units::{AccountId, Hashrate, OrderId, Price};

const LISTINGS: usize = 20_000;
const COUNTRIES: u64 = 60;
/// Millijoules per TH of machines on the market.
const MODELS: [u32; 12] = [
    12_000, 13_500, 15_000, 16_500, 17_500, 18_500, 19_900, 21_500, 23_000, 26_000, 29_500, 34_000,
];
/// Grams of CO2 per kWh of each source, in the order of `Energy::ALL`.
const CARBON: [u16; 8] = [20, 12, 45, 38, 12, 450, 520, 900];

#[derive(Clone, Copy)]
pub enum Profile {
    Loose,
    Medium,
    Tight,
    Impossible,
}

impl Profile {
    pub const ALL: &[(&str, Self)] = &[
        ("loose", Self::Loose),
        ("medium", Self::Medium),
        ("tight", Self::Tight),
        ("impossible", Self::Impossible),
    ];
}

pub struct Listings {
    random: Random,
    all: Vec<Attributes>,
    buyer: AccountId,
}

fn country(number: u64) -> Country {
    let letters = [b'A' + (number / 26) as u8, b'A' + (number % 26) as u8];
    Country::new(letters).unwrap()
}

impl Listings {
    pub fn new() -> Self {
        let mut random = Random::new(3);
        let all = (0..LISTINGS).map(|_| listing(&mut random)).collect();
        let buyer = "buyer".parse().unwrap();
        Self { random, all, buyer }
    }

    pub fn ask(&mut self, id: u64, account: AccountId) -> Order {
        let attributes = self.all[self.random.below(LISTINGS as u64) as usize];
        let hashrate = Hashrate::new(u128::from(1 + self.random.below(20)) * 1_000);
        let price = Price::new(40_000 + self.random.below(20_000));
        let order = Order::limit(OrderId::new(id), account, Side::Ask, hashrate, price);
        Order {
            attributes,
            ..order
        }
    }

    pub fn bid(&mut self, id: u64, profile: Profile) -> Order {
        let hashrate = Hashrate::new(u128::from(1 + self.random.below(50)) * 1_000);
        let order = Order::limit(
            OrderId::new(id),
            self.buyer,
            Side::Bid,
            hashrate,
            Price::new(55_000),
        );
        Order {
            time_in_force: TimeInForce::Ioc,
            constraints: self.constraints(profile),
            ..order
        }
    }

    fn countries(&mut self, count: usize) -> CountrySet {
        let chosen: Vec<Country> = (0..count)
            .map(|_| country(zipf(&mut self.random)))
            .collect();
        CountrySet::of(&chosen)
    }

    fn constraints(&mut self, profile: Profile) -> Constraints {
        let of = |sources: &[Energy], percent| {
            Some(EnergyShare {
                sources: EnergySet::of(sources),
                percent,
            })
        };
        let none = Constraints::default();
        match profile {
            Profile::Loose => Constraints {
                max_mj_per_th: Some(30_000),
                ..none
            },
            Profile::Medium => Constraints {
                countries: Countries::Only(self.countries(5)),
                energy: of(&[Energy::Hydro, Energy::Wind], 50),
                max_country_percent: Some(40),
                ..none
            },
            Profile::Tight => Constraints {
                countries: Countries::Only(self.countries(1)),
                energy: of(&[Energy::Hydro], 60),
                cooling: Some(CoolingSet::of(&[Cooling::Water])),
                max_mj_per_th: Some(17_000),
                min_rating: Some(5_000),
                ..none
            },
            // Each of them is met by many, and all together by none.
            Profile::Impossible => Constraints {
                countries: Countries::Except(self.countries(2)),
                energy: of(&[Energy::Coal], 60),
                max_carbon_g_per_kwh: Some(400),
                max_mj_per_th: Some(24_000),
                ..none
            },
        }
    }
}

/// A few countries have most listings.
fn zipf(random: &mut Random) -> u64 {
    let widest = 1 + random.below(COUNTRIES);
    random.below(widest)
}

fn listing(random: &mut Random) -> Attributes {
    let main = random.below(8) as usize;
    let mut energy = EnergyMix::default();
    let share = 60 + random.below(5) * 10;
    energy.0[main] = share as u8;
    let other = random.below(8) as usize;
    energy.0[other] += (100 - share) as u8;
    let carbon = (0..8)
        .map(|source| u64::from(CARBON[source]) * u64::from(energy.0[source]))
        .sum::<u64>();
    Attributes {
        country: Some(country(zipf(random))),
        region: None,
        energy,
        grid: Some(Grid::ALL[random.below(3) as usize]),
        cooling: Some(Cooling::ALL[random.below(3) as usize]),
        mj_per_th: Some(MODELS[random.below(12) as usize]),
        carbon_g_per_kwh: Some((carbon / 100) as u16),
        rating: Some((random.below(9) * 1_250) as u16),
        ..Attributes::default()
    }
}
