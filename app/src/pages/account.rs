use crate::{
    Filled,
    components::{
        AccountContracts, ApiTokens, DepositForm, FallbackPoolForm, Loading, Money, Notice,
        OpenOrders, SignOutForms, Time,
    },
    server_fns::{self, AccountPageData, Failure},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// The account that is signed in: its money, its contracts and orders, and what only its owner may do.
#[component]
pub fn AccountPage() -> impl IntoView {
    let filled = StoredValue::new(Filled::of_this_answer());
    let data = Resource::new(|| (), |()| server_fns::account());
    let shown = move |answer: Result<AccountPageData, Failure>| match answer {
        Ok(data) => view! { <AccountView data filled=filled.get_value() /> }.into_any(),
        Err(Failure::Refused(error)) if error.code == api::ErrorCode::Unauthenticated => {
            view! { <SignInFirst /> }.into_any()
        }
        Err(failure) => view! {
            <h1>"Account"</h1>
            <Notice
                sentence=failure.to_string()
                action="Try again"
                on_action=move || data.refetch()
            />
        }
        .into_any(),
    };
    view! {
        <Title text="Account" />
        <Suspense fallback=|| view! { <Loading what="the account" /> }>
            {move || Suspend::new(async move { shown(data.await) })}
        </Suspense>
    }
}

#[component]
fn SignInFirst() -> impl IntoView {
    view! {
        <h1>"Account"</h1>
        <p data-testid="sign-in-first">
            "Nobody is signed in, or the session is over. " <a href="/sign-in" rel="external">
                "Sign in"
            </a> " or " <a href="/sign-up" rel="external">
                "open an account"
            </a> "."
        </p>
    }
    .into_any()
}

/// What was done just before, in words.
fn done_words(done: &str) -> Option<&'static str> {
    match done {
        "deposit" => Some("The deposit is on the account."),
        "fallback-pool" => Some("The fallback pool is set."),
        "remove-fallback-pool" => Some("The fallback pool is removed: idle machines get no work."),
        "revoke-token" => Some("The token is revoked."),
        "end-machines" => Some("Connections without a machine token are ended."),
        _ => None,
    }
}

#[component]
fn AccountView(data: AccountPageData, filled: Filled) -> impl IntoView {
    let AccountPageData { account, tokens } = data;
    let query = use_query_map();
    let done = query.with_untracked(|query| query.get("done"));
    // Of the step before, and not of one that was refused since.
    let done = done.filter(|_| filled.form.is_empty());
    let done = done.as_deref().and_then(done_words);
    let title = format!("Account {}", account.name);
    let host = account.name.to_string();
    view! {
        <div class="above">
            <h1 data-testid="account-name">{title}</h1>
            <p class="note">"As of " <Time ms=account.at_ms /></p>
        </div>
        {done
            .map(|words| {
                view! {
                    <p class="notice done" role="status" data-testid="done">
                        {words}
                    </p>
                }
            })}
        <section class="card" id="money" aria-labelledby="money-heading">
            <h2 id="money-heading">"Money"</h2>
            <Money account=account.clone() />
            {account
                .deposit_max_sats
                .map(|most| view! { <DepositForm most filled=filled.clone() /> })}
        </section>
        <section class="card" aria-labelledby="buying-heading">
            <h2 id="buying-heading">"Contracts that you pay"</h2>
            <AccountContracts contracts=account.buying.clone() paying=true />
        </section>
        <section class="card" aria-labelledby="hosting-heading">
            <h2 id="hosting-heading">"Contracts that your machines deliver"</h2>
            <AccountContracts contracts=account.hosting.clone() paying=false />
        </section>
        <section class="card" aria-labelledby="orders-heading">
            <h2 id="orders-heading">"Open orders"</h2>
            <OpenOrders orders=account.orders.clone() />
            <p>
                <a href="/orders" rel="external">
                    "Reduce or cancel orders"
                </a> ", " <a href="/buy" rel="external">
                    "buy hashrate"
                </a> " or " <a href="/sell" rel="external">
                    "sell hashrate"
                </a> "."
            </p>
        </section>
        <section class="card" id="fallback-pool" aria-labelledby="fallback-heading">
            <h2 id="fallback-heading">"Fallback pool"</h2>
            <FallbackPoolForm pool=account.fallback_pool host filled=filled.clone() />
        </section>
        <section class="card" id="tokens" aria-labelledby="tokens-heading">
            <h2 id="tokens-heading">"API tokens"</h2>
            <ApiTokens tokens filled=filled.clone() />
        </section>
        <section class="card" aria-labelledby="session-heading">
            <h2 id="session-heading">"Signed in"</h2>
            <SignOutForms filled />
        </section>
    }
    .into_any()
}
