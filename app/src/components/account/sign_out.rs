use crate::{Filled, components::FormError};
use leptos::prelude::*;

const EVERYWHERE: &str = "sign-out-everywhere";

/// Ending this session, or all.
#[component]
pub fn SignOutForms(filled: Filled) -> impl IntoView {
    view! {
        <p>"This browser stays signed in for 30 days at most. API tokens work on when you sign out: revoke those that you do not want."</p>
        <FormError error=filled.error_of_form(EVERYWHERE, &[]) />
        <div class="actions">
            <form method="post" action="/sign-out">
                <button type="submit">"Sign out"</button>
            </form>
            <form method="post" action="/account">
                <input type="hidden" name="do" value=EVERYWHERE />
                <button type="submit">"Sign out everywhere"</button>
            </form>
        </div>
    }
    .into_any()
}
