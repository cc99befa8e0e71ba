use crate::{
    Filled,
    components::{FormError, KeptForm},
    display,
};
use api::{Contract, ContractState, Party};
use leptos::prelude::*;

const FORM: &str = "notice";

/// For the two sides alone: the invoice, and the end.
#[component]
pub fn NoticeForm(
    contract: RwSignal<Contract>,
    /// The account that looks.
    #[prop(optional_no_strip)]
    viewer: Option<String>,
    filled: Filled,
) -> impl IntoView {
    let side = viewer.and_then(|name| {
        contract.with_untracked(|contract| match () {
            () if name == contract.buyer => Some(Party::Buyer),
            () if name == contract.host => Some(Party::Host),
            () => None,
        })
    });
    match side {
        Some(side) => view! { <OfParty contract side filled /> }.into_any(),
        // Sent by somebody who is no party, or is nobody any more: refused, and told so.
        None if filled.form == FORM => {
            let action =
                contract.with_untracked(|contract| format!("/contracts/{}#end", contract.id));
            view! {
                <div class="party" id="end">
                    <KeptForm action filled />
                </div>
            }
            .into_any()
        }
        None => ().into_any(),
    }
}

#[component]
fn OfParty(contract: RwSignal<Contract>, side: Party, filled: Filled) -> impl IntoView {
    let id = contract.with_untracked(|contract| contract.id);
    let error = filled.error_of_form(FORM, &[]);
    let key = filled.key;
    let can_end = Memo::new(move |_| {
        contract.with(|contract| {
            contract.state == ContractState::Live && contract.agreed.notice.is_none()
        })
    });
    let ends = Memo::new(move |_| contract.with(effective));
    let form = move || {
        let key = key.clone();
        can_end.get().then(|| {
            view! {
                <form method="post" action=format!("/contracts/{id}#end") class="fields">
                    <input type="hidden" name="do" value=FORM />
                    <input type="hidden" name="key" value=key />
                    <p data-testid="notice-effect">{move || ends.get()}</p>
                    <p class="note">{cost(side)}</p>
                    <p>
                        <button type="submit">"Give notice"</button>
                    </p>
                </form>
            }
        })
    };
    view! {
        <div class="party" id="end" data-testid="party">
            <p>
                <a href=format!("/contracts/{id}/invoice") class="button" data-testid="invoice-link">
                    "Invoice"
                </a>
            </p>
            <FormError error />
            {form}
        </div>
    }
    .into_any()
}

/// When notice that is given now takes effect.
fn effective(contract: &Contract) -> String {
    let left = contract.epoch_ends_at_ms;
    let left = left.map(|end| display::duration(end.saturating_sub(contract.at_ms)));
    match left {
        Some(left) => format!(
            "Notice takes effect at the end of the open epoch, in {left}: it is the last one that is delivered and paid."
        ),
        None => "Notice takes effect at the end of the open epoch.".into(),
    }
}

fn cost(side: Party) -> &'static str {
    match side {
        Party::Buyer => {
            "What is delivered until then is paid, and the rest of the escrow comes back to you. There is no other charge. Of a term contract the host has all of the bond back: a promise is judged at its agreed end alone."
        }
        Party::Host => {
            "You are paid for what you deliver until then. Of a term contract the bond is judged over the whole agreed time: ending it early is not delivering."
        }
    }
}
