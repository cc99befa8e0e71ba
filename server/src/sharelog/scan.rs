//! The frames of a log, as far as it takes to know where its epochs end. What they say is `pow`'s business.

use pow::bundle::{Epoch, MAGIC};
use units::{Sats, Timestamp, Work};

/// The kind of a contract's terms; see `docs/bundle.md`.
pub(crate) const TERMS: u8 = 1;
/// The kind of a sealed epoch's record.
pub(crate) const EPOCH: u8 = 7;
/// A longer record is refused by the bundle's rules.
const RECORD_MAX: u64 = 65_536;

/// A record that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub kind: u8,
    /// Where it begins and ends in the log.
    pub start: u64,
    pub end: u64,
    /// Its payload where it is the terms or an epoch, else nothing.
    pub payload: Vec<u8>,
}

/// Takes a log in pieces of any size.
#[derive(Default)]
pub(crate) struct Scan {
    offset: u64,
    start: u64,
    phase: Phase,
}

#[derive(Default)]
enum Phase {
    /// So many bytes of it have come.
    #[default]
    Magic,
    Kind,
    Length {
        kind: u8,
        length: u64,
        shift: u32,
    },
    Payload {
        kind: u8,
        left: u64,
        payload: Vec<u8>,
    },
    /// No frame: nothing after it can be read.
    Lost,
}

impl Scan {
    /// Shows every record that ends within these bytes.
    pub(crate) fn push(&mut self, bytes: &[u8], each: &mut dyn FnMut(Found)) {
        let mut left = bytes;
        while !left.is_empty() {
            let used = self.step(left, each);
            self.offset += used as u64;
            left = left.get(used..).unwrap_or_default();
        }
    }

    /// Answers how many bytes were used: one at least.
    fn step(&mut self, bytes: &[u8], each: &mut dyn FnMut(Found)) -> usize {
        let first = bytes.first().copied().unwrap_or_default();
        let all = bytes.len();
        match &mut self.phase {
            Phase::Lost => all,
            Phase::Magic => {
                let missing = (MAGIC.len() as u64).saturating_sub(self.offset);
                let used = all.min(usize::try_from(missing).unwrap_or(all)).max(1);
                if self.offset + used as u64 >= MAGIC.len() as u64 {
                    self.phase = Phase::Kind;
                }
                used
            }
            Phase::Kind => {
                self.start = self.offset;
                self.phase = Phase::Length {
                    kind: first,
                    length: 0,
                    shift: 0,
                };
                1
            }
            Phase::Length {
                kind,
                length,
                shift,
            } => {
                *length |= u64::from(first & 0x7f) << *shift;
                *shift += 7;
                let (kind, length) = (*kind, *length);
                if first & 0x80 == 0 && length <= RECORD_MAX {
                    self.phase = Phase::Payload {
                        kind,
                        left: length,
                        payload: Vec::new(),
                    };
                    if length == 0 {
                        self.found(self.offset + 1, each);
                    }
                } else if *shift > 21 || length > RECORD_MAX {
                    self.phase = Phase::Lost;
                }
                1
            }
            Phase::Payload {
                kind,
                left,
                payload,
            } => {
                let used = all.min(usize::try_from(*left).unwrap_or(all));
                if matches!(*kind, TERMS | EPOCH) {
                    payload.extend_from_slice(bytes.get(..used).unwrap_or_default());
                }
                *left -= used as u64;
                if *left == 0 {
                    self.found(self.offset + used as u64, each);
                }
                used
            }
        }
    }

    fn found(&mut self, end: u64, each: &mut dyn FnMut(Found)) {
        if let Phase::Payload { kind, payload, .. } = std::mem::take(&mut self.phase) {
            each(Found {
                kind,
                start: self.start,
                end,
                payload,
            });
        }
        self.phase = Phase::Kind;
    }
}

/// Reads an epoch's record.
pub(crate) fn epoch(payload: &[u8]) -> Option<Epoch> {
    let mut left = payload;
    let epoch = Epoch {
        index: number(&mut left)?,
        start: Timestamp::from_unix_ms(number(&mut left)?),
        end: Timestamp::from_unix_ms(number(&mut left)?),
        shares: number(&mut left)?,
        shares_total: number(&mut left)?,
        work_total: Work::new(number(&mut left)?),
        owed_total: Sats::new(number(&mut left)?),
        merkle_root: hash(&mut left)?,
        records_hash: hash(&mut left)?,
        previous: hash(&mut left)?,
    };
    left.is_empty().then_some(epoch)
}

/// An unsigned LEB128 number.
fn number<T: TryFrom<u128>>(left: &mut &[u8]) -> Option<T> {
    let mut number = 0_u128;
    for shift in (0..128).step_by(7) {
        let (first, rest) = left.split_first()?;
        *left = rest;
        number |= u128::from(first & 0x7f).checked_shl(shift)?;
        if first & 0x80 == 0 {
            return T::try_from(number).ok();
        }
    }
    None
}

fn hash(left: &mut &[u8]) -> Option<[u8; 32]> {
    let (hash, rest) = left.split_first_chunk()?;
    *left = rest;
    Some(*hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pow::bundle::Verifier;
    use sandbox::{BundleSettings, write_bundle};

    #[test]
    fn epochs_are_found_where_the_verifier_finds_them_in_pieces_of_any_size() {
        let mut bundle = Vec::new();
        let settings = BundleSettings {
            shares: 300,
            ..BundleSettings::default()
        };
        write_bundle(settings, &mut bundle).unwrap();
        let mut verifier = Verifier::new();
        verifier.push(&bundle);
        for size in [1, 7, 1_000, bundle.len()] {
            let mut found = Vec::new();
            let mut scan = Scan::default();
            for piece in bundle.chunks(size) {
                scan.push(piece, &mut |record| found.push(record));
            }
            assert_eq!(found[0].kind, TERMS);
            assert_eq!(found[0].start, 8);
            assert_eq!(found.last().unwrap().end, bundle.len() as u64);
            let gapless = found.windows(2).all(|two| two[0].end == two[1].start);
            assert!(gapless, "pieces of {size}");
            let epochs = found.iter().filter(|record| record.kind == EPOCH);
            let hashes: Vec<String> = epochs
                .map(|record| stratum::hex::encode(&epoch(&record.payload).unwrap().hash()))
                .collect();
            let stated = verifier.epochs().iter().map(|line| line.hash.clone());
            assert_eq!(hashes, stated.collect::<Vec<_>>());
        }
    }

    #[test]
    fn what_is_no_frame_ends_the_search() {
        let mut found = 0;
        let mut scan = Scan::default();
        scan.push(&MAGIC, &mut |_| found += 1);
        // A length of more than a record may have, then what would be a record.
        scan.push(&[6, 0xff, 0xff, 0xff, 0xff, 0xff, 3, 0], &mut |_| {
            found += 1
        });
        assert_eq!(found, 0);
    }
}
