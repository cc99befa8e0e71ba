use super::*;

fn blocks(shares: &[u64]) -> Vec<BuiltOn> {
    let block = |shares: &u64| BuiltOn {
        hash: "ab".repeat(32),
        height: Some(7),
        shares: *shares,
    };
    shares.iter().map(block).collect()
}

/// What it comes to where the first `off` blocks are not on the node's chain, and the next `above` are higher.
fn outcome(shares: &[u64], off: usize, above: usize, left_out: u32) -> Outcome {
    let mut verdict = verdict(blocks(shares));
    verdict.chain.built_on_left_out = left_out;
    answers(&verdict, off, above).outcome(&verdict)
}

fn answers(verdict: &Verdict, off: usize, above: usize) -> Answers<'_> {
    let blocks = &verdict.chain.built_on;
    Answers {
        on: blocks.len() - off - above,
        highest: blocks[off + above..]
            .iter()
            .filter_map(|block| block.height)
            .max(),
        off: blocks[..off].iter().collect(),
        above: blocks[off..off + above].iter().collect(),
        not_asked: Vec::new(),
    }
}

fn verdict(built_on: Vec<BuiltOn>) -> Verdict {
    let verdict = pow::bundle::Verifier::new().finish();
    let json = serde_json::to_value(verdict).unwrap();
    let mut verdict: Verdict = serde_json::from_value(json).unwrap();
    verdict.chain.built_on = built_on;
    verdict
}

#[test]
fn a_block_or_one_in_a_hundred_may_be_replaced() {
    use Outcome::{Confirmed, Elsewhere, Unconfirmed};
    for (all, off, said) in [
        (1, 0, Confirmed),
        (2, 1, Unconfirmed),
        (9, 1, Unconfirmed),
        (10, 1, Confirmed),
        (144, 1, Confirmed),
        (144, 2, Elsewhere),
        (400, 4, Confirmed),
        (400, 5, Elsewhere),
        // Nothing is equal.
        (1, 1, Elsewhere),
    ] {
        assert_eq!(outcome(&vec![9; all], off, 0, 0), said, "{off} of {all}");
    }
}

#[test]
fn few_blocks_may_not_carry_most_of_the_shares() {
    let mut shares = vec![10; 144];
    shares[0] = 100;
    assert_eq!(outcome(&shares, 1, 0, 0), Outcome::Confirmed);
    shares[0] = 5_000;
    assert_eq!(outcome(&shares, 1, 0, 0), Outcome::Elsewhere);
    assert_eq!(outcome(&shares, 0, 1, 0), Outcome::Unconfirmed);
}

/// However few the blocks are, so that one of them is a large part of what is usual.
#[test]
fn one_block_may_not_carry_most_of_the_shares() {
    use Outcome::{Elsewhere, Unconfirmed};
    assert_eq!(outcome(&[1_000_000, 1], 1, 0, 0), Elsewhere);
    assert_eq!(outcome(&[1_000_000, 1], 0, 1, 0), Unconfirmed);
    assert_eq!(outcome(&[40, 30, 30], 1, 0, 0), Unconfirmed);
    let mut shares = vec![100; 10];
    shares[0] = 101;
    assert_eq!(outcome(&shares, 1, 0, 0), Unconfirmed);
}

#[test]
fn what_claims_to_be_far_above_the_node_is_off_its_chain() {
    let mut verdict = verdict(blocks(&[9; 40]));
    // An hour brings six blocks, perhaps twelve, and some more.
    for (block, height) in verdict
        .chain
        .built_on
        .iter_mut()
        .zip([26, 25, 1_000, 5_000])
    {
        block.height = Some(height);
    }
    let mut answers = answers(&verdict, 0, 4);
    answers.doubt_heights(3_600_000);
    assert_eq!((answers.above.len(), answers.off.len()), (1, 3));
    assert_eq!(answers.above[0].height, Some(25));
    assert_eq!(answers.outcome(&verdict), Outcome::Elsewhere);
}

#[test]
fn what_is_doubtful_is_not_confirmed() {
    let mut verdict = verdict(blocks(&[9; 40]));
    assert_eq!(
        answers(&verdict, 0, 0).outcome(&verdict),
        Outcome::Confirmed
    );
    verdict.chain.doubts.push(api::Doubt {
        code: "height_falls".into(),
        count: 1,
        message: String::new(),
    });
    assert_eq!(
        answers(&verdict, 0, 0).outcome(&verdict),
        Outcome::Unconfirmed
    );
}

#[test]
fn what_the_node_cannot_say_is_not_confirmed() {
    use Outcome::{Confirmed, Unconfirmed};
    assert_eq!(outcome(&[], 0, 0, 0), Unconfirmed);
    assert_eq!(outcome(&[9; 3], 0, 3, 0), Unconfirmed);
    assert_eq!(outcome(&[9; 3], 0, 2, 0), Unconfirmed);
    assert_eq!(outcome(&[9; 3], 0, 1, 0), Unconfirmed);
    assert_eq!(outcome(&[9; 30], 0, 1, 0), Confirmed);
    assert_eq!(
        outcome(&[9; 3], 0, 0, 1),
        Unconfirmed,
        "not all were listed"
    );
    assert_eq!(outcome(&[9; 3], 1, 1, 0), Unconfirmed);
}
