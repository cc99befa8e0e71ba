use crate::{
    components::state_words,
    display::{self, PriceUnit},
};
use api::AccountContract;
use leptos::prelude::*;
use leptos_router::components::A;

/// Contracts of the account, newest first.
#[component]
pub fn AccountContracts(
    contracts: Vec<AccountContract>,
    /// True for those that it pays.
    paying: bool,
) -> impl IntoView {
    if contracts.is_empty() {
        return view! { <p class="empty">"None yet."</p> }.into_any();
    }
    let other = if paying { "Host" } else { "Buyer" };
    let rows = contracts
        .into_iter()
        .map(|line| view! { <Row line paying other /> });
    view! {
        <table class="cards">
            <thead>
                <tr>
                    <th scope="col">"Contract"</th>
                    <th scope="col">{other}</th>
                    <th scope="col">"Agreed"</th>
                    <th scope="col">"Delivered, 95 % interval"</th>
                    <th scope="col">"Paid so far"</th>
                    <th scope="col">"In escrow"</th>
                    <th scope="col">"State"</th>
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
    .into_any()
}

#[component]
fn Row(line: AccountContract, paying: bool, other: &'static str) -> impl IntoView {
    let AccountContract {
        contract,
        escrow_sats,
    } = line;
    let price = PriceUnit::of(contract.hashrate_hs).price(contract.price_sats_per_phs_day);
    let name = if paying {
        contract.host
    } else {
        contract.buyer
    };
    view! {
        <tr data-testid=if paying { "buying-row" } else { "hosting-row" }>
            <th scope="row" data-label="Contract">
                <A href=format!("/contracts/{}", contract.id) attr:class="target">
                    {format!("Contract {}", contract.id)}
                </A>
            </th>
            <td data-label=other>{name}</td>
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
            <td data-label="In escrow" data-value=escrow_sats.to_string()>
                {display::sats(escrow_sats)}
            </td>
            <td data-label="State">{state_words(contract.state)}</td>
        </tr>
    }
    .into_any()
}
