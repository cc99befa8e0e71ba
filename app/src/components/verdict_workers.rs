use crate::display;
use api::WorkerLine;
use leptos::prelude::*;

/// A bundle may name a million logins, and a page with so many rows stands still.
const SHOWN: usize = 200;

/// What each login delivered, as recomputed.
#[component]
pub fn VerdictWorkers(workers: Vec<WorkerLine>) -> impl IntoView {
    let more = workers.len().saturating_sub(SHOWN);
    let rows = workers
        .into_iter()
        .take(SHOWN)
        .map(|worker| {
            view! {
                <tr data-testid="verdict-worker-row">
                    <th scope="row" data-label="Worker">
                        {worker.login}
                    </th>
                    <td data-label="Shares" data-value=worker.shares.to_string()>
                        {display::count(worker.shares)}
                    </td>
                    <td data-label="Work" data-value=worker.work_hashes.to_string()>
                        {display::work(worker.work_hashes)}
                    </td>
                    <td data-label="Hashrate" data-value=worker.hashrate.estimate_hs.to_string()>
                        {display::hashrate(worker.hashrate.estimate_hs)}
                        <span class="note">{display::interval(&worker.hashrate)}</span>
                    </td>
                </tr>
            }
        })
        .collect::<Vec<_>>();
    (!rows.is_empty()).then(|| {
        view! {
            <h4>"By worker"</h4>
            <table class="cards">
                <thead>
                    <tr>
                        <th scope="col">"Worker"</th>
                        <th scope="col">"Shares"</th>
                        <th scope="col">"Work"</th>
                        <th scope="col">"Hashrate, 95 % interval"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            {(more > 0)
                .then(|| {
                    let more = format!(
                        "And {} more; the report has them all.",
                        display::counted(more as u64, "login", "logins"),
                    );
                    view! { <p class="note">{more}</p> }
                })}
        }
    })
}
