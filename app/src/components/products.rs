use super::OrderBook;
use crate::display::trade;
use api::{Book, Market, Product};
use leptos::prelude::*;

/// The book of one product, with links to the others'. Spot's is the market's own, and live.
#[component]
pub fn ProductBook(
    market: RwSignal<Market>,
    /// Of another product than spot.
    #[prop(optional_no_strip)]
    book: Option<Book>,
) -> impl IntoView {
    let product = book.as_ref().map_or(Product::Spot, |book| book.product);
    let market = match book {
        None => market,
        Some(book) => RwSignal::new(market.with_untracked(|market| with_book(market, book))),
    };
    view! {
        <nav class="tabs" aria-label="Product">
            {Product::ALL.map(|one| view! { <Tab one product /> }).collect_view()}
        </nav>
        <OrderBook market />
        <p class="actions">
            <a class="button" href=format!("/buy?product={product}") rel="external">
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
fn Tab(one: Product, product: Product) -> impl IntoView {
    let href = match one {
        Product::Spot => "/".to_owned(),
        one => format!("/?product={one}"),
    };
    view! {
        <a
            href=href
            aria-current=(product == one).then_some("page")
            data-testid="product-tab"
        >
            {trade::product(one)}
        </a>
    }
}

fn with_book(market: &Market, book: Book) -> Market {
    Market {
        product: book.product,
        bids: book.bids,
        asks: book.asks,
        ..market.clone()
    }
}
