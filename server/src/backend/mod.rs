//! The service behind the pages and the JSON API.

mod pools;
mod views;

use crate::{
    exchange::Exchange,
    store::Store,
    stratum::{Delivery, Desk},
};
use api::{Answer, Backend};
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
}

impl Service {
    pub(crate) fn new(
        exchange: Exchange,
        desk: Arc<Desk>,
        store: Store,
        stratum: SocketAddr,
        sandbox: bool,
        pools: Pools,
    ) -> Self {
        Self {
            exchange,
            desk,
            store,
            stratum,
            sandbox,
            pools,
        }
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
}
