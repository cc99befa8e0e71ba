use super::Failure;
use leptos::prelude::*;

/// The book, the last trade and the contracts.
#[server(prefix = "/api/pages", endpoint = "market")]
pub async fn market() -> Result<api::Market, Failure> {
    let answer = super::backend()?.market().await;
    Ok(answer.inspect_err(super::send_status)?)
}
