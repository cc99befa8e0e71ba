#![doc = include_str!("../README.md")]
// Components end in `into_any`: without it the types of nested views grow past what the compiler follows.
#![recursion_limit = "256"]

#[cfg(feature = "hydrate")]
mod alone;
mod charts;
mod components;
mod display;
mod filled;
#[cfg(feature = "hydrate")]
mod kept;
mod live;
mod pages;
mod routes;
mod server_fns;
#[cfg(feature = "ssr")]
mod shell;
mod verify;

#[cfg(feature = "hydrate")]
pub use alone::{Alone, is_alone};
pub use filled::Filled;
pub use routes::App;
#[cfg(feature = "ssr")]
pub use shell::{Assets, shell};
