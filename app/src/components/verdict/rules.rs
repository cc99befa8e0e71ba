//! Every rule that a bundle is checked by, and how often each was. Codes are those of `docs/bundle.md`, section 6.

use crate::display;
use api::{InvalidCount, Verdict};

/// A rule in a plain sentence, and the codes of what breaks it.
pub struct Rule {
    /// Stable codes.
    pub codes: &'static [&'static str],
    /// What was checked.
    pub says: &'static str,
    /// Against what.
    pub on: On,
}

/// What a rule is applied to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// The first bytes.
    Magic,
    /// Every record.
    Records,
    /// The last record.
    End,
    /// Every share.
    Shares,
    /// Every share that was hashed; a sample hashes some.
    Hashes,
    /// All shares, and nothing less.
    AllShares,
    /// Every epoch.
    Epochs,
    /// Every epoch, by the hashes of all its shares.
    AllHashesOfEpochs,
    /// Every job.
    Jobs,
    /// Every header.
    Headers,
    /// Every answer of a pool.
    Answers,
    /// How the contract ended.
    Ending,
}

/// What became of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It holds.
    Passed,
    /// It was broken so often.
    Failed(u64),
    /// There was nothing to apply it to.
    Nothing,
    /// A sample does not tell.
    NotInSample,
    /// The reading ended before.
    NotReached,
}

/// A name, and the rules under it.
pub type Group = (&'static str, &'static [Rule]);

const fn rule(codes: &'static [&'static str], on: On, says: &'static str) -> Rule {
    Rule { codes, says, on }
}

/// All of them, in three groups.
pub const GROUPS: [Group; 3] = [
    ("Each share", SHARE),
    ("Each epoch", EPOCH),
    ("The contract as a whole", CONTRACT),
];

const SHARE: &[Rule] = &[
    rule(
        &["unknown_worker"],
        On::Shares,
        "Its machine was introduced before, in the same session with the pool as its job.",
    ),
    rule(
        &["unknown_job"],
        On::Shares,
        "Its job was introduced before.",
    ),
    rule(
        &["stale"],
        On::Shares,
        "Its job builds on the block that was the latest when it came.",
    ),
    rule(
        &["no_target"],
        On::Shares,
        "A target had been assigned to its machine before the job.",
    ),
    rule(
        &["space_has_other_target"],
        On::Shares,
        "Under one block, the same piece of coinbase space is judged by one target alone.",
    ),
    rule(
        &["ntime_out_of_range"],
        On::Shares,
        "Its time is not before the job's, and at most 7,000 seconds after it.",
    ),
    rule(
        &["version_bits_outside_mask"],
        On::Shares,
        "The machine rolled only those version bits that it was allowed to.",
    ),
    rule(
        &["low_difficulty"],
        On::Hashes,
        "Coinbase, Merkle root and header were rebuilt from its bytes and hashed: the hash is not above the target.",
    ),
    rule(
        &["duplicate"],
        On::AllShares,
        "The same header hash was not counted before.",
    ),
    rule(
        &["too_many_shares"],
        On::AllShares,
        "No block has more shares than can be told apart (4,194,304).",
    ),
    rule(
        &["over_budget"],
        On::Shares,
        "What is owed with it stays within the contract's budget.",
    ),
];

const EPOCH: &[Rule] = &[
    rule(
        &["epoch_index"],
        On::Epochs,
        "Its number follows the one before.",
    ),
    rule(
        &["epoch_time"],
        On::Epochs,
        "It starts where the one before ended, and ends after its last record.",
    ),
    rule(
        &["epoch_shares"],
        On::Epochs,
        "It states the number of shares that count.",
    ),
    rule(
        &["epoch_work"],
        On::Epochs,
        "It states the sum of their work.",
    ),
    rule(
        &["epoch_owed"],
        On::Epochs,
        "It states what is owed for that work, to the satoshi.",
    ),
    rule(
        &["epoch_merkle_root"],
        On::AllHashesOfEpochs,
        "Its Merkle root is the one over the hashes of its shares.",
    ),
    rule(
        &["epoch_records_hash"],
        On::Epochs,
        "Its bytes are those that were sealed.",
    ),
    rule(
        &["epoch_chain"],
        On::Epochs,
        "It names the hash of the one before.",
    ),
];

const CONTRACT: &[Rule] = &[
    rule(
        &["bad_magic", "unsupported_version"],
        On::Magic,
        "The file is a bundle of a version that this verifier knows.",
    ),
    rule(
        &["bad_frame", "limit_exceeded"],
        On::Records,
        "Every record can be decoded, has the one form that is allowed, and stays within the limits.",
    ),
    rule(
        &["bad_order"],
        On::Records,
        "Records stand in their order; no target stands in the file after a share that it judges.",
    ),
    rule(
        &["truncated", "data_after_end", "end_shares", "end_hash"],
        On::End,
        "The end record is there and the last; it states the number of shares and the hash of what no epoch seals.",
    ),
    rule(
        &["unknown_pool"],
        On::Records,
        "Each session is with a pool that the terms name.",
    ),
    rule(
        &[
            "unknown_share",
            "answer_not_due",
            "answer_twice",
            "answer_too_late",
        ],
        On::Answers,
        "A pool's answer is the only one to its share, which counts and met the pool's target; fewer than 8,192 such shares came in between.",
    ),
    rule(
        &["ending_reason"],
        On::Ending,
        "The contract can have ended for the reason that is stated: a term that is over ran to its end, a budget that is spent pays for no other share.",
    ),
    rule(
        &["ending_time", "ending_shares"],
        On::Ending,
        "The time that is not the host's is not longer than what was settled, and every share that counts lies in an epoch.",
    ),
    rule(
        &["ending_compensation"],
        On::Ending,
        "What the buyer got of the bond is what the rule on under-delivery gives, computed again from the shares.",
    ),
    rule(
        &["replaced_block"],
        On::Jobs,
        "No job goes back to a block that an earlier job had replaced.",
    ),
    rule(
        &["job_nbits"],
        On::Jobs,
        "The network's target in the job may follow that of its block.",
    ),
    rule(
        &["job_height"],
        On::Jobs,
        "Where its coinbase states a height, that follows its block's.",
    ),
    rule(
        &["job_cut"],
        On::Jobs,
        "Coinbases of one length have the machines' bytes at one place, so that no header lies in the spaces of two machines.",
    ),
    rule(
        &["header_work"],
        On::Headers,
        "The block header meets its own target.",
    ),
    rule(
        &["header_link"],
        On::Headers,
        "The block header follows one in the bundle.",
    ),
    rule(
        &["header_nbits"],
        On::Headers,
        "The header's target is the one that its place in the chain demands.",
    ),
    rule(
        &["header_height"],
        On::Headers,
        "The header's height is the one that the jobs on it state.",
    ),
];

/// How often a fault with one of these codes was found.
pub fn count(faults: &[InvalidCount], codes: &[&str]) -> u64 {
    let of_them = faults
        .iter()
        .filter(|fault| codes.contains(&fault.code.as_str()));
    of_them.fold(0, |sum, fault| sum.saturating_add(fault.count))
}

/// Faults with a code that no rule here has: a newer verifier may know more.
pub fn unlisted(faults: &[InvalidCount]) -> Vec<InvalidCount> {
    let listed = |code: &str| {
        let mut rules = GROUPS.iter().flat_map(|(_, rules)| rules.iter());
        rules.any(|rule| rule.codes.contains(&code))
    };
    let unlisted = faults.iter().filter(|fault| !listed(&fault.code));
    unlisted.cloned().collect()
}

/// Codes after which nothing is read.
const FATAL: [&str; 8] = [
    "bad_magic",
    "unsupported_version",
    "truncated",
    "bad_frame",
    "bad_order",
    "limit_exceeded",
    "replaced_block",
    "unknown_pool",
];

/// True where the reading came to the end record. An unknown worker or job ends it where the record is no share.
fn read_to_the_end(verdict: &Verdict) -> bool {
    let of_shares_alone = |code: &str| {
        let of_shares = count(&verdict.invalid_by_reason, &[code]);
        count(&verdict.faults_by_code, &[code]) <= of_shares
    };
    count(&verdict.faults_by_code, &FATAL) == 0
        && ["unknown_worker", "unknown_job"]
            .into_iter()
            .all(of_shares_alone)
}

impl Rule {
    /// What became of it.
    pub fn answer(&self, verdict: &Verdict) -> Answer {
        let failed = count(&verdict.faults_by_code, self.codes);
        if failed > 0 {
            return Answer::Failed(failed);
        }
        let sampled = verdict.sample.is_some();
        let is_bundle = count(
            &verdict.faults_by_code,
            &["bad_magic", "unsupported_version"],
        ) == 0;
        match self.on {
            On::AllShares | On::AllHashesOfEpochs | On::Answers if sampled => Answer::NotInSample,
            On::End if !read_to_the_end(verdict) => Answer::NotReached,
            On::Records if !is_bundle => Answer::NotReached,
            _ if self.on.times(verdict) == Some(0) => Answer::Nothing,
            _ => Answer::Passed,
        }
    }
}

impl On {
    /// How often a rule was applied; none for those on the file.
    pub fn times(self, verdict: &Verdict) -> Option<u64> {
        let shares = verdict.shares_valid.saturating_add(verdict.shares_invalid);
        match self {
            Self::Magic | Self::Records | Self::End => None,
            Self::Shares | Self::AllShares => Some(shares),
            Self::Hashes => Some(verdict.sample.as_ref().map_or(shares, |some| some.hashed)),
            Self::Epochs | Self::AllHashesOfEpochs => Some(verdict.epochs_total.into()),
            Self::Jobs => Some(verdict.jobs.into()),
            Self::Ending => Some(verdict.ending.is_some().into()),
            Self::Headers => Some(verdict.chain.headers.into()),
            Self::Answers => Some(verdict.pool_answers.as_ref().map_or(0, |answers| {
                let (accepted, refused) = (answers.all.accepted, answers.all.refused);
                accepted.shares.saturating_add(refused.shares)
            })),
        }
    }

    /// That in words.
    pub fn words(self, verdict: &Verdict) -> String {
        let times = self.times(verdict).unwrap_or_default();
        let of = |one, many| display::counted(times, one, many);
        match self {
            Self::Magic => "the first bytes".into(),
            Self::Records => format!("{} read", display::bytes(verdict.bytes)),
            Self::End => "the end record".into(),
            Self::Shares | Self::Hashes | Self::AllShares => of("share", "shares"),
            Self::Epochs | Self::AllHashesOfEpochs => of("epoch", "epochs"),
            Self::Jobs => of("job", "jobs"),
            Self::Headers => of("header", "headers"),
            Self::Answers => of("answer", "answers"),
            Self::Ending => "the contract's ending".into(),
        }
    }
}

#[cfg(test)]
mod tests;
