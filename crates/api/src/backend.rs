//! The service behind every face.

use crate::{
    Account, ApiToken, Book, Caller, Cancelled, Contract, DemoLogin, Deposit, Deposited, Error,
    FallbackPoolSet, Fleet, FleetDescription, Invoice, InvoiceRange, Listing, Machine, MadeToken,
    Market, MarketSettings, NewAsk, NewBid, NewListing, NewToken, NoticeGiven, Numbered, Order,
    Placed, PoolCheck, PoolReport, Product, Quote, QuoteRequest, ReduceOrder, Reduced, RequestKey,
    SetFallbackPool, Site, SiteDescription, Withdrawn,
};
use serde::{Deserialize, Serialize};
use std::{future::Future, net::IpAddr, pin::Pin};
use units::{ContractId, FleetId, ListingId, OrderId, SiteId};

/// An answer that is still being made.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// What the pages and the JSON API ask of the server. Authorisation happens behind it: what concerns an account takes a
/// [`Caller`] and never a name out of the request. A stranger gets `Unauthenticated`, a caller whose scope is too small
/// `Forbidden`.
///
/// What acts takes a [`RequestKey`] too: for a day the same key with the same request has the same answer, and nothing is
/// done twice; the same key with another request is a `Conflict`.
pub trait Backend: Send + Sync {
    /// The book of a product, the last trade and the contracts.
    fn market(&self, product: Product) -> Answer<'_, Market>;

    /// One contract with its delivery so far.
    fn contract(&self, id: ContractId) -> Answer<'_, Contract>;

    /// Connects to a buyer's pool and tells what it does: 20 s at most.
    fn check_pool(&self, check: PoolCheck) -> Answer<'_, PoolReport>;

    /// The caller's own account. Scope: read.
    fn account(&self, caller: Caller) -> Answer<'_, Account>;

    /// Sandbox money for the caller. Scope: trade.
    fn deposit(
        &self,
        caller: Caller,
        key: Option<RequestKey>,
        deposit: Deposit,
    ) -> Answer<'_, Deposited>;

    /// Names the pool for the caller's idle machines, after a look at it: 20 s at most. Scope: trade.
    fn set_fallback_pool(
        &self,
        caller: Caller,
        key: Option<RequestKey>,
        set: SetFallbackPool,
    ) -> Answer<'_, FallbackPoolSet>;

    /// What the operator fixed.
    fn market_settings(&self) -> Answer<'_, MarketSettings>;

    /// The catalogue of machines that a fleet can be of.
    fn machines(&self) -> Answer<'_, Vec<Machine>>;

    /// The book of one product.
    fn book(&self, product: Product) -> Answer<'_, Book>;

    /// Capacity on sale, by number: 1,000 at most.
    fn listings(&self) -> Answer<'_, Vec<Listing>>;

    /// What hashrate would cost now. Asks of the caller's own account do not count; a stranger may ask. `from` is the address
    /// that asks: each, and each account, only so often.
    fn quote(
        &self,
        caller: Caller,
        from: Option<IpAddr>,
        request: QuoteRequest,
    ) -> Answer<'_, Quote>;

    /// What a contract cost so far, and the lines of some epochs: for its buyer and its host. Scope: read.
    fn invoice(
        &self,
        caller: Caller,
        contract: ContractId,
        lines: InvoiceRange,
    ) -> Answer<'_, Invoice>;

    /// The caller's sites. Scope: read.
    fn sites(&self, caller: Caller) -> Answer<'_, Vec<Site>>;

    /// The caller's fleets. Scope: read.
    fn fleets(&self, caller: Caller) -> Answer<'_, Vec<Fleet>>;

    /// The caller's listings, the withdrawn ones too, newest first: 1,000 at most. Scope: read.
    fn own_listings(&self, caller: Caller) -> Answer<'_, Vec<Listing>>;

    /// The caller's orders in the book, oldest first: 1,000 at most. Scope: read.
    fn orders(&self, caller: Caller) -> Answer<'_, Vec<Order>>;

    /// Describes a site of the caller's: a new one, or that one anew. Scope: trade.
    fn describe_site(
        &self,
        caller: Caller,
        key: Option<RequestKey>,
        site: Option<SiteId>,
        description: SiteDescription,
    ) -> Answer<'_, Numbered>;

    /// Describes a fleet of the caller's: a new one, or that one anew. Scope: trade.
    fn describe_fleet(
        &self,
        caller: Caller,
        key: Option<RequestKey>,
        fleet: Option<FleetId>,
        description: FleetDescription,
    ) -> Answer<'_, Numbered>;

    /// Offers a part of a fleet for sale. Scope: trade.
    fn list_capacity(
        &self,
        caller: Caller,
        key: Option<RequestKey>,
        listing: NewListing,
    ) -> Answer<'_, Numbered>;

    /// Sells nothing more of a listing: its asks are cancelled, its contracts go on. Scope: trade.
    fn withdraw_listing(
        &self,
        caller: Caller,
        key: Option<RequestKey>,
        listing: ListingId,
    ) -> Answer<'_, Withdrawn>;

    /// Offers hashrate. Scope: trade, a dry run's: read.
    fn place_ask(&self, caller: Caller, key: Option<RequestKey>, ask: NewAsk)
    -> Answer<'_, Placed>;

    /// Wants hashrate. Its pools' addresses are held against the operator's policy; nothing connects to them. Scope: trade, a
    /// dry run's: read.
    fn place_bid(&self, caller: Caller, key: Option<RequestKey>, bid: NewBid)
    -> Answer<'_, Placed>;

    /// Makes an order smaller; it keeps its place. Scope: trade, a dry run's: read.
    fn reduce_order(
        &self,
        caller: Caller,
        key: Option<RequestKey>,
        order: OrderId,
        reduce: ReduceOrder,
    ) -> Answer<'_, Reduced>;

    /// Takes an order out of the book. Scope: trade.
    fn cancel_order(
        &self,
        caller: Caller,
        key: Option<RequestKey>,
        order: OrderId,
    ) -> Answer<'_, Cancelled>;

    /// Takes all of the caller's orders out of the book. Scope: trade.
    fn cancel_all_orders(&self, caller: Caller, key: Option<RequestKey>) -> Answer<'_, Cancelled>;

    /// Tells the end of a contract: the open epoch is its last. Scope: trade.
    fn give_notice(
        &self,
        caller: Caller,
        key: Option<RequestKey>,
        contract: ContractId,
    ) -> Answer<'_, NoticeGiven>;

    /// The caller's API tokens, by name. Scope: owner.
    fn api_tokens(&self, caller: Caller) -> Answer<'_, Vec<ApiToken>>;

    /// Makes an API token; its secret is in this answer alone. Scope: owner.
    fn make_api_token(&self, caller: Caller, new: NewToken) -> Answer<'_, MadeToken>;

    /// Ends an API token. Scope: owner.
    fn revoke_api_token(&self, caller: Caller, id: u64) -> Answer<'_, ()>;

    /// Accounts that anyone may try, in the demo alone.
    fn demo_logins(&self) -> Answer<'_, Vec<DemoLogin>>;
}

/// What the event stream carries, each as one JSON object in an event of this name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LiveEvent {
    /// Event `market`: the market anew.
    Market(Box<Market>),
    /// Event `contract`: the contract anew.
    Contract(Box<Contract>),
}

impl LiveEvent {
    /// The event's name on the stream.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Market(_) => "market",
            Self::Contract(_) => "contract",
        }
    }
}
