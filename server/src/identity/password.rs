//! Passwords: what they must be, and argon2id of them.

use super::{failed, random};
use crate::store::Credential;
use api::Error;
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::Arc;
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

/// OWASP's parameters (Password Storage Cheat Sheet, 2025): 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const HASH: usize = 32;
const SALT: usize = 16;

/// At a time: each takes 19 MiB and a processor for some 50 ms, and anyone may ask.
const AT_A_TIME: usize = 2;
/// That wait, beside those.
const WAITING: usize = 32;

/// In characters. No rules of composition: they make passwords worse.
const LENGTH: std::ops::RangeInclusive<usize> = 12..=128;

/// Hashes passwords, a few at a time.
pub(super) struct Hasher {
    running: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

/// Says what is wrong with a new password.
pub(super) fn check(password: &str) -> Result<(), Error> {
    let (least, most) = (LENGTH.start(), LENGTH.end());
    if LENGTH.contains(&password.chars().count()) {
        return Ok(());
    }
    let words = format!("A password has {least} to {most} characters.");
    Err(Error::bad_request(words).about("password"))
}

impl Hasher {
    pub(super) fn new() -> Self {
        Self {
            running: Arc::new(Semaphore::new(AT_A_TIME)),
            waiting: Arc::new(Semaphore::new(AT_A_TIME + WAITING)),
        }
    }

    /// A new password's hash, with a salt of its own.
    pub(super) async fn hash(&self, password: String) -> Result<Credential, Error> {
        let salt = random::<SALT>().map_err(|why| failed(&why))?;
        let blank = Credential {
            salt: salt.to_vec(),
            hash: Vec::new(),
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            lanes: LANES,
        };
        let hash = self.derive(password, &blank).await?.to_vec();
        Ok(Credential { hash, ..blank })
    }

    /// True where this is the password. Without a credential it takes as long, and is false.
    pub(super) async fn verify(
        &self,
        password: String,
        credential: Option<&Credential>,
    ) -> Result<bool, Error> {
        let nobody = Credential {
            salt: vec![0; SALT],
            hash: vec![0; HASH],
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            lanes: LANES,
        };
        let hash = self.derive(password, credential.unwrap_or(&nobody)).await?;
        let equal = hash[..].ct_eq(&credential.unwrap_or(&nobody).hash).into();
        Ok(credential.is_some() && equal)
    }

    async fn derive(&self, password: String, with: &Credential) -> Result<[u8; HASH], Error> {
        let busy = |_| Error::too_many_requests("Too many people are signing in. Try again.");
        let waiting = Arc::clone(&self.waiting).try_acquire_owned();
        let _waiting = waiting.map_err(busy)?;
        let permit = Arc::clone(&self.running).acquire_owned().await;
        let permit = permit.map_err(|why| failed(&why))?;
        let with = with.clone();
        // The permit goes along: a client that hangs up must not make room for another while its hash is still made.
        let hashed = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            argon2id(password.as_bytes(), &with)
        });
        let hashed = hashed.await.map_err(|why| failed(&why))?;
        hashed.map_err(|why| {
            tracing::error!(%why, "a password could not be hashed");
            Error::internal()
        })
    }
}

fn argon2id(password: &[u8], with: &Credential) -> Result<[u8; HASH], argon2::Error> {
    let params = Params::new(with.memory_kib, with.passes, with.lanes, Some(HASH))?;
    let mut hash = [0; HASH];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password, &with.salt, &mut hash)?;
    Ok(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_again_and_another_is_not() {
        let hasher = Hasher::new();
        let password = "correct horse battery".to_owned();
        let kept = hasher.hash(password.clone()).await.unwrap();
        let again = hasher.hash(password.clone()).await.unwrap();
        assert_ne!(kept.hash, again.hash, "each has its own salt");
        assert!(hasher.verify(password.clone(), Some(&kept)).await.unwrap());
        let wrong = hasher.verify("correct horse batterz".into(), Some(&kept));
        assert!(!wrong.await.unwrap());
        assert!(!hasher.verify(password, None).await.unwrap());
    }

    #[tokio::test]
    async fn who_finds_no_place_is_told_so() {
        let hasher = Hasher::new();
        let all = u32::try_from(AT_A_TIME + WAITING).unwrap();
        let taken = Arc::clone(&hasher.waiting).acquire_many_owned(all).await;
        let refused = hasher.verify("x".into(), None).await.unwrap_err();
        assert_eq!(refused.code, api::ErrorCode::TooManyRequests);
        drop(taken);
        assert!(hasher.verify("x".into(), None).await.is_ok());
    }

    #[test]
    fn length_is_all_that_counts() {
        for good in ["123456789012", &"é".repeat(12), &"x".repeat(128)] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in ["", "12345678901", &"x".repeat(129)] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
