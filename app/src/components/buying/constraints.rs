//! What a buyer requires of the machines that work for him.

use crate::{
    components::{Amount, Field, Select, Tick, Ticks},
    forms::Entries,
};
use api::{Cooling, Energy, Grid};
use leptos::prelude::*;

/// Countries, and how much one of them may have.
#[component]
pub fn Places(entries: Entries) -> impl IntoView {
    let kinds = [
        ("any", "Any country"),
        ("only", "Only these"),
        ("except", "All but these"),
    ];
    let kinds = kinds.map(|(code, title)| (code.to_owned(), title.to_owned()));
    view! {
        <div class="columns">
            <Select
                id="buy-countries-are"
                name="countries_are"
                label="Countries"
                options=kinds.to_vec()
                chosen=entries.value("countries_are")
            />
            <Field
                id="buy-countries"
                name="countries"
                label="Which countries"
                hint="Two letters each, such as NO, CA."
                required=false
                maxlength=1000
                value=entries.value("countries")
                error=entries.error_of("countries")
            />
            <Field
                id="buy-country-percent"
                name="max_country_percent"
                label="At most from any one country, in %"
                hint="1 to 99, so that no jurisdiction dominates."
                required=false
                inputmode="numeric"
                maxlength=2
                value=entries.value("max_country_percent")
                error=entries.error_of("max_country_percent")
            />
        </div>
    }
    .into_any()
}

/// Energy, grid relation and cooling.
#[component]
pub fn Sources(entries: Entries) -> impl IntoView {
    let ticks = |prefix: &str, all: Vec<(&'static str, &'static str)>| {
        let tick = |(code, title): (&str, &str)| {
            let name = format!("{prefix}_{code}");
            Tick {
                ticked: entries.ticked(&name),
                label: title.into(),
                name,
            }
        };
        all.into_iter().map(tick).collect::<Vec<_>>()
    };
    let energy = Energy::ALL.iter().map(|one| (one.as_str(), one.title()));
    let grid = Grid::ALL.iter().map(|one| (one.as_str(), one.title()));
    let cooling = Cooling::ALL.iter().map(|one| (one.as_str(), one.title()));
    view! {
        <Ticks
            legend="Energy sources"
            hint="None ticked: any."
            ticks=ticks("source", energy.collect())
        />
        <Field
            id="buy-energy-percent"
            name="energy_percent"
            label="At least from these sources together, in %"
            hint="100 where nothing stands here."
            required=false
            inputmode="numeric"
            maxlength=3
            value=entries.value("energy_percent")
            error=entries.error_of("energy_percent")
        />
        <Ticks legend="Grid relation" hint="None ticked: any." ticks=ticks("grid", grid.collect()) />
        <Ticks legend="Cooling" hint="None ticked: any." ticks=ticks("cooling", cooling.collect()) />
    }
    .into_any()
}

/// Numbers that machines, sites and hosts must keep.
#[component]
pub fn Limits(
    entries: Entries,
    units: Vec<(&'static str, &'static str)>,
    unit: &'static str,
) -> impl IntoView {
    let most = |id, name, label, hint| {
        view! {
            <Field
                id
                name
                label
                hint
                required=false
                inputmode="decimal"
                maxlength=12
                value=entries.value(name)
                error=entries.error_of(name)
            />
        }
    };
    view! {
        <div class="columns">
            {most("buy-efficiency", "max_j_per_th", "At most J/TH", "Such as 17.5.")}
            {most("buy-carbon", "max_carbon", "At most g CO2 per kWh", "A whole number.")}
            {most("buy-rating", "min_rating", "Host's rating at least", "0 to 10000; 5000 is a new host's.")}
            <Amount
                id="buy-minimum-fill"
                name="minimum_fill"
                label="Minimum fill (optional)"
                hint="No contract is smaller."
                entries=entries.clone()
                units
                unit
                required=false
            />
        </div>
    }
    .into_any()
}
