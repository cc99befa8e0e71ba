//! What a job's coinbase says: whom it pays, at which height, and whose name it bears.

mod network;
mod script;

#[cfg(test)]
mod tests;

pub use network::Network;
pub use script::{ScriptKind, address};

use alloc::{string::String, vec::Vec};
use core::{
    fmt,
    ops::{Range, RangeInclusive},
    str,
};
use units::Sats;

/// The sizes that consensus allows the input's script.
const SCRIPT_SIG_SIZES: RangeInclusive<usize> = 2..=100;
/// Fewer printable bytes in a row are as likely chance.
const RUN_MIN: usize = 4;
/// The longest tag.
const TAG_MAX: usize = 64;
/// An output is at least its value and the length of its script.
const OUTPUT_MIN: usize = 9;

/// A coinbase transaction, in the parts that do not depend on the extranonce.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coinbase {
    /// Height of the block, where the input's script says it as BIP 34 demands; none also before BIP 34.
    pub height: Option<u32>,
    /// Printable ASCII of the input's script after the height, the extranonce left out: runs of at least 4, joined by
    /// spaces, 64 characters at most. Pools sign their blocks so. Empty where there is none.
    pub tag: String,
    /// Whom it pays, in its order; at least one. The witness commitment is among them, with 0 satoshis.
    pub outputs: Vec<Output>,
}

/// One output of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// What it pays. As it stands there: that a block may not create so much is not checked here.
    pub sats: Sats,
    /// The script that it pays to.
    pub script: Vec<u8>,
}

/// Why bytes are no coinbase transaction whose meaning the extranonce cannot change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoinbaseFault {
    /// The bytes end before the transaction does.
    Truncated,
    /// Bytes follow the transaction.
    TrailingBytes,
    /// Not one input without a previous output; so it also is with the marker of the witness serialisation.
    BadInput,
    /// The input's script is shorter than 2 bytes, or longer than 100.
    BadScriptSize,
    /// A count or a length takes more bytes than it needs.
    BadLength,
    /// It has no output.
    NoOutput,
    /// The extranonce lies neither within the input's script nor in the data of an `OP_RETURN`: its bytes could change
    /// who is paid.
    ExtranonceMisplaced,
}

impl Coinbase {
    /// Reads a coinbase transaction in non-witness serialisation, all of `bytes`. The bytes of `extranonce`, an empty
    /// range where there is none, may have any value: the answer is the same for all of them, but for the data of an
    /// `OP_RETURN` that holds them.
    ///
    /// # Errors
    /// The first [`CoinbaseFault`] that is met.
    pub fn parse(bytes: &[u8], extranonce: Range<usize>) -> Result<Self, CoinbaseFault> {
        let mut reader = Reader {
            at: 0,
            rest: bytes,
            extranonce,
            extranonce_placed: false,
        };
        let _version: [u8; 4] = reader.array()?;
        let inputs = reader.compact_size()?;
        let previous: [u8; 36] = reader.array()?;
        if inputs != 1 || previous != NO_PREVIOUS_OUTPUT {
            return Err(CoinbaseFault::BadInput);
        }
        let (script_sig, from) = reader.script()?;
        if !SCRIPT_SIG_SIZES.contains(&script_sig.len()) {
            return Err(CoinbaseFault::BadScriptSize);
        }
        let hole = reader.place(script_sig, from);
        let _sequence: [u8; 4] = reader.array()?;
        let outputs = reader.outputs()?;
        let _lock_time: [u8; 4] = reader.array()?;
        if !reader.rest.is_empty() {
            return Err(CoinbaseFault::TrailingBytes);
        }
        if !reader.extranonce_placed && !reader.extranonce.is_empty() {
            return Err(CoinbaseFault::ExtranonceMisplaced);
        }
        let (height, tail) = match height(script_sig) {
            Some((height, size)) if hole.start >= size => (Some(height), size),
            _ => (None, 0),
        };
        let fixed = [tail..hole.start, hole.end..script_sig.len()];
        let fixed = fixed.map(|range| script_sig.get(range).unwrap_or_default());
        Ok(Self {
            height,
            tag: tag(&fixed),
            outputs,
        })
    }
}

/// Hash 0, index 2^32 - 1.
const NO_PREVIOUS_OUTPUT: [u8; 36] = {
    let mut outpoint = [0; 36];
    let (_, index) = outpoint.split_at_mut(32);
    index.copy_from_slice(&[0xff; 4]);
    outpoint
};

/// Reads from the front, and knows where the extranonce lies.
struct Reader<'a> {
    at: usize,
    rest: &'a [u8],
    extranonce: Range<usize>,
    extranonce_placed: bool,
}

impl<'a> Reader<'a> {
    fn take(&mut self, size: usize) -> Result<&'a [u8], CoinbaseFault> {
        let taken = self.rest.split_at_checked(size);
        let (taken, rest) = taken.ok_or(CoinbaseFault::Truncated)?;
        self.at = self.at.saturating_add(size);
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], CoinbaseFault> {
        let taken = self.take(N)?.try_into();
        taken.map_err(|_| CoinbaseFault::Truncated)
    }

    /// A count or length: one byte, or a marker and 2, 4 or 8; never more than it needs.
    fn compact_size(&mut self) -> Result<u64, CoinbaseFault> {
        let [first] = self.array()?;
        let (value, least) = match first {
            0xfd => (u16::from_le_bytes(self.array()?).into(), 0xfd),
            0xfe => (u32::from_le_bytes(self.array()?).into(), 0x1_0000),
            0xff => (u64::from_le_bytes(self.array()?), 0x1_0000_0000),
            small => (small.into(), 0),
        };
        if value < least {
            return Err(CoinbaseFault::BadLength);
        }
        Ok(value)
    }

    /// A script after its length, and where it starts.
    fn script(&mut self) -> Result<(&'a [u8], usize), CoinbaseFault> {
        // On 32 bits a length may pass the type: it passes the bytes as well.
        let size = usize::try_from(self.compact_size()?).map_err(|_| CoinbaseFault::Truncated)?;
        let from = self.at;
        Ok((self.take(size)?, from))
    }

    fn outputs(&mut self) -> Result<Vec<Output>, CoinbaseFault> {
        let count = self.compact_size()?;
        if count == 0 {
            return Err(CoinbaseFault::NoOutput);
        }
        let most = self.rest.len() / OUTPUT_MIN;
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        if count > most {
            return Err(CoinbaseFault::Truncated);
        }
        let mut outputs = Vec::with_capacity(count);
        for _ in 0..count {
            let sats = Sats::new(u64::from_le_bytes(self.array()?));
            let (script, from) = self.script()?;
            // The opcode itself must hold for every extranonce.
            if let [script::OP_RETURN, data @ ..] = script {
                self.place(data, from.saturating_add(1));
            }
            outputs.push(Output {
                sats,
                script: script.to_vec(),
            });
        }
        Ok(outputs)
    }

    /// Where the extranonce lies in these bytes, which start at `from`; elsewhere, an empty range at their end.
    fn place(&mut self, bytes: &[u8], from: usize) -> Range<usize> {
        let end = from.saturating_add(bytes.len());
        let Range { start, end: last } = self.extranonce;
        if start >= last || start < from || last > end {
            return bytes.len()..bytes.len();
        }
        self.extranonce_placed = true;
        start.saturating_sub(from)..last.saturating_sub(from)
    }
}

/// BIP 34: the height as the script's first push, in as few bytes as can be, and how many those are. Three bytes of
/// number suffice until the year 2168; blocks before BIP 34 often start with a push of four.
fn height(script_sig: &[u8]) -> Option<(u32, usize)> {
    let (number, size) = match *script_sig {
        [small @ 0x51..=0x60, ..] => return Some((u32::from(small).checked_sub(0x50)?, 1)),
        [1, a, ..] => ([a, 0, 0, 0], 2),
        [2, a, b, ..] => ([a, b, 0, 0], 3),
        [3, a, b, c, ..] => ([a, b, c, 0], 4),
        _ => return None,
    };
    let value = u32::from_le_bytes(number);
    // The top bit is a sign: a number from this on takes one byte more. What is below the least takes one less.
    let (least, over) = match size {
        2 => (17, 0x80),
        3 => (0x80, 0x8000),
        _ => (0x8000, 0x80_0000),
    };
    (least..over).contains(&value).then_some((value, size))
}

/// The printable runs of these pieces, none across two of them.
fn tag(pieces: &[&[u8]]) -> String {
    let mut tag = String::new();
    for piece in pieces {
        for run in piece.split(|byte| !matches!(byte, 0x20..0x7f)) {
            let run = str::from_utf8(run).unwrap_or_default().trim();
            if run.len() < RUN_MIN {
                continue;
            }
            if !tag.is_empty() {
                tag.push(' ');
            }
            tag.push_str(run);
        }
    }
    if tag.len() > TAG_MAX {
        tag = tag.chars().take(TAG_MAX).collect();
        tag.truncate(tag.trim_end().len());
    }
    tag
}

impl fmt::Display for CoinbaseFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truncated => "the coinbase ends too early",
            Self::TrailingBytes => "bytes follow the coinbase",
            Self::BadInput => "not one input without a previous output",
            Self::BadScriptSize => "the input's script has not 2 to 100 bytes",
            Self::BadLength => "a length takes more bytes than it needs",
            Self::NoOutput => "the coinbase has no output",
            Self::ExtranonceMisplaced => "the extranonce could change who is paid",
        })
    }
}

impl core::error::Error for CoinbaseFault {}
