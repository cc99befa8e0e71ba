//! Credentials, sessions and API tokens. Secrets come and stay as hashes.

use super::{Store, StoreError, count, unreadable_text};
use api::{ApiToken, Scope};
use sqlx::{Row, sqlite::SqliteRow};
use units::{AccountId, Timestamp};

/// A password, hashed, with what the hashing took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// Random, one for each.
    pub salt: Vec<u8>,
    /// The tag.
    pub hash: Vec<u8>,
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Parallel lanes.
    pub lanes: u32,
}

impl Store {
    /// Gives an account its first password; false where it has one.
    ///
    /// # Errors
    /// `StoreError`.
    pub async fn insert_credential(
        &self,
        account: &AccountId,
        credential: &Credential,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let _writing = self.writing.lock().await;
        let done = sqlx::query(
            "INSERT INTO credentials (account, salt, hash, memory_kib, passes, lanes, changed_at_ms)
             VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        )
        .bind(account.as_str())
        .bind(&credential.salt)
        .bind(&credential.hash)
        .bind(credential.memory_kib)
        .bind(credential.passes)
        .bind(credential.lanes)
        .bind(stored(at)?)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// The password of an account, hashed.
    ///
    /// # Errors
    /// `StoreError`.
    pub async fn credential(&self, account: &AccountId) -> Result<Option<Credential>, StoreError> {
        let row = sqlx::query("SELECT * FROM credentials WHERE account = ?")
            .bind(account.as_str())
            .fetch_optional(&self.pool)
            .await?;
        let read = |row: SqliteRow| {
            Ok(Credential {
                salt: row.try_get("salt")?,
                hash: row.try_get("hash")?,
                memory_kib: row.try_get("memory_kib")?,
                passes: row.try_get("passes")?,
                lanes: row.try_get("lanes")?,
            })
        };
        row.map(read).transpose()
    }

    /// Every account that has a password.
    ///
    /// # Errors
    /// `StoreError`.
    pub async fn accounts_with_credentials(&self) -> Result<Vec<AccountId>, StoreError> {
        let rows = sqlx::query("SELECT account FROM credentials ORDER BY account");
        let rows = rows.fetch_all(&self.pool).await?;
        rows.iter().map(account).collect()
    }

    /// Opens a session and ends the oldest ones of the account beyond `most`, and all that are over.
    ///
    /// # Errors
    /// `StoreError`.
    pub async fn open_session(
        &self,
        token_hash: &[u8; 32],
        account: &AccountId,
        (at, ends): (Timestamp, Timestamp),
        most: u32,
    ) -> Result<(), StoreError> {
        let _writing = self.writing.lock().await;
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query("DELETE FROM sessions WHERE ends_at_ms <= ?")
            .bind(stored(at)?)
            .execute(&mut *transaction)
            .await?;
        sqlx::query(
            "INSERT INTO sessions (token_hash, account, opened_at_ms, ends_at_ms) VALUES (?, ?, ?, ?)",
        )
        .bind(&token_hash[..])
        .bind(account.as_str())
        .bind(stored(at)?)
        .bind(stored(ends)?)
        .execute(&mut *transaction)
        .await?;
        sqlx::query(
            "DELETE FROM sessions WHERE account = ?1 AND rowid NOT IN
                 (SELECT rowid FROM sessions WHERE account = ?1 ORDER BY opened_at_ms DESC, rowid DESC LIMIT ?2)",
        )
        .bind(account.as_str())
        .bind(most)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Whose session this is, while it lasts.
    ///
    /// # Errors
    /// `StoreError`.
    pub async fn session(
        &self,
        token_hash: &[u8; 32],
        at: Timestamp,
    ) -> Result<Option<AccountId>, StoreError> {
        let row =
            sqlx::query("SELECT account FROM sessions WHERE token_hash = ? AND ends_at_ms > ?")
                .bind(&token_hash[..])
                .bind(stored(at)?)
                .fetch_optional(&self.pool)
                .await?;
        row.as_ref().map(account).transpose()
    }

    /// Ends one session.
    ///
    /// # Errors
    /// `StoreError`.
    pub async fn close_session(&self, token_hash: &[u8; 32]) -> Result<(), StoreError> {
        let _writing = self.writing.lock().await;
        sqlx::query("DELETE FROM sessions WHERE token_hash = ?")
            .bind(&token_hash[..])
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Ends every session of an account.
    ///
    /// # Errors
    /// `StoreError`.
    pub async fn close_sessions(&self, account: &AccountId) -> Result<(), StoreError> {
        let _writing = self.writing.lock().await;
        sqlx::query("DELETE FROM sessions WHERE account = ?")
            .bind(account.as_str())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Adds an API token; none where the account has one of this name.
    ///
    /// # Errors
    /// `StoreError`.
    pub async fn insert_api_token(
        &self,
        owner: &AccountId,
        (name, scope): (&str, Scope),
        token_hash: &[u8; 32],
        at: Timestamp,
    ) -> Result<Option<ApiToken>, StoreError> {
        let _writing = self.writing.lock().await;
        let row = sqlx::query(
            "INSERT INTO api_tokens (account, name, scope, token_hash, made_at_ms)
             VALUES (?, ?, ?, ?, ?) ON CONFLICT (account, name) DO NOTHING RETURNING *",
        )
        .bind(owner.as_str())
        .bind(name)
        .bind(scope.as_str())
        .bind(&token_hash[..])
        .bind(stored(at)?)
        .fetch_optional(&self.pool)
        .await?;
        row.as_ref().map(api_token).transpose()
    }

    /// The API tokens of an account, by name.
    ///
    /// # Errors
    /// `StoreError`.
    pub async fn api_tokens(&self, owner: &AccountId) -> Result<Vec<ApiToken>, StoreError> {
        let rows = sqlx::query("SELECT * FROM api_tokens WHERE account = ? ORDER BY name")
            .bind(owner.as_str())
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(api_token).collect()
    }

    /// Every token that machines log in with: whose it is, its number, and its hash.
    ///
    /// # Errors
    /// `StoreError`.
    pub async fn machine_tokens(&self) -> Result<Vec<(AccountId, u64, [u8; 32])>, StoreError> {
        let rows = sqlx::query("SELECT * FROM api_tokens WHERE scope = ?")
            .bind(Scope::Machine.as_str())
            .fetch_all(&self.pool)
            .await?;
        let read = |row: &SqliteRow| {
            let hash: Vec<u8> = row.try_get("token_hash")?;
            let hash = hash.try_into();
            let hash = hash.map_err(|_| unreadable_text("API token", "its hash is no SHA-256"))?;
            Ok((account(row)?, count(row.try_get("id")?)?, hash))
        };
        rows.iter().map(read).collect()
    }

    /// Whose API token this is.
    ///
    /// # Errors
    /// `StoreError`.
    pub async fn api_token(
        &self,
        token_hash: &[u8; 32],
    ) -> Result<Option<(AccountId, ApiToken)>, StoreError> {
        let row = sqlx::query("SELECT * FROM api_tokens WHERE token_hash = ?")
            .bind(&token_hash[..])
            .fetch_optional(&self.pool)
            .await?;
        let both = |row: &SqliteRow| Ok((account(row)?, api_token(row)?));
        row.as_ref().map(both).transpose()
    }

    /// Notes when a token was used.
    ///
    /// # Errors
    /// `StoreError`.
    pub async fn touch_api_token(&self, id: u64, at: Timestamp) -> Result<(), StoreError> {
        let _writing = self.writing.lock().await;
        sqlx::query("UPDATE api_tokens SET last_used_at_ms = ? WHERE id = ?")
            .bind(stored(at)?)
            .bind(i64::try_from(id).map_err(|_| StoreError::OutOfRange)?)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Ends an API token of an account; false where it has none of this number.
    ///
    /// # Errors
    /// `StoreError`.
    pub async fn revoke_api_token(&self, owner: &AccountId, id: u64) -> Result<bool, StoreError> {
        let Ok(id) = i64::try_from(id) else {
            return Ok(false);
        };
        let _writing = self.writing.lock().await;
        let done = sqlx::query("DELETE FROM api_tokens WHERE account = ? AND id = ?")
            .bind(owner.as_str())
            .bind(id)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() > 0)
    }
}

fn stored(at: Timestamp) -> Result<i64, StoreError> {
    i64::try_from(at.unix_ms()).map_err(|_| StoreError::OutOfRange)
}

fn account(row: &SqliteRow) -> Result<AccountId, StoreError> {
    let name: &str = row.try_get("account")?;
    name.parse()
        .map_err(|_| unreadable_text("credential", "its account is no name"))
}

fn api_token(row: &SqliteRow) -> Result<ApiToken, StoreError> {
    let scope: &str = row.try_get("scope")?;
    let last_used: Option<i64> = row.try_get("last_used_at_ms")?;
    Ok(ApiToken {
        id: count(row.try_get("id")?)?,
        name: row.try_get("name")?,
        scope: match scope {
            "machine" => Scope::Machine,
            "read" => Scope::Read,
            "trade" => Scope::Trade,
            _ => return Err(unreadable_text("API token", "its scope is unknown")),
        },
        made_at_ms: count(row.try_get("made_at_ms")?)?,
        last_used_at_ms: last_used.map(count).transpose()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::{SqlitePool, migrate::Migrator, sqlite::SqliteConnectOptions};

    /// The database of a server that knew no machine tokens.
    async fn before_machine_tokens(folder: &std::path::Path) {
        let options = SqliteConnectOptions::new()
            .filename(folder.join("assay.db"))
            .create_if_missing(true);
        let pool = SqlitePool::connect_with(options).await.unwrap();
        let mut steps: Migrator = sqlx::migrate!();
        let older = steps.iter().filter(|step| step.version < 5);
        let older: Vec<_> = older.cloned().collect();
        steps.migrations = older.into();
        steps.run(&pool).await.unwrap();
        for statement in [
            "INSERT INTO credentials VALUES ('alice', x'00', x'00', 1, 1, 1, 1)",
            "INSERT INTO api_tokens VALUES (1, 'alice', 'bot', 'trade', x'01', 7, 8)",
            "INSERT INTO api_tokens VALUES (9, 'alice', 'revoked', 'read', x'02', 7, NULL)",
            "DELETE FROM api_tokens WHERE id = 9",
        ] {
            sqlx::query(statement).execute(&pool).await.unwrap();
        }
        pool.close().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn older_tokens_stay_and_no_number_is_given_twice() {
        let folder = tempfile::tempdir().unwrap();
        before_machine_tokens(folder.path()).await;
        let store = Store::open(folder.path()).await.unwrap();
        let owner = "alice".parse().unwrap();
        let [kept] = &store.api_tokens(&owner).await.unwrap()[..] else {
            panic!("one token");
        };
        assert_eq!((kept.id, kept.scope), (1, Scope::Trade));
        assert_eq!((kept.made_at_ms, kept.last_used_at_ms), (7, Some(8)));
        let (hash, now) = ([3; 32], Timestamp::from_unix_ms(9));
        let made = store.insert_api_token(&owner, ("rigs", Scope::Machine), &hash, now);
        assert_eq!(made.await.unwrap().map(|token| token.id), Some(10));
        assert_eq!(store.machine_tokens().await.unwrap(), [(owner, 10, hash)]);
    }
}
