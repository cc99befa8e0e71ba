use crate::display::{self, trade};
use api::Site;
use leptos::prelude::*;

/// The host's sites.
#[component]
pub fn Sites(sites: Vec<Site>) -> impl IntoView {
    if sites.is_empty() {
        return view! {
            <p class="empty">"None yet. Describe the place where your machines stand; buyers choose by it."</p>
        }
        .into_any();
    }
    let rows = sites.into_iter().map(|site| view! { <Row site /> });
    view! {
        <table class="cards">
            <thead>
                <tr>
                    <th scope="col">"Site"</th>
                    <th scope="col">"Where"</th>
                    <th scope="col">"Power"</th>
                    <th scope="col">"Electricity"</th>
                    <th scope="col">"Cooling"</th>
                    <th scope="col">"Change it"</th>
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
    .into_any()
}

#[component]
fn Row(site: Site) -> impl IntoView {
    let said = site.description;
    let place = match &said.region {
        Some(region) => format!("{}-{region}", said.country),
        None => said.country.clone(),
    };
    let mut notes = vec![
        said.grid.title().to_owned(),
        trade::curtailment(said.curtailment),
    ];
    notes.extend(said.carbon.as_ref().map(|carbon| {
        let number = trade::carbon(carbon.g_per_kwh);
        format!("{number} ({})", carbon.source)
    }));
    notes.extend(said.tariff.map(|tariff| {
        let amount = trade::thousandths(tariff.amount.into());
        format!("{amount} {}", tariff.unit.title())
    }));
    let change = format!("Describe {} anew", said.name);
    view! {
        <tr data-testid="site-row">
            <th scope="row" data-label="Site">
                {said.name}
            </th>
            <td data-label="Where">{place}</td>
            <td data-label="Power" data-value=said.power_kw.to_string()>
                {format!("{} kW", display::count(said.power_kw.into()))}
                <span class="note">
                    {format!("{} kW drawn by fleets", display::count(site.drawn_kw))}
                </span>
            </td>
            <td data-label="Electricity">
                {trade::energy(&said.energy)}
                <span class="note">{notes.join(", ")}</span>
            </td>
            <td data-label="Cooling">{said.cooling.title()}</td>
            <td data-label="Change it">
                <a
                    class="target"
                    rel="external"
                    href=format!("/sell?site={}#site-form", site.id)
                    aria-label=change
                >
                    "Describe anew"
                </a>
            </td>
        </tr>
    }
    .into_any()
}
