use crate::components::FormError;
use leptos::prelude::*;

pub(super) const END_MACHINES: &str = "end-machines";

/// What a machine token changes and for whom, and the end of connections without one.
#[component]
pub fn MachinePasswords(needed: bool, error: Option<String>) -> impl IntoView {
    let now = if needed {
        "This account's machines need a machine token as their Stratum password. When the last one is revoked, any password will do again. Machines that are connected stay, which gives time to set the password on each; then end the others here. A connection ends whole where one of its logins came with another password, a revoked token too."
    } else {
        "Any password will do for this account's machines, so a stranger can log machines in under its name and fill its proofs. Once there is a machine token, they need one as their Stratum password; those that are connected stay until you end them here."
    };
    view! {
        <p data-testid="machine-passwords">
            {now} " Over HTTP a machine token opens nothing."
        </p>
        <FormError error />
        {needed
            .then(|| {
                view! {
                    <form method="post" action="/account">
                        <input type="hidden" name="do" value=END_MACHINES />
                        <p>
                            <button type="submit">"End connections without a machine token"</button>
                        </p>
                    </form>
                }
            })}
    }
    .into_any()
}
