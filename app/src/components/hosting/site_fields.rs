use crate::{display::trade, forms::Fields};
use api::{Curtailment, Site};

/// A site as its form holds it: to be described anew.
pub fn fields_of(site: &Site) -> Fields {
    let said = &site.description;
    let mut fields = Fields::new();
    let mut put = |name: &str, value: String| _ = fields.insert(name.to_owned(), value);
    put("site", site.id.to_string());
    put("name", said.name.clone());
    put("country", said.country.clone());
    put("region", said.region.clone().unwrap_or_default());
    put("power_kw", said.power_kw.to_string());
    put("grid", said.grid.as_str().into());
    put("cooling", said.cooling.as_str().into());
    for part in &said.energy {
        put(
            &format!("energy_{}", part.source.as_str()),
            part.percent.to_string(),
        );
    }
    if let Some(carbon) = &said.carbon {
        put("carbon", carbon.g_per_kwh.to_string());
        put("carbon_source", carbon.source.clone());
    }
    if let Some(tariff) = said.tariff {
        put("tariff", trade::thousandths(tariff.amount.into()));
        put("tariff_unit", tariff.unit.as_str().into());
    }
    match said.curtailment {
        Curtailment::Never => put("curtailment", "never".into()),
        Curtailment::AnyTime => put("curtailment", "any_time".into()),
        Curtailment::Agreed {
            notice_minutes,
            hours_per_month,
        } => {
            put("curtailment", "agreed".into());
            put("notice_minutes", notice_minutes.to_string());
            put("hours_per_month", hours_per_month.to_string());
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forms::{self, Sheet};
    use api::{Carbon, Cooling, Energy, EnergyPart, Grid, SiteDescription, Tariff, TariffUnit};

    #[test]
    fn a_site_described_anew_without_a_change_is_the_same() {
        let description = SiteDescription {
            name: "Tromsø".into(),
            country: "NO".into(),
            region: Some("55".into()),
            power_kw: 1_500,
            grid: Grid::BehindTheMeter,
            energy: vec![EnergyPart {
                source: Energy::Hydro,
                percent: 100,
            }],
            carbon: Some(Carbon {
                g_per_kwh: 24,
                source: "NVE".into(),
            }),
            cooling: Cooling::Air,
            tariff: Some(Tariff {
                amount: 1_234_250,
                unit: TariffUnit::EurCentThousandths,
            }),
            curtailment: Curtailment::Agreed {
                notice_minutes: 30,
                hours_per_month: 10,
            },
        };
        let site = Site {
            id: 7,
            description: description.clone(),
            drawn_kw: 0,
        };
        let fields = fields_of(&site);
        assert_eq!(forms::site(Sheet(&fields)), Ok(description));
    }
}
