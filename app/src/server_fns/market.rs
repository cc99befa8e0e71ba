use super::Failure;
use leptos::prelude::*;

/// The book, the last trade and the contracts.
#[server(prefix = "/api/pages", endpoint = "market")]
pub async fn market() -> Result<api::Market, Failure> {
    Ok(super::backend()?.market().await?)
}
