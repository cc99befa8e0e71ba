//! `POST /sign-in`

use super::{Fields, Forms, take};
use crate::http::caller::{Peer, session};
use axum::{Extension, Form, extract::State, http::request::Parts, response::Response};

/// Opens a session; the one that the browser had ends.
pub(crate) async fn submit(
    State(forms): State<Forms>,
    Extension(peer): Extension<Peer>,
    parts: Parts,
    Form(mut fields): Form<Fields>,
) -> Response {
    let identity = forms.service.identity();
    let password = take(&mut fields, "password");
    let name = fields.get("account").map_or("", String::as_str);
    match identity.sign_in(peer.0, name, password).await {
        Ok(opened) => {
            if let Some(before) = session(&parts.headers, identity.https()) {
                // It ends by itself where it cannot be ended now; the log says why.
                let _ = identity.sign_out(&before).await;
            }
            forms.welcome(&opened)
        }
        Err(error) => forms.refuse("sign-in", fields, error, parts).await,
    }
}
