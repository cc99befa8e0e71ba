use crate::{
    components::{Field, FormError, Select},
    display::{self, trade},
    forms::Entries,
};
use api::{Fleet, Machine, Site};
use leptos::prelude::*;

/// The host's fleets.
#[component]
pub fn Fleets(fleets: Vec<Fleet>) -> impl IntoView {
    if fleets.is_empty() {
        return view! { <p class="empty">"None yet. A fleet is the machines of one model at a site."</p> }
            .into_any();
    }
    let rows = fleets.into_iter().map(|fleet| {
        let count = display::count(fleet.description.count.into());
        view! {
            <tr data-testid="fleet-row">
                <th scope="row" data-label="Fleet">
                    {format!("{count} × {}", fleet.title)}
                </th>
                <td data-label="Site">{fleet.site_name}</td>
                <td data-label="Efficiency" data-value=fleet.mj_per_th.to_string()>
                    {trade::efficiency(fleet.mj_per_th)}
                </td>
                <td data-label="Hashrate" data-value=fleet.capacity_hs.to_string()>
                    {display::hashrate(fleet.capacity_hs)}
                </td>
                <td data-label="Not listed" data-value=fleet.free_hs.to_string()>
                    {display::hashrate(fleet.free_hs)}
                </td>
            </tr>
        }
    });
    view! {
        <table class="cards">
            <thead>
                <tr>
                    <th scope="col">"Fleet"</th>
                    <th scope="col">"Site"</th>
                    <th scope="col">"Efficiency"</th>
                    <th scope="col">"Hashrate"</th>
                    <th scope="col">"Not listed"</th>
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
    .into_any()
}

/// A fleet at one of the sites.
#[component]
pub fn FleetForm(
    sites: Vec<Site>,
    machines: Vec<Machine>,
    entries: Entries,
    key: String,
) -> impl IntoView {
    if sites.is_empty() {
        return view! { <p class="note">"Describe a site first."</p> }.into_any();
    }
    let sites = sites.into_iter();
    let sites = sites.map(|site| (site.id.to_string(), site.description.name));
    let sites: Vec<_> = sites.collect();
    let models = machines.into_iter().map(|machine| {
        let title = format!(
            "{}: {}, {}",
            machine.title,
            display::hashrate(machine.hashrate_hs),
            trade::efficiency(machine.mj_per_th)
        );
        (machine.model, title)
    });
    let models: Vec<_> = models.collect();
    view! {
        <form method="post" action="/sell#fleets" class="fields wide">
            <h3>"Add a fleet"</h3>
            <input type="hidden" name="do" value="fleet" />
            <input type="hidden" name="key" value=format!("{key}-f") />
            <FormError error=entries.error_beside(&["site", "model", "count"]) />
            <div class="columns">
                <Select
                    id="fleet-site"
                    name="site"
                    label="Site"
                    options=sites
                    chosen=entries.value("site")
                    error=entries.error_of("site")
                />
                <Select
                    id="fleet-model"
                    name="model"
                    label="Machine"
                    hint="Hashrate and J/TH as its maker states them."
                    options=models
                    chosen=entries.value("model")
                    error=entries.error_of("model")
                />
                <Field
                    id="fleet-count"
                    name="count"
                    label="How many"
                    inputmode="numeric"
                    maxlength=10
                    value=entries.value("count")
                    error=entries.error_of("count")
                />
            </div>
            <p>
                <button type="submit">"Add the fleet"</button>
            </p>
        </form>
    }
    .into_any()
}
