//! Who asks: out of the session's cookie or an API token. Other sites' requests end here.

use super::{Failure, headers::Personal};
use crate::{backend::Service, identity::Secret};
use api::{Caller, Error, RequestKey, Scope};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::{net::IpAddr, sync::Arc};

/// The other end of the connection.
#[derive(Clone, Copy)]
pub(crate) struct Peer(pub IpAddr);

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Gives every request its [`Caller`], as an extension.
///
/// An `Authorization` that is not valid is refused, not passed over. With it the cookie does not count, and neither does
/// where the request comes from: no browser sends it by itself.
pub(crate) async fn identify(
    State(service): State<Arc<Service>>,
    mut request: Request,
    next: Next,
) -> Response {
    let caller = match known(&service, request.method(), request.headers()).await {
        Ok(caller) => caller,
        Err(error) => return Failure(error).into_response(),
    };
    request.extensions_mut().insert(caller);
    let mut response = next.run(request).await;
    if caller != Caller::Stranger {
        response.extensions_mut().insert(Personal);
    }
    response
}

async fn known(service: &Service, method: &Method, headers: &HeaderMap) -> Result<Caller, Error> {
    if let Some(authorization) = headers.get(header::AUTHORIZATION) {
        let caller = match bearer(authorization) {
            Some(token) => service.identity().by_token(token).await?,
            None => Caller::Stranger,
        };
        if caller == Caller::Stranger {
            let words = "This API token is not known here, or was revoked.";
            return Err(Error::unauthenticated(words));
        }
        if is_machine(&caller) {
            let words = "This token is for machines: it is their Stratum password, and opens nothing over HTTP.";
            return Err(Error::forbidden(words));
        }
        return Ok(caller);
    }
    let https = service.identity().https();
    let session = session(headers, https);
    let reads = [Method::GET, Method::HEAD, Method::OPTIONS].contains(method);
    if !reads && is_foreign(headers, https, session.is_some()) {
        let words = "This request comes from another site, or does not say where it comes from.";
        return Err(Error::forbidden(words));
    }
    match session {
        Some(session) => service.identity().by_session(&session).await,
        None => Ok(Caller::Stranger),
    }
}

const fn is_machine(caller: &Caller) -> bool {
    matches!(caller, Caller::Known { scope, .. } if matches!(scope, Scope::Machine))
}

fn bearer(authorization: &HeaderValue) -> Option<&str> {
    let (scheme, token) = authorization.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Browsers say where a request comes from. What says nothing is no browser, and so has no business with a cookie.
fn is_foreign(headers: &HeaderMap, https: bool, has_session: bool) -> bool {
    if let Some(site) = headers.get(SEC_FETCH_SITE) {
        return site != "same-origin" && site != "none";
    }
    let Some(origin) = headers.get(header::ORIGIN) else {
        return has_session;
    };
    let origin = origin.to_str().unwrap_or_default();
    let plain = origin.strip_prefix("http://").filter(|_| !https);
    let from = origin.strip_prefix("https://").or(plain);
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    from.is_none() || from != host
}

/// `__Host-`: browsers take it over TLS alone, and from this very host.
const fn cookie_name(https: bool) -> &'static str {
    if https { "__Host-assay" } else { "assay" }
}

/// The session that the request's cookie names, whether it is one or not.
pub(crate) fn session(headers: &HeaderMap, https: bool) -> Option<Secret> {
    let cookies = headers.get_all(header::COOKIE).into_iter();
    let cookies = cookies.filter_map(|cookie| cookie.to_str().ok());
    let mut pairs = cookies.flat_map(|cookie| cookie.split(';'));
    pairs.find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == cookie_name(https)).then(|| Secret::parse(value))?
    })
}

/// A cookie with this value for so many seconds; none removes it.
pub(crate) fn set_cookie(https: bool, value: &str, seconds: u64) -> Option<HeaderValue> {
    let name = cookie_name(https);
    let secure = if https { "; Secure" } else { "" };
    let cookie =
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    HeaderValue::from_str(&cookie).ok()
}

/// The request's own name, where it has one.
pub(crate) fn request_key(headers: &HeaderMap) -> Result<Option<RequestKey>, Failure> {
    let Some(key) = headers.get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    let key = key.to_str().unwrap_or_default().parse();
    key.map(Some)
        .map_err(|why| Error::bad_request(crate::pools::sentence(why)).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), value.parse().unwrap())
        };
        all.iter().map(pair).collect()
    }

    #[test]
    fn only_this_sites_own_pages_may_change_something() {
        let host = ("host", "assay.example:8080");
        for (given, session, foreign) in [
            (vec![("sec-fetch-site", "same-origin")], true, false),
            (vec![("sec-fetch-site", "none")], true, false),
            (vec![("sec-fetch-site", "same-site")], true, true),
            (vec![("sec-fetch-site", "cross-site")], false, true),
            (vec![("origin", "http://assay.example:8080")], true, false),
            (vec![("origin", "https://assay.example:8080")], true, false),
            (vec![("origin", "http://assay.example")], true, true),
            (
                vec![("origin", "http://assay.example:8080.evil.net")],
                true,
                true,
            ),
            (vec![("origin", "null")], true, true),
            (vec![("origin", "")], false, true),
            // A program without a cookie.
            (vec![], false, false),
            (vec![], true, true),
        ] {
            let mut given = given;
            given.push(host);
            assert_eq!(
                is_foreign(&headers(&given), false, session),
                foreign,
                "{given:?}"
            );
        }
        let plain = headers(&[("origin", "http://assay.example:8080"), host]);
        assert!(is_foreign(&plain, true, true), "over TLS alone");
    }

    #[test]
    fn the_cookie_is_found_among_others_and_by_its_own_name() {
        let token = "ab".repeat(32);
        let of = |cookie: &str, https| {
            session(&headers(&[("cookie", cookie)]), https).map(|secret| secret.hex())
        };
        let plain = format!("theme=dark; assay={token}; x=y");
        assert_eq!(of(&plain, false), Some(token.clone()));
        assert_eq!(of(&plain, true), None);
        let secure = format!("__Host-assay={token}");
        assert_eq!(of(&secure, true), Some(token));
        for bad in ["assay=", "assay", "assay=zz", "notassay=ab", ""] {
            assert_eq!(of(bad, false), None, "{bad}");
        }
        let set = set_cookie(true, "x", 60).unwrap();
        let words = "__Host-assay=x; Path=/; HttpOnly; SameSite=Lax; Max-Age=60; Secure";
        assert_eq!(set, words);
    }
}
