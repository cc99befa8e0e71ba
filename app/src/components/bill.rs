use super::payment::Paid;
use crate::display;
use api::Verdict;
use leptos::prelude::*;
use std::sync::Arc;

/// The bill recomputed from the shares, next to what the ledger paid where the server can be asked.
#[component]
pub fn Bill(verdict: Arc<Verdict>, contract: Option<u64>) -> impl IntoView {
    let epochs = u64::from(verdict.epochs_total);
    let (owed, fee) = (verdict.owed_sealed_sats, verdict.fee_sealed_sats);
    let open = verdict.owed_sats.checked_sub(owed).unwrap_or_default();
    let as_of = match epochs {
        0 => "No epoch is sealed in this bundle.".to_string(),
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
