use super::statistics::TestHead;
use crate::display;
use api::{Tail, TailLevel};
use leptos::prelude::*;

/// Whether there are as many very good shares as there must be.
#[component]
pub fn TailView(tail: Tail) -> impl IntoView {
    let tested = tail.levels.iter().filter(|level| level.tested).count() as u64;
    let shares = display::counted(tail.shares, "share", "shares");
    let counted = match tested {
        0 => format!("{shares}: no level expects enough of them to be tested."),
        1 => format!("{shares} at the one level that is tested."),
        tested => format!(
            "{shares} at {} levels that are tested; the p-value is the least of theirs times their number.",
            display::count(tested)
        ),
    };
    let blocks = blocks(&tail.levels);
    // Dozens of levels lie between the last that is tested and the network's.
    let is_shown = |level: &TailLevel| level.tested || level.doublings.is_none();
    let (shown, rest) = tail.levels.into_iter().partition::<Vec<_>, _>(is_shown);
    let rest = (!rest.is_empty()).then(|| {
        let levels = display::counted(
            rest.len() as u64,
            "level that expects too few to be tested",
            "levels that expect too few to be tested",
        );
        view! {
            <details>
                <summary>{levels}</summary>
                <Levels levels=rest />
            </details>
        }
    });
    view! {
        <div data-testid="test-tail" class="test">
            <TestHead
                name="Tail: were the best shares withheld?"
                outcome=tail.outcome
                p_ppm=tail.p_ppm
                alpha_ppm=tail.alpha_ppm
                counted
            />
            <Levels levels=shown />
            {rest}
            <p class="note">
                "Of n shares on average n / 2 meet twice their difficulty, n / 4 four times, and so on up to the network's own: those are blocks. Who finds a block and keeps it leaves its place empty. It cannot show what is too rare to expect, nor less withheld than the last column states. "
                {blocks}
            </p>
        </div>
    }
    .into_any()
}

#[component]
fn Levels(levels: Vec<TailLevel>) -> impl IntoView {
    let rows = levels.into_iter().map(|level| view! { <Row level /> });
    let rows = rows.collect::<Vec<_>>();
    (!rows.is_empty()).then(|| {
        view! {
            <table class="cards">
                <thead>
                    <tr>
                        <th scope="col">"Difficulty"</th>
                        <th scope="col">"Shares that could"</th>
                        <th scope="col">"Expected"</th>
                        <th scope="col">"Observed"</th>
                        <th scope="col">"So few or fewer"</th>
                        <th scope="col">"Would have seen"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        }
    })
}

#[component]
fn Row(level: TailLevel) -> impl IntoView {
    let p = match level.tested {
        true => display::p_value(level.p_ppm),
        false => "not tested".into(),
    };
    view! {
        <tr data-tested=level.tested.to_string()>
            <th scope="row" data-label="Difficulty">
                {name(level.doublings)}
            </th>
            <td data-label="Shares that could" data-value=level.shares.to_string()>
                {display::count(level.shares)}
            </td>
            <td data-label="Expected" data-value=level.expected_millionths.clone()>
                {display::millionths(&level.expected_millionths)}
            </td>
            <td data-label="Observed" data-value=level.observed.to_string()>
                {display::count(level.observed)}
            </td>
            <td data-label="So few or fewer" data-value=level.p_ppm.to_string()>
                {p}
            </td>
            <td data-label="Would have seen">{sees(level.sees_withheld_ppm)}</td>
        </tr>
    }
    .into_any()
}

/// `8×` the assigned difficulty; from a million on as a power of two.
fn name(doublings: Option<u32>) -> String {
    match doublings {
        None => "the network's".into(),
        Some(doublings @ 0..20) => format!("{}×", display::count(1 << doublings)),
        Some(doublings) => format!("2^{doublings}×"),
    }
}

fn sees(withheld_ppm: Option<u32>) -> String {
    withheld_ppm.map_or("none: cannot see any".into(), |ppm| {
        format!("withholding of {}", display::ppm(ppm))
    })
}

/// What the test says of blocks: those of the network's level.
fn blocks(levels: &[TailLevel]) -> String {
    let network = levels.iter().find(|level| level.doublings.is_none());
    let Some(network) = network else {
        return String::new();
    };
    let expected = display::millionths(&network.expected_millionths);
    match network.sees_withheld_ppm {
        None => format!(
            "Of blocks, {expected} were expected here: no test on these shares could see one withheld."
        ),
        Some(_) => format!("Of blocks, {expected} were expected here."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_named_by_their_difficulty() {
        assert_eq!(name(Some(1)), "2×");
        assert_eq!(name(Some(10)).replace('\u{202f}', " "), "1 024×");
        assert_eq!(name(Some(33)), "2^33×");
        assert_eq!(name(None), "the network's");
    }

    #[test]
    fn what_cannot_be_seen_is_said() {
        assert_eq!(sees(None), "none: cannot see any");
        assert!(sees(Some(80_000)).ends_with("withholding of 8\u{202f}%"));
        let network = TailLevel {
            doublings: None,
            shares: 100,
            expected_millionths: "4200".into(),
            observed: 0,
            p_ppm: 995_808,
            tested: false,
            sees_withheld_ppm: None,
        };
        let words = blocks(&[network]);
        assert!(
            words.starts_with("Of blocks, 0.004 were expected"),
            "{words}"
        );
        assert!(words.ends_with("could see one withheld."));
        assert_eq!(blocks(&[]), "");
    }
}
