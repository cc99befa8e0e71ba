use crate::{
    components::{Amount, FormError, OrderButtons, OrderTermsFields, Select},
    display::{self, trade},
    forms::{self, Entries},
    server_fns::Funds,
};
use api::{Listing, MarketSettings};
use leptos::prelude::*;

/// Beside which something can be said.
const FIELDS: [&str; 7] = [
    "listing",
    "product",
    "hashrate",
    "price",
    "minimum_fill",
    "time_in_force",
    "good_till",
];

/// An ask out of a listing. Looked at first, which says the bond; placed then.
#[component]
pub fn AskForm(
    listings: Vec<Listing>,
    settings: MarketSettings,
    funds: Funds,
    entries: Entries,
    key: String,
    /// True once it was looked at.
    reviewed: bool,
) -> impl IntoView {
    let open = listings.into_iter().filter(|listing| !listing.withdrawn);
    let open = open.map(|listing| {
        let free = display::hashrate(listing.free_hs);
        let title = format!(
            "{}: {} at {}, {free} free",
            listing.id, listing.machine, listing.site_name
        );
        (listing.id.to_string(), title)
    });
    let open: Vec<_> = open.collect();
    if open.is_empty() {
        return view! { <p class="note">"List capacity first."</p> }.into_any();
    }
    let bond = format!(
        "A term ask puts up a bond of {} of what the term costs, held until the ask trades or is cancelled. Spot needs none. {} can spend {}.",
        display::basis_points(settings.bond_bps),
        funds.name,
        display::sats(funds.available_sats)
    );
    view! {
        <form method="post" action="/sell#ask" class="fields wide">
            <input type="hidden" name="key" value=format!("{key}-a") />
            <p class="note">{bond}</p>
            <p class="note">
                "Before you sell a term, make a machine token on "
                <a href="/account#tokens">"your account's page"</a>
                ": without one a stranger can log machines in under your name, fill the contract's proof and so put the bond at risk. Machines that are connected already stay until you end them there."
            </p>
            <FormError error=entries.error_beside(&FIELDS) />
            <Terms open settings entries=entries.clone() />
            <OrderTermsFields prefix="ask" entries />
            <OrderButtons side="ask" look="Check the ask and its bond" reviewed />
        </form>
    }
    .into_any()
}

#[component]
fn Terms(open: Vec<(String, String)>, settings: MarketSettings, entries: Entries) -> impl IntoView {
    let products = settings.products.iter();
    let products = products.map(|one| (one.to_string(), trade::product(*one)));
    let products: Vec<_> = products.collect();
    let units: Vec<_> = forms::HASHRATES
        .map(|(code, title, _)| (code, title))
        .into();
    let prices: Vec<_> = forms::PRICES.map(|(code, title, _)| (code, title)).into();
    let unit = forms::hashrate_unit(settings.lot_hs);
    view! {
        <div class="columns">
            <Select
                id="ask-listing"
                name="listing"
                label="Listing"
                options=open
                chosen=entries.value("listing")
                error=entries.error_of("listing")
            />
            <Select
                id="ask-product"
                name="product"
                label="Product"
                options=products
                chosen=entries.value("product")
                error=entries.error_of("product")
            />
            <Amount
                id="ask-hashrate"
                name="hashrate"
                label="Hashrate to sell"
                entries=entries.clone()
                units=units.clone()
                unit
            />
            <Amount
                id="ask-price"
                name="price"
                label="Lowest price"
                entries=entries.clone()
                units=prices
                unit=forms::price_unit(settings.lot_hs)
            />
            <Amount
                id="ask-minimum-fill"
                name="minimum_fill"
                label="Minimum fill (optional)"
                hint="No contract is smaller."
                entries
                units
                unit
                required=false
            />
        </div>
    }
    .into_any()
}
