//! `POST /contracts/:id`: notice.

use super::{Fields, Forms, go_on, take, trading::key};
use api::{Backend, Caller, Error};
use axum::{
    Extension, Form,
    extract::{Path, State},
    http::request::Parts,
    response::Response,
};
use units::ContractId;

/// Gives notice.
pub(crate) async fn submit(
    State(forms): State<Forms>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    parts: Parts,
    Form(mut fields): Form<Fields>,
) -> Response {
    let form = take(&mut fields, "do");
    match give_notice(&forms, caller, &id, &form, &fields).await {
        Ok(id) => go_on(&format!("/contracts/{id}#end")),
        // The page knows one form.
        Err(error) => forms.refuse("notice", fields, error, parts).await,
    }
}

async fn give_notice(
    forms: &Forms,
    caller: Caller,
    id: &str,
    form: &str,
    fields: &Fields,
) -> Result<ContractId, Error> {
    if form != "notice" {
        return Err(Error::bad_request("The page has no such form."));
    }
    let id = id.parse::<ContractId>();
    let id = id.map_err(|_| Error::not_found("A contract's address ends in its number."))?;
    forms.service.give_notice(caller, key(fields), id).await?;
    Ok(id)
}
