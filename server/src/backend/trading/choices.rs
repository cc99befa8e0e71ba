//! The market's words and the API's, which are the same.

use api::{EnergyPart, Product};
use orderbook::{Attributes, EnergyMix};

/// Two enums of the same choices.
macro_rules! same {
    ($api:ty, $other:ty, $to:ident, $from:ident: $($choice:ident),*) => {
        same!($api, $to, $other: $($choice),*);
        same!($other, $from, $api: $($choice),*);
    };
    ($from:ty, $name:ident, $to:ty: $($choice:ident),*) => {
        pub(super) const fn $name(choice: $from) -> $to {
            match choice { $(<$from>::$choice => <$to>::$choice),* }
        }
    };
}

same!(api::Energy, orderbook::Energy, energy_of, energy:
    Hydro, Wind, Solar, Geothermal, Nuclear, Gas, FlaredGas, Coal);
same!(api::Grid, orderbook::Grid, grid_of, grid: Connected, BehindTheMeter, OffGrid);
same!(api::Cooling, orderbook::Cooling, cooling_of, cooling: Air, Water, Immersion);
same!(api::SelfTrade, orderbook::SelfTrade, self_trade_of, self_trade:
    Refuse, CancelResting, CancelArriving);
same!(orderbook::Constraint, constraint, api::Constraint:
    Countries, Energy, Grid, Cooling, Efficiency, Carbon, Rating, CountryPercent, Bears);
same!(api::Payer, pow::settlement::Payer, payer_of, payer: Buyer, Host, Operator);

/// As the market calls it.
pub(super) const fn product_of(product: Product) -> market::Product {
    match product {
        Product::Spot => market::Product::Spot,
        Product::Day => market::Product::Term(market::Term::Day),
        Product::Week => market::Product::Term(market::Term::Week),
        Product::Month => market::Product::Term(market::Term::Month),
        Product::Quarter => market::Product::Term(market::Term::Quarter),
    }
}

/// As the API calls it.
pub(crate) const fn product(product: market::Product) -> Product {
    match product {
        market::Product::Spot => Product::Spot,
        market::Product::Term(market::Term::Day) => Product::Day,
        market::Product::Term(market::Term::Week) => Product::Week,
        market::Product::Term(market::Term::Month) => Product::Month,
        market::Product::Term(market::Term::Quarter) => Product::Quarter,
    }
}

/// The sources that a mix has any of.
pub(super) fn energy_parts(mix: &EnergyMix) -> Vec<EnergyPart> {
    let parts = orderbook::Energy::ALL.iter().map(|source| EnergyPart {
        source: energy(*source),
        percent: mix.percent(*source),
    });
    parts.filter(|part| part.percent > 0).collect()
}

/// What an ask states.
pub(crate) fn attributes(stated: &Attributes) -> api::Attributes {
    api::Attributes {
        country: stated.country.map(String::from),
        region: stated.region.map(String::from),
        energy: energy_parts(&stated.energy),
        grid: stated.grid.map(grid),
        cooling: stated.cooling.map(cooling),
        mj_per_th: stated.mj_per_th,
        carbon_g_per_kwh: stated.carbon_g_per_kwh,
        rating: stated.rating,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_has_the_same_name_on_both_sides() {
        let names = |one: String, other: &str| assert_eq!(one, format!("\"{other}\""));
        for source in orderbook::Energy::ALL {
            names(
                serde_json::to_string(source).unwrap(),
                energy(*source).as_str(),
            );
            assert_eq!(energy_of(energy(*source)), *source);
        }
        for one in orderbook::Grid::ALL {
            names(serde_json::to_string(one).unwrap(), grid(*one).as_str());
        }
        for one in orderbook::Cooling::ALL {
            names(serde_json::to_string(one).unwrap(), cooling(*one).as_str());
        }
        for one in orderbook::Constraint::ALL {
            names(
                serde_json::to_string(&one).unwrap(),
                constraint(one).as_str(),
            );
        }
        for one in market::Product::ALL {
            assert_eq!(product(one).as_str(), one.to_string());
            assert_eq!(product_of(product(one)), one);
            let days = one.term().map(|term| term.length().get() / 86_400_000);
            assert_eq!(product(one).days(), days);
        }
    }
}
