use super::mark::{Mark, of_kept};
use crate::{
    charts::{Column, HoursChart, columns, hours_per_column, top},
    components::{Slice, Time},
    display,
};
use api::{Delivery, Hour, Kept};
use leptos::prelude::*;

/// Whether the promise was kept, and the hashrate by the hour against it.
#[component]
pub fn DeliveryView(delivery: Delivery, hours: Vec<Hour>, tolerance_ppm: u32) -> impl IntoView {
    let (tone, words) = of_kept(delivery.verdict);
    view! {
        <div class="delivery" data-testid="delivery" data-verdict=words>
            <h4>"Delivery against the contract"</h4>
            <p>
                <Mark tone words />
                " "
                {sentence(&delivery, tolerance_ppm)}
            </p>
            <p class="note">
                "Shares come by chance, so the hashrate behind them is known within an interval only; the more shares, the narrower. It cannot show whose fault a gap is: a pool that was down looks the same as machines that were off."
            </p>
            <Slice>
                <Hours delivery hours=hours.clone() />
            </Slice>
        </div>
    }
    .into_any()
}

fn sentence(delivery: &Delivery, tolerance_ppm: u32) -> String {
    let confidence = display::ppm(delivery.confidence_ppm);
    let (low, high) = (delivery.delivered.low_hs, delivery.delivered.high_hs);
    let interval = display::interval(&delivery.delivered);
    let agreed = display::hashrate(delivery.promised_hs);
    let threshold = match tolerance_ppm {
        0 => format!("the {agreed} agreed"),
        tolerance => format!(
            "{} (the {agreed} agreed less {})",
            display::hashrate(delivery.threshold_hs),
            display::ppm(tolerance)
        ),
    };
    match delivery.verdict {
        Kept::Kept => format!(
            "With {confidence} confidence {interval} was delivered, and even {} is not below {threshold}.",
            display::hashrate(low)
        ),
        Kept::Short => format!(
            "With {confidence} confidence {interval} was delivered, and even {} is below {threshold}. A host who delivers exactly that is called short in at most {} of contracts.",
            display::hashrate(high),
            display::ppm(delivery.false_alarm_ppm)
        ),
        Kept::Undecided => format!(
            "With {confidence} confidence {interval} was delivered, which contains {threshold}: too few shares to say more."
        ),
    }
}

#[component]
fn Hours(delivery: Delivery, hours: Vec<Hour>) -> impl IntoView {
    let per_column = hours_per_column(hours.len()) as u64;
    let columns = columns(&hours);
    let (first, last) = (columns.first().copied()?, columns.last().copied()?);
    let end_ms = last.start_ms.saturating_add(last.duration_ms);
    let (agreed, threshold) = (delivery.promised_hs, delivery.threshold_hs);
    let upper = display::hashrate(top(&columns, agreed));
    let confidence = display::ppm(delivery.confidence_ppm);
    let outside = display::ppm(1_000_000_u32.saturating_sub(delivery.confidence_ppm));
    let what = match per_column {
        1 => "One column is an hour.".to_string(),
        hours => format!(
            "One column is {} hours: their mean, and the widest of their bounds. Each hour by itself is in the report.",
            display::count(hours)
        ),
    };
    let drawn = columns.clone();
    Some(view! {
        <figure class="hours" data-testid="chart-hours">
            <p class="axis">{format!("up to {upper}")}</p>
            <HoursChart columns=drawn agreed threshold />
            <p class="axis">
                <Time ms=first.start_ms />
                <Time ms=end_ms />
            </p>
            <figcaption>
                <Legend confidence />
                <p>
                    {what}
                    {format!(" Of the hours, {outside} have their true value outside the interval by chance alone.")}
                </p>
            </figcaption>
            <details>
                <summary>"The same as a table"</summary>
                <HoursTable columns />
            </details>
        </figure>
    })
}

#[component]
fn Legend(confidence: String) -> impl IntoView {
    let key = |class, words: String| {
        view! {
            <li>
                <svg viewBox="0 0 24 12" aria-hidden="true">
                    {match class {
                        "band" => view! { <rect class=class width="24" height="12"></rect> }.into_any(),
                        _ => view! { <line class=class x1="0" x2="24" y1="6" y2="6"></line> }.into_any(),
                    }}
                </svg>
                {words}
            </li>
        }
    };
    view! {
        <ul class="legend">
            {key("steps", "delivered".into())} {key("band", format!("its {confidence} interval"))}
            {key("agreed", "agreed".into())} {key("threshold", "threshold".into())}
        </ul>
    }
    .into_any()
}

/// Rows that are drawn at once.
const ROWS: usize = 40;

#[component]
fn HoursTable(columns: Vec<Column>) -> impl IntoView {
    let rows = columns.chunks(ROWS).map(|columns| {
        let columns = columns.to_vec();
        view! { <Slice>{columns.iter().copied().map(hour_row).collect_view()}</Slice> }
    });
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Hashrate by the hour">
            <table class="cards">
                <thead>
                    <tr>
                        <th scope="col">"From"</th>
                        <th scope="col">"For"</th>
                        <th scope="col">"Shares"</th>
                        <th scope="col">"Hashrate"</th>
                        <th scope="col">"Interval"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn hour_row(column: Column) -> AnyView {
    view! {
        <tr>
            <th scope="row" data-label="From">
                <Time ms=column.start_ms />
            </th>
            <td data-label="For">{display::duration(column.duration_ms)}</td>
            <td data-label="Shares" data-value=column.shares.to_string()>
                {display::count(column.shares)}
            </td>
            <td data-label="Hashrate" data-value=column.mean.to_string()>
                {display::hashrate(column.mean)}
            </td>
            <td data-label="Interval">
                {format!(
                    "{} to {}",
                    display::hashrate(column.low),
                    display::hashrate(column.high),
                )}
            </td>
        </tr>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::HashrateEstimate;
    use units::Hashrate;

    #[test]
    fn the_sentence_has_the_numbers_that_decide() {
        let hs = |peta: u128| Hashrate::new(peta * 1_000_000_000_000_000);
        let mut delivery = Delivery {
            verdict: Kept::Short,
            promised_hs: hs(100),
            threshold_hs: hs(95),
            delivered: HashrateEstimate {
                estimate_hs: hs(90),
                low_hs: hs(88),
                high_hs: hs(92),
            },
            confidence_ppm: 950_000,
            false_alarm_ppm: 25_000,
        };
        let plain =
            |delivery: &Delivery, tolerance| sentence(delivery, tolerance).replace('\u{202f}', " ");
        assert_eq!(
            plain(&delivery, 50_000),
            "With 95 % confidence 88.00 PH/s to 92.00 PH/s was delivered, and even 92.00 PH/s is below 95.00 PH/s (the 100.0 PH/s agreed less 5 %). A host who delivers exactly that is called short in at most 2.5 % of contracts."
        );
        delivery.verdict = Kept::Kept;
        assert!(
            plain(&delivery, 0).ends_with("even 88.00 PH/s is not below the 100.0 PH/s agreed.")
        );
        delivery.verdict = Kept::Undecided;
        assert!(plain(&delivery, 50_000).contains("which contains 95.00 PH/s"));
    }
}
