//! The one way by which a caller changes the market: he may, it is his account, and a request that names itself is carried
//! out once.

use super::{Service, trading};
use crate::{
    clock,
    exchange::{Exchange, ExchangeError},
    identity::failed,
    store::{Claim, Outcome},
};
use api::{Caller, Error, RequestKey, Scope};
use market::{Command, Event};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};
use units::AccountId;

/// Requests of an account, within a day, that may name themselves.
const RECEIPTS_MAX: u64 = 10_000;
/// So many more that reduce an order.
const RECEIPTS_TO_REDUCE: u64 = 1_000;

/// What becomes of a named request once the account has used up its names: a busy program must not keep anybody from
/// lessening what is at stake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beyond {
    /// It is refused.
    Refused,
    /// It is carried out and leaves no receipt: twice does no more than once.
    NoReceipt,
    /// It has names of its own: twice would do more than once.
    Reserve,
}

impl Beyond {
    /// By the name of what is asked.
    fn of(what: &str) -> Self {
        match what {
            "cancel_order" | "cancel_all_orders" | "withdraw_listing" | "give_notice" => {
                Self::NoReceipt
            }
            "reduce_order" => Self::Reserve,
            _ => Self::Refused,
        }
    }

    /// Whether a receipt is left where there are so many; none where the request is refused.
    fn leaves_receipt(self, receipts: u64) -> Option<bool> {
        let room = match self {
            Self::Refused | Self::NoReceipt => RECEIPTS_MAX,
            Self::Reserve => RECEIPTS_MAX + RECEIPTS_TO_REDUCE,
        };
        if receipts < room {
            Some(true)
        } else {
            (self == Self::NoReceipt).then_some(false)
        }
    }
}

/// The status of a request whose name another one has that is not answered yet.
pub(crate) const KEY_IN_USE: &str = "key_in_use";

/// The status of a request whose name another one had that was answered.
pub(crate) const KEY_USED: &str = "key_used";

/// The caller's account, where his scope is enough.
pub(crate) fn allow(caller: &Caller, needed: Scope) -> Result<AccountId, Error> {
    match caller {
        Caller::Stranger => Err(Error::unauthenticated(
            "Sign in, or send an API token: Authorization: Bearer assay_….",
        )),
        Caller::Known { scope, .. } if *scope < needed => {
            let words = match needed {
                Scope::Owner => "A program may not do that: sign in on the pages.".into(),
                _ => format!("This token's scope is {scope}, and it takes {needed}."),
            };
            Err(Error::forbidden(words))
        }
        Caller::Known { account, .. } => Ok(*account),
    }
}

/// Who acts, and which request it is where it has a name.
pub(super) struct Acting {
    account: AccountId,
    what: &'static str,
    claim: Option<Claim>,
    beyond: Beyond,
}

impl Acting {
    /// `what` and `request` are what makes two requests equal.
    pub(super) fn new(
        account: AccountId,
        key: Option<RequestKey>,
        what: &'static str,
        request: &impl Serialize,
    ) -> Result<Self, Error> {
        let asked = serde_json::to_vec(&(what, request)).map_err(|why| failed(&why))?;
        let claim = key.map(|key| Claim {
            account,
            key: key.as_str().into(),
            request_hash: Sha256::digest(&asked).into(),
        });
        let beyond = Beyond::of(what);
        Ok(Self {
            account,
            what,
            claim,
            beyond,
        })
    }
}

/// Requests with a name that are being carried out: a second one of the same name waits its turn elsewhere.
#[derive(Clone, Default)]
pub(super) struct InFlight(Arc<Mutex<HashSet<(AccountId, String)>>>);

/// Its place among them, until it is dropped.
struct Place {
    all: InFlight,
    key: (AccountId, String),
}

impl InFlight {
    fn enter(&self, claim: &Claim) -> Option<Place> {
        let key = (claim.account, claim.key.clone());
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(key.clone()).then(|| Place {
            all: self.clone(),
            key,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut all = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(&self.key);
    }
}

impl Service {
    /// Carries a command out for an account, and answers out of what it caused. `command` is made only where the request
    /// was not carried out before; what refuses there leaves no receipt.
    pub(super) async fn act<A>(
        &self,
        acting: Acting,
        command: impl Future<Output = Result<Command, Error>>,
        answer: impl FnOnce(&[Event]) -> Result<A, Error>,
    ) -> Result<A, Error> {
        let Some(claim) = acting.claim else {
            self.acts.step(acting.account, acting.what)?;
            let caused = self.exchange.send(command.await?).await;
            return answer(&caused.map_err(refused)?);
        };
        let Some(place) = self.in_flight.enter(&claim) else {
            return Err(Error::conflict(
                "The request with this idempotency key is being carried out.",
            )
            .with_status(KEY_IN_USE));
        };
        if let Some(outcome) = self.outcome(&claim).await? {
            return match outcome {
                Outcome::Done(events) => answer(&events),
                Outcome::Refused { status, words } => Err(trading::told(&status, &words)),
            };
        }
        let now = clock::now();
        let kept = self.store.receipts(&acting.account, now).await;
        let kept = kept.map_err(|why| failed(&why))?;
        let Some(leaves_receipt) = acting.beyond.leaves_receipt(kept) else {
            let words = format!("More than {RECEIPTS_MAX} idempotency keys within a day.");
            return Err(Error::too_many_requests(words));
        };
        self.acts.step(acting.account, acting.what)?;
        let command = command.await?;
        let claim = leaves_receipt.then_some(claim);
        let sent = send(self.exchange.clone(), command, claim, place);
        // A task of its own: a client that hangs up takes neither the command nor its place along.
        let caused = tokio::spawn(sent).await.map_err(|why| failed(&why))?;
        answer(&caused.map_err(refused)?)
    }

    /// What a command would cause, with nothing changed.
    pub(super) fn dry_run<A>(
        &self,
        account: AccountId,
        command: &Command,
        answer: impl FnOnce(&[Event]) -> Result<A, Error>,
    ) -> Result<A, Error> {
        self.looks.of_account(account)?;
        let caused = self
            .exchange
            .read(|market| market.dry_run(command, clock::now()));
        answer(&caused.map_err(trading::refused)?)
    }

    /// What became of this very request, where it came before.
    async fn outcome(&self, claim: &Claim) -> Result<Option<Outcome>, Error> {
        let found = self.store.receipt(claim, clock::now()).await;
        match found.map_err(|why| failed(&why))? {
            None => Ok(None),
            Some((hash, outcome)) if hash == claim.request_hash => Ok(Some(outcome)),
            Some(_) => Err(
                Error::conflict("This idempotency key was used for another request.")
                    .with_status(KEY_USED),
            ),
        }
    }
}

async fn send(
    exchange: Exchange,
    command: Command,
    claim: Option<Claim>,
    place: Place,
) -> Result<Vec<Event>, ExchangeError> {
    let caused = match claim {
        Some(claim) => exchange.send_once(command, claim).await,
        None => exchange.send(command).await,
    };
    drop(place);
    caused
}

fn refused(why: ExchangeError) -> Error {
    match why {
        ExchangeError::Refused(why) => trading::refused(why),
        ExchangeError::Stopped => failed(&why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::ErrorCode;

    #[test]
    fn a_caller_may_what_his_scope_says() {
        let account: AccountId = "alice".parse().unwrap();
        let known = |scope| Caller::Known { account, scope };
        let all = [Scope::Machine, Scope::Read, Scope::Trade, Scope::Owner];
        for needed in all {
            let stranger = allow(&Caller::Stranger, needed).unwrap_err();
            assert_eq!(stranger.code, ErrorCode::Unauthenticated);
            for has in all {
                let answer = allow(&known(has), needed).map_err(|why| why.code);
                let wanted = (has >= needed).then_some(account);
                assert_eq!(answer, wanted.ok_or(ErrorCode::Forbidden), "{has} {needed}");
            }
        }
    }

    #[test]
    fn names_that_are_used_up_do_not_keep_anybody_from_leaving() {
        let of = |what, receipts| Beyond::of(what).leaves_receipt(receipts);
        for what in [
            "cancel_order",
            "cancel_all_orders",
            "withdraw_listing",
            "give_notice",
        ] {
            assert_eq!(of(what, RECEIPTS_MAX - 1), Some(true), "{what}");
            assert_eq!(of(what, RECEIPTS_MAX), Some(false), "{what}");
            assert_eq!(of(what, u64::MAX), Some(false), "{what}");
        }
        assert_eq!(of("reduce_order", RECEIPTS_MAX + 999), Some(true));
        assert_eq!(of("reduce_order", RECEIPTS_MAX + 1_000), None);
        for what in ["deposit", "place_bid", "place_ask", "list_capacity"] {
            assert_eq!(of(what, RECEIPTS_MAX - 1), Some(true), "{what}");
            assert_eq!(of(what, RECEIPTS_MAX), None, "{what}");
        }
    }

    #[test]
    fn a_name_is_in_flight_once() {
        let all = InFlight::default();
        let claim = |key: &str| Claim {
            account: "alice".parse().unwrap(),
            key: key.into(),
            request_hash: [0; 32],
        };
        let first = all.enter(&claim("a"));
        assert!(first.is_some() && all.enter(&claim("a")).is_none());
        assert!(all.enter(&claim("b")).is_some());
        drop(first);
        assert!(all.enter(&claim("a")).is_some());
    }
}
