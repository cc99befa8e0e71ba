use super::*;

/// A target of 2^(256 - bits) - 1, and a hash that meets it just so often doubled.
fn target(bits: usize) -> Target {
    let bytes = core::array::from_fn(|i| {
        0xffu16
            .checked_shr((bits.saturating_sub(8 * i)) as u32)
            .unwrap_or(0) as u8
    });
    Target::from_be_bytes(bytes).unwrap()
}

#[test]
fn levels_end_at_each_shares_own_network() {
    let mut tail = Tail::default();
    // 1,024 shares 4 doublings below their network, one in each 16 of them a block; then 512 with but 2.
    for i in 0..1_536u32 {
        let (network, every) = if i < 1_024 { (36, 16) } else { (34, 4) };
        let hash = if i % every == 0 { [0; 32] } else { easy(i) };
        tail.observe(&hash, &target(32), target(32).work(), &target(network));
    }
    let finding = tail.finding(1_000);
    let brief: Vec<_> = finding
        .levels
        .iter()
        .map(|l| (l.doublings, l.shares, l.expected_millionths))
        .collect();
    assert_eq!(
        brief,
        [
            (Some(1), 1_536, 768_000_000),
            (Some(2), 1_536, 384_000_000),
            (Some(3), 1_024, 128_000_000),
            (Some(4), 1_024, 64_000_000),
            (None, 1_536, 192_000_000),
        ]
    );
    assert_eq!(finding.levels[3].observed, 64);
    assert_eq!(finding.levels[4].observed, 64 + 128);
    assert!(
        finding
            .levels
            .iter()
            .all(|l| l.tested && l.sees_withheld_ppm < Some(700_000))
    );
    assert_eq!(finding.outcome, Outcome::Suspicious); // nothing between the blocks and the easiest half
    assert_eq!(Tail::default().finding(1_000).outcome, Outcome::TooFew);
}

/// Just meets the easiest target.
fn easy(salt: u32) -> [u8; 32] {
    let mut hash = [0xff; 32];
    hash[28..].fill(0);
    hash[..4].copy_from_slice(&salt.to_le_bytes());
    hash
}
