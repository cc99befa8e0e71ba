//! What everybody sees of the market beside contracts.

use super::{
    super::Service,
    choices::{product, product_of},
};
use crate::clock;
use api::{Book, Level, Machine, MarketSettings, Product};
use market::{Market, Model, SUPPLY_MAX};
use orderbook::{Order, Side};

/// Levels of each side.
const LEVELS: usize = 100;

pub(crate) fn settings(service: &Service) -> MarketSettings {
    service.exchange.read(|market| {
        let settings = market.settings();
        let limits = &settings.limits;
        MarketSettings {
            lot_hs: settings.lot,
            max_hashrate_hs: limits.max_hashrate.min(Order::MAX_HASHRATE),
            tick_sats_per_phs_day: settings.tick,
            min_price_sats_per_phs_day: limits.min_price.max(settings.tick),
            max_price_sats_per_phs_day: limits.max_price,
            max_orders_of_account: limits.max_orders_of_account,
            max_orders_of_listing: limits.max_orders_of_listing,
            max_supply_of_account: u32::try_from(SUPPLY_MAX).unwrap_or(u32::MAX),
            visit_budget: limits.visit_budget,
            fee_bps: settings.fee_bps,
            bond_bps: limits.bond_bps,
            tolerance_ppm: limits.tolerance_ppm,
            confidence_ppm: limits.confidence_ppm,
            epoch_length_ms: settings.epoch_length.get(),
            products: market::Product::ALL.map(product).to_vec(),
            sandbox: service.sandbox,
        }
    })
}

pub(crate) fn machines() -> Vec<Machine> {
    let machine = |model: Model| {
        let machine = model.machine();
        Machine {
            model: machine.name.into(),
            title: machine.title.into(),
            hashrate_hs: machine.hashrate,
            mj_per_th: machine.mj_per_th,
            watts: u64::try_from(model.watts(1)).unwrap_or(u64::MAX),
            source: machine.source.into(),
        }
    };
    Model::all().map(machine).collect()
}

pub(crate) fn book(service: &Service, product: Product) -> Book {
    let at_ms = clock::now().unix_ms();
    service.exchange.read(|market| Book {
        at_ms,
        product,
        bids: levels(market, product, Side::Bid),
        asks: levels(market, product, Side::Ask),
    })
}

/// A side of a product's book, the best prices.
pub(crate) fn levels(market: &Market, product: Product, side: Side) -> Vec<Level> {
    let levels = market.book().levels_of(product_of(product).in_book(), side);
    levels.take(LEVELS).map(level).collect()
}

pub(super) fn level(level: orderbook::Level) -> Level {
    Level {
        price_sats_per_phs_day: level.price,
        hashrate_hs: level.hashrate,
        orders: u32::try_from(level.orders).unwrap_or(u32::MAX),
    }
}
