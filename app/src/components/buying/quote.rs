use super::{excluded::ExcludedTable, fills::Fills};
use crate::{
    components::Stat,
    display::{self, PriceUnit, trade},
};
use api::Quote;
use leptos::prelude::*;
use units::Price;

/// What hashrate would cost now, and why.
#[component]
pub fn QuoteView(quote: Quote) -> impl IntoView {
    let unit = PriceUnit::of(quote.hashrate_hs);
    let nothing = quote.fillable_hs.is_zero().then(|| {
        view! {
            <p class="notice" data-testid="nothing-fillable">
                "Nothing on offer meets this just now. A bid would wait in the book at your limit until something does."
            </p>
        }
    });
    let truncated = quote.search_truncated.then(|| {
        view! {
            <p class="note">
                "The search ended at the market's visit budget: there may be more on offer."
            </p>
        }
    });
    let words = quote.leaving.words.clone();
    view! {
        <div data-testid="quote" class="quote">
            {nothing}
            <Numbers quote=quote.clone() />
            <p class="note">
                "The price of the moment: it is not reserved. Work that is not delivered is not paid."
            </p>
            {truncated}
            <h3>"Leaving early"</h3>
            <p data-testid="quote-leaving" data-value=quote.leaving.most_sats.to_string()>
                {format!("At most {}: the open epoch's work. ", display::sats(quote.leaving.most_sats))}
                {words}
            </p>
            <ExcludedTable excluded=quote.excluded fillable=quote.fillable_hs unit />
            <Fills levels=quote.levels countries=quote.countries unit />
        </div>
    }
    .into_any()
}

#[component]
fn Numbers(quote: Quote) -> impl IntoView {
    let unit = PriceUnit::of(quote.hashrate_hs);
    let wanted = display::hashrate(quote.hashrate_hs);
    let price = |price: Option<Price>| price.map_or_else(|| "–".into(), |price| unit.amount(price));
    let exact = |price: Option<Price>| price.map(|price| price.to_string()).unwrap_or_default();
    let (average, worst) = (
        quote.average_price_sats_per_phs_day,
        quote.worst_price_sats_per_phs_day,
    );
    let stat = |label, testid, text: String, value: String, note: String| {
        view! {
            <Stat
                label
                testid
                text=Signal::stored(text)
                value=Signal::stored(value)
                note=Signal::stored(note)
            />
        }
    };
    let term = match quote.term_sats {
        Some(term) => stat(
            "For the whole term",
            "quote-term",
            display::sats(term),
            term.to_string(),
            trade::product(quote.product),
        ),
        None => stat(
            "In all",
            "quote-term",
            "open-ended".into(),
            String::new(),
            "until your budget is spent or a side gives notice".into(),
        ),
    };
    let least = quote.least_budget_sats;
    view! {
        <dl class="stats">
            {stat(
                "Fillable now",
                "quote-fillable",
                display::hashrate(quote.fillable_hs),
                quote.fillable_hs.to_string(),
                format!("of {wanted}"),
            )}
            {stat(
                "Average price",
                "quote-average",
                price(average),
                exact(average),
                unit.name().into(),
            )}
            {stat("Worst price", "quote-worst", price(worst), exact(worst), unit.name().into())}
            {stat(
                "Per day",
                "quote-day",
                display::sats(quote.day_sats),
                quote.day_sats.to_string(),
                "if all of it is delivered".into(),
            )}
            {term}
            {stat(
                "Hosts' bonds",
                "quote-bond",
                display::sats(quote.bond_sats),
                quote.bond_sats.to_string(),
                "their security for the term".into(),
            )}
            {stat(
                "Budget at least",
                "quote-budget",
                display::sats(least),
                least.to_string(),
                format!("for {wanted} at the worst price"),
            )}
        </dl>
    }
    .into_any()
}
