use crate::display::{self, trade};
use api::Listing;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use std::collections::BTreeMap;

/// Capacity on sale, of all countries or of one that the page's address names.
#[component]
pub fn Listings(listings: Vec<Listing>) -> impl IntoView {
    let query = use_query_map();
    let country = Memo::new(move |_| query.with(|query| query.get("country")));
    if listings.is_empty() {
        return view! { <p class="empty">"No capacity is listed just now."</p> }.into_any();
    }
    view! { <Filtered listings country /> }.into_any()
}

#[component]
fn Filtered(listings: Vec<Listing>, country: Memo<Option<String>>) -> impl IntoView {
    let mut counts = BTreeMap::<String, usize>::new();
    for listing in &listings {
        let named = listing.attributes.country.clone();
        *counts.entry(named.unwrap_or_default()).or_default() += 1;
    }
    let all = listings.len();
    let links = counts.into_iter().filter(|(name, _)| !name.is_empty());
    let links = links.map(|(name, count)| {
        let href = format!("/?country={name}#listings");
        let text = format!("{name} ({count})");
        let current = move || (country.get().as_ref() == Some(&name)).then_some("true");
        view! {
            <a href=href aria-current=current data-testid="country-filter">
                {text}
            </a>
        }
    });
    let rows = move || {
        let country = country.get();
        let chosen = listings
            .iter()
            .filter(|one| country.is_none() || one.attributes.country == country);
        chosen.cloned().map(row).collect_view()
    };
    view! {
        <nav class="tabs" aria-label="Country">
            <a href="/#listings" aria-current=move || country.get().is_none().then_some("true")>
                {format!("All ({all})")}
            </a>
            {links.collect_view()}
        </nav>
        <table class="cards">
            <thead>
                <tr>
                    <th scope="col">"Site"</th>
                    <th scope="col">"Where"</th>
                    <th scope="col">"Machines"</th>
                    <th scope="col">"Free"</th>
                    <th scope="col">"Stated"</th>
                    <th scope="col">"Host's rating"</th>
                    <th scope="col">"Products"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn row(listing: Listing) -> impl IntoView {
    let place = trade::place(&listing.attributes);
    let mut stated = trade::attributes(&listing.attributes);
    stated.push(trade::curtailment(listing.curtailment));
    let products = listing.products.iter().copied().map(trade::product);
    view! {
        <tr data-testid="listing-row" data-country=listing.attributes.country.clone()>
            <th scope="row" data-label="Site">
                {listing.site_name}
                <span class="note">{format!("of {}", listing.host)}</span>
            </th>
            <td data-label="Where">{place.unwrap_or_else(|| "–".into())}</td>
            <td data-label="Machines">{listing.machine}</td>
            <td data-label="Free" data-value=listing.free_hs.to_string()>
                {display::hashrate(listing.free_hs)}
                <span class="note">
                    {format!("of {}", display::hashrate(listing.hashrate_hs))}
                </span>
            </td>
            <td data-label="Stated">{stated.join(", ")}</td>
            <td data-label="Host's rating" data-value=listing.host_rating.rating.to_string()>
                {trade::rating(&listing.host_rating)}
            </td>
            <td data-label="Products">{products.collect::<Vec<_>>().join(", ")}</td>
        </tr>
    }
    .into_any()
}
