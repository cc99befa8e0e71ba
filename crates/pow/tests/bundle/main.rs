//! Bundles: what is written verifies, what is damaged or made up does not, and a log survives being cut.

#[path = "../fixture/mod.rs"]
mod fixture;

mod answers;
mod bounds;
mod chain;
mod damage;
mod elsewhere;
mod ending;
mod owed;
mod resume;
mod round_trip;
mod rules;
mod samples;
mod size;
mod spaces;
mod statistics;
mod wire;
mod writer;

use fixture::{Delivery, EASY, Span, small_delivery};
use pow::bundle::Terms;
use std::sync::LazyLock;

/// The whole bundle of [`small_delivery`], and where its records lie.
static SMALL: LazyLock<(Vec<u8>, Vec<Span>)> = LazyLock::new(|| small_delivery().bundle());

/// Ready for shares of worker 0 on job 0.
fn begun(terms: Terms) -> Delivery {
    let mut delivery = Delivery::new(terms);
    delivery.upstream(6);
    let job = delivery.job(0xa1);
    let worker = delivery.worker("demo-host.rig1", 1);
    delivery.assign(worker, job, EASY);
    delivery
}
