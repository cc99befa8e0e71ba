use super::constraints::{Limits, Places, Sources};
use crate::{
    components::{Amount, FormError, Select},
    display::trade,
    forms::{self, Entries},
};
use api::{Constraints, MarketSettings};
use leptos::prelude::*;

/// Beside which something can be said.
const FIELDS: [&str; 10] = [
    "product",
    "hashrate",
    "price",
    "minimum_fill",
    "countries",
    "energy_percent",
    "max_j_per_th",
    "max_carbon",
    "min_rating",
    "max_country_percent",
];

/// What a buyer wants: the answer is a quote.
#[component]
pub fn WishForm(entries: Entries, settings: MarketSettings) -> impl IntoView {
    let products = settings.products.iter();
    let products = products.map(|one| (one.to_string(), trade::product(*one)));
    let products: Vec<_> = products.collect();
    let product = entries.value_or("product", "spot");
    let units: Vec<_> = forms::HASHRATES
        .map(|(code, title, _)| (code, title))
        .into();
    let prices: Vec<_> = forms::PRICES.map(|(code, title, _)| (code, title)).into();
    let unit = forms::hashrate_unit(settings.lot_hs);
    let error = entries.error_beside(&FIELDS);
    // Open where something stands there, or may be wrong.
    let asks = entries.sheet().filled("hashrate").is_some();
    let requires = forms::quote_request(entries.sheet()).map_or(asks, |asked| {
        asked.constraints != Constraints::default() || asked.minimum_fill_hs.is_some()
    });
    view! {
        <form method="get" action="/buy#quote" class="fields wide">
            <FormError error />
            <div class="columns">
                <Select
                    id="buy-product"
                    name="product"
                    label="Product"
                    hint="Spot runs until a side ends it. A term has a fixed price and the host's bond."
                    options=products
                    chosen=Some(product)
                    error=entries.error_of("product")
                />
                <Amount
                    id="buy-hashrate"
                    name="hashrate"
                    label="Hashrate"
                    hint="How much is to work for you."
                    entries=entries.clone()
                    units=units.clone()
                    unit
                />
                <Amount
                    id="buy-price"
                    name="price"
                    label="Limit price (optional)"
                    hint="Without one the quote walks the book as far as it goes."
                    entries=entries.clone()
                    units=prices
                    unit=forms::price_unit(settings.lot_hs)
                    required=false
                />
            </div>
            <details open=requires>
                <summary>"Constraints: where and how it is mined"</summary>
                <Places entries=entries.clone() />
                <Sources entries=entries.clone() />
                <Limits entries units unit />
            </details>
            <p>
                <button type="submit" class="primary">
                    "Show the quote"
                </button>
            </p>
        </form>
    }
    .into_any()
}
