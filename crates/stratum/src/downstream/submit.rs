//! `mining.submit`: strict, so that the recorded share is what was sent, digit for digit.

use super::{Downstream, Incoming, ShareLine};
use crate::codec::{Id, Request};
use crate::extranonce::MACHINE_EXTRANONCE2_SIZE;
use crate::{Reject, hex};

/// A well-formed share of a login that may submit. Whether its job exists and its hash meets the target is not known yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// To answer to.
    pub id: Id,
    /// One of the connection's authorized logins.
    pub login: String,
    /// As the machine gave it.
    pub job_id: String,
    /// What was found.
    pub share: SubmittedShare,
}

/// What a machine found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubmittedShare {
    /// The machine's part of the coinbase space.
    pub extranonce2: [u8; MACHINE_EXTRANONCE2_SIZE],
    /// Seconds since the Unix epoch.
    pub ntime: u32,
    /// The nonce.
    pub nonce: u32,
    /// Rolled version bits, inside the mask; `None` where the parameter was not sent.
    pub version_bits: Option<u32>,
}

impl Submission {
    /// As the short cut for shares reads one.
    #[must_use]
    pub fn as_line(&self) -> ShareLine<'_> {
        ShareLine {
            id: self.id.clone(),
            login: &self.login,
            job_id: &self.job_id,
            share: self.share,
        }
    }
}

impl From<ShareLine<'_>> for Submission {
    fn from(line: ShareLine<'_>) -> Self {
        Self {
            id: line.id,
            login: line.login.to_owned(),
            job_id: line.job_id.to_owned(),
            share: line.share,
        }
    }
}

impl Downstream {
    pub(super) fn submit(&self, request: Request<'_>) -> Result<Incoming, Reject> {
        if !self.is_subscribed() {
            return Err(Reject::NotSubscribed);
        }
        if !(5..=6).contains(&request.param_count()) {
            return Err(Reject::Malformed("Submit takes 5 or 6 parameters"));
        }
        let text = |index, what| {
            request
                .param::<String>(index)
                .ok_or(Reject::Malformed(what))
        };
        let login = text(0, "Login is not a string")?;
        let job_id = text(1, "Job id is not a string")?;
        let extranonce2 = text(2, "Extranonce2 is not a string")?;
        let number =
            |index, what| hex::decode_u32(&text(index, what)?).ok_or(Reject::Malformed(what));
        let share = SubmittedShare {
            extranonce2: hex::decode_array(&extranonce2).ok_or(Reject::InvalidExtranonce2)?,
            ntime: number(3, "Ntime is not 8 hex digits")?,
            nonce: number(4, "Nonce is not 8 hex digits")?,
            version_bits: match request.param_count() {
                // Machines that were never asked to roll do it all the same; see `version_mask`.
                6 => Some(number(5, "Version bits are not 8 hex digits")?),
                _ => None,
            },
        };
        if !self.may_submit(&login) {
            return Err(Reject::Unauthorized);
        }
        if share.version_bits.unwrap_or(0) & !self.version_mask() != 0 {
            return Err(Reject::InvalidVersionMask);
        }
        let id = request.id;
        Ok(Incoming::Submit(Submission {
            id,
            login,
            job_id,
            share,
        }))
    }
}
