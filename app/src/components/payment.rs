use crate::{
    display,
    server_fns::{self, Failure},
};
use api::Contract;
use leptos::prelude::*;
use std::time::Duration;
use units::Sats;

/// What the ledger says of a bundle's last sealed epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Payment {
    /// The bundle has no sealed epoch; the first ends so much later, where none is sealed as yet.
    NothingDue { first_ends_in_ms: Option<u64> },
    /// It does not list the epoch yet.
    NotSettled,
    /// Paid by the end of that epoch, host and fee together.
    Paid(Sats),
}

/// A settlement follows its seal within a moment: it is asked for so often, once a second.
const ASKS: u32 = 10;

/// Asks the server anew: epochs may have been settled since the page was loaded.
#[component]
pub fn Paid(id: u64, epochs: u64, owed: Sats) -> impl IntoView {
    let answer = RwSignal::new(None::<Result<Payment, Failure>>);
    let asks = RwSignal::new(0_u32);
    let ask = Action::new(move |(): &()| async move {
        let contract = server_fns::contract(id).await;
        asks.try_update(|asks| *asks = asks.saturating_add(1));
        answer.try_set(Some(contract.map(|contract| payment(&contract, epochs))));
    });
    // Only ever in the browser: there is no verdict before.
    Effect::new(move |_| _ = ask.dispatch(()));
    Effect::new(move |_| {
        let waits = answer.with(|answer| matches!(answer, Some(Ok(Payment::NotSettled))));
        if waits && asks.get_untracked() < ASKS {
            let again = move || _ = ask.dispatch(());
            if let Ok(waiting) = set_timeout_with_handle(again, Duration::from_secs(1)) {
                on_cleanup(move || waiting.clear());
            }
        }
    });
    let anew = move || {
        asks.set(0);
        ask.dispatch(());
    };
    move || match answer.get() {
        None => view! { <Unpaid state="asking" sentence="Asking the server…" /> }.into_any(),
        Some(Ok(Payment::Paid(paid))) => view! { <Compared paid owed /> }.into_any(),
        Some(Ok(Payment::NothingDue { first_ends_in_ms })) => {
            let sentence = nothing_due(first_ends_in_ms);
            view! { <Unpaid state="nothing-due" sentence /> }.into_any()
        }
        Some(Ok(Payment::NotSettled)) => view! {
            <Unpaid state="not-settled" sentence="not settled yet" />
            <button type="button" on:click=move |_| anew()>
                "Ask again"
            </button>
        }
        .into_any(),
        Some(Err(failure)) => view! {
            <Unpaid state="failed" sentence=failure.to_string() />
            <button type="button" on:click=move |_| anew()>
                "Ask again"
            </button>
        }
        .into_any(),
    }
}

fn nothing_due(first_ends_in_ms: Option<u64>) -> String {
    first_ends_in_ms.map_or("Nothing was due yet.".into(), |left| {
        let left = display::duration(left);
        format!("Nothing was due yet: the first epoch is sealed and paid in {left}.")
    })
}

/// There is no payment to compare with, and why.
#[component]
fn Unpaid(state: &'static str, #[prop(into)] sentence: String) -> impl IntoView {
    view! {
        <div>
            <dt>"Paid by the ledger"</dt>
            <dd data-testid="verdict-bill" data-state=state>
                {sentence}
            </dd>
        </div>
    }
}

#[component]
fn Compared(paid: Sats, owed: Sats) -> impl IntoView {
    let equal = paid == owed;
    view! {
        <div>
            <dt>"Paid by the ledger, host and fee"</dt>
            <dd class="number" data-testid="verdict-paid" data-value=paid.to_string()>
                {display::sats(paid)}
            </dd>
        </div>
        <div>
            <dt>"Shares and ledger are"</dt>
            <dd
                class="comparison"
                data-testid="verdict-bill"
                data-state="settled"
                data-equal=equal.to_string()
            >
                {if equal { "equal" } else { "DIFFERENT" }}
            </dd>
        </div>
    }
}

/// What the ledger had paid when the last of so many epochs was settled.
fn payment(contract: &Contract, epochs: u64) -> Payment {
    let Some(last) = epochs.checked_sub(1) else {
        let end = contract.epoch_ends_at_ms;
        let end = end.filter(|_| contract.settlements.is_empty());
        return Payment::NothingDue {
            first_ends_in_ms: end.map(|end| end.saturating_sub(contract.at_ms)),
        };
    };
    let mut settlements = contract.settlements.iter();
    let settlement = settlements.find(|settlement| u64::from(settlement.epoch) == last);
    settlement.map_or(Payment::NotSettled, |settlement| {
        Payment::Paid(settlement.paid_total_sats)
    })
}

#[cfg(test)]
mod tests;
