//! `POST /sign-out`

use super::{Forms, go_to};
use crate::http::{
    Failure,
    caller::{session, set_cookie},
};
use axum::{extract::State, http::HeaderMap, response::Response};

/// Ends the session.
pub(crate) async fn submit(
    State(forms): State<Forms>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let identity = forms.service.identity();
    if let Some(session) = session(&headers, identity.https()) {
        identity.sign_out(&session).await?;
    }
    Ok(go_to("/", set_cookie(identity.https(), "", 0)))
}
