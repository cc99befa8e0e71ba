use super::Failure;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What the account's page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountPageData {
    /// The account.
    pub account: api::Account,
    /// Its API tokens.
    pub tokens: Vec<api::ApiToken>,
}

/// The account that is signed in.
#[server(prefix = "/api/pages", endpoint = "account")]
pub async fn account() -> Result<AccountPageData, Failure> {
    let (backend, caller) = (super::backend()?, super::caller());
    let account = backend.account(caller).await;
    let account = account.inspect_err(super::send_status)?;
    let tokens = backend.api_tokens(caller).await;
    let tokens = tokens.inspect_err(super::send_status)?;
    Ok(AccountPageData { account, tokens })
}

/// Accounts that anyone may try: none but in the demo.
#[server(prefix = "/api/pages", endpoint = "demo-logins")]
pub async fn demo_logins() -> Result<Vec<api::DemoLogin>, Failure> {
    let answer = super::backend()?.demo_logins().await;
    Ok(answer.inspect_err(super::send_status)?)
}

/// The name of the account that is signed in. The server knows, and the page that it renders.
pub fn signed_in() -> Option<String> {
    #[cfg(feature = "ssr")]
    let name = super::caller().account().map(|account| account.to_string());
    #[cfg(not(feature = "ssr"))]
    let name = None;
    name
}
