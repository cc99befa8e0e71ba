//! Bytes of a frame: varints, length-prefixed strings, and the frame itself.

use super::Code;
use alloc::vec::Vec;

/// The longest payload of a frame; a job with two coinbase halves of 16 KiB and 32 branches stays far below.
pub(super) const PAYLOAD_MAX: usize = 65_536;

/// Unsigned LEB128, seven bits a byte, lowest first, without superfluous zero bytes.
pub(super) fn put_varint(out: &mut Vec<u8>, mut value: u128) {
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

/// A length as a varint, then the bytes.
pub(super) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_varint(out, bytes.len() as u128);
    out.extend_from_slice(bytes);
}

/// A whole frame: kind, payload length as a varint, payload.
pub(super) fn put_frame(out: &mut Vec<u8>, kind: u8, payload: &[u8]) {
    out.push(kind);
    put_bytes(out, payload);
}

/// Reads a payload from the front; every read fails with `BadFrame` where the bytes do not suffice.
pub(super) struct Payload<'a>(pub &'a [u8]);

impl<'a> Payload<'a> {
    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], Code> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Code::BadFrame)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Code> {
        self.take(N)?.try_into().map_err(|_| Code::BadFrame)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Code> {
        self.array().map(|[byte]| byte)
    }

    pub(super) fn u32_le(&mut self) -> Result<u32, Code> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn varint(&mut self) -> Result<u128, Code> {
        if let [one, rest @ ..] = self.0
            && *one < 0x80
        {
            self.0 = rest;
            return Ok((*one).into());
        }
        match varint_at_front(self.0) {
            Varint::Whole(value, length) => {
                self.take(length)?;
                Ok(value)
            }
            Varint::Unfinished | Varint::Malformed => Err(Code::BadFrame),
        }
    }

    pub(super) fn number<T: TryFrom<u128>>(&mut self) -> Result<T, Code> {
        T::try_from(self.varint()?).map_err(|_| Code::BadFrame)
    }

    pub(super) fn bytes(&mut self, max: usize) -> Result<&'a [u8], Code> {
        // Not usize: a 32-bit verifier must answer the same code.
        let length: u32 = self.number()?;
        let length = usize::try_from(length).map_err(|_| Code::LimitExceeded)?;
        if length > max {
            return Err(Code::LimitExceeded);
        }
        self.take(length)
    }

    /// Printable ASCII, so that a name cannot hide anything.
    pub(super) fn text(&mut self, max: usize) -> Result<&'a str, Code> {
        let bytes = self.bytes(max)?;
        if !bytes.iter().all(|b| (0x20..0x7f).contains(b)) {
            return Err(Code::BadFrame);
        }
        core::str::from_utf8(bytes).map_err(|_| Code::BadFrame)
    }

    pub(super) fn done(&self) -> Result<(), Code> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Code::BadFrame)
        }
    }
}

pub(super) enum Varint {
    /// The value and how many bytes it takes.
    Whole(u128, usize),
    Unfinished,
    Malformed,
}

pub(super) fn varint_at_front(bytes: &[u8]) -> Varint {
    // Nearly all of them are short.
    match *bytes {
        [one, ..] if one < 0x80 => return Varint::Whole(one.into(), 1),
        [low, high, ..] if (1..0x80).contains(&high) => {
            return Varint::Whole(u128::from(low & 0x7f) | u128::from(high) << 7, 2);
        }
        _ => {}
    }
    let mut value = 0u128;
    for (index, byte) in bytes.iter().enumerate() {
        let bits = u128::from(byte & 0x7f);
        let shift = (index as u32).saturating_mul(7);
        if shift >= 128 || (shift == 126 && bits > 3) {
            return Varint::Malformed;
        }
        value |= bits << shift;
        if byte & 0x80 == 0 {
            let superfluous = bits == 0 && index > 0;
            return if superfluous {
                Varint::Malformed
            } else {
                Varint::Whole(value, index.saturating_add(1))
            };
        }
    }
    Varint::Unfinished
}

/// A frame's head.
#[derive(Clone, Copy)]
pub(super) struct Head {
    pub kind: u8,
    /// Where the payload begins.
    pub payload: usize,
    length: usize,
}

impl Head {
    /// Where the frame ends.
    pub(super) const fn end(self) -> usize {
        self.payload.saturating_add(self.length)
    }
}

/// `None` where more bytes are needed.
pub(super) fn frame_head(bytes: &[u8]) -> Result<Option<Head>, Code> {
    let Some((kind, rest)) = bytes.split_first() else {
        return Ok(None);
    };
    let few = rest.get(..4).unwrap_or(rest);
    match varint_at_front(few) {
        Varint::Unfinished if rest.len() < 4 => Ok(None),
        Varint::Unfinished | Varint::Malformed => Err(Code::BadFrame),
        Varint::Whole(length, size) => match usize::try_from(length) {
            Ok(length) if length <= PAYLOAD_MAX => Ok(Some(Head {
                kind: *kind,
                payload: size.saturating_add(1),
                length,
            })),
            _ => Err(Code::LimitExceeded),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn varints_come_back(value: u128) {
            let mut out = Vec::new();
            put_varint(&mut out, value);
            let mut payload = Payload(&out);
            prop_assert_eq!(payload.varint(), Ok(value));
            prop_assert!(payload.done().is_ok());
            prop_assert!(Payload(&out[..out.len() - 1]).varint().is_err());
        }
    }

    #[test]
    fn only_the_shortest_form_is_read() {
        assert!(Payload(&[0x80, 0x00]).varint().is_err());
        assert!(Payload(&[0xff; 19]).varint().is_err());
        assert_eq!(Payload(&[0x00]).varint(), Ok(0));
    }
}
