//! Headers that every answer carries.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

const ALWAYS: [(HeaderName, &str); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
];

/// Marks an answer that is of one caller alone.
#[derive(Clone, Copy)]
pub(crate) struct Personal;

/// A file whose name holds its hash never changes; what is of one caller is not kept anywhere; everything else is asked
/// for again.
pub(crate) async fn add(request: Request, next: Next) -> Response {
    let hashed = is_hashed(request.uri().path());
    let mut response = next.run(request).await;
    let immutable = hashed && response.status().is_success();
    let personal = response.extensions().get::<Personal>().is_some();
    let caching = match (immutable, personal) {
        (true, _) => "public, max-age=31536000, immutable",
        (false, true) => "no-store",
        (false, false) => "no-cache",
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Trunk's names: `client-0123456789abcdef_bg.wasm`.
fn is_hashed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    let stem = stem.strip_suffix("_bg").unwrap_or(stem);
    let hash = stem.rsplit_once('-').map_or("", |(_, hash)| hash);
    hash.len() >= 12 && hash.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::is_hashed;

    #[test]
    fn only_trunks_hashes_are_for_ever() {
        assert!(is_hashed("/client-0123456789abcdef_bg.wasm"));
        assert!(is_hashed("/main-0123456789abcdef.css"));
        for path in [
            "/",
            "/verify-loader.js",
            "/favicon.svg",
            "/contracts/1",
            "/a-beef.js",
        ] {
            assert!(!is_hashed(path), "{path}");
        }
    }
}
