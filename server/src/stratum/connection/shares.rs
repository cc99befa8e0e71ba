//! A machine's shares: judged, answered, and what becomes of one of which none counts.

use super::{Connection, Ended};
use crate::stratum::machine::Prepared;
use stratum::{Rung, downstream};
use tokio::time::Instant;
use units::Timestamp;

/// What a machine is told of which no share has counted for a minute.
const REFUSED: &str = "No share of this machine has counted for a minute: please look at it";

impl Connection {
    /// Judges shares and queues their answers, in order.
    pub(super) fn submit(
        &mut self,
        shares: &mut Vec<Prepared>,
        read: Instant,
        now: Timestamp,
    ) -> Result<(), Ended> {
        if shares.is_empty() {
            return Ok(());
        }
        let judged = self.machine.submit(std::mem::take(shares), now);
        // All were judged, and some of them are recorded: each is answered before the connection ends.
        let mut end = Ok(());
        for (ids, outcome) in judged {
            match outcome {
                Ok((delivery, mark)) => {
                    self.ladder.accepted();
                    self.shared.metrics.accepted(ids.len());
                    self.out.shares(&delivery.log, mark, ids, read);
                }
                Err(why) => {
                    self.log(why);
                    for id in ids {
                        self.shared.metrics.refused(why);
                        self.say(&stratum::reject(&id, why));
                        if end.is_ok() {
                            end = self.climb(now);
                        }
                    }
                }
            }
        }
        end
    }

    /// One more refused share, and what that means for a machine of which none counts any more.
    pub(super) fn climb(&mut self, now: Timestamp) -> Result<(), Ended> {
        match self.ladder.refused(now) {
            Rung::Nothing => {}
            Rung::Warn => self.say(&downstream::show_message(REFUSED)),
            Rung::Reconnect => self.say(&downstream::reconnect()),
            Rung::Drop => return Err(Ended::Refused),
        }
        Ok(())
    }
}
