//! Where a buyer wants the work.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A pool and the login there. Checked: it cannot hold anything that does not fit a host name and a Stratum message.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Parts")]
pub struct PoolTarget {
    host: String,
    port: u16,
    user: String,
    password: String,
}

/// Why a pool target is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolError {
    /// Not 1 to 253 of letters, digits, `.`, `-` and `:`.
    Host,
    /// Port 0.
    Port,
    /// Not 1 to 128 printable ASCII characters.
    User,
    /// Not 0 to 128 printable ASCII characters.
    Password,
    /// More than three backup pools.
    Backups,
}

/// What a pool target is read from, before it is checked.
#[derive(Deserialize)]
struct Parts {
    host: String,
    port: u16,
    user: String,
    password: String,
}

const HOST_MAX: usize = 253;
const LOGIN_MAX: usize = 128;

impl PoolTarget {
    /// Checks and joins the parts. Whether policy allows a connection there is the server's question.
    ///
    /// # Errors
    /// The first part that is not as `PoolError` says.
    pub fn new(host: String, port: u16, user: String, password: String) -> Result<Self, PoolError> {
        let in_host = |b: u8| b.is_ascii_alphanumeric() || b".-:".contains(&b);
        let printable = |text: &str| text.bytes().all(|b| (b' '..=b'~').contains(&b));
        if host.is_empty() || host.len() > HOST_MAX || !host.bytes().all(in_host) {
            return Err(PoolError::Host);
        }
        if port == 0 {
            return Err(PoolError::Port);
        }
        if user.is_empty() || user.len() > LOGIN_MAX || !printable(&user) {
            return Err(PoolError::User);
        }
        if password.len() > LOGIN_MAX || !printable(&password) {
            return Err(PoolError::Password);
        }
        Ok(Self {
            host,
            port,
            user,
            password,
        })
    }

    /// Name or address.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// TCP port, not 0.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The Stratum login.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The Stratum password; may be empty.
    #[must_use]
    pub fn password(&self) -> &str {
        &self.password
    }
}

impl TryFrom<Parts> for PoolTarget {
    type Error = PoolError;

    fn try_from(parts: Parts) -> Result<Self, PoolError> {
        Self::new(parts.host, parts.port, parts.user, parts.password)
    }
}

/// The pools that take over, in this order, where the first one gives no work: three at most.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<PoolTarget>")]
pub struct BackupPools(Vec<PoolTarget>);

impl BackupPools {
    /// How many there may be.
    pub const MAX: usize = 3;

    /// Takes them in order.
    ///
    /// # Errors
    /// `PoolError::Backups` where they are more than three.
    pub fn new(pools: Vec<PoolTarget>) -> Result<Self, PoolError> {
        if pools.len() > Self::MAX {
            return Err(PoolError::Backups);
        }
        Ok(Self(pools))
    }

    /// The pools, the next one to try first.
    #[must_use]
    pub fn as_slice(&self) -> &[PoolTarget] {
        &self.0
    }

    /// True where there is none: what journals without backup pools mean.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl TryFrom<Vec<PoolTarget>> for BackupPools {
    type Error = PoolError;

    fn try_from(pools: Vec<PoolTarget>) -> Result<Self, PoolError> {
        Self::new(pools)
    }
}

impl fmt::Debug for PoolTarget {
    /// Leaves the password out: this may reach a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PoolTarget")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for PoolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Host => {
                "the pool's host must be 1 to 253 letters, digits, dots, hyphens or colons"
            }
            Self::Port => "the pool's port must not be 0",
            Self::User => "the pool's user must be 1 to 128 printable ASCII characters",
            Self::Password => "the pool's password must be at most 128 printable ASCII characters",
            Self::Backups => "a bid has at most three backup pools",
        })
    }
}

impl std::error::Error for PoolError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(host: &str, port: u16, user: &str, password: &str) -> Result<PoolTarget, PoolError> {
        PoolTarget::new(host.into(), port, user.into(), password.into())
    }

    #[test]
    fn parts_are_checked() {
        assert!(target("127.0.0.1", 3334, "buyer.a", "").is_ok());
        assert!(target("::1", 1, &"u".repeat(128), &"p".repeat(128)).is_ok());
        assert!(target(&"h".repeat(253), 65535, "u", "x y").is_ok());
        for host in ["", "a b", "a/b", "é.org", "a\n", &"h".repeat(254)] {
            assert_eq!(target(host, 1, "u", "x"), Err(PoolError::Host), "{host:?}");
        }
        assert_eq!(target("h", 0, "u", "x"), Err(PoolError::Port));
        for user in ["", "a\n", "ü", &"u".repeat(129)] {
            assert_eq!(target("h", 1, user, "x"), Err(PoolError::User), "{user:?}");
        }
        for password in ["\0", "\u{7f}", &"p".repeat(129)] {
            assert_eq!(target("h", 1, "u", password), Err(PoolError::Password));
        }
    }

    #[test]
    fn json_is_checked_and_debug_hides_the_password() {
        let pool = target("pool.test", 3334, "buyer", "secret").unwrap();
        let json = serde_json::to_string(&pool).unwrap();
        assert_eq!(
            json,
            r#"{"host":"pool.test","port":3334,"user":"buyer","password":"secret"}"#
        );
        assert_eq!(serde_json::from_str::<PoolTarget>(&json).unwrap(), pool);
        assert!(serde_json::from_str::<PoolTarget>(&json.replace("3334", "0")).is_err());
        assert!(!format!("{pool:?}").contains("secret"));
    }

    #[test]
    fn a_fourth_backup_is_refused_also_in_json() {
        let pool = target("pool.test", 3334, "buyer", "x").unwrap();
        let three = BackupPools::new(vec![pool.clone(); 3]).unwrap();
        let json = serde_json::to_string(&three).unwrap();
        assert_eq!(serde_json::from_str::<BackupPools>(&json).unwrap(), three);
        let four = vec![pool; 4];
        let json = serde_json::to_string(&four).unwrap();
        assert!(serde_json::from_str::<BackupPools>(&json).is_err());
        assert_eq!(BackupPools::new(four), Err(PoolError::Backups));
    }
}
