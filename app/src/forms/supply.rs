//! Sites, fleets and listings out of their forms.

use super::sheet::{Sheet, bad};
use api::{
    Carbon, Curtailment, Energy, EnergyPart, Error, FleetDescription, NewListing, Product,
    SiteDescription, Tariff, TariffUnit,
};

/// What a host says of a site.
///
/// # Errors
/// What is wrong with a field, with the field's name.
pub fn site(sheet: Sheet<'_>) -> Result<SiteDescription, Error> {
    Ok(SiteDescription {
        name: sheet.text("name").into(),
        country: sheet.text("country").to_uppercase(),
        region: sheet.filled("region").map(str::to_uppercase),
        power_kw: sheet.whole("power_kw", "A whole number of kW, at most 4294967295.")?,
        grid: sheet.parsed("grid", "Choose the grid relation.")?,
        energy: energy(sheet)?,
        carbon: carbon(sheet)?,
        cooling: sheet.parsed("cooling", "Choose the cooling.")?,
        tariff: tariff(sheet)?,
        curtailment: curtailment(sheet)?,
    })
}

fn energy(sheet: Sheet<'_>) -> Result<Vec<EnergyPart>, Error> {
    let words = "Whole numbers of percent that add up to 100.";
    let mut parts = Vec::new();
    let mut sum = 0_u32;
    for source in Energy::ALL {
        let name = format!("energy_{}", source.as_str());
        let percent: Option<u8> = sheet
            .maybe_whole(&name, words)
            .map_err(|_| bad(words, "energy"))?;
        if let Some(percent) = percent.filter(|percent| *percent > 0) {
            sum = sum.saturating_add(percent.into());
            parts.push(EnergyPart {
                source: *source,
                percent,
            });
        }
    }
    match sum {
        100 => Ok(parts),
        _ => Err(bad(
            &format!("The sources add up to {sum} %, and must to 100 %."),
            "energy",
        )),
    }
}

fn carbon(sheet: Sheet<'_>) -> Result<Option<Carbon>, Error> {
    let words = "A whole number of grams per kWh, at most 65535.";
    let Some(g_per_kwh) = sheet.maybe_whole("carbon", words)? else {
        return Ok(None);
    };
    let source = sheet.filled("carbon_source");
    let source = source.ok_or_else(|| bad("Where is the number from?", "carbon_source"))?;
    Ok(Some(Carbon {
        g_per_kwh,
        source: source.into(),
    }))
}

fn tariff(sheet: Sheet<'_>) -> Result<Option<Tariff>, Error> {
    let words = "A number such as 4.25, with three decimals at most.";
    let amount = sheet.maybe_scaled("tariff", 1_000, words)?;
    let read = |amount| {
        let unit = sheet.parsed::<TariffUnit>("tariff_unit", "There is no such unit.");
        let unit = unit.map_err(|error| error.about("tariff"))?;
        Ok(Tariff { amount, unit })
    };
    amount.map(read).transpose()
}

fn curtailment(sheet: Sheet<'_>) -> Result<Curtailment, Error> {
    match sheet.text("curtailment") {
        "" | "never" => Ok(Curtailment::Never),
        "any_time" => Ok(Curtailment::AnyTime),
        "agreed" => Ok(Curtailment::Agreed {
            notice_minutes: sheet.whole("notice_minutes", "A whole number of minutes.")?,
            hours_per_month: sheet.whole("hours_per_month", "A whole number of hours.")?,
        }),
        _ => Err(bad("There is no such choice.", "curtailment")),
    }
}

/// What machines stand where.
///
/// # Errors
/// What is wrong with a field, with the field's name.
pub fn fleet(sheet: Sheet<'_>) -> Result<FleetDescription, Error> {
    Ok(FleetDescription {
        site: sheet.parsed("site", "Choose one of your sites.")?,
        model: sheet.text("model").into(),
        count: sheet.whole("count", "A whole number of machines.")?,
    })
}

/// Capacity to be offered.
///
/// # Errors
/// What is wrong with a field, with the field's name.
pub fn listing(sheet: Sheet<'_>) -> Result<NewListing, Error> {
    let sold = |product: &Product| sheet.ticked(&format!("sells_{product}"));
    let products: Vec<_> = Product::ALL.into_iter().filter(sold).collect();
    if products.is_empty() {
        return Err(bad("Tick one product at least.", "products"));
    }
    Ok(NewListing {
        fleet: sheet.parsed("fleet", "Choose one of your fleets.")?,
        hashrate_hs: sheet.hashrate("hashrate")?,
        products,
    })
}

#[cfg(test)]
mod tests {
    use super::{super::Fields, *};

    fn sent(pairs: &[(&str, &str)]) -> Fields {
        let usual = [
            ("name", "Tromsø"),
            ("country", "no"),
            ("power_kw", "1 500"),
            ("grid", "behind_the_meter"),
            ("energy_hydro", "90"),
            ("energy_wind", "10"),
            ("cooling", "air"),
        ];
        let all = usual.iter().chain(pairs);
        all.map(|(name, value)| ((*name).into(), (*value).into()))
            .collect()
    }

    #[test]
    fn a_form_describes_a_site() {
        let fields = sent(&[
            ("carbon", "24"),
            ("carbon_source", "NVE 2025"),
            ("tariff", "4.25"),
            ("tariff_unit", "eur_cent_thousandths_per_kwh"),
            ("curtailment", "agreed"),
            ("notice_minutes", "30"),
            ("hours_per_month", "10"),
        ]);
        let said = site(Sheet(&fields)).unwrap();
        assert_eq!((said.country.as_str(), said.power_kw), ("NO", 1_500));
        assert_eq!(said.energy.len(), 2);
        assert_eq!(said.carbon.unwrap().g_per_kwh, 24);
        assert_eq!(said.tariff.unwrap().amount, 4_250);
        let agreed = Curtailment::Agreed {
            notice_minutes: 30,
            hours_per_month: 10,
        };
        assert_eq!(said.curtailment, agreed);
    }

    #[test]
    fn what_is_wrong_stands_at_its_field() {
        for (name, value, about) in [
            ("energy_wind", "9", "energy"),
            ("energy_wind", "300", "energy"),
            ("power_kw", "x", "power_kw"),
            ("grid", "", "grid"),
            ("cooling", "ice", "cooling"),
            ("carbon", "24", "carbon_source"),
            ("tariff", "1.2345", "tariff"),
            ("tariff", "1", "tariff"),
            ("curtailment", "agreed", "notice_minutes"),
        ] {
            let fields = sent(&[(name, value)]);
            let error = site(Sheet(&fields)).unwrap_err();
            assert_eq!(error.field.as_deref(), Some(about), "{name}={value}");
        }
    }

    #[test]
    fn a_listing_sells_something() {
        let fields = sent(&[("fleet", "1"), ("hashrate", "150"), ("hashrate_unit", "kh")]);
        let error = listing(Sheet(&fields)).unwrap_err();
        assert_eq!(error.field.as_deref(), Some("products"));
        let fields = sent(&[
            ("fleet", "1"),
            ("hashrate", "150"),
            ("hashrate_unit", "kh"),
            ("sells_spot", "on"),
            ("sells_30d", "on"),
        ]);
        let products = listing(Sheet(&fields)).unwrap().products;
        assert_eq!(products, [Product::Spot, Product::Month]);
    }
}
