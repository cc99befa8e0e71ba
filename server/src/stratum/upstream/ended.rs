//! Why there is no session with a pool.

use super::pace::{JOBS_PER_MINUTE, LINES_PER_MINUTE};
use crate::{pools::ConnectError, sharelog::LogError};
use stratum::{Fault, SpaceError};
use tokio_util::codec::LinesCodecError;

/// Why a session ended or did not come about, with what the pool said of it: for the log.
#[derive(Debug, thiserror::Error)]
pub(super) enum Ended {
    #[error("{0}")]
    Connect(#[from] ConnectError),
    #[error("the pool does not answer")]
    Silent,
    #[error("the pool gives no work")]
    NoJob,
    #[error("the pool closed the connection")]
    Closed,
    #[error("the pool's connection failed: {0}")]
    Line(#[from] LinesCodecError),
    #[error("{0}")]
    Protocol(#[from] Fault),
    #[error("{0}")]
    Space(#[from] SpaceError),
    #[error("the pool changed how much extranonce2 it leaves")]
    Resized,
    #[error(
        "two sessions of the pool have the same end of extranonce1, which must tell machines apart"
    )]
    SameEnd,
    #[error("the pool refused the login")]
    Unauthorized,
    #[error("the pool sent more than {JOBS_PER_MINUTE} jobs within a minute")]
    Jobs,
    #[error("the pool sent more than {LINES_PER_MINUTE} lines within a minute")]
    Flood,
    #[error("the pool asked for a new connection")]
    ReconnectAsked {
        /// Where at the same host.
        port: u16,
    },
    #[error("{0}")]
    Log(#[from] LogError),
}

impl Ended {
    /// The same in words of ours alone: for everybody.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Line(LinesCodecError::MaxLineLengthExceeded) => {
                "the pool sent a line that does not end".to_owned()
            }
            Self::Line(LinesCodecError::Io(why))
                if why.kind() == std::io::ErrorKind::InvalidData =>
            {
                "the pool sent what is not Stratum".to_owned()
            }
            Self::Line(_) => "the pool's connection failed".to_owned(),
            Self::Protocol(Fault::Malformed(_)) => "the pool sent what is not Stratum".to_owned(),
            Self::Protocol(Fault::SubscribeRefused(_)) => {
                "the pool refused the subscription".to_owned()
            }
            Self::Space(SpaceError::TooSmall { extranonce2_size }) => format!(
                "the pool leaves {extranonce2_size} bytes of extranonce2, too few to share among machines: 6 are needed"
            ),
            ours => ours.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_pool_says_is_not_repeated() {
        let said = "<script>".to_owned();
        let refused = Ended::Protocol(Fault::SubscribeRefused(said));
        assert!(refused.to_string().contains("script"));
        assert_eq!(refused.words(), "the pool refused the subscription");
    }
}
