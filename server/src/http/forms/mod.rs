//! What the pages' forms send, without JavaScript: done, they lead on to a page; refused, the page comes back with what was
//! typed and the reason beside its field.

pub(crate) mod account;
pub(crate) mod buy;
pub(crate) mod contract;
pub(crate) mod orders;
pub(crate) mod sell;
pub(crate) mod sign_in;
pub(crate) mod sign_out;
pub(crate) mod sign_up;
mod trading;

use super::{caller::set_cookie, status};
use crate::{
    backend::{KEY_IN_USE, KEY_USED, Service},
    identity::{LASTS, OpenedSession, random},
};
use api::{Error, ErrorCode};
use app::Filled;
use axum::{
    body::Body,
    http::{HeaderValue, Request, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use futures::future::BoxFuture;
use leptos::{IntoView, prelude::provide_context};
use leptos_axum::render_app_async_with_context;
use std::{collections::BTreeMap, sync::Arc};

/// A form's fields, percent-encoded, at most.
pub(crate) const BODY_MAX: usize = 16_384;

/// A form's fields, by name.
pub(crate) type Fields = BTreeMap<String, String>;

/// Never sent back.
const SECRET: &str = "password";

/// What the handlers of forms need.
#[derive(Clone)]
pub(crate) struct Forms {
    /// The service behind the pages.
    pub service: Arc<Service>,
    /// The page of the form's address, with what came of the form.
    pub again: Arc<dyn Fn(Filled, Parts) -> BoxFuture<'static, Response> + Send + Sync>,
}

/// Draws pages as the router does, and tells them what came of a form.
pub(crate) fn render<V: IntoView + 'static>(
    context: impl Fn() + Clone + Send + Sync + 'static,
    page: impl Fn() -> V + Clone + Send + Sync + 'static,
) -> Arc<dyn Fn(Filled, Parts) -> BoxFuture<'static, Response> + Send + Sync> {
    Arc::new(move |filled, parts| {
        let context = context.clone();
        let told = move || {
            context();
            provide_context(filled.clone());
        };
        let draw = render_app_async_with_context(told, page.clone());
        draw(Request::from_parts(parts, Body::empty()))
    })
}

/// What pages know of a form that nobody sent: the name of the next request.
pub(crate) fn blank() -> Filled {
    let key = random::<16>().map(|bytes| stratum::hex::encode(&bytes));
    Filled {
        // Without a name a request is carried out as often as it comes.
        key: key.unwrap_or_default(),
        ..Filled::default()
    }
}

/// What pages know of a form that was sent.
fn filled(form: &str, mut fields: Fields, error: Option<Error>) -> Filled {
    fields.remove(SECRET);
    let blank = blank();
    Filled {
        key: name_again(form, &fields, error.as_ref()).unwrap_or(blank.key),
        form: form.into(),
        fields,
        error,
        ..Filled::default()
    }
}

/// The name of the request that was sent, for the next one: as long as nobody knows that its answer is final, the same form
/// sent again must be the same request. A final answer is the market's refusal, or that the name stands for another request.
fn name_again(form: &str, fields: &Fields, error: Option<&Error>) -> Option<String> {
    let is_final = |error: &Error| {
        let in_use = error.status.as_deref() == Some(KEY_IN_USE);
        error.status.is_some() && error.code != ErrorCode::TooManyRequests && !in_use
    };
    // A look has no name of its own, and says nothing of what was placed before it.
    let looks = form.starts_with("review-");
    if !looks && error.is_some_and(is_final) {
        return None;
    }
    // Forms on one page add a word of their own.
    let name = fields.get("key")?.split('-').next()?;
    let ours = name.len() == 32 && name.bytes().all(|b| b.is_ascii_hexdigit());
    ours.then(|| name.to_owned())
}

fn take(fields: &mut Fields, name: &str) -> String {
    fields.remove(name).unwrap_or_default()
}

impl Forms {
    /// The page again, with the reason.
    async fn refuse(&self, form: &str, fields: Fields, mut error: Error, parts: Parts) -> Response {
        let status = status(error.code);
        if error.status.as_deref() == Some(KEY_USED) {
            // Its words are for programs.
            error.message = "This form was sent before with other entries, and answered. Look at your orders and contracts; what stands here now was not carried out.".into();
        }
        let mut response = (self.again)(filled(form, fields, Some(error)), parts).await;
        *response.status_mut() = status;
        response
    }

    /// On to the account's page, with a session.
    fn welcome(&self, opened: &OpenedSession) -> Response {
        let https = self.service.identity().https();
        let cookie = set_cookie(https, &opened.token.hex(), LASTS.get() / 1_000);
        go_to("/account", cookie)
    }
}

/// 303: the browser asks for that page, and going back does not send the form again.
fn go_to(place: &'static str, cookie: Option<HeaderValue>) -> Response {
    let location = HeaderValue::from_static(place);
    let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response();
    if let Some(cookie) = cookie {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// The same, to a place that was made of numbers and fixed words.
fn go_on(place: &str) -> Response {
    match HeaderValue::from_str(place) {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_keeps_its_name_until_its_answer_is_final() {
        let name = "0123456789abcdef0123456789abcdef";
        let sent: Fields = [("key".to_owned(), format!("{name}-a"))].into();
        let market = || Error::refused("No.").with_status("funds");
        let conflict = |status| Error::conflict("No.").with_status(status);
        let pace = Error::too_many_requests("Later.").with_status("too_many_orders");
        for (error, again) in [
            (Error::internal(), true),
            (conflict(KEY_IN_USE), true),
            (Error::bad_request("No.").about("price"), true),
            (Error::unauthenticated("Sign in."), true),
            (pace, true),
            (market(), false),
            (conflict(KEY_USED), false),
        ] {
            let named = filled("place-bid", sent.clone(), Some(error.clone())).key;
            assert_eq!(named == name, again, "{error:?}");
        }
        assert_eq!(filled("review-bid", sent.clone(), Some(market())).key, name);
        assert_eq!(filled("review-bid", sent, None).key, name);
        for odd in ["", "x", "x-0123456789abcdef0123456789abcdef"] {
            let sent = [("key".to_owned(), odd.to_owned())].into();
            let named = filled("place-bid", sent, Some(Error::internal())).key;
            assert_eq!(named.len(), 32, "a name of the server's");
        }
    }
}
