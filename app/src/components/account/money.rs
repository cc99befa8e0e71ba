use crate::{components::Stat, display};
use leptos::prelude::*;
use units::Sats;

/// Where the account's money is.
#[component]
pub fn Money(account: api::Account) -> impl IntoView {
    let stat = |label, sats: Sats, testid, note: &'static str| {
        view! {
            <Stat
                label
                text=Signal::stored(display::sats(sats))
                value=Signal::stored(sats.to_string())
                testid
                note=Signal::stored(note.to_string())
            />
        }
    };
    view! {
        <dl class="stats">
            {stat("Available", account.available_sats, "available-sats", "to spend")}
            {stat("Held", account.held_sats, "held-sats", "for your open orders")}
            {stat("In escrow", account.escrow_sats, "escrow-sats", "of contracts that you pay")}
            {stat("Bonds", account.bond_sats, "bond-sats", "of contracts that you deliver")}
        </dl>
    }
    .into_any()
}
