use crate::display;
use api::{Fault, InvalidCount};
use leptos::prelude::*;

/// A page shows this many; the verifier counts them all.
const SHOWN: usize = 20;

/// What is wrong, and where.
#[component]
pub fn Faults(faults: Vec<Fault>, total: u64) -> impl IntoView {
    let shown = faults.len().min(SHOWN) as u64;
    let more = (total > shown).then(|| {
        let (shown, total) = (display::count(shown), display::count(total));
        view! { <p class="note">{format!("The first {shown} of {total}.")}</p> }
    });
    (total > 0).then(|| {
        let rows = faults
            .into_iter()
            .take(SHOWN)
            .map(|fault| view! { <FaultRow fault /> });
        view! {
            <h4>"What is wrong, and where"</h4>
            <table class="cards">
                <thead>
                    <tr>
                        <th scope="col">"What"</th>
                        <th scope="col">"Code"</th>
                        <th scope="col">"At byte"</th>
                        <th scope="col">"Record"</th>
                        <th scope="col">"Share"</th>
                        <th scope="col">"Epoch"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
            {more}
        }
    })
}

#[component]
fn FaultRow(fault: Fault) -> impl IntoView {
    let share = fault.share.map_or("–".into(), display::count);
    let code = fault.code.clone();
    view! {
        <tr
            data-testid="fault-row"
            data-code=code
            data-offset=fault.offset.to_string()
        >
            <td data-label="What">{fault.message}</td>
            <td data-label="Code">
                <code>{fault.code}</code>
            </td>
            <td data-label="At byte" data-value=fault.offset.to_string()>
                {display::count(fault.offset)}
            </td>
            <td data-label="Record" data-value=fault.record.to_string()>
                {display::count(fault.record)}
            </td>
            <td data-label="Share">{share}</td>
            <td data-label="Epoch">{fault.epoch}</td>
        </tr>
    }
    .into_any()
}

/// Shares that do not count, by reason.
#[component]
pub fn InvalidReasons(reasons: Vec<InvalidCount>) -> impl IntoView {
    let lines = reasons
        .into_iter()
        .map(|reason| {
            view! {
                <li data-testid="invalid-reason" data-code=reason.code.clone()>
                    <span class="number" data-value=reason.count.to_string()>
                        {display::count(reason.count)}
                    </span>
                    " "
                    {display::words(&reason.code)}
                </li>
            }
        })
        .collect::<Vec<_>>();
    (!lines.is_empty()).then(|| {
        view! {
            <h4>"Invalid shares by reason"</h4>
            <ul>{lines}</ul>
        }
    })
}
