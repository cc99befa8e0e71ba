//! A look at a buyer's pool.

use crate::{
    node::Node,
    pools::{
        Host, Patience, PoolAddress, PoolPolicy, Preflight, SystemResolver, Turnstile, preflight,
        sentence,
    },
};
use api::{Error, PoolCheck, PoolReport, WantedPool};
use market::{PoolError, PoolTarget};

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
        let address = PoolAddress::parse(check.address.trim())
            .map_err(|why| malformed(&why).about("address"))?;
        let PoolCheck { user, password, .. } = &check;
        // The host was read already: here it is the login that is checked.
        PoolTarget::new("pool".into(), 1, user.clone(), password.clone())
            .map_err(|why| malformed(&why).about(login_field(why)))?;
        let permit = self.turnstile.enter(&address);
        let _permit = permit
            .map_err(|why| Error::too_many_requests(why.to_string()).retry_after(why.seconds()))?;
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

    /// A pool for work, held against the policy without a connection or a look at a name server: both come before the
    /// work goes there, and the policy is asked again.
    pub(super) fn allowed(&self, login: WantedPool) -> Result<PoolTarget, Error> {
        let malformed = |why: &dyn std::fmt::Display| Error::bad_request(sentence(why));
        let address = PoolAddress::parse(login.address.trim());
        let address = address.map_err(|why| malformed(&why).about("address"))?;
        let allowed = self.policy.check(&address);
        allowed.map_err(|why| {
            let refused = Error::refused(sentence(why));
            refused.with_status("pool_refused").about("address")
        })?;
        target(&address, login.user, login.password)
            .map_err(|why| malformed(&why).about(login_field(why)))
    }

    /// Looks at a pool that somebody names for work, and refuses one that could not give any.
    pub(super) async fn usable(&self, login: WantedPool) -> Result<PoolTarget, Error> {
        let WantedPool {
            address,
            user,
            password,
        } = login;
        let report = self.check(PoolCheck {
            address: address.clone(),
            user: user.clone(),
            password: password.clone(),
            hashrate_hs: None,
        });
        let report = report.await?;
        if !report.usable {
            let refusing = report.warnings.into_iter().find(|warning| warning.refuses);
            let words =
                refusing.map_or_else(|| "The pool gives no work.".into(), |one| one.message);
            return Err(Error::refused(words).about("address"));
        }
        let refused = |why: &dyn std::fmt::Display| Error::bad_request(sentence(why));
        let address = PoolAddress::parse(address.trim()).map_err(|why| refused(&why))?;
        target(&address, user, password).map_err(|why| refused(&why))
    }
}

fn target(address: &PoolAddress, user: String, password: String) -> Result<PoolTarget, PoolError> {
    let host = match address.host() {
        Host::Name(name) => name.clone(),
        Host::Ip(ip) => ip.to_string(),
    };
    PoolTarget::new(host, address.port(), user, password)
}

const fn login_field(why: PoolError) -> &'static str {
    match why {
        PoolError::Password => "password",
        _ => "user",
    }
}
