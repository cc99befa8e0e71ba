use crate::display;
use api::{Contract, WorkerView};
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
    view! {
        {none}
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
    let online = move || worker.with(|worker| worker.as_ref().is_some_and(|worker| worker.online));
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
            data-online=move || online().to_string()
        >
            <th scope="row" data-label="Worker">
                {login}
            </th>
            <td data-label="State">{move || if online() { "Online" } else { "Offline" }}</td>
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
