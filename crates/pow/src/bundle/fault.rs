//! What can be wrong with a bundle, and where.

use alloc::string::String;
use core::fmt;
use serde::Serialize;

/// Stable codes of faults, as `docs/bundle.md` lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// Not a bundle.
    BadMagic,
    /// A bundle of a version that this verifier does not know.
    UnsupportedVersion,
    /// The file ends before its end record.
    Truncated,
    /// A frame that cannot be decoded.
    BadFrame,
    /// A record at a place where it may not stand.
    BadOrder,
    /// More of something than a bundle may hold.
    LimitExceeded,
    /// A job builds on a block that an earlier job had already replaced: its shares could be counted twice.
    ReplacedBlock,
    /// Bytes after the end record.
    DataAfterEnd,
    /// A share or assignment of a worker that was not introduced, or belongs to another upstream session.
    UnknownWorker,
    /// A share or assignment for a job that was not introduced.
    UnknownJob,
    /// The job's previous block was no longer the chain's tip when the share came.
    Stale,
    /// An upstream session with a pool that the terms do not name.
    UnknownPool,
    /// No target had been assigned to the worker for this job.
    NoTarget,
    /// Under this block, shares of the same coinbase space were judged by another target.
    SpaceHasOtherTarget,
    /// Under this block, more shares were counted than a verifier holds.
    TooManyShares,
    /// See [`crate::ShareFault::NtimeOutOfRange`].
    NtimeOutOfRange,
    /// See [`crate::ShareFault::VersionBitsOutsideMask`].
    VersionBitsOutsideMask,
    /// See [`crate::ShareFault::LowDifficulty`].
    LowDifficulty,
    /// The same header hash was counted before.
    Duplicate,
    /// The share's pay would pass the contract's budget.
    OverBudget,
    /// A pool's answer to a share that there is not.
    UnknownShare,
    /// A pool's answer to a share that does not count, or did not meet the pool's target.
    AnswerNotDue,
    /// A second answer to the same share.
    AnswerTwice,
    /// A pool's answer to a share after which too many others met their pool's target.
    AnswerTooLate,
    /// An epoch's number does not follow the one before.
    EpochIndex,
    /// An epoch does not start where the one before ended, or ends before its last record.
    EpochTime,
    /// The number of valid shares differs from the epoch's.
    EpochShares,
    /// The work of the valid shares differs from the epoch's.
    EpochWork,
    /// The amount owed for the work differs from the epoch's.
    EpochOwed,
    /// The Merkle root over the epoch's valid shares differs.
    EpochMerkleRoot,
    /// The epoch's bytes are not those that were sealed.
    EpochRecordsHash,
    /// The epoch does not name the hash of the one before.
    EpochChain,
    /// The number of valid shares differs from the end record's.
    EndShares,
    /// The bytes after the last epoch are not those that the end record covers.
    EndHash,
    /// The contract cannot have ended for the reason that is stated.
    EndingReason,
    /// The time that is not the host's is longer than all that was settled.
    EndingTime,
    /// The contract ended with shares that no epoch holds.
    EndingShares,
    /// What the buyer got of the bond is not what the rule on under-delivery gives.
    EndingCompensation,
    /// A block header's hash is above the target that its own nbits state, or that is none that the network allows.
    HeaderWork,
    /// A block header is in the bundle already, or the one before it is not.
    HeaderLink,
    /// A block header's nbits are not those that its place in the chain demands.
    HeaderNbits,
    /// A block header's height by its links is not the one that the jobs on it state.
    HeaderHeight,
    /// A job's nbits state no target that the network allows, or not the one that its block's chain demands.
    JobNbits,
    /// A job's coinbase states a height that does not follow its block's.
    JobHeight,
    /// A job has its extranonces at another place than one before it whose coinbase is as long.
    JobCut,
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// What.
    pub code: Code,
    /// Offset in bytes of the record's first byte.
    pub offset: u64,
    /// Number of the record, from 0.
    pub record: u64,
    /// Number of the share, from 0, where the record is one.
    pub share: Option<u64>,
    /// Number of the epoch that the record belongs to, from 0.
    pub epoch: u32,
    /// One sentence for people.
    pub message: String,
}

impl Code {
    /// The code as it stands in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadMagic => "bad_magic",
            Self::UnsupportedVersion => "unsupported_version",
            Self::Truncated => "truncated",
            Self::BadFrame => "bad_frame",
            Self::BadOrder => "bad_order",
            Self::LimitExceeded => "limit_exceeded",
            Self::ReplacedBlock => "replaced_block",
            Self::DataAfterEnd => "data_after_end",
            Self::UnknownWorker => "unknown_worker",
            Self::UnknownJob => "unknown_job",
            Self::Stale => "stale",
            Self::UnknownPool => "unknown_pool",
            Self::NoTarget => "no_target",
            Self::SpaceHasOtherTarget => "space_has_other_target",
            Self::TooManyShares => "too_many_shares",
            Self::NtimeOutOfRange => "ntime_out_of_range",
            Self::VersionBitsOutsideMask => "version_bits_outside_mask",
            Self::LowDifficulty => "low_difficulty",
            Self::Duplicate => "duplicate",
            Self::OverBudget => "over_budget",
            Self::UnknownShare => "unknown_share",
            Self::AnswerNotDue => "answer_not_due",
            Self::AnswerTwice => "answer_twice",
            Self::AnswerTooLate => "answer_too_late",
            Self::EpochIndex => "epoch_index",
            Self::EpochTime => "epoch_time",
            Self::EpochShares => "epoch_shares",
            Self::EpochWork => "epoch_work",
            Self::EpochOwed => "epoch_owed",
            Self::EpochMerkleRoot => "epoch_merkle_root",
            Self::EpochRecordsHash => "epoch_records_hash",
            Self::EpochChain => "epoch_chain",
            Self::EndShares => "end_shares",
            Self::EndHash => "end_hash",
            Self::EndingReason => "ending_reason",
            Self::EndingTime => "ending_time",
            Self::EndingShares => "ending_shares",
            Self::EndingCompensation => "ending_compensation",
            Self::HeaderWork => "header_work",
            Self::HeaderLink => "header_link",
            Self::HeaderNbits => "header_nbits",
            Self::HeaderHeight => "header_height",
            Self::JobNbits => "job_nbits",
            Self::JobHeight => "job_height",
            Self::JobCut => "job_cut",
        }
    }

    /// True where nothing after the fault can be read any more.
    #[must_use]
    pub fn is_fatal(self) -> bool {
        self <= Self::DataAfterEnd
    }

    /// The sentence for people.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::BadMagic => "This is not an Assay bundle: its first bytes are not ASSAY.",
            Self::UnsupportedVersion => {
                "This bundle has a version that this verifier does not know."
            }
            Self::Truncated => "The bundle ends before its end record: a part is missing.",
            Self::BadFrame => "A record cannot be decoded: the bytes here are damaged.",
            Self::BadOrder => "A record stands where it may not stand.",
            Self::LimitExceeded => "There is more of something here than a bundle may hold.",
            Self::ReplacedBlock => {
                "A job builds on a block that an earlier job had already replaced."
            }
            Self::DataAfterEnd => "There are bytes after the end record.",
            Self::UnknownWorker => {
                "The record names a worker that the bundle did not introduce for this upstream session."
            }
            Self::UnknownJob => "The record names a job that the bundle did not introduce.",
            Self::Stale => "The share's job builds on a block that was no longer the tip.",
            Self::UnknownPool => "The session is with a pool that the terms do not name.",
            Self::NoTarget => "No target had been assigned to this worker for this job.",
            Self::SpaceHasOtherTarget => {
                "Under this block, shares of the same coinbase space were judged by another target."
            }
            Self::TooManyShares => "Too many shares were counted under this block.",
            Self::NtimeOutOfRange => "The share's ntime lies outside its job's window.",
            Self::VersionBitsOutsideMask => {
                "The share rolls version bits outside the mask in force."
            }
            Self::LowDifficulty => "The share's header hash is above the assigned target.",
            Self::Duplicate => "A share with this header hash was counted before.",
            Self::OverBudget => "The share's pay would pass the contract's budget.",
            Self::UnknownShare => "The pool's answer is to a share that there is not.",
            Self::AnswerNotDue => {
                "The pool's answer is to a share that does not count, or did not meet the pool's target."
            }
            Self::AnswerTwice => "The pool's answer to this share stands there a second time.",
            Self::AnswerTooLate => {
                "The pool's answer is to a share after which too many others met their pool's target."
            }
            Self::EpochIndex => "The epoch's number does not follow the one before.",
            Self::EpochShares => {
                "The number of valid shares differs from the one sealed in the epoch."
            }
            Self::EpochWork => {
                "The work of the valid shares differs from the one sealed in the epoch."
            }
            Self::EpochOwed => {
                "The amount owed for the work differs from the one sealed in the epoch."
            }
            Self::EpochMerkleRoot => {
                "The Merkle root over the valid shares differs from the one sealed in the epoch."
            }
            Self::EpochTime
            | Self::EpochRecordsHash
            | Self::EpochChain
            | Self::EndShares
            | Self::EndHash
            | Self::EndingReason
            | Self::EndingTime
            | Self::EndingShares
            | Self::EndingCompensation => self.sentence_on_seals(),
            Self::HeaderWork
            | Self::HeaderLink
            | Self::HeaderNbits
            | Self::HeaderHeight
            | Self::JobNbits
            | Self::JobHeight
            | Self::JobCut => self.sentence_on_the_chain(),
        }
    }

    fn sentence_on_seals(self) -> &'static str {
        match self {
            Self::EpochTime => {
                "The epoch does not start where the one before ended, or ends too early."
            }
            Self::EpochRecordsHash => "The epoch's bytes are not those that were sealed.",
            Self::EpochChain => "The epoch does not name the hash of the epoch before it.",
            Self::EndShares => "The number of valid shares differs from the end record's.",
            Self::EndHash => {
                "The bytes after the last sealed epoch are not those that the end record covers."
            }
            Self::EndingReason => {
                "The contract cannot have ended for this reason: its term was not over (or was), or its budget not spent."
            }
            Self::EndingTime => {
                "The time that is not the host's is longer than the contract's settled epochs."
            }
            Self::EndingShares => {
                "The contract ended with shares that no epoch holds: they were never paid."
            }
            _ => "What the buyer got of the bond is not what the rule on under-delivery gives.",
        }
    }

    fn sentence_on_the_chain(self) -> &'static str {
        match self {
            Self::HeaderWork => {
                "The block header does not meet the target that it states itself, or none may be so easy."
            }
            Self::HeaderLink => "The block header does not follow one in the bundle.",
            Self::HeaderNbits => {
                "The block header's target is not the one that its place in the chain demands."
            }
            Self::HeaderHeight => {
                "The block header's height is not the one that the jobs on it state."
            }
            Self::JobNbits => {
                "The job's network target is none, or not the one that its chain demands."
            }
            Self::JobCut => "A coinbase of this length was cut elsewhere by a job before.",
            _ => "The job's coinbase states a height that does not follow its block's.",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())
    }
}

#[cfg(feature = "std")]
impl std::error::Error for Code {}
