//! `POST /orders`: reduce one, cancel one, cancel all.

use super::{Fields, Forms, go_to, take, trading::key};
use api::{Backend, Caller, Error, ReduceOrder};
use app::forms::Sheet;
use axum::{Extension, Form, extract::State, http::request::Parts, response::Response};
use units::OrderId;

/// Does what the form asks for.
pub(crate) async fn submit(
    State(forms): State<Forms>,
    Extension(caller): Extension<Caller>,
    parts: Parts,
    Form(mut fields): Form<Fields>,
) -> Response {
    let form = take(&mut fields, "do");
    let done = match form.as_str() {
        "reduce" => reduce(&forms, caller, &fields).await,
        "cancel" => cancel(&forms, caller, &fields).await,
        "cancel-all" => cancel_all(&forms, caller, &fields).await,
        _ => Err(Error::bad_request("The page has no such form.")),
    };
    match done {
        Ok(next) => go_to(next, None),
        Err(error) => forms.refuse_in_form(&form, fields, error, parts).await,
    }
}

/// Where the browser goes on.
type Done = Result<&'static str, Error>;

fn order(fields: &Fields) -> Result<OrderId, Error> {
    let words = "An order's number is a whole number.";
    Sheet(fields).parsed("order", words).map(OrderId::new)
}

async fn reduce(forms: &Forms, caller: Caller, fields: &Fields) -> Done {
    let reduce = ReduceOrder {
        by_hs: Sheet(fields).hashrate("by")?,
        dry_run: false,
    };
    let done = forms
        .service
        .reduce_order(caller, key(fields), order(fields)?, reduce);
    done.await?;
    Ok("/orders?done=reduce")
}

async fn cancel(forms: &Forms, caller: Caller, fields: &Fields) -> Done {
    let done = forms
        .service
        .cancel_order(caller, key(fields), order(fields)?);
    done.await?;
    Ok("/orders?done=cancel")
}

async fn cancel_all(forms: &Forms, caller: Caller, fields: &Fields) -> Done {
    forms.service.cancel_all_orders(caller, key(fields)).await?;
    Ok("/orders?done=cancel-all")
}
