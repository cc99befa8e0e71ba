use crate::{
    Filled,
    components::{Done, Loading, Notice, OwnOrders, SignInFirst},
    server_fns::{self, Failure},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{hooks::use_query_map, params::ParamsMap};

/// The account's orders in the book.
#[component]
pub fn OrdersPage() -> impl IntoView {
    let filled = StoredValue::new(Filled::of_this_answer());
    let query = use_query_map().get_untracked();
    let orders = Resource::new(|| (), |()| server_fns::orders());
    let shown = move |answer: Result<Vec<api::Order>, Failure>| match answer {
        Ok(orders) => {
            let filled = filled.get_value();
            let error = filled.error.map(|error| error.message);
            view! { <OwnOrders orders key=filled.key error /> }.into_any()
        }
        Err(Failure::Refused(error)) if error.code == api::ErrorCode::Unauthenticated => {
            view! { <SignInFirst /> }.into_any()
        }
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
    let done = quiet.then(|| done(&query)).flatten();
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

/// What was done just before: the numbers are out of the address, and only ever shown as numbers.
fn done(query: &ParamsMap) -> Option<AnyView> {
    let words = match query.get_str("done")? {
        "bid" => "The bid is placed.",
        "ask" => "The ask is placed.",
        "reduce" => "The order is smaller now.",
        "cancel" => "The order is cancelled.",
        "cancel-all" => "All orders are cancelled.",
        _ => return None,
    };
    let numbers = query.get_str("contracts").unwrap_or_default().split(',');
    let contracts: Vec<u64> = numbers.filter_map(|number| number.parse().ok()).collect();
    let waits = query.get_str("waits").is_some();
    let rest = match (contracts.is_empty(), waits) {
        (true, true) => " It waits in the book.",
        (false, true) => " The rest waits in the book. It opened:",
        (false, false) => " It traded whole and opened:",
        (true, false) => "",
    };
    let links = contracts.into_iter().map(|id| {
        view! {
            <a href=format!("/contracts/{id}") class="target" data-testid="opened-contract">
                {format!("contract {id}")}
            </a>
        }
    });
    Some(
        view! {
            <Done words=format!("{words}{rest}") />
            <p class="actions">{links.collect_view()}</p>
        }
        .into_any(),
    )
}
