use crate::{
    Filled,
    components::{KeptForm, Loading, Notice, OrderDone, OwnOrders, SignInFirst},
    forms::Entries,
    server_fns::{self, Failure},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// The account's orders in the book.
#[component]
pub fn OrdersPage() -> impl IntoView {
    let filled = StoredValue::new(Filled::of_this_answer());
    let query = use_query_map().get_untracked();
    let orders = Resource::new(|| (), |()| server_fns::orders());
    let shown = move |answer: Result<Vec<api::Order>, Failure>| match answer {
        Ok(orders) => {
            let filled = filled.get_value();
            let sent = Entries::of_forms(&filled, &[&filled.form]).unwrap_or_default();
            view! { <OwnOrders orders key=filled.key sent /> }.into_any()
        }
        Err(Failure::Refused(error)) if error.code == api::ErrorCode::Unauthenticated => view! {
            <SignInFirst />
            <KeptForm action="/orders" filled=filled.get_value() />
        }
        .into_any(),
        Err(failure) => view! {
            <Notice
                sentence=failure.to_string()
                action="Try again"
                on_action=move || orders.refetch()
            />
        }
        .into_any(),
    };
    // Of the step before, and not of one that was refused since.
    let quiet = filled.with_value(|filled| filled.form.is_empty());
    let done = quiet.then(|| view! { <OrderDone query /> });
    view! {
        <Title text="Orders" />
        <h1>"Your orders"</h1>
        {done}
        <section class="card" aria-labelledby="orders-heading">
            <h2 id="orders-heading">"In the book"</h2>
            <Suspense fallback=|| view! { <Loading what="the orders" /> }>
                {move || Suspend::new(async move { shown(orders.await) })}
            </Suspense>
            <p>
                <a href="/buy" rel="external">
                    "Buy hashrate"
                </a> ", " <a href="/sell" rel="external">
                    "sell hashrate"
                </a> ", or see " <a href="/account" rel="external">
                    "your contracts"
                </a> "."
            </p>
        </section>
    }
    .into_any()
}
