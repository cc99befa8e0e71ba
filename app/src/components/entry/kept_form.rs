use super::{Carried, SignInAgain};
use crate::{Filled, components::FormError};
use leptos::prelude::*;

/// For a page that cannot be drawn since the session is over: why its form was refused, and what was sent, to be sent once
/// more. Only for forms without a secret.
#[component]
pub fn KeptForm(
    /// Where it is sent.
    #[prop(into)]
    action: String,
    filled: Filled,
) -> impl IntoView {
    // The name of the request that was sent is among the fields.
    let Filled {
        form,
        fields,
        error,
        ..
    } = filled;
    let error = error?;
    let over = error.code == api::ErrorCode::Unauthenticated;
    let again = over.then(|| {
        view! {
            <SignInAgain />
            <form method="post" action=action>
                <input type="hidden" name="do" value=form />
                <Carried fields=fields.into_iter().collect() />
                <button type="submit">"Send it once more"</button>
            </form>
        }
    });
    Some(
        view! {
            <FormError error=Some(error.message) />
            {again}
        }
        .into_any(),
    )
}
