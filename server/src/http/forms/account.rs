//! `POST /account`: the forms of the account's page, told apart by their field `do`.

use super::{Fields, Forms, filled, go_to, take};
use crate::{backend::allow, http::caller::set_cookie};
use api::{Backend, Caller, Deposit, Error, NewToken, Scope, SetFallbackPool, WantedPool};
use app::Filled;
use axum::{Extension, Form, extract::State, http::request::Parts, response::Response};

/// Does what the form asks for.
pub(crate) async fn submit(
    State(forms): State<Forms>,
    Extension(caller): Extension<Caller>,
    parts: Parts,
    Form(mut fields): Form<Fields>,
) -> Response {
    let form = take(&mut fields, "do");
    let done = match form.as_str() {
        "deposit" => deposit(&forms, caller, &fields).await,
        "fallback-pool" => set_pool(&forms, caller, &mut fields).await,
        "remove-fallback-pool" => remove_pool(&forms, caller, &fields).await,
        "make-token" => return make_token(&forms, caller, fields, parts).await,
        "revoke-token" => revoke_token(&forms, caller, &fields).await,
        "end-machines" => end_machines(&forms, caller).await,
        "sign-out-everywhere" => return sign_out_everywhere(&forms, caller, fields, parts).await,
        _ => Err(Error::bad_request("The page has no such form.")),
    };
    match done {
        Ok(place) => go_to(place, None),
        Err(error) => forms.refuse(&form, fields, error, parts).await,
    }
}

/// Where the browser goes on.
type Done = Result<&'static str, Error>;

fn text<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).map_or("", |value| value.trim())
}

async fn deposit(forms: &Forms, caller: Caller, fields: &Fields) -> Done {
    let amount = text(fields, "amount_sats").replace([' ', '\u{202f}', ','], "");
    let amount_sats = amount.parse().map_err(|_| {
        Error::bad_request("The amount is a whole number of sat.").about("amount_sats")
    })?;
    let key = text(fields, "key").parse().ok();
    let deposit = Deposit { amount_sats };
    forms.service.deposit(caller, key, deposit).await?;
    Ok("/account?done=deposit#money")
}

async fn set_pool(forms: &Forms, caller: Caller, fields: &mut Fields) -> Done {
    let password = take(fields, "password");
    let pool = WantedPool {
        address: text(fields, "address").into(),
        user: text(fields, "user").into(),
        // What most pools take.
        password: if password.is_empty() {
            "x".into()
        } else {
            password
        },
    };
    let key = text(fields, "key").parse().ok();
    let set = SetFallbackPool { pool: Some(pool) };
    forms.service.set_fallback_pool(caller, key, set).await?;
    Ok("/account?done=fallback-pool#fallback-pool")
}

async fn remove_pool(forms: &Forms, caller: Caller, fields: &Fields) -> Done {
    let key = text(fields, "key").parse().ok();
    let set = SetFallbackPool { pool: None };
    forms.service.set_fallback_pool(caller, key, set).await?;
    Ok("/account?done=remove-fallback-pool#fallback-pool")
}

/// The secret is shown in this very answer: it must not stand in an address.
async fn make_token(forms: &Forms, caller: Caller, fields: Fields, parts: Parts) -> Response {
    let new = NewToken {
        name: text(&fields, "name").into(),
        scope: match text(&fields, "scope") {
            "machine" => Scope::Machine,
            "trade" => Scope::Trade,
            _ => Scope::Read,
        },
    };
    match forms.service.make_api_token(caller, new).await {
        Ok(made) => {
            let shown = Filled {
                made: Some(made),
                ..filled("make-token", Fields::new(), None)
            };
            (forms.again)(shown, parts).await
        }
        Err(error) => forms.refuse("make-token", fields, error, parts).await,
    }
}

async fn revoke_token(forms: &Forms, caller: Caller, fields: &Fields) -> Done {
    let id = text(fields, "id").parse();
    let id = id.map_err(|_| Error::bad_request("A token's number is a whole number."))?;
    forms.service.revoke_api_token(caller, id).await?;
    Ok("/account?done=revoke-token#tokens")
}

async fn end_machines(forms: &Forms, caller: Caller) -> Done {
    let owner = allow(&caller, Scope::Owner)?;
    forms.service.identity().end_machines(owner).await?;
    Ok("/account?done=end-machines#tokens")
}

async fn sign_out_everywhere(
    forms: &Forms,
    caller: Caller,
    fields: Fields,
    parts: Parts,
) -> Response {
    let identity = forms.service.identity();
    let done = match allow(&caller, Scope::Owner) {
        Ok(account) => identity.sign_out_everywhere(&account).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => go_to("/", set_cookie(identity.https(), "", 0)),
        Err(error) => {
            let form = "sign-out-everywhere";
            forms.refuse(form, fields, error, parts).await
        }
    }
}
