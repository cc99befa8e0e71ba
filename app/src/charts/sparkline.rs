use crate::display;
use leptos::prelude::*;
use std::fmt::Write;
use units::Hashrate;

const WIDTH: usize = 600;
const HEIGHT: u128 = 100;

/// Hashrate over time with the agreed one as a line across, and what the drawing says in words.
#[component]
pub fn Sparkline(
    #[prop(into)] points: Signal<Vec<Hashrate>>,
    #[prop(into)] agreed: Signal<Hashrate>,
) -> impl IntoView {
    // Headroom, so that the highest point is not cut.
    let top = Memo::new(move |_| {
        let highest = points.with(|points| points.iter().copied().max());
        let highest = highest.unwrap_or_default().max(agreed.get()).get().max(1);
        highest.saturating_add(highest / 10)
    });
    let line = move || points.with(|points| polyline(points, top.get()));
    let across = move || height(agreed.get(), top.get()).to_string();
    let words = move || points.with(|points| summary(points, agreed.get()));
    view! {
        <figure class="sparkline">
            <svg viewBox="0 0 600 100" preserveAspectRatio="none" aria-hidden="true">
                <line class="agreed" x1="0" x2="600" y1=across y2=across></line>
                <polyline points=line></polyline>
            </svg>
            <figcaption>{words}</figcaption>
        </figure>
    }
    .into_any()
}

fn height(hashrate: Hashrate, top: u128) -> u128 {
    let up = hashrate.get().saturating_mul(HEIGHT) / top.max(1);
    HEIGHT.saturating_sub(up)
}

fn polyline(points: &[Hashrate], top: u128) -> String {
    let steps = points.len().saturating_sub(1).max(1);
    let mut text = String::new();
    for (number, point) in points.iter().enumerate() {
        // Writing to a string cannot fail.
        _ = write!(text, "{},{} ", number * WIDTH / steps, height(*point, top));
    }
    text
}

fn summary(points: &[Hashrate], agreed: Hashrate) -> String {
    let (Some(low), Some(high)) = (points.iter().min(), points.iter().max()) else {
        return "No share has arrived yet.".into();
    };
    format!(
        "Accepted work per 10 s over the last {}: between {} and {}. Agreed, the dashed line: {}.",
        display::duration(points.len() as u64 * 10_000),
        display::hashrate(*low),
        display::hashrate(*high),
        display::hashrate(agreed),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_stay_inside_the_drawing() {
        let points = [0, 50, 100].map(Hashrate::new);
        assert_eq!(polyline(&points, 110), "0,100 300,55 600,10 ");
        assert_eq!(polyline(&points[..1], 1), "0,100 ");
        assert_eq!(polyline(&[Hashrate::MAX], 1), "0,0 ");
    }

    #[test]
    fn words_say_what_is_drawn() {
        assert_eq!(summary(&[], Hashrate::ZERO), "No share has arrived yet.");
        let words = summary(&[1_000, 3_000].map(Hashrate::new), Hashrate::new(2_000));
        assert!(words.contains("over the last 20 s"), "{words}");
    }
}
