//! How a pool's extranonce2 is divided among a contract's machines.
//!
//! A machine subscribes before it says who it is, so its extranonce1 is a prefix of ours alone. The pool's extranonce1
//! and the padding move into coinbase1:
//!
//! ```text
//! pool's coinbase:     coinbase1 | extranonce1 | extranonce2                              | coinbase2
//! machine's coinbase:  coinbase1'                          | extranonce1 | extranonce2    | coinbase2
//!                      coinbase1 | extranonce1 | padding   | prefix (2)  | machine's (4)  | coinbase2
//! ```
//!
//! So a machine moves to another pool with nothing but a clean job.
//!
//! A pool whose extranonce2 has 4 or 5 bytes cannot be divided like this. One machine can have a session of it for itself, if
//! its prefix is what the pool's extranonce1 ends with ([`ExtranonceSpace::for_one_machine`]):
//!
//! ```text
//! pool's coinbase:     coinbase1 | extranonce1                             | extranonce2 (4) | coinbase2
//! machine's coinbase:  coinbase1'               | extranonce1              | extranonce2     | coinbase2
//!                      coinbase1 | its start    | its end = prefix (2)     | machine's (4)   | coinbase2
//! ```

use pow::Job;
use std::collections::BTreeSet;
use std::fmt;

/// Bytes of the extranonce1 that a machine gets: its prefix.
pub const PREFIX_SIZE: usize = 2;

/// Bytes of the extranonce2 that a machine counts through.
pub const MACHINE_EXTRANONCE2_SIZE: usize = 4;

/// Bytes of a coinbase that are a machine's.
const MACHINE_SIZE: usize = PREFIX_SIZE + MACHINE_EXTRANONCE2_SIZE;

/// More than any pool uses, and enough to bound memory.
const SIZE_LIMIT: usize = 32;

/// Why a pool's extranonce2 cannot be divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpaceError {
    /// The pool's extranonce2 has fewer than 6 bytes.
    TooSmall {
        /// How many it has.
        extranonce2_size: usize,
    },
    /// Its extranonce1 or extranonce2 has more than 32 bytes.
    TooLarge,
}

impl fmt::Display for SpaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooSmall { extranonce2_size } => write!(
                f,
                "the pool's extranonce2 has {extranonce2_size} bytes; at least 6 are needed"
            ),
            Self::TooLarge => f.write_str("the pool's extranonce has more than 32 bytes"),
        }
    }
}

impl std::error::Error for SpaceError {}

/// The coinbase space of one upstream session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtranonceSpace {
    extranonce1: Vec<u8>,
    padding: Vec<u8>,
    /// How many bytes at the end of extranonce1 the machine's prefix begins with.
    shared: usize,
}

impl ExtranonceSpace {
    /// The space that the pool assigned with its answer to `mining.subscribe`.
    ///
    /// # Errors
    /// [`SpaceError`] where it cannot be divided.
    pub fn new(extranonce1: &[u8], extranonce2_size: usize) -> Result<Self, SpaceError> {
        if extranonce1.len() > SIZE_LIMIT || extranonce2_size > SIZE_LIMIT {
            return Err(SpaceError::TooLarge);
        }
        let padding = extranonce2_size
            .checked_sub(MACHINE_SIZE)
            .ok_or(SpaceError::TooSmall { extranonce2_size })?;
        Ok(Self {
            extranonce1: extranonce1.to_vec(),
            padding: vec![0; padding],
            shared: 0,
        })
    }

    /// The space of a session whose extranonce2 is too small to be divided, for one machine: the one with the
    /// [`ExtranonceSpace::required_prefix`]. It has no variant but 0.
    ///
    /// # Errors
    /// `TooSmall` where extranonce2 has fewer than 4 bytes, or extranonce1 too few to make up for what is missing;
    /// `TooLarge` where the space could be divided, or both have more than 32 bytes together.
    pub fn for_one_machine(
        extranonce1: &[u8],
        extranonce2_size: usize,
    ) -> Result<Self, SpaceError> {
        let whole = extranonce1.len().saturating_add(extranonce2_size);
        if whole > SIZE_LIMIT || extranonce2_size >= MACHINE_SIZE {
            return Err(SpaceError::TooLarge);
        }
        let shared = MACHINE_SIZE.saturating_sub(extranonce2_size);
        if shared > PREFIX_SIZE || shared > extranonce1.len() {
            return Err(SpaceError::TooSmall { extranonce2_size });
        }
        Ok(Self {
            extranonce1: extranonce1.to_vec(),
            padding: Vec::new(),
            shared,
        })
    }

    /// The prefix that a machine must have to work here; `None` where any will do.
    #[must_use]
    pub fn required_prefix(&self) -> Option<[u8; PREFIX_SIZE]> {
        if self.shared == 0 {
            return None;
        }
        let (_, end) = self.halves();
        let mut prefix = [0; PREFIX_SIZE];
        prefix
            .iter_mut()
            .zip(end)
            .for_each(|(to, byte)| *to = *byte);
        Some(prefix)
    }

    /// The part of extranonce1 that moves into coinbase1, and the part that the machine's prefix begins with.
    fn halves(&self) -> (&[u8], &[u8]) {
        let before = self.extranonce1.len().saturating_sub(self.shared);
        self.extranonce1.split_at(before)
    }

    /// What of extranonce1 stands in the machines' coinbase1.
    pub(crate) fn moved_extranonce1(&self) -> &[u8] {
        self.halves().0
    }

    /// The pool's extranonce1.
    #[must_use]
    pub fn extranonce1(&self) -> &[u8] {
        &self.extranonce1
    }

    /// Bytes of the pool's extranonce2.
    #[must_use]
    pub fn extranonce2_size(&self) -> usize {
        let ours = MACHINE_SIZE.saturating_sub(self.shared);
        ours.saturating_add(self.padding.len())
    }

    pub(crate) fn padding(&self) -> &[u8] {
        &self.padding
    }

    /// The pool's job as a machine gets it.
    #[must_use]
    pub fn downstream_job(&self, job: &Job) -> Job {
        let moved = self.moved_extranonce1();
        let coinbase1 = [&job.coinbase1[..], moved, &self.padding].concat();
        Job {
            coinbase1,
            ..job.clone()
        }
    }

    /// The part of the pool's extranonce2 that is fixed for a machine: padding and prefix, or what of the prefix is not
    /// the end of the pool's extranonce1.
    #[must_use]
    pub fn fixed_extranonce2(&self, prefix: [u8; PREFIX_SIZE]) -> Vec<u8> {
        let ours = prefix.get(self.shared..).unwrap_or_default();
        [&self.padding[..], ours].concat()
    }

    /// The same space with another padding: the same job in it is fresh work, so that a machine can be given another
    /// target in the middle of a job. `None` where the padding cannot hold the number.
    #[must_use]
    pub fn variant(&self, number: u32) -> Option<Self> {
        let bytes = number.to_be_bytes();
        let zeros = self.padding.len().saturating_sub(bytes.len());
        let (cut, kept) = bytes.split_at(bytes.len().saturating_sub(self.padding.len()));
        if cut.iter().any(|byte| *byte != 0) {
            return None;
        }
        let padding = [&vec![0; zeros][..], kept].concat();
        Some(Self {
            extranonce1: self.extranonce1.clone(),
            padding,
            shared: self.shared,
        })
    }
}

/// Hands out prefixes: two live holders never have the same one.
#[derive(Clone, Debug, Default)]
pub struct PrefixPool {
    live: BTreeSet<u16>,
    next: u16,
}

impl PrefixPool {
    /// All 65,536 prefixes free.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A prefix that nobody holds; `None` where all are held. In sequence, so that a released prefix comes back as late
    /// as possible: its old holder's shares may still be known for the current block.
    pub fn take(&mut self) -> Option<[u8; PREFIX_SIZE]> {
        let free = (self.next..=u16::MAX)
            .chain(0..self.next)
            .find(|prefix| !self.live.contains(prefix))?;
        self.live.insert(free);
        self.next = free.wrapping_add(1);
        Some(free.to_be_bytes())
    }

    /// Takes this prefix; false where somebody holds it.
    #[must_use = "somebody else may hold it"]
    pub fn take_this(&mut self, prefix: [u8; PREFIX_SIZE]) -> bool {
        self.live.insert(u16::from_be_bytes(prefix))
    }

    /// Gives a prefix back. One that is not held is ignored.
    pub fn release(&mut self, prefix: [u8; PREFIX_SIZE]) {
        self.live.remove(&u16::from_be_bytes(prefix));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pow::Share;
    use proptest::prelude::*;

    fn any_job() -> (Job, Share) {
        let job = Job {
            version: 1,
            prev_hash: [1; 32],
            coinbase1: vec![2; 50],
            coinbase2: vec![3; 60],
            branch: vec![[4; 32]],
            nbits: 0x207f_ffff,
            ntime: 5,
        };
        let share = Share {
            ntime: 5,
            nonce: 6,
            version_bits: 0,
        };
        (job, share)
    }

    #[test]
    fn both_sides_build_the_same_header() {
        let (job, share) = any_job();
        for size in [6, 8, 32] {
            let space = ExtranonceSpace::new(&[9, 8, 7], size).unwrap();
            let (prefix, extranonce2) = ([10, 11], [12, 13, 14, 15]);
            let machine = space
                .downstream_job(&job)
                .header(&[&prefix, &extranonce2], share);
            let whole = [&space.fixed_extranonce2(prefix)[..], &extranonce2].concat();
            assert_eq!(whole.len(), size);
            assert_eq!(machine, job.header(&[&[9, 8, 7], &whole], share));
        }
    }

    #[test]
    fn a_variant_is_another_space_of_the_same_size() {
        let sizes = [
            (6, 0, 1),
            (7, 255, 256),
            (8, 65_535, 65_536),
            (12, u32::MAX, u32::MAX),
        ];
        for (size, largest, too_large) in sizes {
            let space = ExtranonceSpace::new(&[1], size).unwrap();
            assert_eq!(space.variant(0).as_ref(), Some(&space));
            let variant = space.variant(largest).unwrap();
            assert_eq!(variant.fixed_extranonce2([7, 7]).len(), size - 4);
            assert!(largest == 0 || variant != space);
            assert!(too_large == largest || space.variant(too_large).is_none());
        }
    }

    #[test]
    fn spaces_that_cannot_be_divided() {
        let small = Err(SpaceError::TooSmall {
            extranonce2_size: 5,
        });
        assert_eq!(ExtranonceSpace::new(&[], 5), small);
        assert_eq!(ExtranonceSpace::new(&[], 33), Err(SpaceError::TooLarge));
        assert_eq!(ExtranonceSpace::new(&[0; 33], 8), Err(SpaceError::TooLarge));
    }

    #[test]
    fn a_session_for_one_machine_ends_with_its_prefix() {
        let (job, share) = any_job();
        for (size, prefix) in [(4, [8, 7]), (5, [7, 0])] {
            let space = ExtranonceSpace::for_one_machine(&[9, 8, 7], size).unwrap();
            assert_eq!(space.required_prefix(), Some(prefix));
            assert_eq!(space.extranonce2_size(), size);
            let machines = [12, 13, 14, 15];
            let downstream = space.downstream_job(&job);
            let machine = downstream.header(&[&prefix, &machines], share);
            let whole = [&space.fixed_extranonce2(prefix)[..], &machines].concat();
            assert_eq!(whole.len(), size);
            assert_eq!(machine, job.header(&[&[9, 8, 7], &whole], share));
            let mut line = Vec::new();
            let template = crate::NotifyTemplate::in_space(&job, &space);
            template.write_into("1", true, &mut line);
            let notify = crate::downstream::notify("1", &downstream, true);
            assert_eq!(line, notify.as_bytes());
            assert_eq!(space.variant(0).as_ref(), Some(&space));
            assert_eq!(space.variant(1), None);
        }
        assert_eq!(
            ExtranonceSpace::new(&[1], 6).unwrap().required_prefix(),
            None
        );
        for (extranonce1, size, wrong) in [
            (
                &[1, 2, 3][..],
                3,
                SpaceError::TooSmall {
                    extranonce2_size: 3,
                },
            ),
            (
                &[1],
                4,
                SpaceError::TooSmall {
                    extranonce2_size: 4,
                },
            ),
            (
                &[],
                5,
                SpaceError::TooSmall {
                    extranonce2_size: 5,
                },
            ),
            (&[1, 2], 6, SpaceError::TooLarge),
            (&[0; 33], 4, SpaceError::TooLarge),
        ] {
            let space = ExtranonceSpace::for_one_machine(extranonce1, size);
            assert_eq!(space, Err(wrong));
        }
    }

    #[test]
    fn a_certain_prefix_is_taken_once() {
        let mut pool = PrefixPool::new();
        assert!(pool.take_this([0, 1]));
        assert!(!pool.take_this([0, 1]));
        // In sequence, without the one that is held.
        assert_eq!(pool.take(), Some([0, 0]));
        assert_eq!(pool.take(), Some([0, 2]));
        pool.release([0, 1]);
        assert!(pool.take_this([0, 1]));
    }

    #[test]
    fn exhausted_after_all_and_late_reuse() {
        let mut pool = PrefixPool::new();
        let all: BTreeSet<_> = std::iter::from_fn(|| pool.take()).collect();
        assert_eq!(all.len(), 65_536);
        assert_eq!(pool.take(), None);
        pool.release([1, 2]);
        assert_eq!(pool.take(), Some([1, 2]));

        let mut pool = PrefixPool::new();
        let first = pool.take().unwrap();
        pool.release(first);
        assert_ne!(pool.take(), Some(first));
    }

    proptest! {
        #[test]
        fn two_live_prefixes_never_equal(start: u16, takes in prop::collection::vec(any::<Option<prop::sample::Index>>(), 1..300)) {
            let mut pool = PrefixPool { next: start, ..PrefixPool::default() };
            let mut live = Vec::new();
            for step in takes {
                match step {
                    Some(index) if !live.is_empty() => {
                        pool.release(live.swap_remove(index.index(live.len())));
                    }
                    _ => {
                        let prefix = pool.take().unwrap();
                        prop_assert!(!live.contains(&prefix));
                        live.push(prefix);
                    }
                }
            }
        }
    }
}
