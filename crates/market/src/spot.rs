//! Spot contracts have no agreed end: a side gives notice, and the epoch in which it does is the last.

use crate::CloseReason;
use serde::{Deserialize, Serialize};

/// A side of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// Who pays.
    Buyer,
    /// Whose machines work.
    Host,
}

/// The end of a spot contract, told beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Who gave it.
    pub by: Party,
    /// The last epoch that is delivered and paid.
    pub last_epoch: u32,
}

/// Whether a spot contract goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spot {
    /// The first notice; nobody can take it back, and a second one changes nothing.
    pub notice: Option<Notice>,
}

/// What giving notice led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeAnswer {
    /// It was given now.
    Given(Notice),
    /// Notice was given before: that one stands.
    Stands(Notice),
}

impl Spot {
    /// Gives notice while `open_epoch` is being delivered: all of it is still delivered and paid.
    pub fn give_notice(&mut self, by: Party, open_epoch: u32) -> NoticeAnswer {
        if let Some(notice) = self.notice {
            return NoticeAnswer::Stands(notice);
        }
        let notice = Notice {
            by,
            last_epoch: open_epoch,
        };
        self.notice = Some(notice);
        NoticeAnswer::Given(notice)
    }

    /// Whether the contract ends with this epoch, once it is settled, and why.
    #[must_use]
    pub fn ends_with(&self, settled_epoch: u32) -> Option<CloseReason> {
        let notice = self.notice?;
        (settled_epoch >= notice.last_epoch).then_some(match notice.by {
            Party::Buyer => CloseReason::ByBuyer,
            Party::Host => CloseReason::ByHost,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notice_is_effective_at_the_epochs_end() {
        let mut spot = Spot::default();
        assert_eq!(spot.ends_with(u32::MAX), None);
        let notice = Notice {
            by: Party::Host,
            last_epoch: 4,
        };
        assert_eq!(
            spot.give_notice(Party::Host, 4),
            NoticeAnswer::Given(notice)
        );
        assert_eq!(spot.ends_with(3), None);
        // Whoever comes second neither shortens nor lengthens it.
        for (by, epoch) in [(Party::Buyer, 4), (Party::Host, 5), (Party::Buyer, 0)] {
            assert_eq!(spot.give_notice(by, epoch), NoticeAnswer::Stands(notice));
        }
        assert_eq!(spot.ends_with(4), Some(CloseReason::ByHost));
        assert_eq!(spot.ends_with(5), Some(CloseReason::ByHost));
        let mut other = Spot::default();
        other.give_notice(Party::Buyer, 0);
        assert_eq!(other.ends_with(0), Some(CloseReason::ByBuyer));
    }
}
