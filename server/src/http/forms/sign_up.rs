//! `POST /sign-up`

use super::{Fields, Forms, take};
use crate::http::caller::Peer;
use axum::{Extension, Form, extract::State, http::request::Parts, response::Response};

/// Opens an account and a session.
pub(crate) async fn submit(
    State(forms): State<Forms>,
    Extension(peer): Extension<Peer>,
    parts: Parts,
    Form(mut fields): Form<Fields>,
) -> Response {
    let password = take(&mut fields, "password");
    let name = fields.get("account").map_or("", String::as_str);
    let opened = forms.service.identity().sign_up(peer.0, name, password);
    match opened.await {
        Ok(opened) => forms.welcome(&opened),
        Err(error) => forms.refuse("sign-up", fields, error, parts).await,
    }
}
