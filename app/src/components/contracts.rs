use crate::{display, display::PriceUnit};
use api::{ContractState, ContractSummary};
use leptos::prelude::*;
use leptos_router::components::A;

/// Where a contract stands, in words.
pub const fn state_words(state: ContractState) -> &'static str {
    match state {
        ContractState::Live => "Live",
        ContractState::BudgetSpent => "Ended: budget spent",
        ContractState::ClosedByBuyer => "Ended by the buyer",
        ContractState::ClosedByHost => "Ended by the host",
        ContractState::ProofFull => "Ended: the proof holds no more workers",
    }
}

/// Every contract, newest first.
#[component]
pub fn ContractList(#[prop(into)] contracts: Signal<Vec<ContractSummary>>) -> impl IntoView {
    let list = move || match contracts.get() {
        contracts if contracts.is_empty() => view! {
            <p class="empty">
                "No contracts yet. One opens when a bid meets an ask; this page then shows it."
            </p>
        }
        .into_any(),
        contracts => {
            let rows = contracts
                .into_iter()
                .map(|contract| view! { <ContractRow contract /> });
            view! {
                <table class="cards">
                    <thead>
                        <tr>
                            <th scope="col">"Contract"</th>
                            <th scope="col">"Buyer and host"</th>
                            <th scope="col">"Agreed"</th>
                            <th scope="col">"Delivered, 95 % interval"</th>
                            <th scope="col">"Paid so far"</th>
                            <th scope="col">"State"</th>
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            }
            .into_any()
        }
    };
    view! { <div>{list}</div> }.into_any()
}

#[component]
fn ContractRow(contract: ContractSummary) -> impl IntoView {
    let price = PriceUnit::of(contract.hashrate_hs).price(contract.price_sats_per_phs_day);
    view! {
        <tr data-testid="contract-row">
            <th scope="row" data-label="Contract">
                <A
                    href=format!("/contracts/{}", contract.id)
                    attr:data-testid="contract-link"
                    attr:class="target"
                >
                    {format!("Contract {}", contract.id)}
                </A>
            </th>
            <td data-label="Buyer and host">
                {contract.buyer} <span class="note">{format!("from {}", contract.host)}</span>
            </td>
            <td data-label="Agreed" data-value=contract.hashrate_hs.to_string()>
                {display::hashrate(contract.hashrate_hs)}
                <span class="note">{format!("at {price}")}</span>
            </td>
            <td data-label="Delivered" data-value=contract.delivered.estimate_hs.to_string()>
                {display::hashrate(contract.delivered.estimate_hs)}
                <span class="note">{display::interval(&contract.delivered)}</span>
            </td>
            <td data-label="Paid so far" data-value=contract.paid_sats.to_string()>
                {display::sats(contract.paid_sats)}
            </td>
            <td data-label="State">{state_words(contract.state)}</td>
        </tr>
    }
    .into_any()
}
