//! Everything else under `/api/v1/`

use super::Failure;

/// A client of the API gets the API's error, not a page.
pub(crate) async fn answer() -> Failure {
    Failure(api::Error::not_found("The API has no such route."))
}
