use super::Failure;
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use units::Sats;

/// What the first page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HomePageData {
    /// With the book of spot.
    pub market: api::Market,
    /// Of another product.
    pub book: Option<api::Book>,
    /// Capacity on sale.
    pub listings: Vec<api::Listing>,
}

/// What the page for buyers shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuyPageData {
    /// What the operator fixed.
    pub settings: api::MarketSettings,
    /// Where one was asked for: the quote, or why there is none.
    pub quote: Option<Result<api::Quote, api::Error>>,
    /// The account that is signed in.
    pub funds: Option<Funds>,
}

/// What an account can spend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Funds {
    /// The account.
    pub name: String,
    /// What can be spent.
    pub available_sats: Sats,
}

/// What the page for hosts shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SellPageData {
    /// What the operator fixed.
    pub settings: api::MarketSettings,
    /// The catalogue.
    pub machines: Vec<api::Machine>,
    /// The host's.
    pub sites: Vec<api::Site>,
    /// The host's.
    pub fleets: Vec<api::Fleet>,
    /// The host's, newest first.
    pub listings: Vec<api::Listing>,
    /// The host's asks.
    pub asks: Vec<api::Order>,
    /// The host.
    pub funds: Funds,
}

#[cfg(feature = "ssr")]
async fn funds() -> Result<Funds, api::Error> {
    let backend = super::backend().map_err(|_| api::Error::internal())?;
    let account = backend.account(super::caller()).await?;
    Ok(Funds {
        name: account.name.to_string(),
        available_sats: account.available_sats,
    })
}

/// What hashrate costs, and with what it could be paid.
#[server(prefix = "/api/pages", endpoint = "buying", input = Json)]
pub async fn buying(asked: Option<api::QuoteRequest>) -> Result<BuyPageData, Failure> {
    let (backend, caller) = (super::backend()?, super::caller());
    let settings = backend.market_settings().await;
    let settings = settings.inspect_err(super::send_status)?;
    let quote = match asked {
        Some(asked) => Some(backend.quote(caller, super::address(), asked).await),
        None => None,
    };
    // A stranger may ask for a price.
    let funds = funds().await.ok();
    Ok(BuyPageData {
        settings,
        quote,
        funds,
    })
}

/// What the host has, and what he may have.
#[server(prefix = "/api/pages", endpoint = "selling")]
pub async fn selling() -> Result<SellPageData, Failure> {
    let (backend, caller) = (super::backend()?, super::caller());
    let load = async {
        let funds = funds().await?;
        let orders = backend.orders(caller).await?;
        let asks = orders.into_iter();
        Ok(SellPageData {
            settings: backend.market_settings().await?,
            machines: backend.machines().await?,
            sites: backend.sites(caller).await?,
            fleets: backend.fleets(caller).await?,
            listings: backend.own_listings(caller).await?,
            asks: asks
                .filter(|order| order.side == api::OrderSide::Ask)
                .collect(),
            funds,
        })
    };
    let data: Result<_, api::Error> = load.await;
    Ok(data.inspect_err(super::send_status)?)
}

/// The account's orders in the book.
#[server(prefix = "/api/pages", endpoint = "orders")]
pub async fn orders() -> Result<Vec<api::Order>, Failure> {
    let answer = super::backend()?.orders(super::caller()).await;
    Ok(answer.inspect_err(super::send_status)?)
}

/// The market, the book of a product beside spot, and capacity on sale.
#[server(prefix = "/api/pages", endpoint = "home")]
pub async fn home(product: api::Product) -> Result<HomePageData, Failure> {
    let backend = super::backend()?;
    let load = async {
        Ok(HomePageData {
            market: backend.market(api::Product::Spot).await?,
            book: match product {
                // It is in the market already.
                api::Product::Spot => None,
                product => Some(backend.book(product).await?),
            },
            listings: backend.listings().await?,
        })
    };
    let data: Result<_, api::Error> = load.await;
    Ok(data.inspect_err(super::send_status)?)
}

/// What a contract cost so far, and some of its lines.
#[server(prefix = "/api/pages", endpoint = "invoice")]
pub async fn invoice(contract: u64, lines: api::InvoiceRange) -> Result<api::Invoice, Failure> {
    let (backend, caller) = (super::backend()?, super::caller());
    let contract = units::ContractId::new(contract);
    let answer = backend.invoice(caller, contract, lines).await;
    Ok(answer.inspect_err(super::send_status)?)
}

/// The account that looks, where one is signed in.
#[server(prefix = "/api/pages", endpoint = "viewer")]
pub async fn viewer() -> Result<Option<String>, Failure> {
    Ok(super::caller().account().map(|account| account.to_string()))
}
