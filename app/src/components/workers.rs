use crate::display;
use api::{Contract, WorkerState, WorkerView};
use leptos::prelude::*;

/// The machines that mine for a contract; those that went offline stay.
#[component]
pub fn Workers(contract: RwSignal<Contract>) -> impl IntoView {
    let logins = Memo::new(move |_| {
        contract.with(|contract| {
            let logins = contract.workers.iter().map(|worker| worker.login.clone());
            logins.collect::<Vec<_>>()
        })
    });
    let none = move || {
        let none = logins.with(Vec::is_empty);
        none.then(
            || view! { <p class="empty">"No machine has connected for this contract yet."</p> },
        )
    };
    let pace = Memo::new(move |_| contract.with(|contract| contract.shares_per_minute));
    let pace = move || {
        let pace = pace.get();
        format!("A machine's difficulty is set so that it finds about {pace} shares a minute.")
    };
    view! {
        {none}
        <p class="note" data-testid="share-pace">
            {pace}
        </p>
        <table class="cards" hidden=move || logins.with(Vec::is_empty)>
            <thead>
                <tr>
                    <th scope="col">"Worker"</th>
                    <th scope="col">"State"</th>
                    <th scope="col">"Hashrate, 95 % interval"</th>
                    <th scope="col">"Accepted shares"</th>
                    <th scope="col">"Difficulty"</th>
                    <th scope="col">"Last share"</th>
                </tr>
            </thead>
            <tbody>
                <For each=move || logins.get() key=String::clone let:login>
                    <WorkerRow contract login />
                </For>
            </tbody>
        </table>
    }
    .into_any()
}

#[component]
fn WorkerRow(contract: RwSignal<Contract>, login: String) -> impl IntoView {
    let (wanted, attribute) = (login.clone(), login.clone());
    let worker = Memo::new(move |_| {
        contract.with(|contract| {
            let worker = contract
                .workers
                .iter()
                .find(|worker| worker.login == wanted);
            worker.cloned()
        })
    });
    let text = move |say: fn(&WorkerView) -> String| {
        move || worker.with(|worker| worker.as_ref().map(say).unwrap_or_default())
    };
    let state = Memo::new(move |_| {
        worker.with(|worker| {
            let state = worker.as_ref().map(|worker| worker.state);
            state.unwrap_or(WorkerState::Offline)
        })
    });
    let hint = move || words(state.get()).1;
    let age = move || {
        let last = worker.with(|worker| worker.as_ref()?.last_share_at_ms);
        let now = contract.with(|contract| contract.at_ms);
        last.map_or("none yet".to_string(), |last| {
            format!("{} ago", display::duration(now.saturating_sub(last)))
        })
    };
    view! {
        <tr
            data-testid="worker-row"
            data-login=attribute
            data-state=move || words(state.get()).0.to_lowercase()
        >
            <th scope="row" data-label="Worker">
                {login}
            </th>
            <td data-label="State">
                {move || words(state.get()).0} <span class="note">{hint}</span>
            </td>
            <td
                data-label="Hashrate"
                data-value=text(|worker| worker.hashrate.estimate_hs.to_string())
            >
                {text(|worker| display::hashrate(worker.hashrate.estimate_hs))}
                <span class="note">{text(|worker| display::interval(&worker.hashrate))}</span>
            </td>
            <td data-label="Accepted shares" data-value=text(|worker| worker.shares.to_string())>
                {text(|worker| display::count(worker.shares))}
            </td>
            <td data-label="Difficulty">{text(|worker| worker.difficulty.clone())}</td>
            <td data-label="Last share">{age}</td>
        </tr>
    }
    .into_any()
}

/// A word for what a machine does, and what it means.
const fn words(state: WorkerState) -> (&'static str, &'static str) {
    match state {
        WorkerState::Working => ("Working", "for this contract"),
        WorkerState::Elsewhere => (
            "Elsewhere",
            "serves another contract of the host at the moment",
        ),
        WorkerState::Idle => (
            "Idle",
            "connected; no contract needs it, or none has work for it",
        ),
        WorkerState::Silent => (
            "Silent",
            "connected, but without a share for so long that others do its work",
        ),
        WorkerState::Offline => ("Offline", "not connected"),
    }
}
