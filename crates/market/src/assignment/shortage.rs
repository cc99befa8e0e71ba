//! Where the workers do not do for all contracts.

use super::{Amount, need::Need, share_of};

/// Cuts the needs to the supply, in proportion: each contract shall have the same part of what it wants by the cycle's end.
///
/// Of the cycle, and not of what is left of it: a contract that was served first must not get a part of the others' turn.
///
/// Nor may more than `slack` be missing to a contract then: a part of what it wants, which is allowed otherwise, can be
/// all of a small worker's work, and nobody shall be idle while there is not enough.
pub(super) fn ration(needs: &mut [Need], supply: Amount, slack: Amount) {
    let demand = sum(needs.iter().map(|need| need.needed));
    if demand <= supply {
        return;
    }
    // Contracts that got the larger part of theirs come last: as long as they are over the level, they get nothing more.
    let mut order: Vec<(Amount, usize)> = needs
        .iter()
        .enumerate()
        .map(|(index, need)| {
            (
                share_of(1 << 60, need.got.min(need.wanted), need.wanted.max(1)),
                index,
            )
        })
        .collect();
    order.sort_unstable();
    let (mut pot, mut wanted) = (supply, 0_u128);
    for (_, index) in &order {
        let Some(need) = needs.get(*index) else {
            continue;
        };
        let level = share_of(need.wanted, pot.min(wanted), wanted.max(1));
        if wanted > 0 && level <= need.got {
            break;
        }
        pot = pot.saturating_add(need.got);
        wanted = wanted.saturating_add(need.wanted);
    }
    for need in needs {
        let level = share_of(need.wanted, pot.min(wanted), wanted.max(1));
        need.needed = level.saturating_sub(need.got).min(need.needed);
        need.rest = need.needed;
        need.slack = need.slack.min(slack);
    }
}

fn sum(amounts: impl Iterator<Item = Amount>) -> Amount {
    amounts.fold(0, Amount::saturating_add)
}
