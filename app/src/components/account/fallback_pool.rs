use crate::{
    Filled,
    components::{Field, FormError},
};
use api::FallbackPool;
use leptos::prelude::*;

const FORM: &str = "fallback-pool";
const REMOVE: &str = "remove-fallback-pool";
const FIELDS: [&str; 3] = ["address", "user", "password"];

/// The pool for which a host's machines work while no contract needs them.
#[component]
pub fn FallbackPoolForm(
    pool: Option<FallbackPool>,
    /// The account's name.
    host: String,
    filled: Filled,
) -> impl IntoView {
    let now = match &pool {
        Some(pool) => format!("Now: {}, as {}.", pool.address, pool.user),
        None => "Now: none. Idle machines get no work.".into(),
    };
    let is_set = pool.is_some();
    let (address, user) = pool.map(|pool| (pool.address, pool.user)).unzip();
    let remove = is_set.then(|| {
        view! {
            <form method="post" action="/account">
                <input type="hidden" name="do" value=REMOVE />
                <input type="hidden" name="key" value=format!("{}-r", filled.key) />
                <FormError error=filled.error_of_form(REMOVE, &[]) />
                <button type="submit">"Remove the fallback pool"</button>
            </form>
        }
    });
    view! {
        <p>
            {format!(
                "Machines that log in as {host}.WORKER and that no contract needs work for this pool, and what they find there is yours alone.",
            )}
        </p>
        <p data-testid="fallback-now">{now}</p>
        <form method="post" action="/account" class="fields">
            <input type="hidden" name="do" value=FORM />
            <input type="hidden" name="key" value=format!("{}-p", filled.key) />
            <FormError error=filled.error_of_form(FORM, &FIELDS) />
            <Field
                id="fallback-address"
                name="address"
                label="Address"
                hint="HOST:PORT, or stratum+tcp://HOST:PORT. Assay looks at the pool first; that takes a few seconds."
                inputmode="url"
                maxlength=280
                value=filled.value(FORM, "address").or(address)
                error=filled.error_of(FORM, "address")
            />
            <Field
                id="fallback-user"
                name="user"
                label="Login at the pool"
                value=filled.value(FORM, "user").or(user)
                error=filled.error_of(FORM, "user")
            />
            <Field
                id="fallback-password"
                name="password"
                label="Password at the pool (optional)"
                kind="password"
                hint="Without one, x is sent, which most pools take."
                required=false
                error=filled.error_of(FORM, "password")
            />
            <p>
                <button type="submit">"Set the fallback pool"</button>
            </p>
        </form>
        {remove}
    }
    .into_any()
}
