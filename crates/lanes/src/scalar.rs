//! The compression function as FIPS 180-4 writes it: the oracle of every other path.

use crate::constants::{Table, expand};
use crate::each::Compress;

/// Needs nothing of the processor.
#[derive(Clone, Copy)]
pub struct Scalar;

impl Compress<1> for Scalar {
    fn block(self, [state]: &mut [[u32; 8]; 1], [block]: &[[u32; 16]; 1]) {
        compress(state, block);
    }

    fn table(self, [state]: &mut [[u32; 8]; 1], [table]: [&Table; 1]) {
        rounds(state, table);
    }
}

/// One block of message.
pub fn compress(state: &mut [u32; 8], block: &[u32; 16]) {
    rounds(state, &expand(block));
}

/// One block as its `K + W`.
fn rounds(state: &mut [u32; 8], table: &Table) {
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for kw in table.as_flattened() {
        let sum1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
        let choice = (e & f) ^ (!e & g);
        let t1 = h.wrapping_add(sum1).wrapping_add(choice).wrapping_add(*kw);
        let sum0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
        let majority = (a & b) ^ (a & c) ^ (b & c);
        let t2 = sum0.wrapping_add(majority);
        (h, g, f, e) = (g, f, e, d.wrapping_add(t1));
        (d, c, b, a) = (c, b, a, t1.wrapping_add(t2));
    }
    for (word, after) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *word = word.wrapping_add(after);
    }
}
