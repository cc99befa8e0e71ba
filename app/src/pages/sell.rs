use crate::{
    Filled,
    components::{
        AskForm, Done, FleetForm, Fleets, KeptForm, ListingForm, Loading, Notice, OwnListings,
        OwnOrders, ReviewView, SignInFirst, SiteForm, Sites, fields_of,
    },
    forms::Entries,
    server_fns::{self, Failure, SellPageData},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

const ASK_FORMS: [&str; 2] = ["review-ask", "place-ask"];

/// What a host has, and what he offers of it.
#[component]
pub fn SellPage() -> impl IntoView {
    let filled = StoredValue::new(Filled::of_this_answer());
    let data = Resource::new(|| (), |()| server_fns::selling());
    let shown = move |answer: Result<SellPageData, Failure>| match answer {
        Ok(data) => view! { <SellView data filled=filled.get_value() /> }.into_any(),
        Err(Failure::Refused(error)) if error.code == api::ErrorCode::Unauthenticated => view! {
            <SignInFirst />
            <KeptForm action="/sell" filled=filled.get_value() />
        }
        .into_any(),
        Err(failure) => view! {
            <Notice
                sentence=failure.to_string()
                action="Try again"
                on_action=move || data.refetch()
            />
        }
        .into_any(),
    };
    view! {
        <Title text="Sell hashrate" />
        <h1>"Sell hashrate"</h1>
        <p class="lead">
            "Describe where your machines stand, say what they are, list what is for sale, and place asks. You are paid per epoch for verified work."
        </p>
        <Suspense fallback=|| view! { <Loading what="what you have" /> }>
            {move || Suspend::new(async move { shown(data.await) })}
        </Suspense>
    }
    .into_any()
}

fn done_words(done: &str) -> Option<&'static str> {
    match done {
        "site" => Some("The site is described."),
        "fleet" => Some("The fleet is added."),
        "listing" => Some("The capacity is listed. Place an ask to sell it."),
        "withdraw" => {
            Some("The listing is withdrawn: its asks are cancelled, its contracts go on.")
        }
        _ => None,
    }
}

#[component]
fn SellView(data: SellPageData, filled: Filled) -> impl IntoView {
    let query = use_query_map().get_untracked();
    let quiet = filled.form.is_empty();
    let done = query.get("done").filter(|_| quiet);
    let done = done.as_deref().and_then(done_words);
    let key = filled.key.clone();
    let entries = |forms: &[&str]| Entries::of_forms(&filled, forms).unwrap_or_default();
    let chosen = query.get("site").and_then(|id| id.parse().ok());
    let chosen = data.sites.iter().find(|site| Some(site.id) == chosen);
    let site = Entries::of_forms(&filled, &["site"]);
    // Who has a site rarely describes another.
    let folded = site.is_none() && chosen.is_none() && !data.sites.is_empty();
    let site = site.unwrap_or_else(|| {
        chosen.map_or_else(Entries::default, |site| Entries::of_fields(fields_of(site)))
    });
    let (fleet, listing) = (entries(&["fleet"]), entries(&["listing"]));
    let withdrawal = entries(&["withdraw"]).error_beside(&[]);
    let site_form = view! { <SiteForm entries=site key=key.clone() /> };
    let site_form = if folded {
        view! {
            <details>
                <summary>"Describe another site"</summary>
                {site_form}
            </details>
        }
        .into_any()
    } else {
        site_form.into_any()
    };
    view! {
        {done.map(|words| view! { <Done words /> })}
        <section class="card" id="sites" aria-labelledby="sites-heading">
            <h2 id="sites-heading">"1. Sites"</h2>
            <Sites sites=data.sites.clone() />
            {site_form}
        </section>
        <section class="card" id="fleets" aria-labelledby="fleets-heading">
            <h2 id="fleets-heading">"2. Fleets"</h2>
            <Fleets fleets=data.fleets.clone() />
            <FleetForm
                sites=data.sites.clone()
                machines=data.machines.clone()
                entries=fleet
                key=key.clone()
            />
        </section>
        <section class="card" id="listings" aria-labelledby="listings-heading">
            <h2 id="listings-heading">"3. Listings"</h2>
            <crate::components::FormError error=withdrawal />
            <OwnListings listings=data.listings.clone() key=key.clone() />
            <ListingForm
                fleets=data.fleets.clone()
                settings=data.settings.clone()
                entries=listing
                key
            />
        </section>
        <Asks data filled />
    }
    .into_any()
}

#[component]
fn Asks(data: SellPageData, filled: Filled) -> impl IntoView {
    let entries = Entries::of_forms(&filled, &ASK_FORMS).unwrap_or_default();
    let reviewed = filled.review.is_some();
    let lot = data.settings.lot_hs;
    view! {
        <section class="card" id="ask" aria-labelledby="ask-heading">
            <h2 id="ask-heading">"4. Place an ask"</h2>
            {filled.review.map(|review| view! { <ReviewView review lot /> })}
            <AskForm
                listings=data.listings
                settings=data.settings
                funds=data.funds
                entries
                key=filled.key.clone()
                reviewed
            />
        </section>
        <section class="card" aria-labelledby="asks-heading">
            <h2 id="asks-heading">"Your asks in the book"</h2>
            <OwnOrders orders=data.asks key=filled.key />
        </section>
    }
    .into_any()
}
