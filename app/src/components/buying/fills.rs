use crate::display::{self, PriceUnit};
use api::{CountryPart, Level};
use leptos::prelude::*;

/// Where it comes from: by price and by country.
#[component]
pub fn Fills(levels: Vec<Level>, countries: Vec<CountryPart>, unit: PriceUnit) -> impl IntoView {
    if levels.is_empty() {
        return ().into_any();
    }
    let by_price = levels.into_iter().map(|level| {
        let price = level.price_sats_per_phs_day;
        view! {
            <li data-testid="quote-level" data-value=price.to_string()>
                {format!("{} at {}", display::hashrate(level.hashrate_hs), unit.price(price))}
            </li>
        }
    });
    let by_country = countries.into_iter().map(|part| {
        let country = part.country.unwrap_or_else(|| "no country stated".into());
        view! {
            <li data-testid="quote-country" data-country=country.clone()>
                {format!("{} from {country}", display::hashrate(part.hashrate_hs))}
            </li>
        }
    });
    view! {
        <h3>"Where it would come from"</h3>
        <div class="columns">
            <ul>{by_price.collect_view()}</ul>
            <ul>{by_country.collect_view()}</ul>
        </div>
    }
    .into_any()
}
