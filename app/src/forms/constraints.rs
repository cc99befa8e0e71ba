use super::sheet::{Sheet, bad};
use api::{Constraints, Cooling, Energy, EnergyShare, Error, Grid};

/// What a bid requires.
pub(super) fn read(sheet: Sheet<'_>) -> Result<Constraints, Error> {
    let listed = countries(sheet);
    let (countries_allowed, countries_denied) = match sheet.text("countries_are") {
        "" | "any" => (None, None),
        "only" => (Some(listed?), None),
        "except" => (None, Some(listed?)),
        _ => return Err(bad("There is no such choice.", "countries")),
    };
    let rating = "A rating is a whole number from 0 to 10000.";
    Ok(Constraints {
        countries_allowed,
        countries_denied,
        energy: energy(sheet)?,
        grid: ticked(Grid::ALL, |one| format!("grid_{}", one.as_str()), sheet),
        cooling: ticked(
            Cooling::ALL,
            |one| format!("cooling_{}", one.as_str()),
            sheet,
        ),
        max_mj_per_th: sheet.maybe_scaled(
            "max_j_per_th",
            1_000,
            "A number of J/TH such as 18 or 17.5, with three decimals at most.",
        )?,
        max_carbon_g_per_kwh: sheet.maybe_whole(
            "max_carbon",
            "A whole number of grams per kWh, at most 65535.",
        )?,
        min_rating: sheet.maybe_whole("min_rating", rating)?,
        max_country_percent: sheet
            .maybe_whole("max_country_percent", "A whole number from 1 to 99.")?,
    })
}

/// `NO, SE`: letters of either case, with commas or blanks between.
fn countries(sheet: Sheet<'_>) -> Result<Vec<String>, Error> {
    let text = sheet.text("countries").to_uppercase();
    let named = text.split([',', ';', ' ']).filter(|name| !name.is_empty());
    let named: Vec<_> = named.map(str::to_owned).collect();
    match named.is_empty() {
        true => Err(bad("Name at least one country, such as NO.", "countries")),
        false => Ok(named),
    }
}

fn energy(sheet: Sheet<'_>) -> Result<Option<EnergyShare>, Error> {
    let name = |one: Energy| format!("source_{}", one.as_str());
    let Some(sources) = ticked(Energy::ALL, name, sheet) else {
        return Ok(None);
    };
    let words = "The sources' part is a whole number from 1 to 100.";
    let percent = sheet.maybe_whole("energy_percent", words)?;
    Ok(Some(EnergyShare {
        sources,
        percent: percent.unwrap_or(100),
    }))
}

/// Those of a group of boxes that were ticked; none where none was.
fn ticked<T: Copy>(all: &[T], name: impl Fn(T) -> String, sheet: Sheet<'_>) -> Option<Vec<T>> {
    let ticked = all.iter().copied().filter(|one| sheet.ticked(&name(*one)));
    Some(ticked.collect::<Vec<_>>()).filter(|ticked| !ticked.is_empty())
}
