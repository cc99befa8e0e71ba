#![doc = include_str!("../README.md")]

mod assets;
mod backend;
mod clock;
mod http;
mod identity;
pub mod metrics;
mod router;

pub mod audit;
pub mod cli;
pub mod commands;
pub mod config;
pub mod demo;
pub mod exchange;
pub mod node;
pub mod pools;
pub mod service;
pub mod sharelog;
pub mod store;
pub mod stratum;
