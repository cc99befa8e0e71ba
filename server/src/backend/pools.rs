//! A look at a buyer's pool.

use crate::{
    node::Node,
    pools::{
        Patience, PoolAddress, PoolPolicy, Preflight, SystemResolver, Turnstile, preflight,
        sentence,
    },
};
use api::{Error, PoolCheck, PoolReport};
use market::PoolTarget;

/// What looking takes.
pub(crate) struct Pools {
    policy: PoolPolicy,
    node: Option<Node>,
    turnstile: Turnstile,
}

impl Pools {
    pub(crate) fn new(policy: PoolPolicy, node: Option<Node>) -> Self {
        Self {
            policy,
            node,
            turnstile: Turnstile::new(),
        }
    }

    /// Refuses what could never be a bid's pool; everything else is looked at, and the report tells.
    pub(super) async fn check(&self, check: PoolCheck) -> Result<PoolReport, Error> {
        let malformed = |why: &dyn std::fmt::Display| Error::bad_request(sentence(why));
        // A blank at an end is the form's, not the buyer's.
        let address = PoolAddress::parse(check.address.trim()).map_err(|why| malformed(&why))?;
        let PoolCheck { user, password, .. } = &check;
        // The host was read already: here it is the login that is checked.
        PoolTarget::new("pool".into(), 1, user.clone(), password.clone())
            .map_err(|why| malformed(&why))?;
        let permit = self.turnstile.enter(&address);
        let _permit = permit.map_err(|why| Error::too_many_requests(why.to_string()))?;
        let wanted = Preflight {
            address: &address,
            user,
            password,
            hashrate: check.hashrate_hs,
            node: self.node.as_ref(),
            patience: Patience::default(),
        };
        Ok(preflight(wanted, &self.policy, &SystemResolver).await)
    }
}
