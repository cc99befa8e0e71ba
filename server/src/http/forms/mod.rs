//! What the pages' forms send, without JavaScript: done, they lead on to a page; refused, the page comes back with what was
//! typed and the reason beside its field.

pub(crate) mod account;
pub(crate) mod sign_in;
pub(crate) mod sign_out;
pub(crate) mod sign_up;

use super::{caller::set_cookie, status};
use crate::{
    backend::Service,
    identity::{LASTS, OpenedSession, random},
};
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
const SECRET: [&str; 2] = ["password", "key"];

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
fn filled(form: &str, mut fields: Fields) -> Filled {
    fields.retain(|name, _| !SECRET.contains(&name.as_str()));
    Filled {
        form: form.into(),
        fields,
        ..blank()
    }
}

fn take(fields: &mut Fields, name: &str) -> String {
    fields.remove(name).unwrap_or_default()
}

impl Forms {
    /// The page again, with the reason.
    async fn refuse(
        &self,
        form: &str,
        fields: Fields,
        error: api::Error,
        parts: Parts,
    ) -> Response {
        let status = status(error.code);
        let filled = Filled {
            error: Some(error),
            ..filled(form, fields)
        };
        let mut response = (self.again)(filled, parts).await;
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
