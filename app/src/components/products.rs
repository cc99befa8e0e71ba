use super::{Loading, OrderBook};
use crate::{display::trade, server_fns};
use api::{Book, Market, Product};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// The book of the product that the page's address names. Spot's is live.
#[component]
pub fn ProductBook(market: RwSignal<Market>) -> impl IntoView {
    let query = use_query_map();
    let product = Memo::new(move |_| {
        let named = query.with(|query| query.get("product"));
        let product = named.and_then(|name| name.parse::<Product>().ok());
        product.unwrap_or_default()
    });
    let book = Resource::new(
        move || product.get(),
        |product| async move {
            match product {
                // It is in the market already.
                Product::Spot => None,
                _ => Some(server_fns::book(product).await),
            }
        },
    );
    let shown = move |answer| match answer {
        None => view! { <OrderBook market /> }.into_any(),
        Some(Ok(book)) => {
            let market = RwSignal::new(with_book(&market.get_untracked(), book));
            view! { <OrderBook market /> }.into_any()
        }
        Some(Err::<_, server_fns::Failure>(failure)) => view! {
            <p class="notice" role="alert" data-testid="notice">
                {failure.to_string()}
            </p>
        }
        .into_any(),
    };
    let buy = move || format!("/buy?product={}", product.get());
    view! {
        <nav class="tabs" aria-label="Product">
            {Product::ALL.map(|one| view! { <Tab one product /> }).collect_view()}
        </nav>
        <Suspense fallback=|| view! { <Loading what="the book" /> }>
            {move || Suspend::new(async move { shown(book.await) })}
        </Suspense>
        <p class="actions">
            <a class="button" href=buy rel="external">
                "Get a quote and buy"
            </a>
            <a class="button" href="/sell" rel="external">
                "Sell hashrate"
            </a>
        </p>
    }
    .into_any()
}

#[component]
fn Tab(one: Product, product: Memo<Product>) -> impl IntoView {
    let href = match one {
        Product::Spot => "/".to_owned(),
        one => format!("/?product={one}"),
    };
    let current = move || (product.get() == one).then_some("page");
    view! {
        <a href=href aria-current=current data-testid="product-tab">
            {trade::product(one)}
        </a>
    }
}

fn with_book(market: &Market, book: Book) -> Market {
    Market {
        bids: book.bids,
        asks: book.asks,
        ..market.clone()
    }
}
