//! The coinbase transaction, in the non-witness serialisation that a miner hashes.

/// 3.125 bitcoin.
pub(crate) const SUBSIDY_SATS: u64 = 312_500_000;

const TAG: &[u8] = b"/assay sandbox/";

/// Whom the pool's blocks pay, as P2WPKH programs: the pool and its operator, the same in every block and on every chain.
const PAYEES: [[u8; 20]; 2] = [*b"sandbox pool's money", *b"the operator's share"];

/// The halves before and after `extranonce_size` bytes: one input without a previous output, whose script is the
/// height (BIP 34), a tag and the extranonce; two outputs.
pub(crate) fn halves(height: u32, fees_sats: u64, extranonce_size: usize) -> (Vec<u8>, Vec<u8>) {
    let mut script = push_number(height);
    push_length(&mut script, TAG.len());
    script.extend_from_slice(TAG);
    push_length(&mut script, extranonce_size);
    let script_size = script.len() + extranonce_size;
    assert!(
        script_size <= 100,
        "consensus bounds a coinbase's script at 100 bytes"
    );

    let mut before = 2u32.to_le_bytes().to_vec();
    before.push(1);
    before.extend_from_slice(&[0; 32]);
    before.extend_from_slice(&[0xff; 4]);
    push_length(&mut before, script_size);
    before.extend_from_slice(&script);

    let total = SUBSIDY_SATS + fees_sats;
    let operator = total / 50;
    let mut after = vec![0xff; 4];
    after.push(2);
    for (value, payee) in [total - operator, operator].into_iter().zip(PAYEES) {
        after.extend_from_slice(&value.to_le_bytes());
        after.extend_from_slice(&[22, 0x00, 0x14]);
        after.extend_from_slice(&payee);
    }
    after.extend_from_slice(&[0; 4]);
    (before, after)
}

/// One byte says it: below 76 a length, a push and a compact size are the same.
fn push_length(to: &mut Vec<u8>, length: usize) {
    assert!(length <= 100);
    to.push(length as u8);
}

/// BIP 34's number, as Bitcoin Core writes it.
fn push_number(number: u32) -> Vec<u8> {
    if (1..=16).contains(&number) {
        return vec![0x50 + number as u8];
    }
    let mut bytes: Vec<u8> = number.to_le_bytes().to_vec();
    while bytes.last() == Some(&0) {
        bytes.pop();
    }
    // The top bit would be a sign.
    if bytes.last().is_some_and(|top| top & 0x80 != 0) {
        bytes.push(0);
    }
    bytes.insert(0, bytes.len() as u8);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heights_as_bitcoin_core_writes_them() {
        for (height, bytes) in [
            (0, vec![0]),
            (1, vec![0x51]),
            (16, vec![0x60]),
            (17, vec![1, 17]),
            (128, vec![2, 128, 0]),
            (256, vec![2, 0, 1]),
            (840_000, vec![3, 0x40, 0xd1, 0x0c]),
        ] {
            assert_eq!(push_number(height), bytes, "{height}");
        }
    }

    #[test]
    fn lengths_and_values_fit() {
        let (before, after) = halves(840_000, 1_000, 12);
        // version, count, outpoint, then the script's length and the script up to the extranonce
        let script_size = usize::from(before[41]);
        assert_eq!(before.len() - 42 + 12, script_size);
        assert_eq!(after.len(), 4 + 1 + 2 * (8 + 1 + 22) + 4);
        let value = |at: usize| u64::from_le_bytes(after[at..at + 8].try_into().unwrap());
        assert_eq!(value(5) + value(36), SUBSIDY_SATS + 1_000);
    }
}
