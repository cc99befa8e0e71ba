//! API tokens.

use super::{Identity, Secret, failed};
use crate::clock;
use api::{ApiToken, Caller, Error, MadeToken, NewToken, Scope};
use units::AccountId;

/// What a token begins with: so that one that lies about is known for what it is.
const PREFIX: &str = "assay_";
/// Tokens of an account.
const TOKENS_MAX: usize = 20;
/// In characters.
const NAME_MAX: usize = 40;
/// When a token was used is noted once in so long.
const NOTED_EVERY_MS: u64 = 60_000;

impl Identity {
    /// Makes a token.
    ///
    /// # Errors
    /// About `name` or `scope`, or `Internal`.
    pub(crate) async fn make_token(
        &self,
        owner: &AccountId,
        new: NewToken,
    ) -> Result<MadeToken, Error> {
        let name = new.name.trim();
        let fits = (1..=NAME_MAX).contains(&name.chars().count());
        if !fits || name.chars().any(char::is_control) {
            let words = format!("A token's name has 1 to {NAME_MAX} characters.");
            return Err(Error::bad_request(words).about("name"));
        }
        if new.scope == Scope::Owner {
            let words = "A token's scope is machine, read or trade.";
            return Err(Error::bad_request(words).about("scope"));
        }
        if self.tokens(owner).await?.len() >= TOKENS_MAX {
            let words = format!("There are {TOKENS_MAX} tokens. Revoke one first.");
            return Err(Error::conflict(words).about("name"));
        }
        let secret = Secret::new().map_err(|why| failed(&why))?;
        let (kept, hash) = ((name, new.scope), secret.hash());
        let made = self.machines.make(*owner, kept, hash).await?;
        let token = made.ok_or_else(|| {
            Error::conflict("There is a token of this name already. Its secret was shown once; if you did not see it, revoke the token.")
                .about("name")
        })?;
        Ok(MadeToken {
            token,
            secret: format!("{PREFIX}{}", secret.hex()),
        })
    }

    /// The account's tokens, by name.
    ///
    /// # Errors
    /// `Internal`.
    pub(crate) async fn tokens(&self, owner: &AccountId) -> Result<Vec<ApiToken>, Error> {
        let found = self.store.api_tokens(owner).await;
        found.map_err(|why| failed(&why))
    }

    /// Ends a token.
    ///
    /// # Errors
    /// `NotFound` or `Internal`.
    pub(crate) async fn revoke_token(&self, owner: &AccountId, id: u64) -> Result<(), Error> {
        if self.machines.revoke(*owner, id).await? {
            return Ok(());
        }
        Err(Error::not_found(format!("There is no token {id}.")))
    }

    /// Ends the account's connections that logged in without one of its machine tokens.
    ///
    /// # Errors
    /// `Conflict` where it has none, or `TooManyRequests`.
    pub(crate) async fn end_machines(&self, owner: AccountId) -> Result<(), Error> {
        self.machines.recall(owner).await
    }

    /// Who has this token; a stranger where nobody has.
    ///
    /// # Errors
    /// `Internal`.
    pub(crate) async fn by_token(&self, text: &str) -> Result<Caller, Error> {
        let Some(hash) = hash_of(text) else {
            return Ok(Caller::Stranger);
        };
        let found = self.store.api_token(&hash).await;
        let Some((account, token)) = found.map_err(|why| failed(&why))? else {
            return Ok(Caller::Stranger);
        };
        let now = clock::now();
        let noted = token.last_used_at_ms.unwrap_or_default();
        // A machine's token opens nothing here, and its uses at logins are not noted either.
        let opens = token.scope != Scope::Machine;
        if opens && now.unix_ms().saturating_sub(noted) >= NOTED_EVERY_MS {
            let touched = self.store.touch_api_token(token.id, now).await;
            touched.map_err(|why| failed(&why))?;
        }
        Ok(Caller::Known {
            account,
            scope: token.scope,
        })
    }
}

/// What is kept of the token of this text, where it is written as one.
pub(super) fn hash_of(text: &str) -> Option<[u8; 32]> {
    let secret = text.strip_prefix(PREFIX).and_then(Secret::parse)?;
    Some(secret.hash())
}
