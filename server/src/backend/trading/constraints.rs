//! What a bid requires, read and told.

use super::choices::{cooling, cooling_of, energy, energy_of, grid, grid_of};
use api::Error;
use orderbook::{Constraints, CoolingSet, Countries, Country, CountrySet, EnergySet, GridSet};

pub(super) fn read(asked: &api::Constraints) -> Result<Constraints, Error> {
    let countries = match (&asked.countries_allowed, &asked.countries_denied) {
        (None, None) => Countries::Any,
        (Some(allowed), None) => Countries::Only(set(allowed, "constraints.countries_allowed")?),
        (None, Some(denied)) => Countries::Except(set(denied, "constraints.countries_denied")?),
        (Some(_), Some(_)) => {
            let words = "A bid names the countries that it takes, or those that it does not.";
            return Err(Error::bad_request(words).about("constraints.countries_denied"));
        }
    };
    let energy = asked.energy.as_ref().map(|share| {
        let sources: Vec<_> = share.sources.iter().map(|one| energy_of(*one)).collect();
        orderbook::EnergyShare {
            sources: EnergySet::of(&sources),
            percent: share.percent,
        }
    });
    let grid = asked.grid.as_ref().map(|all| {
        let all: Vec<_> = all.iter().map(|one| grid_of(*one)).collect();
        GridSet::of(&all)
    });
    let cooling = asked.cooling.as_ref().map(|all| {
        let all: Vec<_> = all.iter().map(|one| cooling_of(*one)).collect();
        CoolingSet::of(&all)
    });
    let constraints = Constraints {
        countries,
        energy,
        grid,
        cooling,
        max_mj_per_th: asked.max_mj_per_th,
        max_carbon_g_per_kwh: asked.max_carbon_g_per_kwh,
        min_rating: asked.min_rating,
        max_country_percent: asked.max_country_percent,
        ..Constraints::default()
    };
    check(&constraints)?;
    Ok(constraints)
}

/// The book refuses these too, without saying which.
fn check(constraints: &Constraints) -> Result<(), Error> {
    let bad = |words: &str, field: &str| Err(Error::bad_request(words).about(field));
    if let Some(share) = constraints.energy {
        if share.sources.is_empty() {
            return bad(
                "Name at least one source of energy.",
                "constraints.energy.sources",
            );
        }
        if !(1..=100).contains(&share.percent) {
            return bad(
                "The energy sources' part is 1 to 100 percent.",
                "constraints.energy.percent",
            );
        }
    }
    if constraints.grid.is_some_and(GridSet::is_empty) {
        return bad("Name at least one grid relation.", "constraints.grid");
    }
    if constraints.cooling.is_some_and(CoolingSet::is_empty) {
        return bad("Name at least one way of cooling.", "constraints.cooling");
    }
    if (constraints.min_rating).is_some_and(|rating| rating > 10_000) {
        return bad("A rating is 0 to 10,000.", "constraints.min_rating");
    }
    let percent = constraints.max_country_percent;
    if percent.is_some_and(|percent| !(1..100).contains(&percent)) {
        return bad(
            "The part of any one country is 1 to 99 percent.",
            "constraints.max_country_percent",
        );
    }
    Ok(())
}

fn set(letters: &[String], field: &str) -> Result<CountrySet, Error> {
    let country = |text: &String| Country::try_from(text.clone());
    let countries: Result<Vec<Country>, _> = letters.iter().map(country).collect();
    let countries = countries.map_err(|_| {
        Error::bad_request("A country is two capital letters, such as NO.").about(field)
    })?;
    if countries.is_empty() {
        return Err(Error::bad_request("Name at least one country.").about(field));
    }
    Ok(CountrySet::of(&countries))
}

pub(super) fn tell(required: &Constraints) -> api::Constraints {
    let letters = |set: &CountrySet| Some(set.iter().map(String::from).collect());
    let (countries_allowed, countries_denied) = match &required.countries {
        Countries::Any => (None, None),
        Countries::Only(set) => (letters(set), None),
        Countries::Except(set) => (None, letters(set)),
    };
    let share = |share: orderbook::EnergyShare| api::EnergyShare {
        sources: share.sources.iter().map(energy).collect(),
        percent: share.percent,
    };
    api::Constraints {
        countries_allowed,
        countries_denied,
        energy: required.energy.map(share),
        grid: required.grid.map(|set| set.iter().map(grid).collect()),
        cooling: (required.cooling).map(|set| set.iter().map(cooling).collect()),
        max_mj_per_th: required.max_mj_per_th,
        max_carbon_g_per_kwh: required.max_carbon_g_per_kwh,
        min_rating: required.min_rating,
        max_country_percent: required.max_country_percent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(json: &str) -> Result<Constraints, Option<String>> {
        read(&serde_json::from_str(json).unwrap()).map_err(|error| error.field)
    }

    #[test]
    fn what_was_read_is_told_again() {
        for json in [
            "{}",
            r#"{"countries_allowed":["NO","SE"]}"#,
            r#"{"countries_denied":["RU"],"min_rating":10000,"max_country_percent":40}"#,
            r#"{"energy":{"sources":["hydro","flared_gas"],"percent":100},"grid":["off_grid"]}"#,
            r#"{"cooling":["water","immersion"],"max_mj_per_th":18000,"max_carbon_g_per_kwh":30}"#,
        ] {
            let wanted: api::Constraints = serde_json::from_str(json).unwrap();
            assert_eq!(tell(&read(&wanted).unwrap()), wanted, "{json}");
        }
    }

    #[test]
    fn bad_constraints_name_their_field() {
        for (json, field) in [
            (
                r#"{"countries_allowed":[]}"#,
                "constraints.countries_allowed",
            ),
            (
                r#"{"countries_denied":["no"]}"#,
                "constraints.countries_denied",
            ),
            (
                r#"{"countries_allowed":["NO"],"countries_denied":["SE"]}"#,
                "constraints.countries_denied",
            ),
            (
                r#"{"energy":{"sources":[],"percent":5}}"#,
                "constraints.energy.sources",
            ),
            (
                r#"{"energy":{"sources":["wind"],"percent":101}}"#,
                "constraints.energy.percent",
            ),
            (r#"{"grid":[]}"#, "constraints.grid"),
            (r#"{"cooling":[]}"#, "constraints.cooling"),
            (r#"{"min_rating":10001}"#, "constraints.min_rating"),
            (
                r#"{"max_country_percent":100}"#,
                "constraints.max_country_percent",
            ),
        ] {
            assert_eq!(asked(json), Err(Some(field.into())), "{json}");
        }
    }
}
