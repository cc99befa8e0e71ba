use crate::{
    components::Time,
    display::{self, trade},
};
use api::{Agreed, BondState, Contract, Notice, Party, TermAgreed};
use leptos::prelude::*;
use units::Sats;

/// Product, term, notice, escrow, bond, and what the host stated.
#[component]
pub fn AgreedTerms(contract: RwSignal<Contract>) -> impl IntoView {
    let now = Memo::new(move |_| {
        contract.with(|contract| (contract.agreed.clone(), contract.bill.escrow_sats))
    });
    move || {
        let (agreed, escrow) = now.get();
        view! { <Lines agreed escrow /> }
    }
}

fn line(label: &'static str, testid: &'static str, value: AnyView) -> impl IntoView {
    view! {
        <div>
            <dt>{label}</dt>
            <dd data-testid=testid>{value}</dd>
        </div>
    }
}

#[component]
fn Lines(agreed: Agreed, escrow: Sats) -> impl IntoView {
    let stated = trade::attributes(&agreed.attributes);
    let stated = match stated.is_empty() {
        true => "nothing: the ask was not of a listing".to_owned(),
        false => stated.join(", "),
    };
    let place = trade::place(&agreed.attributes);
    let listing = agreed.listing;
    let place = match (place, listing) {
        (Some(place), Some(listing)) => format!("{place}, listing {listing}"),
        (Some(place), None) => place,
        (None, _) => "not stated".into(),
    };
    let ends = match agreed.term {
        Some(term) => view! { <Time ms=term.ends_at_ms /> }.into_any(),
        None => "open-ended: until the budget is spent or a side gives notice".into_any(),
    };
    let starts = agreed.term.map(|term| {
        let starts = view! { <Time ms=term.starts_at_ms /> }.into_any();
        line("Began", "term-start", starts)
    });
    let notice = notice_words(agreed.notice).into_any();
    let rejects =
        trade::rejects(&agreed.rejects).map(|words| view! { <span class="note">{words}</span> });
    let rejects = rejects.into_any();
    let escrow = view! {
        <span class="number" data-testid="escrow-now" data-value=escrow.to_string()>
            {display::sats(escrow)}
        </span>
    };
    view! {
        <dl class="lines" data-testid="agreed-terms">
            {line("Product", "contract-product", trade::product(agreed.product).into_any())}
            {starts}
            {line("Ends", "term-end", ends)}
            {line("Notice", "contract-notice", notice)}
            {line("Escrow now", "escrow-line", escrow.into_any())}
            {agreed.term.map(|term| view! { <Bond term /> })}
            {line("Refused work", "contract-rejects", rejects)}
            {line("Where", "host-place", place.into_any())}
            {line("The host stated", "host-attributes", stated.into_any())}
        </dl>
    }
    .into_any()
}

fn notice_words(notice: Option<Notice>) -> String {
    let Some(notice) = notice else {
        return "none given".into();
    };
    let by = match notice.by {
        Party::Buyer => "the buyer",
        Party::Host => "the host",
    };
    format!(
        "given by {by}: epoch {} is the last one that is delivered and paid",
        notice.last_epoch
    )
}

/// The host's security, and the promise that it is for.
#[component]
fn Bond(term: TermAgreed) -> impl IntoView {
    let forfeited = term.bond_forfeited_sats;
    let state = match (term.bond_state, forfeited.is_zero()) {
        (BondState::Posted, _) => "posted: it stands for the promise".to_owned(),
        (BondState::Ended, true) => "returned to the host: under-delivery was not shown".to_owned(),
        (BondState::Ended, false) => {
            format!("ended: the buyer got {} of it", display::sats(forfeited))
        }
    };
    let promise = format!(
        "The bond is touched only when the upper bound of what was delivered, at {} confidence, is more than {} below the agreed hashrate.",
        display::percent(term.confidence_ppm.into(), 1_000_000),
        display::percent(term.tolerance_ppm.into(), 1_000_000),
    );
    let state_code = match term.bond_state {
        BondState::Posted => "posted",
        BondState::Ended => "ended",
    };
    let amount = term.bond_sats;
    view! {
        <div>
            <dt>"Host's bond"</dt>
            <dd>
                <span
                    class="number"
                    data-testid="bond"
                    data-value=amount.to_string()
                    data-state=state_code
                >
                    {display::sats(amount)}
                </span>
                <span class="note">{state}</span>
                <span class="note">{promise}</span>
            </dd>
        </div>
    }
    .into_any()
}
