use crate::display;
use leptos::prelude::*;
use std::fmt::Write;

const BAR: usize = 10;
const GAP: usize = 2;
const HEIGHT: u128 = 1_000;

/// How many fell into each bin, against the line on which all would be equal.
#[component]
pub fn BinsChart(bins: Vec<u64>) -> impl IntoView {
    let top = top(&bins);
    let width = bins.len() * BAR;
    let line = HEIGHT.saturating_sub(part(expected(&bins), top));
    view! {
        <svg
            viewBox=format!("0 0 {width} {HEIGHT}")
            preserveAspectRatio="none"
            role="img"
            aria-labelledby="bins-title"
            aria-describedby="bins-desc"
        >
            <title id="bins-title">"Shares per bin, the lowest hashes first"</title>
            <desc id="bins-desc">{summary(&bins)}</desc>
            <path class="bars" d=bars(&bins, top)></path>
            <line
                class="expected"
                x1="0"
                x2=width.to_string()
                y1=line.to_string()
                y2=line.to_string()
            ></line>
        </svg>
    }
    .into_any()
}

/// The mean of a bin, in hundredths.
pub fn expected(bins: &[u64]) -> u128 {
    let sum = bins.iter().map(|count| u128::from(*count)).sum::<u128>();
    sum.saturating_mul(100) / (bins.len() as u128).max(1)
}

fn top(bins: &[u64]) -> u128 {
    let highest = u128::from(bins.iter().copied().max().unwrap_or_default());
    highest.saturating_mul(110).max(1)
}

fn part(hundredths: u128, top: u128) -> u128 {
    hundredths.saturating_mul(HEIGHT) / top
}

fn bars(bins: &[u64], top: u128) -> String {
    let mut path = String::new();
    for (number, count) in bins.iter().enumerate() {
        let (x, wide) = (number * BAR + GAP / 2, BAR - GAP);
        let up = part(u128::from(*count) * 100, top);
        // Writing to a string cannot fail.
        _ = write!(path, "M{x} {HEIGHT}v-{up}h{wide}v{up}z");
    }
    path
}

fn summary(bins: &[u64]) -> String {
    let (Some(low), Some(high)) = (bins.iter().min(), bins.iter().max()) else {
        return "There is no bin to show.".into();
    };
    format!(
        "{} bins with {} to {} shares; evenly spread, each would have {}.",
        bins.len(),
        display::count(*low),
        display::count(*high),
        display::hundredths(expected(bins)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stand_on_the_ground_and_stay_inside() {
        let bins = [10, 0, 5];
        assert_eq!(top(&bins), 1_100);
        assert_eq!(
            bars(&bins, 1_000),
            "M1 1000v-1000h8v1000zM11 1000v-0h8v0zM21 1000v-500h8v500z"
        );
        assert_eq!(top(&[]), 1);
        assert!(bars(&[u64::MAX], top(&[u64::MAX])).contains("v-909"));
    }

    #[test]
    fn the_line_is_the_mean() {
        assert_eq!(expected(&[10, 0, 5]), 500);
        assert_eq!(expected(&[]), 0);
        assert_eq!(expected(&[1, 0, 0]), 33);
        assert!(
            summary(&[10, 0, 5]).ends_with("0 to 10 shares; evenly spread, each would have 5.")
        );
    }
}
