use crate::{
    components::{Amount, FormError, Select, Tick, Ticks},
    display::{self, trade},
    forms::{self, Entries},
};
use api::{Fleet, Listing, MarketSettings};
use leptos::prelude::*;

/// The host's listings.
#[component]
pub fn OwnListings(listings: Vec<Listing>, key: String) -> impl IntoView {
    if listings.is_empty() {
        return view! {
            <p class="empty">"None yet. A listing offers a part of a fleet; its asks share that one pool."</p>
        }
        .into_any();
    }
    let rows = listings.into_iter().map(|listing| row(listing, &key));
    let rows = rows.collect_view();
    view! {
        <table class="cards">
            <thead>
                <tr>
                    <th scope="col">"Listing"</th>
                    <th scope="col">"Machines"</th>
                    <th scope="col">"Offered"</th>
                    <th scope="col">"Sold"</th>
                    <th scope="col">"Free"</th>
                    <th scope="col">"Products"</th>
                    <th scope="col">"End it"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn row(listing: Listing, key: &str) -> impl IntoView + use<> {
    let id = listing.id;
    let products = listing.products.iter().copied().map(trade::product);
    let withdraw = match listing.withdrawn {
        true => "withdrawn".into_any(),
        false => view! {
            <form method="post" action="/sell#listings">
                <input type="hidden" name="do" value="withdraw" />
                <input type="hidden" name="key" value=format!("{key}-w{id}") />
                <input type="hidden" name="listing" value=id.to_string() />
                <button type="submit" aria-label=format!("Withdraw listing {id}")>
                    "Withdraw"
                </button>
            </form>
        }
        .into_any(),
    };
    view! {
        <tr data-testid="own-listing" data-listing=id.to_string()>
            <th scope="row" data-label="Listing">
                {format!("Listing {id}")}
            </th>
            <td data-label="Machines">
                {listing.machine} <span class="note">{listing.site_name}</span>
            </td>
            <td data-label="Offered" data-value=listing.hashrate_hs.to_string()>
                {display::hashrate(listing.hashrate_hs)}
            </td>
            <td data-label="Sold" data-value=listing.sold_hs.to_string()>
                {display::hashrate(listing.sold_hs)}
            </td>
            <td data-label="Free" data-value=listing.free_hs.to_string()>
                {display::hashrate(listing.free_hs)}
            </td>
            <td data-label="Products">{products.collect::<Vec<_>>().join(", ")}</td>
            <td data-label="End it">{withdraw}</td>
        </tr>
    }
    .into_any()
}

/// A part of a fleet for sale.
#[component]
pub fn ListingForm(
    fleets: Vec<Fleet>,
    settings: MarketSettings,
    entries: Entries,
    key: String,
) -> impl IntoView {
    let free = fleets.into_iter().filter(|fleet| !fleet.free_hs.is_zero());
    let free = free.map(|fleet| {
        let left = display::hashrate(fleet.free_hs);
        let title = format!("{} at {}: {left} not listed", fleet.title, fleet.site_name);
        (fleet.id.to_string(), title)
    });
    let free: Vec<_> = free.collect();
    if free.is_empty() {
        return view! { <p class="note">"Add a fleet first; what is free of it can be listed."</p> }
            .into_any();
    }
    let fresh = entries == Entries::default();
    let products = settings.products.iter().map(|product| {
        let name = format!("sells_{product}");
        Tick {
            ticked: fresh || entries.ticked(&name),
            label: trade::product(*product),
            name,
        }
    });
    let units = forms::HASHRATES.map(|(code, title, _)| (code, title));
    view! {
        <form method="post" action="/sell#listings" class="fields wide">
            <h3>"List capacity"</h3>
            <input type="hidden" name="do" value="listing" />
            <input type="hidden" name="key" value=format!("{key}-l") />
            <FormError error=entries.error_beside(&["fleet", "hashrate", "products"]) />
            <div class="columns">
                <Select
                    id="listing-fleet"
                    name="fleet"
                    label="Fleet"
                    options=free
                    chosen=entries.value("fleet")
                    error=entries.error_of("fleet")
                />
                <Amount
                    id="listing-hashrate"
                    name="hashrate"
                    label="Hashrate to list"
                    entries=entries.clone()
                    units=units.to_vec()
                    unit=forms::hashrate_unit(settings.lot_hs)
                />
            </div>
            <Ticks
                legend="Products sold of it"
                ticks=products.collect()
                error=entries.error_of("products")
            />
            <p>
                <button type="submit">"List it"</button>
            </p>
        </form>
    }
    .into_any()
}
