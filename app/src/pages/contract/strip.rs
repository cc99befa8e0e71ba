use crate::{components::Stat, display};
use api::Contract;
use leptos::prelude::*;

/// Of what is counted but not kept: accepted shares alone survive a restart.
const SINCE_START: &str = "since the server's start";

/// A text made from the contract, anew when the contract changes.
fn text(contract: RwSignal<Contract>, say: fn(&Contract) -> String) -> Signal<String> {
    Memo::new(move |_| contract.with(say)).into()
}

/// What was delivered and paid, at a glance.
#[component]
pub fn Strip(contract: RwSignal<Contract>) -> impl IntoView {
    let text = move |say| text(contract, say);
    view! {
        <dl class="stats">
            <Stat
                label="Delivered"
                testid="delivered"
                text=text(|contract| display::hashrate(contract.delivered.estimate_hs))
                value=text(|contract| contract.delivered.estimate_hs.to_string())
                note=text(interval)
            />
            <Stat
                label="Agreed"
                testid="agreed"
                text=text(|contract| display::hashrate(contract.hashrate_hs))
                value=text(|contract| contract.hashrate_hs.to_string())
                note=text(of_agreed)
            />
            <Stat
                label="Shares accepted"
                testid="accepted"
                text=text(|contract| display::count(contract.counts.accepted))
                value=text(|contract| contract.counts.accepted.to_string())
                note=text(last_share)
            />
            <Stat
                label="Stale"
                testid="stale"
                text=text(|contract| display::count(contract.counts.stale))
                value=text(|contract| contract.counts.stale.to_string())
                note=SINCE_START
            />
            <Stat
                label="Rejected"
                testid="rejected"
                text=text(|contract| display::count(contract.counts.rejected))
                value=text(|contract| contract.counts.rejected.to_string())
                note=SINCE_START
            />
            <Stat
                label="Sent on to the pool"
                testid="forwarded"
                text=text(|contract| display::count(contract.counts.forwarded))
                value=text(|contract| contract.counts.forwarded.to_string())
                note=text(pool_answers)
            />
            <Stat
                label="Paid so far"
                testid="paid-sats"
                text=text(|contract| display::sats(contract.bill.paid_sats))
                value=text(|contract| contract.bill.paid_sats.to_string())
                note=text(fee)
            />
            <Stat
                label="Owed in the open epoch"
                testid="open-sats"
                text=text(|contract| display::sats(contract.bill.open_sats))
                value=text(|contract| contract.bill.open_sats.to_string())
                note=text(countdown)
            />
            <Stat
                label="In escrow"
                testid="escrow-sats"
                text=text(|contract| display::sats(contract.bill.escrow_sats))
                value=text(|contract| contract.bill.escrow_sats.to_string())
            />
        </dl>
    }
    .into_any()
}

fn interval(contract: &Contract) -> String {
    format!(
        "95 %: {}, over {}",
        display::interval(&contract.delivered),
        display::duration(contract.delivered_over_ms)
    )
}

fn of_agreed(contract: &Contract) -> String {
    let delivered = contract.delivered.estimate_hs.get();
    let percent = display::percent(delivered, contract.hashrate_hs.get());
    format!("{percent} of it delivered")
}

fn last_share(contract: &Contract) -> String {
    let since = "since the contract's opening";
    contract.last_share_at_ms.map_or(since.into(), |last| {
        let age = display::duration(contract.at_ms.saturating_sub(last));
        format!("{since}, last one {age} ago")
    })
}

fn pool_answers(contract: &Contract) -> String {
    let counts = &contract.counts;
    format!(
        "{} accepted, {} rejected there, {} could not be sent, {SINCE_START}",
        display::count(counts.pool_accepted),
        display::count(counts.pool_rejected),
        display::count(counts.not_sent)
    )
}

fn fee(contract: &Contract) -> String {
    format!("{} of it fee", display::sats(contract.bill.fee_sats))
}

/// By the server's clock alone, so that the browser's does not matter.
fn countdown(contract: &Contract) -> String {
    contract
        .epoch_ends_at_ms
        .map_or("no epoch is open".into(), |end| {
            let left = display::duration(end.saturating_sub(contract.at_ms));
            format!("sealed and paid in {left}")
        })
}
