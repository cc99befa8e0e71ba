//! What buyers and hosts do in the market, and what they see of it.

mod choices;
mod constraints;
mod describing;
mod invoice;
mod invoice_csv;
mod notice;
mod orders;
mod placing;
mod quote;
mod reading;
mod refusals;
mod rejects;
mod supply;
mod terms;

pub(super) use choices::{attributes, product};
pub(super) use describing::{
    describe_fleet, describe_site, list_capacity, listed, numbered_fleet, numbered_site, withdrawn,
};
pub(super) use invoice::invoice;
pub(crate) use invoice_csv::invoice_csv;
pub(super) use notice::{give_notice, notice_given, notice_of};
pub(super) use orders::{cancelled, orders, reduced};
pub(super) use placing::{ask, bid, placed};
pub(super) use quote::quote;
pub(super) use reading::{book, levels, machines, settings};
pub(super) use refusals::{refused, told};
pub(super) use rejects::tell as rejects_of;
pub(super) use supply::{fleets, listings, own_listings, sites};
