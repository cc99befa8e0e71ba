use super::Failure;
use leptos::prelude::*;
use units::Hashrate;

/// What the buyer's pool does. Without a password of its own: it would stand in the page's address.
#[server(prefix = "/api/pages", endpoint = "pool-check")]
pub async fn check_pool(
    address: String,
    user: String,
    hashrate_hs: Option<Hashrate>,
) -> Result<api::PoolReport, Failure> {
    let check = api::PoolCheck {
        address,
        user,
        password: "x".into(),
        hashrate_hs,
    };
    let answer = super::backend()?.check_pool(check).await;
    Ok(answer.inspect_err(super::send_status)?)
}
