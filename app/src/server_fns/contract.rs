use super::Failure;
use leptos::prelude::*;

/// One contract with its delivery so far.
#[server(prefix = "/api/pages", endpoint = "contract")]
pub async fn contract(id: u64) -> Result<api::Contract, Failure> {
    let id = units::ContractId::new(id);
    let answer = super::backend()?.contract(id).await;
    Ok(answer.inspect_err(super::send_status)?)
}
