use super::energy::{CarbonAndTariff, EnergyMix};
use crate::{
    components::{Field, FormError, Select},
    forms::Entries,
};
use api::{Cooling, Grid};
use leptos::prelude::*;

/// Beside which something can be said.
const FIELDS: [&str; 14] = [
    "name",
    "country",
    "region",
    "power_kw",
    "grid",
    "cooling",
    "energy",
    "carbon",
    "carbon_source",
    "tariff",
    "curtailment",
    "notice_minutes",
    "hours_per_month",
    "site",
];

/// A site, described for the first time or anew.
#[component]
pub fn SiteForm(entries: Entries, key: String) -> impl IntoView {
    let anew = entries.value("site").filter(|site| !site.is_empty());
    let (title, submit) = match anew {
        Some(_) => ("Describe the site anew", "Save the site"),
        None => ("Describe a site", "Add the site"),
    };
    let grids = Grid::ALL.iter();
    let grids = grids.map(|one| (one.as_str().to_owned(), one.title().to_owned()));
    let coolings = Cooling::ALL.iter();
    let coolings = coolings.map(|one| (one.as_str().to_owned(), one.title().to_owned()));
    let (grids, coolings) = (grids.collect::<Vec<_>>(), coolings.collect::<Vec<_>>());
    let text = |id, name, label, hint, required| {
        view! {
            <Field
                id
                name
                label
                hint
                required
                maxlength=80
                value=entries.value(name)
                error=entries.error_of(name)
            />
        }
    };
    view! {
        <form method="post" action="/sell#site-form" class="fields wide" id="site-form">
            <h3>{title}</h3>
            <input type="hidden" name="do" value="site" />
            <input type="hidden" name="key" value=format!("{key}-s") />
            <input type="hidden" name="site" value=anew />
            <FormError error=entries.error_beside(&FIELDS) />
            <div class="columns">
                {text("site-name", "name", "Name", "What buyers see of it.", true)}
                {text("site-country", "country", "Country", "Two letters, such as NO.", true)}
                {text(
                    "site-region",
                    "region",
                    "Region (optional)",
                    "What follows the hyphen in ISO 3166-2, such as 55.",
                    false,
                )}
                {text("site-power", "power_kw", "Power capacity in kW", "", true)}
                <Select
                    id="site-grid"
                    name="grid"
                    label="Grid relation"
                    options=grids
                    chosen=entries.value("grid")
                    error=entries.error_of("grid")
                />
                <Select
                    id="site-cooling"
                    name="cooling"
                    label="Cooling"
                    options=coolings
                    chosen=entries.value("cooling")
                    error=entries.error_of("cooling")
                />
            </div>
            <EnergyMix entries=entries.clone() />
            <CarbonAndTariff entries=entries.clone() />
            <CurtailmentFields entries />
            <p>
                <button type="submit">{submit}</button>
            </p>
        </form>
    }
    .into_any()
}

/// When the machines are turned down for another reason than a fault.
#[component]
fn CurtailmentFields(entries: Entries) -> impl IntoView {
    let kinds = [
        ("never", "Never"),
        ("agreed", "By agreement, at most so many hours a month"),
        ("any_time", "At any time: wind, sun, flared gas"),
    ];
    let kinds = kinds.map(|(code, title)| (code.to_owned(), title.to_owned()));
    let number = |id, name, label| {
        view! {
            <Field
                id
                name
                label
                required=false
                inputmode="numeric"
                maxlength=5
                value=entries.value(name)
                error=entries.error_of(name)
            />
        }
    };
    view! {
        <div class="columns">
            <Select
                id="site-curtailment"
                name="curtailment"
                label="Curtailment"
                options=kinds.to_vec()
                chosen=entries.value("curtailment")
                error=entries.error_of("curtailment")
            />
            {number("site-notice", "notice_minutes", "By agreement: minutes beforehand")}
            {number("site-hours", "hours_per_month", "By agreement: hours a month at most")}
        </div>
    }
    .into_any()
}
