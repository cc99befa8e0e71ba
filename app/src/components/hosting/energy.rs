use crate::{components::Field, forms::Entries};
use api::{Energy, TariffUnit};
use leptos::prelude::*;

/// Where the electricity comes from, in percent.
#[component]
pub fn EnergyMix(entries: Entries) -> impl IntoView {
    let error = entries.error_of("energy");
    let parts = Energy::ALL.iter().map(|source| {
        let name = format!("energy_{}", source.as_str());
        view! {
            <label class="part">
                <span>{source.title()}</span>
                <input
                    name=name.clone()
                    value=entries.value(&name)
                    inputmode="numeric"
                    maxlength="3"
                    autocomplete="off"
                />
            </label>
        }
    });
    let parts = parts.collect_view();
    view! {
        <fieldset class="field">
            <legend>"Energy mix, in %"</legend>
            <p class="note">"The parts add up to 100."</p>
            <div class="parts">{parts}</div>
            {error
                .map(|error| {
                    view! {
                        <span class="field-error" role="alert" data-testid="field-error">
                            {error}
                        </span>
                    }
                })}
        </fieldset>
    }
    .into_any()
}

/// Carbon intensity with its source, and the tariff.
#[component]
pub fn CarbonAndTariff(entries: Entries) -> impl IntoView {
    let units = TariffUnit::ALL.iter();
    let units = units.map(|unit| (unit.as_str(), unit.title())).collect();
    view! {
        <div class="columns">
            <Field
                id="site-carbon"
                name="carbon"
                label="Carbon intensity in g CO2 per kWh (optional)"
                inputmode="numeric"
                required=false
                maxlength=5
                value=entries.value("carbon")
                error=entries.error_of("carbon")
            />
            <Field
                id="site-carbon-source"
                name="carbon_source"
                label="Where that number is from"
                required=false
                maxlength=80
                value=entries.value("carbon_source")
                error=entries.error_of("carbon_source")
            />
            <crate::components::Amount
                id="site-tariff"
                name="tariff"
                label="Tariff (optional)"
                entries
                units
                unit="usd_cent_thousandths_per_kwh"
                required=false
            />
        </div>
    }
    .into_any()
}
