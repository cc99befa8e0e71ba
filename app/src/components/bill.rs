use crate::{
    display,
    server_fns::{self, Failure},
};
use api::{Contract, Verdict};
use leptos::prelude::*;
use units::Sats;

/// The bill recomputed from the shares, next to what the ledger paid where the server can be asked.
#[component]
pub fn Bill(verdict: Verdict, contract: Option<u64>) -> impl IntoView {
    let epochs = verdict.epochs.len() as u64;
    let (owed, fee) = (verdict.owed_sealed_sats, verdict.fee_sealed_sats);
    let open = verdict.owed_sats.checked_sub(owed).unwrap_or_default();
    let as_of = match epochs {
        0 => "No epoch is sealed in this bundle, so nothing is due yet.".to_string(),
        1 => "As of its one sealed epoch:".to_string(),
        epochs => format!("As of its {} sealed epochs:", display::count(epochs)),
    };
    let paid = contract.map(|id| view! { <Paid id epochs owed /> });
    view! {
        <div class="bill">
            <h4>"The bill, recomputed from the shares"</h4>
            <p>{as_of}</p>
            <dl class="lines">
                <div>
                    <dt>"Owed for the work"</dt>
                    <dd class="number" data-testid="verdict-owed-sealed" data-value=owed.to_string()>
                        {display::sats(owed)}
                    </dd>
                </div>
                {paid}
                <div>
                    <dt>"Of it, the operator's fee"</dt>
                    <dd class="number" data-testid="verdict-fee-sealed" data-value=fee.to_string()>
                        {display::sats(fee)}
                    </dd>
                </div>
                <div>
                    <dt>"Owed for shares not sealed yet"</dt>
                    <dd class="number" data-testid="verdict-owed-open" data-value=open.to_string()>
                        {display::sats(open)}
                    </dd>
                </div>
            </dl>
        </div>
    }
    .into_any()
}

/// Asks the server anew: epochs may have been settled since the page was loaded.
#[component]
fn Paid(id: u64, epochs: u64, owed: Sats) -> impl IntoView {
    let answer = RwSignal::new(None::<Result<Option<Sats>, Failure>>);
    let ask = Action::new(move |(): &()| async move {
        let contract = server_fns::contract(id).await;
        answer.try_set(Some(contract.map(|contract| paid_by(&contract, epochs))));
    });
    // Only ever in the browser: there is no verdict before.
    Effect::new(move |_| _ = ask.dispatch(()));
    move || match answer.get() {
        None => view! {
            <div>
                <dt>"Paid by the ledger"</dt>
                <dd>"Asking the server…"</dd>
            </div>
        }
        .into_any(),
        Some(Err(failure)) => view! {
            <div>
                <dt>"Paid by the ledger"</dt>
                <dd>
                    {failure.to_string()} " "
                    <button
                        type="button"
                        on:click=move |_| {
                            answer.set(None);
                            ask.dispatch(());
                        }
                    >
                        "Ask again"
                    </button>
                </dd>
            </div>
        }
        .into_any(),
        Some(Ok(paid)) => view! { <Compared paid owed /> }.into_any(),
    }
}

#[component]
fn Compared(paid: Option<Sats>, owed: Sats) -> impl IntoView {
    let equal = paid == Some(owed);
    let text = paid.map_or(
        "No payment for the last sealed epoch is listed".into(),
        display::sats,
    );
    view! {
        <div>
            <dt>"Paid by the ledger, host and fee"</dt>
            <dd
                class="number"
                data-testid="verdict-paid"
                data-value=paid.map(|paid| paid.to_string())
            >
                {text}
            </dd>
        </div>
        <div>
            <dt>"Shares and ledger are"</dt>
            <dd class="comparison" data-testid="verdict-bill" data-equal=equal.to_string()>
                {if equal { "equal" } else { "DIFFERENT" }}
            </dd>
        </div>
    }
}

/// What the ledger had paid when the last of so many epochs was settled; `None` where it lists no such payment.
fn paid_by(contract: &Contract, epochs: u64) -> Option<Sats> {
    let Some(last) = epochs.checked_sub(1) else {
        return Some(Sats::ZERO);
    };
    let mut settlements = contract.settlements.iter();
    let settlement = settlements.find(|settlement| u64::from(settlement.epoch) == last);
    settlement.map(|settlement| settlement.paid_total_sats)
}

#[cfg(test)]
mod tests;
