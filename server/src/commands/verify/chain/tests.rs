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
    let chain = Chain {
        built_on: blocks(shares),
        built_on_left_out: left_out,
        ..Chain::default()
    };
    let answers = Answers {
        on: shares.len() - off - above,
        off: chain.built_on[..off].iter().collect(),
        above: chain.built_on[off..off + above].iter().collect(),
        not_asked: Vec::new(),
    };
    answers.outcome(&chain)
}

#[test]
fn a_block_or_one_in_a_hundred_may_be_replaced() {
    use Outcome::{Confirmed, Elsewhere};
    for (all, off, said) in [
        (1, 0, Confirmed),
        (2, 1, Confirmed),
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

#[test]
fn what_the_node_cannot_say_is_not_confirmed() {
    use Outcome::{Confirmed, Unconfirmed};
    assert_eq!(outcome(&[], 0, 0, 0), Unconfirmed);
    assert_eq!(outcome(&[9; 3], 0, 3, 0), Unconfirmed);
    assert_eq!(outcome(&[9; 3], 0, 2, 0), Unconfirmed);
    assert_eq!(outcome(&[9; 3], 0, 1, 0), Confirmed);
    assert_eq!(
        outcome(&[9; 3], 0, 0, 1),
        Unconfirmed,
        "not all were listed"
    );
    assert_eq!(outcome(&[9; 3], 1, 1, 0), Unconfirmed);
}
