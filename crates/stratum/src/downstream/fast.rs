//! `mining.submit` as machines write it, read without allocating: of a machine's lines nearly all are this one.
//!
//! Whatever is unusual about a line (escapes, other keys, another order of JSON than machines use, anything wrong with
//! it) is left to the general reader, which alone refuses. So this one needs no errors, and the two cannot disagree
//! about a refusal; that they agree about shares is a property test and a fuzz target.

use super::SubmittedShare;
use crate::codec::Id;
use crate::extranonce::MACHINE_EXTRANONCE2_SIZE;
use crate::hex;

/// A share as it stands in the machine's line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareLine<'a> {
    /// To answer to.
    pub id: Id,
    /// One of the connection's authorized logins.
    pub login: &'a str,
    /// As the machine gave it.
    pub job_id: &'a str,
    /// What was found.
    pub share: SubmittedShare,
}

/// `None` says nothing about the line but that the general reader must look at it.
pub(super) fn read(line: &[u8]) -> Option<ShareLine<'_>> {
    let mut text = Cursor(line);
    let (mut id, mut submit, mut params) = (None, false, None);
    text.take(b'{')?;
    loop {
        text.skip_space();
        if text.is_next(b"\"params\"") {
            text.take(b':')?;
            params = Some(text.params().filter(|_| params.is_none())?);
        } else if text.is_next(b"\"id\"") {
            text.take(b':')?;
            id = Some(text.id().filter(|_| id.is_none())?);
        } else if text.is_next(b"\"method\"") {
            text.take(b':')?;
            text.skip_space();
            if submit || !text.is_next(b"\"mining.submit\"") {
                return None;
            }
            submit = true;
        } else {
            return None;
        }
        match text.next()? {
            b',' => {}
            b'}' => break,
            _ => return None,
        }
    }
    text.skip_space();
    let (login, job_id, share) = params?;
    (submit && text.0.is_empty()).then_some(ShareLine {
        id: id?,
        login,
        job_id,
        share,
    })
}

/// What is left of a line.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn skip_space(&mut self) {
        while let [b' ' | b'\t' | b'\r' | b'\n', rest @ ..] = self.0 {
            self.0 = rest;
        }
    }

    /// The next byte that is no white space.
    fn next(&mut self) -> Option<u8> {
        self.skip_space();
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())
    }

    /// Steps over `word` where it is next.
    fn is_next(&mut self, word: &[u8]) -> bool {
        let rest = self.0.strip_prefix(word);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    /// A string of printable ASCII without escapes.
    fn text(&mut self) -> Option<&'a str> {
        self.take(b'"')?;
        let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f | 0x7f..);
        let length = self.0.iter().position(ends)?;
        let (inside, rest) = self.0.split_at_checked(length)?;
        let (b'"', rest) = rest.split_first()? else {
            return None;
        };
        self.0 = rest;
        str::from_utf8(inside).ok()
    }

    /// A string of eight hex digits.
    fn hex(&mut self) -> Option<[u8; 4]> {
        self.take(b'"')?;
        let (digits, rest) = self.0.split_first_chunk::<8>()?;
        let (b'"', rest) = rest.split_first()? else {
            return None;
        };
        self.0 = rest;
        hex::decode_eight(digits)
    }

    fn number(&mut self) -> Option<u32> {
        self.hex().map(u32::from_be_bytes)
    }

    /// A whole number without sign, or null.
    fn id(&mut self) -> Option<Id> {
        self.skip_space();
        if self.is_next(b"null") {
            return Some(Id::null());
        }
        let ends = |byte: &u8| !byte.is_ascii_digit();
        let length = self.0.iter().position(ends)?;
        let (digits, rest) = self.0.split_at_checked(length)?;
        // A number does not begin with zero, and goes on with neither fraction nor exponent.
        let whole = matches!(digits, [b'0'] | [b'1'..=b'9', ..]);
        if !whole || matches!(rest, [b'.' | b'e' | b'E', ..]) {
            return None;
        }
        self.0 = rest;
        Some(Id::verbatim(str::from_utf8(digits).ok()?))
    }

    /// Login, job id, extranonce2, ntime, nonce, and perhaps version bits.
    fn params(&mut self) -> Option<(&'a str, &'a str, SubmittedShare)> {
        self.take(b'[')?;
        let login = self.text()?;
        self.take(b',')?;
        let job_id = self.text()?;
        self.take(b',')?;
        let extranonce2 = self.hex()?;
        self.take(b',')?;
        let ntime = self.number()?;
        self.take(b',')?;
        let nonce = self.number()?;
        let version_bits = match self.next()? {
            b']' => None,
            b',' => {
                let bits = self.number()?;
                self.take(b']')?;
                Some(bits)
            }
            _ => return None,
        };
        let share = SubmittedShare {
            extranonce2,
            ntime,
            nonce,
            version_bits,
        };
        Some((login, job_id, share))
    }
}

// The machine's part of the coinbase space is eight digits.
const _: () = assert!(MACHINE_EXTRANONCE2_SIZE == 4);
