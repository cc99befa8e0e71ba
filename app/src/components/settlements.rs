use super::Time;
use crate::display;
use api::{Contract, Settlement};
use leptos::prelude::*;

/// What was paid, epoch by epoch, newest first.
#[component]
pub fn Settlements(contract: RwSignal<Contract>) -> impl IntoView {
    let rows = Memo::new(move |_| contract.with(|contract| contract.settlements.clone()));
    let none = move || {
        let none = rows.with(Vec::is_empty);
        none.then(|| {
            view! {
                <p class="empty">
                    "Nothing is settled yet. The first payment comes when the open epoch is sealed."
                </p>
            }
        })
    };
    view! {
        {none}
        <div
            class="scroll"
            tabindex="0"
            role="region"
            aria-label="Settled epochs"
            hidden=move || rows.with(Vec::is_empty)
        >
            <table class="cards">
                <thead>
                    <tr>
                        <th scope="col">"Epoch"</th>
                        <th scope="col">"Settled"</th>
                        <th scope="col">"Shares so far"</th>
                        <th scope="col">"Work so far"</th>
                        <th scope="col">"To the host"</th>
                        <th scope="col">"Fee"</th>
                        <th scope="col">"Paid so far"</th>
                        <th scope="col">"Sealed record"</th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || rows.get() key=|row| row.epoch let:settlement>
                        <SettlementRow settlement />
                    </For>
                </tbody>
            </table>
        </div>
    }
    .into_any()
}

#[component]
fn SettlementRow(settlement: Settlement) -> impl IntoView {
    let hash = settlement.epoch_hash;
    view! {
        <tr data-testid="settlement-row" data-epoch=settlement.epoch.to_string()>
            <th scope="row" data-label="Epoch">
                {settlement.epoch}
            </th>
            <td data-label="Settled">
                <Time ms=settlement.at_ms />
            </td>
            <td data-label="Shares so far" data-value=settlement.shares_total.to_string()>
                {display::count(settlement.shares_total)}
            </td>
            <td data-label="Work so far" data-value=settlement.work_total_hashes.to_string()>
                {display::work(settlement.work_total_hashes)}
            </td>
            <td data-label="To the host" data-value=settlement.host_sats.to_string()>
                {display::sats(settlement.host_sats)}
            </td>
            <td data-label="Fee" data-value=settlement.fee_sats.to_string()>
                {display::sats(settlement.fee_sats)}
            </td>
            <td data-label="Paid so far" data-value=settlement.paid_total_sats.to_string()>
                {display::sats(settlement.paid_total_sats)}
            </td>
            <td data-label="Sealed record">
                <code title=hash.clone()>{display::short_hash(&hash)}</code>
            </td>
        </tr>
    }
    .into_any()
}
