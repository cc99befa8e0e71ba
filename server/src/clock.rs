//! The clock: the one place that asks the operating system for the time.

use std::time::{SystemTime, UNIX_EPOCH};
use units::Timestamp;

/// Now, UTC; 1970 where the system's clock is set before it.
#[must_use]
pub fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_unix_ms(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
