use crate::{
    components::Field,
    forms::{self, Entries},
};
use leptos::prelude::*;

/// Where the work goes, and where when that pool gives none.
#[component]
pub fn Pools(entries: Entries) -> impl IntoView {
    let given = entries.ticked(forms::PASSWORD_GIVEN);
    let hint = match given {
        true => "You gave one. It is never shown again: type it once more.",
        false => {
            "Without one, x is sent, which most pools take. It is never shown again: type it once more before you place the bid."
        }
    };
    view! {
        <fieldset class="field">
            <legend>"Your pool"</legend>
            {given
                .then(|| view! { <input type="hidden" name=forms::PASSWORD_GIVEN value="1" /> })}
            <div class="columns">
                <Field
                    id="bid-pool"
                    name="pool_address"
                    label="Address"
                    hint="HOST:PORT, or stratum+tcp://HOST:PORT."
                    inputmode="url"
                    maxlength=280
                    value=entries.value("pool_address")
                    error=entries.error_of("pool_address")
                />
                <Field
                    id="bid-user"
                    name="pool_user"
                    label="Login at the pool"
                    hint="account.worker, or an address with pools that pay by login."
                    value=entries.value("pool_user")
                    error=entries.error_of("pool_user")
                />
                <Field
                    id="bid-password"
                    name="password"
                    label=if given {
                        "Password at the pool"
                    } else {
                        "Password at the pool (optional)"
                    }
                    kind="password"
                    hint
                    required=given
                    error=entries.error_of("password")
                />
            </div>
        </fieldset>
        <Backup entries />
    }
    .into_any()
}

#[component]
fn Backup(entries: Entries) -> impl IntoView {
    let backup = entries.sheet().filled("backup_address").is_some();
    view! {
        <details open=backup>
            <summary>"A backup pool"</summary>
            <div class="columns">
                <Field
                    id="bid-backup"
                    name="backup_address"
                    label="Backup's address (optional)"
                    hint="It takes over when the first one gives no work."
                    inputmode="url"
                    required=false
                    maxlength=280
                    value=entries.value("backup_address")
                    error=entries.error_of("backup_address")
                />
                <Field
                    id="bid-backup-user"
                    name="backup_user"
                    label="Login at the backup (optional)"
                    hint="The same as at the first where nothing stands here."
                    required=false
                    value=entries.value("backup_user")
                    error=entries.error_of("backup_user")
                />
            </div>
        </details>
    }
    .into_any()
}
