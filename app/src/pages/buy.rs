use crate::{
    Filled,
    components::{BidForm, Loading, Notice, QuoteView, ReviewView, SignInFirst, WishForm},
    forms::{self, Entries},
    server_fns::{self, BuyPageData},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// Of the second form: it is looked at first, and then placed.
const FORMS: [&str; 2] = ["review-bid", "place-bid"];

/// What the page's two forms hold.
#[derive(Clone)]
struct Both {
    /// The first one's.
    wish: Entries,
    /// The second one's; none where it was not sent.
    bid: Option<Entries>,
}

/// A quote first, then the order. What is wanted stands in the page's address, so a quote can be kept and sent; pool and
/// budget do not. Once the order's form was sent it stays, with or without a quote.
#[component]
pub fn BuyPage() -> impl IntoView {
    let filled = Filled::of_this_answer();
    let query = use_query_map().get_untracked();
    let bid = Entries::of_forms(&filled, &FORMS);
    let wish = bid.as_ref().map(Entries::wish);
    let wish = wish.unwrap_or_else(|| Entries::of_query(&query));
    // Links lead here with a product alone.
    let asks = wish.sheet().filled("hashrate").is_some();
    let asked = asks.then(|| forms::quote_request(wish.sheet()));
    let (asked, wrong) = match asked {
        None => (None, None),
        Some(Ok(asked)) => (Some(asked), None),
        Some(Err(error)) => (None, Some(error)),
    };
    let wish = wish.with_error(wrong);
    let data = Resource::new(|| (), move |()| server_fns::buying(asked.clone()));
    let parts = StoredValue::new((Both { wish, bid }, filled));
    view! {
        <Title text="Buy hashrate" />
        <h1>"Buy hashrate"</h1>
        <p class="lead">
            "Say what you want, see what it would cost, then name your pool and place the bid. You pay for verified work alone."
        </p>
        <Suspense fallback=|| view! { <Loading what="the market" /> }>
            {move || Suspend::new(async move {
                match data.await {
                    Ok(data) => {
                        let (both, filled) = parts.get_value();
                        view! { <BuyView data both filled /> }.into_any()
                    }
                    Err(failure) => view! {
                        <Notice
                            sentence=failure.to_string()
                            action="Try again"
                            on_action=move || data.refetch()
                        />
                    }
                    .into_any(),
                }
            })}
        </Suspense>
    }
    .into_any()
}

#[component]
fn BuyView(data: BuyPageData, both: Both, filled: Filled) -> impl IntoView {
    let BuyPageData {
        settings,
        quote,
        funds,
    } = data;
    let (quote, refused) = match quote {
        None => (None, None),
        Some(Ok(quote)) => (Some(quote), None),
        Some(Err(error)) => (None, Some(forms::in_form(error))),
    };
    let wish = both.wish.with_error(refused);
    let order = match (&both.bid, &quote, &funds) {
        (None, None, _) => None,
        (None, Some(_), None) => Some(view! { <SignInFirst /> }.into_any()),
        (Some(_), ..) | (None, Some(_), Some(_)) => Some(
            view! {
                <BidForm
                    wish=wish.clone()
                    entries=both.bid.unwrap_or_else(|| wish.clone())
                    settings=settings.clone()
                    quote=quote.clone()
                    funds
                    key=filled.key.clone()
                    reviewed=filled.review.is_some()
                />
            }
            .into_any(),
        ),
    };
    let lot = settings.lot_hs;
    let shown = match quote {
        Some(quote) => view! { <QuoteView quote /> }.into_any(),
        None => view! {
            <p class="empty">"What it costs stands here once you said what you want."</p>
        }
        .into_any(),
    };
    view! {
        <section class="card" aria-labelledby="wish-heading">
            <h2 id="wish-heading">"1. What you want"</h2>
            <WishForm entries=wish settings />
        </section>
        <section class="card" id="quote" aria-labelledby="quote-heading">
            <h2 id="quote-heading">"2. What it would cost now"</h2>
            {shown}
        </section>
        {order
            .map(|order| {
                view! {
                    <section class="card" id="order" aria-labelledby="order-heading">
                        <h2 id="order-heading">"3. Your pool and your limit"</h2>
                        {filled.review.map(|review| view! { <ReviewView review lot /> })}
                        {order}
                    </section>
                }
            })}
    }
    .into_any()
}
