//! Buyers' pools: what an address may be, how it is connected to, and a look at one before a contract needs it.
//!
//! **Invariant:** a pool's address is untrusted input. Nothing else of the server connects to where a stranger says.
//! [`PoolAddress`] is the only form in which an address is kept, [`connect()`] the only way from it to a socket: each call
//! resolves the name once, with our own resolver, checks every answer against the [`PoolPolicy`] and connects to exactly
//! one of them. A name that answers differently the next time is checked anew the next time.

mod address;
mod connect;
mod policy;
mod preflight;
mod resolve;
mod special;
mod turnstile;

pub use address::{AddressError, Host, PoolAddress};
pub use connect::{ConnectError, connect, connect_with};
pub use policy::PoolPolicy;
pub(crate) use preflight::sentence;
pub use preflight::{Patience, Preflight, preflight};
#[cfg(test)]
pub(crate) use resolve::tests::Answers;
pub use resolve::{ANSWERS_MAX, ResolveError, Resolver, SystemResolver, resolve};
pub use special::Special;
pub(crate) use turnstile::Turnstile;
