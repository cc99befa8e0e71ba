use crate::{
    Filled,
    components::{Field, FormError},
    display,
};
use leptos::prelude::*;
use units::Sats;

const FORM: &str = "deposit";

/// Money of the sandbox, for the asking.
#[component]
pub fn DepositForm(most: Sats, filled: Filled) -> impl IntoView {
    let most = display::sats(most);
    view! {
        <form method="post" action="/account" class="fields">
            <h3>"Deposit sandbox money"</h3>
            <p class="note">{format!("It is worth nothing outside of this demo. At most {most} at a time.")}</p>
            <input type="hidden" name="do" value=FORM />
            <input type="hidden" name="key" value=format!("{}-d", filled.key) />
            <FormError error=filled.error_of_form(FORM, &["amount_sats"]) />
            <Field
                id="deposit-amount"
                name="amount_sats"
                label="Amount in sat"
                inputmode="numeric"
                maxlength=20
                value=filled.value(FORM, "amount_sats")
                error=filled.error_of(FORM, "amount_sats")
            />
            <p>
                <button type="submit">"Deposit"</button>
            </p>
        </form>
    }
    .into_any()
}
