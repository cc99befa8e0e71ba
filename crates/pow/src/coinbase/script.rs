//! The scripts that outputs pay to, and their addresses.

#[cfg(test)]
mod tests;

use super::Network;
use alloc::string::String;
use bech32::Fe32;
use serde::{Serialize, Serializer};

const OP_1: u8 = 0x51;
const OP_16: u8 = 0x60;
pub(super) const OP_RETURN: u8 = 0x6a;
const OP_DUP: u8 = 0x76;
const OP_EQUAL: u8 = 0x87;
const OP_EQUALVERIFY: u8 = 0x88;
const OP_HASH160: u8 = 0xa9;
const OP_CHECKSIG: u8 = 0xac;

/// What an output's script demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScriptKind {
    /// A signature of the key with this hash.
    P2pkh,
    /// The script with this hash.
    P2sh,
    /// BIP 141: a signature of the key with this hash.
    P2wpkh,
    /// BIP 141: the script with this hash.
    P2wsh,
    /// BIP 341.
    P2tr,
    /// A signature of this key.
    P2pk,
    /// Data; nobody can spend it.
    OpReturn,
    /// Anything else.
    Other,
}

/// A script taken apart, with what its address encodes.
enum Form<'a> {
    KeyHash(&'a [u8]),
    ScriptHash(&'a [u8]),
    Witness { version: u8, program: &'a [u8] },
    Key,
    Data,
    Other,
}

impl<'a> Form<'a> {
    fn of(script: &'a [u8]) -> Self {
        match script {
            [OP_RETURN, ..] => Self::Data,
            [
                OP_DUP,
                OP_HASH160,
                20,
                hash @ ..,
                OP_EQUALVERIFY,
                OP_CHECKSIG,
            ] if hash.len() == 20 => Self::KeyHash(hash),
            [OP_HASH160, 20, hash @ .., OP_EQUAL] if hash.len() == 20 => Self::ScriptHash(hash),
            [33, 2 | 3, rest @ .., OP_CHECKSIG] if rest.len() == 32 => Self::Key,
            // 6 and 7 are valid in old scripts: the hybrid form of a key.
            [65, 4 | 6 | 7, rest @ .., OP_CHECKSIG] if rest.len() == 64 => Self::Key,
            [opcode @ (0 | OP_1..=OP_16), size, program @ ..]
                if program.len() == usize::from(*size) && (2..=40).contains(size) =>
            {
                // OP_1 is 0x51.
                let version = opcode.saturating_sub(0x50);
                Self::Witness { version, program }
            }
            _ => Self::Other,
        }
    }
}

impl ScriptKind {
    /// The kind of this script.
    #[must_use]
    pub fn of(script: &[u8]) -> Self {
        match Form::of(script) {
            Form::KeyHash(_) => Self::P2pkh,
            Form::ScriptHash(_) => Self::P2sh,
            Form::Witness { version, program } => match (version, program.len()) {
                (0, 20) => Self::P2wpkh,
                (0, 32) => Self::P2wsh,
                (1, 32) => Self::P2tr,
                _ => Self::Other,
            },
            Form::Key => Self::P2pk,
            Form::Data => Self::OpReturn,
            Form::Other => Self::Other,
        }
    }

    /// `p2pkh`, `p2sh`, `p2wpkh`, `p2wsh`, `p2tr`, `p2pk`, `op_return` or `other`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::P2pkh => "p2pkh",
            Self::P2sh => "p2sh",
            Self::P2wpkh => "p2wpkh",
            Self::P2wsh => "p2wsh",
            Self::P2tr => "p2tr",
            Self::P2pk => "p2pk",
            Self::OpReturn => "op_return",
            Self::Other => "other",
        }
    }
}

impl Serialize for ScriptKind {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

/// The address of a script on a network: base58check, bech32 (BIP 173) for witness version 0, bech32m (BIP 350) for all
/// later ones. None for a script that has none; a bare key has none either.
#[must_use]
pub fn address(script: &[u8], network: Network) -> Option<String> {
    match Form::of(script) {
        Form::KeyHash(hash) => base58check(network.key_prefix(), hash),
        Form::ScriptHash(hash) => base58check(network.script_prefix(), hash),
        Form::Witness { version, program } => {
            let version = Fe32::try_from(version).ok()?;
            bech32::segwit::encode(network.hrp(), version, program).ok()
        }
        Form::Key | Form::Data | Form::Other => None,
    }
}

fn base58check(prefix: u8, hash: &[u8]) -> Option<String> {
    let mut payload = [prefix; 21];
    payload
        .get_mut(1..)?
        .copy_from_slice(hash.first_chunk::<20>()?);
    Some(bs58::encode(payload).with_check().into_string())
}
