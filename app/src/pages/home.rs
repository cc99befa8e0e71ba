use crate::{
    components::{
        ContractList, CopyBlock, Listings, LiveBadge, Loading, Notice, ProductBook, Time,
    },
    display::{self, PriceUnit},
    live,
    server_fns::{self, HomePageData},
};
use api::{Market, Product, Trade};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{components::A, hooks::use_query_map};

/// The market.
#[component]
pub fn HomePage() -> impl IntoView {
    let query = use_query_map();
    let product = Memo::new(move |_| {
        let named = query.with(|query| query.get("product"));
        let product = named.and_then(|name| name.parse::<Product>().ok());
        product.unwrap_or_default()
    });
    let data = Resource::new(move || product.get(), server_fns::home);
    view! {
        <Title text="" />
        <h1>"Hashrate, bought and sold by proof"</h1>
        <p class="lead">
            "Assay matches buyers of SHA-256d hashrate with hosts who deliver it, checks every share, pays for verified work alone, and publishes the shares so that anyone can verify them again."
        </p>
        <Suspense fallback=|| view! { <Loading what="the market" /> }>
            {move || Suspend::new(async move {
                match data.await {
                    Ok(data) => view! { <MarketView data /> }.into_any(),
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
}

#[component]
fn MarketView(data: HomePageData) -> impl IntoView {
    let HomePageData {
        market,
        book,
        listings,
    } = data;
    let market = RwSignal::new(market);
    let feed = live::follow("/api/v1/events".into(), "market", market);
    let at_ms = Memo::new(move |_| market.with(|market| market.at_ms));
    let sandbox = Memo::new(move |_| market.with(|market| market.sandbox));
    let contracts = Memo::new(move |_| market.with(|market| market.contracts.clone()));
    let mark = move || {
        let words = "Sandbox market: real shares, synthetic chain";
        sandbox
            .get()
            .then(|| view! { <p class="sandbox" data-testid="sandbox">{words}</p> })
    };
    view! {
        <div class="above">
            {mark}
            <LiveBadge feed at_ms />
        </div>
        <noscript inner_html="<p class=\"notice\">This page shows the numbers of the moment and does not update itself: that needs JavaScript. To verify a contract's bundle without it, run <code>assay verify FILE</code>.</p>"></noscript>
        <section class="card" aria-labelledby="book-heading">
            <div class="card-head">
                <h2 id="book-heading">"Order book"</h2>
                <LastTrade market />
            </div>
            <ProductBook market book />
        </section>
        <section class="card" id="listings" aria-labelledby="listings-heading">
            <h2 id="listings-heading">"Capacity on sale"</h2>
            <Listings listings />
        </section>
        <section class="card" aria-labelledby="contracts-heading">
            <h2 id="contracts-heading">"Contracts"</h2>
            <ContractList contracts />
        </section>
        <Machines market />
    }
    .into_any()
}

#[component]
fn LastTrade(market: RwSignal<Market>) -> impl IntoView {
    let trade = Memo::new(move |_| market.with(|market| (market.last_trade, market.lot_hs)));
    move || {
        let (trade, lot) = trade.get();
        match trade {
            None => view! { <p class="last-trade">"No trade yet."</p> }.into_any(),
            Some(trade) => view! { <TradeLine trade unit=PriceUnit::of(lot) /> }.into_any(),
        }
    }
}

#[component]
fn TradeLine(trade: Trade, unit: PriceUnit) -> impl IntoView {
    let price = trade.price_sats_per_phs_day;
    view! {
        <p
            class="last-trade"
            data-testid="last-trade"
            data-value=price.to_string()
            data-hashrate=trade.hashrate_hs.to_string()
        >
            "Last trade: "
            <strong class="number">{display::hashrate(trade.hashrate_hs)}</strong>
            " at "
            <strong class="number">{unit.price(price)}</strong>
            ", "
            <A href=format!("/contracts/{}", trade.contract)>
                {format!("contract {}", trade.contract)}
            </A>
            ", "
            <Time ms=trade.at_ms />
        </p>
    }
}

/// Where a host points machines.
#[component]
fn Machines(market: RwSignal<Market>) -> impl IntoView {
    let url = Memo::new(move |_| market.with(|market| market.stratum_url.clone()));
    let settings = Signal::derive(move || {
        format!(
            "URL       {}\nUser      demo-host.rig1\nPassword  x",
            url.get()
        )
    });
    let command = Signal::derive(move || {
        format!("minerd -a sha256d -o {} -u demo-host.rig1 -p x", url.get())
    });
    view! {
        <section class="card" aria-labelledby="machines-heading">
            <h2 id="machines-heading">"Point a machine at it"</h2>
            <p>
                "Any Stratum V1 miner works. The part after the dot names the worker, and any password will do while the account has no machine token. Its shares count for the live contract within seconds."
            </p>
            <CopyBlock label="Miner settings" text=settings />
            <p>"With a CPU miner, for example:"</p>
            <CopyBlock label="Miner command" text=command />
        </section>
    }
    .into_any()
}
