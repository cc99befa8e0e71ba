//! A worker's slices in their order.

use super::{Amount, amount, ms_for, need::Need, seat::Seat};

/// A slice, in milliseconds after now; `serves` is a need's index, none is idle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub serves: Option<usize>,
    pub from: u64,
    pub until: u64,
    /// What the contract gets of it.
    pub gains: Amount,
}

/// What it serves now comes first, then idle time, then the others: what is last is gone on with in the next cycle, so that it
/// needs no switch at either end. And where switches must wait, it is idle time that they wait in.
pub(super) fn lay_out(seat: &Seat, needs: &[Need], span: u64) -> Vec<Part> {
    let is_new = |need: usize| needs.get(need).is_some_and(|need| need.new);
    let mut wanted = seat.items.clone();
    wanted.sort_by_key(|(need, _)| (Some(*need) != seat.current, !is_new(*need)));
    // Contracts that were never served do not wait, nor does a worker that must leave what it serves.
    let early = |(need, _): &&(usize, u64)| Some(*need) == seat.current || is_new(*need);
    let mut before = wanted.iter().take_while(early).count();
    if before == 0 && !seat.begins_idle() {
        before = wanted.len();
    }
    let first = arrange(&wanted, before, seat, needs, span);
    let planned = wanted.iter().map(|(_, length)| amount(seat.rate, *length));
    let lost = amount(seat.rate, seat.cost).saturating_mul(SWITCHES_MOST);
    let planned = planned.fold(0, Amount::saturating_add).saturating_sub(lost);
    let (got, over) = useful(&first, &wanted, seat);
    if got >= planned && over <= seat.slack.saturating_add(lost) {
        return first;
    }
    // A switch that must wait for its hour makes a slice too long and the last too short. Perhaps not so in another order, or
    // with one contract less.
    let current = wanted
        .iter()
        .filter(|(need, _)| Some(*need) == seat.current)
        .count();
    let worth = |placed: &[Part]| {
        let (got, over) = useful(placed, &wanted, seat);
        got.saturating_add(amount(seat.rate, span))
            .saturating_sub(over)
    };
    let mut best = (worth(&first), first);
    for order in orders(&wanted, current) {
        for before in current..=order.len() {
            let other = arrange(&order, before, seat, needs, span);
            let worth = worth(&other);
            if worth > best.0 {
                best = (worth, other);
            }
        }
    }
    best.1
}

/// As many as a limit allows.
const SWITCHES_MOST: u128 = 8;

/// As they are, turned, and each without one of those that are not served now.
fn orders(wanted: &[(usize, u64)], current: usize) -> Vec<Vec<(usize, u64)>> {
    let mut turned = wanted.to_vec();
    if let Some(others) = turned.get_mut(current..) {
        others.reverse();
    }
    let mut orders = vec![wanted.to_vec(), turned];
    for left_out in current..wanted.len() {
        let mut fewer = wanted.to_vec();
        fewer.remove(left_out);
        orders.push(fewer);
    }
    orders
}

/// What contracts get of what they were given, and what they get beyond it, which is of no use.
fn useful(placed: &[Part], wanted: &[(usize, u64)], seat: &Seat) -> (Amount, Amount) {
    let (mut got, mut over) = (0_u128, 0_u128);
    for (need, length) in wanted {
        let parts = placed.iter().filter(|part| part.serves == Some(*need));
        let gains = parts.fold(0, |sum: Amount, part| sum.saturating_add(part.gains));
        let planned = amount(seat.rate, *length);
        got = got.saturating_add(gains.min(planned));
        over = over.saturating_add(gains.saturating_sub(planned));
    }
    (got, over)
}

/// The slices in this order, with the idle time after the first `before` of them.
fn arrange(
    wanted: &[(usize, u64)],
    before: usize,
    seat: &Seat,
    needs: &[Need],
    span: u64,
) -> Vec<Part> {
    let hold = if seat.begins_idle() { seat.hold } else { 0 };
    let given = wanted
        .iter()
        .fold(hold, |sum, (_, length)| sum.saturating_add(*length));
    let idle = span.saturating_sub(given).saturating_add(hold);
    let mut parts: Vec<(Option<usize>, u64)> = wanted
        .iter()
        .map(|(need, length)| (Some(*need), *length))
        .collect();
    let at = before.min(parts.len());
    parts.insert(at, (None, idle));
    let goes_on = |first: &(Option<usize>, u64)| first.0 == seat.current && !seat.leaves;
    let switches = parts
        .len()
        .saturating_sub(usize::from(parts.first().is_some_and(goes_on)));
    if amount(seat.rate, idle) <= seat.slack
        || (parts.len() > 1 && switches > seat.waits.len() && hold == 0)
    {
        give_rest(&mut parts, at, seat, needs);
    }
    place(&parts, seat, span)
}

/// Idle time that is not worth a switch, or for which none is left, goes to the slices: to none of them more than may be too
/// much, and what is over to the last.
fn give_rest(parts: &mut Vec<(Option<usize>, u64)>, at: usize, seat: &Seat, needs: &[Need]) {
    let (_, mut idle) = parts.remove(at);
    let last = parts.len().saturating_sub(1);
    for (index, (serves, length)) in parts.iter_mut().enumerate() {
        let slack = serves
            .and_then(|need| needs.get(need))
            .map_or(0, |need| need.slack);
        let bound = if index == last {
            idle
        } else {
            ms_for(slack, seat.rate)
        };
        let more = idle.min(bound);
        *length = length.saturating_add(more);
        idle = idle.saturating_sub(more);
    }
}

/// One after the other, each switch no earlier than it may come.
fn place(parts: &[(Option<usize>, u64)], seat: &Seat, span: u64) -> Vec<Part> {
    let mut placed: Vec<Part> = Vec::new();
    let mut waits = seat.waits.iter().copied().peekable();
    let (mut at, mut serves) = (0_u64, seat.current);
    let extend = |placed: &mut Vec<Part>, serves, from: u64, until: u64, lost: u64| {
        let until = until.min(span);
        if until <= from {
            return;
        }
        let gains = amount(seat.rate, until.saturating_sub(from).saturating_sub(lost));
        match placed.last_mut() {
            Some(last) if last.serves == serves => {
                last.until = until;
                last.gains = last.gains.saturating_add(gains);
            }
            _ => placed.push(Part {
                serves,
                from,
                until,
                gains,
            }),
        }
    };
    // A worker that must leave switches with its first slice, be it idle.
    let mut leaves = seat.leaves;
    for (next, length) in parts.iter().filter(|(_, length)| *length > 0) {
        let mut lost = 0;
        if *next != serves || leaves {
            let Some(wait) = waits.next() else { break };
            // Idle time waits rather than a slice that could not end.
            let spare = span.saturating_sub(at).saturating_sub(*length);
            let end = waits.peek().copied().unwrap_or(0).saturating_sub(*length);
            let start = if serves.is_none() {
                wait.max(end.min(at.saturating_add(spare)))
            } else {
                wait
            };
            if start > at && !leaves {
                extend(&mut placed, serves, at, start, 0);
                at = start;
            }
            lost = seat.cost;
            (serves, leaves) = (*next, false);
        }
        let until = at.saturating_add(*length).min(span);
        extend(&mut placed, serves, at, until, lost);
        at = until;
    }
    extend(&mut placed, serves, at, span, 0);
    for part in &mut placed {
        if part.serves.is_none() {
            part.gains = 0;
        }
    }
    placed
}
