use super::Slice;
use crate::display;
use api::{WorkerLine, WorkersLeftOut};
use leptos::prelude::*;

/// Rows that are drawn at once.
const ROWS: usize = 50;

/// What each login delivered, as recomputed.
#[component]
pub fn VerdictWorkers(workers: Vec<WorkerLine>, left_out: WorkersLeftOut) -> impl IntoView {
    let rows = workers.chunks(ROWS).map(|workers| {
        let workers = workers.to_vec();
        view! { <Slice>{workers.iter().cloned().map(row).collect_view()}</Slice> }
    });
    let rows = rows.collect::<Vec<_>>();
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
            {(left_out.logins > 0)
                .then(|| {
                    let more = format!(
                        "And {} with less work: {} and {} of work.",
                        display::counted(left_out.logins.into(), "login", "logins"),
                        display::counted(left_out.shares, "share", "shares"),
                        display::work(left_out.work_hashes),
                    );
                    view! { <p class="note">{more}</p> }
                })}
        }
    })
}

fn row(worker: WorkerLine) -> AnyView {
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
    .into_any()
}
