//! The service behind the pages and the JSON API.

mod account;
mod acting;
mod acts;
mod looks;
mod pools;
mod trading;
mod views;

use crate::{
    exchange::Exchange,
    identity::Identity,
    store::Store,
    stratum::{Delivery, Desk, ending},
};
use acting::{Acting, InFlight};
pub(crate) use acting::{KEY_IN_USE, KEY_USED, allow};
use acts::Acts;
use api::{Answer, Backend, Caller, RequestKey, Scope};
use looks::Looks;
use market::Command;
pub(crate) use pools::Pools;
use pow::bundle::Ending;
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::{sync::Semaphore, time::Instant};
pub(crate) use trading::invoice_csv;
use units::{ContractId, FleetId, ListingId, OrderId, SiteId};

/// Settled epochs that a contract's view lists.
const SETTLEMENTS_LISTED: u32 = 60;

/// The market's writer publishes in between.
const QUOTES_AT_A_TIME: usize = 1;
/// For a new contract's delivery to begin: its log is made on disk.
const DELIVERY_PATIENCE: Duration = Duration::from_secs(5);
const DELIVERY_LOOK_EVERY: Duration = Duration::from_millis(20);

/// Implements [`Backend`] on the exchange, the deliveries and the database.
pub(crate) struct Service {
    exchange: Exchange,
    desk: Arc<Desk>,
    store: Store,
    stratum: SocketAddr,
    sandbox: bool,
    pools: Pools,
    identity: Identity,
    in_flight: InFlight,
    acts: Acts,
    quotes: Semaphore,
    /// How often quotes and dry runs are asked for.
    pub(crate) looks: Looks,
}

impl Service {
    pub(crate) fn new(
        exchange: Exchange,
        desk: Arc<Desk>,
        store: Store,
        stratum: SocketAddr,
        sandbox: bool,
        pools: Pools,
        identity: Identity,
    ) -> Self {
        Self {
            exchange,
            desk,
            store,
            stratum,
            sandbox,
            pools,
            identity,
            in_flight: InFlight::default(),
            acts: Acts::default(),
            quotes: Semaphore::new(QUOTES_AT_A_TIME),
            looks: Looks::default(),
        }
    }

    /// Who asks: what the HTTP face makes callers of.
    pub(crate) const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Why no more shares are taken, where they are not.
    pub(crate) fn no_room(&self) -> Option<String> {
        self.desk.no_room()
    }

    /// How a contract ended, and after how many settled epochs; none while it is live.
    pub(crate) fn ending(&self, id: ContractId) -> Option<(u32, Ending)> {
        self.exchange.read(|market| {
            let contract = market.contract(&id)?;
            Some((contract.epochs_settled, ending(contract)?))
        })
    }

    /// The delivery of a contract. A new contract's begins a moment after the trade: who was just told of it may ask.
    pub(crate) async fn delivery(&self, id: ContractId) -> Result<Arc<Delivery>, api::Error> {
        let until = Instant::now() + DELIVERY_PATIENCE;
        loop {
            if let Some(delivery) = self.desk.delivery(id) {
                return Ok(delivery);
            }
            if !self.exchange.read(|market| market.contract(&id).is_some()) {
                let words = format!("There is no contract {id}.");
                return Err(api::Error::not_found(words));
            }
            if Instant::now() >= until {
                tracing::error!(contract = %id, "the contract has no delivery");
                return Err(api::Error::internal());
            }
            tokio::time::sleep(DELIVERY_LOOK_EVERY).await;
        }
    }
}

/// To see what would happen takes less than to do it.
const fn scope(dry_run: bool) -> Scope {
    if dry_run { Scope::Read } else { Scope::Trade }
}

impl Backend for Service {
    fn market(&self, product: api::Product) -> Answer<'_, api::Market> {
        Box::pin(async move { Ok(views::market(self, product)) })
    }

    fn contract(&self, id: ContractId) -> Answer<'_, api::Contract> {
        Box::pin(async move {
            let delivery = self.delivery(id).await?;
            let payments = self
                .store
                .latest_payments(&delivery.contract, SETTLEMENTS_LISTED);
            let settled = payments.await.map_err(|error| {
                tracing::error!(%error, contract = %id, "the settlements cannot be read");
                api::Error::internal()
            })?;
            views::contract(self, &delivery, settled)
        })
    }

    fn check_pool(&self, check: api::PoolCheck) -> Answer<'_, api::PoolReport> {
        Box::pin(self.pools.check(check))
    }

    fn account(&self, caller: Caller) -> Answer<'_, api::Account> {
        Box::pin(async move { Ok(account::view(self, allow(&caller, Scope::Read)?)) })
    }

    fn deposit(
        &self,
        caller: Caller,
        key: Option<RequestKey>,
        deposit: api::Deposit,
    ) -> Answer<'_, api::Deposited> {
        Box::pin(async move {
            let account = allow(&caller, Scope::Trade)?;
            let reference = account::deposit_reference(account, key.as_ref())?;
            let acting = Acting::new(account, key, "deposit", &deposit)?;
            let command = account::deposit(self, account, deposit, reference);
            let answer = |events: &[_]| Ok(account::deposited(events, deposit, reference));
            self.act(acting, command, answer).await
        })
    }

    fn set_fallback_pool(
        &self,
        caller: Caller,
        key: Option<RequestKey>,
        set: api::SetFallbackPool,
    ) -> Answer<'_, api::FallbackPoolSet> {
        Box::pin(async move {
            let account = allow(&caller, Scope::Trade)?;
            let acting = Acting::new(account, key, "set_fallback_pool", &set)?;
            let command = account::set_fallback_pool(self, account, set.pool.clone());
            self.act(acting, command, |_| account::fallback_pool_set(set.pool))
                .await
        })
    }

    fn market_settings(&self) -> Answer<'_, api::MarketSettings> {
        Box::pin(async { Ok(trading::settings(self)) })
    }

    fn machines(&self) -> Answer<'_, Vec<api::Machine>> {
        Box::pin(async { Ok(trading::machines()) })
    }

    fn book(&self, product: api::Product) -> Answer<'_, api::Book> {
        Box::pin(async move { Ok(trading::book(self, product)) })
    }

    fn listings(&self) -> Answer<'_, Vec<api::Listing>> {
        Box::pin(async { Ok(trading::listings(self)) })
    }

    fn quote(
        &self,
        caller: Caller,
        from: Option<IpAddr>,
        request: api::QuoteRequest,
    ) -> Answer<'_, api::Quote> {
        Box::pin(async move {
            from.map_or(Ok(()), |from| self.looks.of_address(from))?;
            let account = caller.account();
            account.map_or(Ok(()), |account| self.looks.of_account(account))?;
            // Each reads the market for as long as its walk takes, and whoever asks needs no account.
            let _turn = self.quotes.acquire().await;
            trading::quote(self, account, &request)
        })
    }

    fn invoice(
        &self,
        caller: Caller,
        contract: ContractId,
        lines: api::InvoiceRange,
    ) -> Answer<'_, api::Invoice> {
        Box::pin(async move {
            let account = allow(&caller, Scope::Read)?;
            trading::invoice(self, account, contract, lines).await
        })
    }

    fn sites(&self, caller: Caller) -> Answer<'_, Vec<api::Site>> {
        Box::pin(async move { Ok(trading::sites(self, allow(&caller, Scope::Read)?)) })
    }

    fn fleets(&self, caller: Caller) -> Answer<'_, Vec<api::Fleet>> {
        Box::pin(async move { Ok(trading::fleets(self, allow(&caller, Scope::Read)?)) })
    }

    fn own_listings(&self, caller: Caller) -> Answer<'_, Vec<api::Listing>> {
        Box::pin(async move { Ok(trading::own_listings(self, allow(&caller, Scope::Read)?)) })
    }

    fn orders(&self, caller: Caller) -> Answer<'_, Vec<api::Order>> {
        Box::pin(async move { Ok(trading::orders(self, allow(&caller, Scope::Read)?)) })
    }

    fn describe_site(
        &self,
        caller: Caller,
        key: Option<RequestKey>,
        site: Option<SiteId>,
        description: api::SiteDescription,
    ) -> Answer<'_, api::Numbered> {
        Box::pin(async move {
            let account = allow(&caller, Scope::Trade)?;
            let request = (site, &description);
            let acting = Acting::new(account, key, "describe_site", &request)?;
            let command = async { trading::describe_site(account, site, &description) };
            let answer = |events: &[_]| trading::numbered_site(events, site);
            self.act(acting, command, answer).await
        })
    }

    fn describe_fleet(
        &self,
        caller: Caller,
        key: Option<RequestKey>,
        fleet: Option<FleetId>,
        description: api::FleetDescription,
    ) -> Answer<'_, api::Numbered> {
        Box::pin(async move {
            let account = allow(&caller, Scope::Trade)?;
            let request = (fleet, &description);
            let acting = Acting::new(account, key, "describe_fleet", &request)?;
            let command = async { trading::describe_fleet(account, fleet, &description) };
            let answer = |events: &[_]| trading::numbered_fleet(events, fleet);
            self.act(acting, command, answer).await
        })
    }

    fn list_capacity(
        &self,
        caller: Caller,
        key: Option<RequestKey>,
        listing: api::NewListing,
    ) -> Answer<'_, api::Numbered> {
        Box::pin(async move {
            let account = allow(&caller, Scope::Trade)?;
            let acting = Acting::new(account, key, "list_capacity", &listing)?;
            let command = async { Ok(trading::list_capacity(account, &listing)) };
            self.act(acting, command, trading::listed).await
        })
    }

    fn withdraw_listing(
        &self,
        caller: Caller,
        key: Option<RequestKey>,
        listing: ListingId,
    ) -> Answer<'_, api::Withdrawn> {
        Box::pin(async move {
            let account = allow(&caller, Scope::Trade)?;
            let acting = Acting::new(account, key, "withdraw_listing", &listing)?;
            let command = async { Ok(Command::WithdrawListing { account, listing }) };
            let answer = |events: &[_]| Ok(trading::withdrawn(events, account, listing));
            self.act(acting, command, answer).await
        })
    }

    fn place_ask(
        &self,
        caller: Caller,
        key: Option<RequestKey>,
        ask: api::NewAsk,
    ) -> Answer<'_, api::Placed> {
        Box::pin(async move {
            let account = allow(&caller, scope(ask.dry_run))?;
            let (hashrate, dry_run) = (ask.hashrate_hs, ask.dry_run);
            let answer = move |events: &[_]| trading::placed(events, account, hashrate, dry_run);
            if dry_run {
                return self.dry_run(account, &trading::ask(account, &ask)?, answer);
            }
            let acting = Acting::new(account, key, "place_ask", &ask)?;
            let command = async { trading::ask(account, &ask) };
            self.act(acting, command, answer).await
        })
    }

    fn place_bid(
        &self,
        caller: Caller,
        key: Option<RequestKey>,
        bid: api::NewBid,
    ) -> Answer<'_, api::Placed> {
        Box::pin(async move {
            let account = allow(&caller, scope(bid.dry_run))?;
            let (hashrate, dry_run) = (bid.hashrate_hs, bid.dry_run);
            let answer = move |events: &[_]| trading::placed(events, account, hashrate, dry_run);
            if dry_run {
                return self.dry_run(account, &trading::bid(self, account, bid)?, answer);
            }
            let acting = Acting::new(account, key, "place_bid", &bid)?;
            let command = async { trading::bid(self, account, bid) };
            self.act(acting, command, answer).await
        })
    }

    fn reduce_order(
        &self,
        caller: Caller,
        key: Option<RequestKey>,
        order: OrderId,
        reduce: api::ReduceOrder,
    ) -> Answer<'_, api::Reduced> {
        Box::pin(async move {
            let account = allow(&caller, scope(reduce.dry_run))?;
            let (by, dry_run) = (reduce.by_hs, reduce.dry_run);
            let answer = move |events: &[_]| trading::reduced(events, account, order, dry_run);
            let command = Command::ReduceOrder { account, order, by };
            if dry_run {
                return self.dry_run(account, &command, answer);
            }
            let acting = Acting::new(account, key, "reduce_order", &(order, reduce))?;
            self.act(acting, async { Ok(command) }, answer).await
        })
    }

    fn cancel_order(
        &self,
        caller: Caller,
        key: Option<RequestKey>,
        order: OrderId,
    ) -> Answer<'_, api::Cancelled> {
        Box::pin(async move {
            let account = allow(&caller, Scope::Trade)?;
            let acting = Acting::new(account, key, "cancel_order", &order)?;
            let command = async { Ok(Command::CancelOrder { account, order }) };
            let answer = |events: &[_]| Ok(trading::cancelled(events, account));
            self.act(acting, command, answer).await
        })
    }

    fn cancel_all_orders(
        &self,
        caller: Caller,
        key: Option<RequestKey>,
    ) -> Answer<'_, api::Cancelled> {
        Box::pin(async move {
            let account = allow(&caller, Scope::Trade)?;
            let acting = Acting::new(account, key, "cancel_all_orders", &())?;
            let command = async { Ok(Command::CancelAll { account }) };
            let answer = |events: &[_]| Ok(trading::cancelled(events, account));
            self.act(acting, command, answer).await
        })
    }

    fn give_notice(
        &self,
        caller: Caller,
        key: Option<RequestKey>,
        contract: ContractId,
    ) -> Answer<'_, api::NoticeGiven> {
        Box::pin(async move {
            let account = allow(&caller, Scope::Trade)?;
            let acting = Acting::new(account, key, "give_notice", &contract)?;
            let command = trading::give_notice(self, account, contract);
            let answer = |events: &[_]| trading::notice_given(self, events, contract);
            self.act(acting, command, answer).await
        })
    }

    fn api_tokens(&self, caller: Caller) -> Answer<'_, Vec<api::ApiToken>> {
        Box::pin(async move {
            let account = allow(&caller, Scope::Owner)?;
            self.identity.tokens(&account).await
        })
    }

    fn make_api_token(&self, caller: Caller, new: api::NewToken) -> Answer<'_, api::MadeToken> {
        Box::pin(async move {
            let account = allow(&caller, Scope::Owner)?;
            self.identity.make_token(&account, new).await
        })
    }

    fn revoke_api_token(&self, caller: Caller, id: u64) -> Answer<'_, ()> {
        Box::pin(async move {
            let account = allow(&caller, Scope::Owner)?;
            self.identity.revoke_token(&account, id).await
        })
    }

    fn demo_logins(&self) -> Answer<'_, Vec<api::DemoLogin>> {
        Box::pin(async { Ok(self.identity.demo_logins().to_vec()) })
    }
}
