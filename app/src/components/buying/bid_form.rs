use super::pools::Pools;
use crate::{
    components::{Amount, Carried, Field, FormError, OrderButtons, OrderTermsFields, SignInAgain},
    display,
    forms::{self, Entries},
    server_fns::Funds,
};
use api::{MarketSettings, Quote};
use leptos::prelude::*;
use units::Price;

/// Beside which something can be said. What is about the wish stands there and here: it may be far up.
const FIELDS: [&str; 11] = [
    "price",
    "budget",
    "pool_address",
    "pool_user",
    "password",
    "backup_address",
    "backup_user",
    "time_in_force",
    "good_till",
    forms::POOL_REJECT,
    forms::POOL_DOWN,
];

/// Limit, budget and pool: the rest of a bid. Looked at first, placed then.
#[component]
pub fn BidForm(
    /// What the bid is for.
    wish: Entries,
    entries: Entries,
    settings: MarketSettings,
    /// What it would cost, where that is known.
    #[prop(optional_no_strip)]
    quote: Option<Quote>,
    /// None once the session is over: what was typed stays all the same.
    #[prop(optional_no_strip)]
    funds: Option<Funds>,
    /// The request's name, so that the order is placed once.
    key: String,
    /// True once it was looked at.
    reviewed: bool,
) -> impl IntoView {
    let error = entries.error_beside(&FIELDS);
    let product = wish.value_or("product", "spot");
    let is_term = product != "spot";
    let price = first_price(&entries, quote.as_ref(), &settings);
    let prices: Vec<_> = forms::PRICES.map(|(code, title, _)| (code, title)).into();
    let budget = quote.map(|quote| quote.least_budget_sats.max(quote.day_sats).to_string());
    let budget = entries
        .sheet()
        .filled("budget")
        .map(str::to_owned)
        .or(budget);
    view! {
        <form method="post" action="/buy#order" class="fields wide" id="bid">
            <input type="hidden" name="key" value=key />
            <Carried fields=wish.carried() />
            <FormError error />
            {match funds {
                Some(funds) => view! { <CanSpend funds /> }.into_any(),
                None => view! { <SignInAgain /> }.into_any(),
            }}
            <div class="columns">
                <Amount
                    id="bid-price"
                    name="price"
                    label="Limit price"
                    hint="You pay each host's own price, and never more than this."
                    entries=entries.clone()
                    units=prices
                    unit=forms::price_unit(settings.lot_hs)
                    first=price
                />
                <Field
                    id="bid-budget"
                    name="budget"
                    label="Budget in sat"
                    hint="All that the contracts of this bid may cost together."
                    inputmode="numeric"
                    maxlength=26
                    value=budget
                    error=entries.error_of("budget")
                />
            </div>
            <Pools entries=entries.clone() />
            <OrderTermsFields prefix="bid" entries is_term />
            <OrderButtons side="bid" look="Check the pool and the order" reviewed />
        </form>
    }
    .into_any()
}

#[component]
fn CanSpend(funds: Funds) -> impl IntoView {
    let words = format!(
        "{} can spend {}. The budget is held until contracts open; what is not spent comes back.",
        funds.name,
        display::sats(funds.available_sats)
    );
    view! {
        <p class="note" data-testid="funds" data-value=funds.available_sats.to_string()>
            {words}
        </p>
    }
}

/// The wish's limit, or the price at which all of the quote is had, in the usual unit.
fn first_price(
    entries: &Entries,
    quote: Option<&Quote>,
    settings: &MarketSettings,
) -> Option<String> {
    if entries.sheet().filled("price").is_some() {
        return None;
    }
    let worst = quote?.worst_price_sats_per_phs_day.map(Price::get)?;
    let unit = entries.value_or("price_unit", forms::price_unit(settings.lot_hs));
    let size = forms::PRICES.iter().find(|(code, ..)| *code == unit)?.2;
    let (whole, rest) = (u128::from(worst) / size, u128::from(worst) % size);
    Some(match rest {
        0 => whole.to_string(),
        // The digits of a power of ten.
        _ => format!("{whole}.{rest:0width$}", width = size.to_string().len() - 1),
    })
}
