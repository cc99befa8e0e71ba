//! The service behind the pages and the JSON API.

mod account;
mod acting;
mod pools;
mod views;

use crate::{
    exchange::Exchange,
    identity::Identity,
    store::Store,
    stratum::{Delivery, Desk},
};
use acting::{Acting, InFlight, allow};
use api::{Answer, Backend, Caller, RequestKey, Scope};
pub(crate) use pools::Pools;
use std::{net::SocketAddr, sync::Arc};
use units::ContractId;

/// Settled epochs that a contract's view lists.
const SETTLEMENTS_LISTED: u32 = 60;

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

    /// The delivery of a contract.
    pub(crate) fn delivery(&self, id: ContractId) -> Result<Arc<Delivery>, api::Error> {
        let found = self.desk.delivery(id);
        found.ok_or_else(|| api::Error::not_found(format!("There is no contract {id}.")))
    }
}

impl Backend for Service {
    fn market(&self) -> Answer<'_, api::Market> {
        Box::pin(async { Ok(views::market(self)) })
    }

    fn contract(&self, id: ContractId) -> Answer<'_, api::Contract> {
        Box::pin(async move {
            let delivery = self.delivery(id)?;
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
            let acting = Acting::new(account, key, "deposit", &deposit)?;
            let command = account::deposit(self, account, deposit);
            self.act(acting, command, account::deposited).await
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
