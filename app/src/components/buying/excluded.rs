use crate::display::{self, PriceUnit};
use api::Excluded;
use leptos::prelude::*;
use units::Hashrate;

/// What each constraint keeps out, and what it costs.
#[component]
pub fn ExcludedTable(
    excluded: Vec<Excluded>,
    fillable: Hashrate,
    unit: PriceUnit,
) -> impl IntoView {
    if excluded.is_empty() {
        return view! {
            <p class="note" data-testid="nothing-excluded">
                "No constraint keeps any offer at this price out."
            </p>
        }
        .into_any();
    }
    let rows = excluded.into_iter().map(|line| row(line, fillable, unit));
    view! {
        <h3>"What each constraint keeps out"</h3>
        <table class="cards">
            <thead>
                <tr>
                    <th scope="col">"Constraint"</th>
                    <th scope="col">"Keeps out"</th>
                    <th scope="col">"It alone"</th>
                    <th scope="col">"Fillable without it"</th>
                    <th scope="col">"Average price without it"</th>
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
    .into_any()
}

fn row(line: Excluded, fillable: Hashrate, unit: PriceUnit) -> impl IntoView {
    let without = line.average_price_without_sats_per_phs_day;
    let more = line.fillable_without_hs.checked_sub(fillable);
    let more = more.filter(|more| !more.is_zero());
    view! {
        <tr data-testid="excluded-row" data-constraint=line.constraint.as_str()>
            <th scope="row" data-label="Constraint">
                {line.constraint.title()}
            </th>
            <td data-label="Keeps out" data-value=line.hashrate_hs.to_string()>
                {display::hashrate(line.hashrate_hs)}
            </td>
            <td data-label="It alone" data-value=line.alone_hs.to_string()>
                {display::hashrate(line.alone_hs)}
            </td>
            <td data-label="Fillable without it" data-value=line.fillable_without_hs.to_string()>
                {display::hashrate(line.fillable_without_hs)}
                {more
                    .map(|more| {
                        view! {
                            <span class="note">{format!("{} more", display::hashrate(more))}</span>
                        }
                    })}
            </td>
            <td
                data-label="Average price without it"
                data-value=without.map(|price| price.to_string())
            >
                {without.map_or_else(|| "–".into(), |price| unit.price(price))}
            </td>
        </tr>
    }
    .into_any()
}
