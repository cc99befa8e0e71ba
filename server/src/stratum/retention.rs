//! Removes the shares of contracts that have been over for as long as the operator keeps them.

use super::desk::Desk;
use crate::clock;
use std::{sync::Arc, time::Duration};
use units::Millis;

const DAY_MS: u64 = 86_400_000;
const PAUSE: Duration = Duration::from_secs(5);

/// Looks now and then.
pub(super) async fn run(desk: Arc<Desk>, days: u32) {
    let kept = Millis::new(DAY_MS.saturating_mul(days.into()));
    loop {
        let now = clock::now();
        for delivery in desk.over() {
            let log = Arc::clone(&delivery.log);
            // The end of the last epoch, after which no share was counted.
            let over = log.totals().epoch_start.after(kept) <= now;
            if !over || log.removed_at().is_some() {
                continue;
            }
            let removing = tokio::task::spawn_blocking(move || log.remove_shares(now));
            let contract = delivery.contract.id;
            match removing.await.map_err(std::io::Error::from).flatten() {
                Ok(()) => tracing::info!(%contract, days, "the shares were removed"),
                // Tried again.
                Err(error) => tracing::warn!(%error, %contract, "the shares are not removed"),
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}
