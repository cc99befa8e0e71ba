use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a page has no data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// The server answered, and this is what it said.
    Refused(api::Error),
    /// No answer that can be read.
    Unreachable,
}

impl Failure {
    /// True where there is no such thing.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused(error) if error.code == api::ErrorCode::NotFound)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => error.fmt(f),
            Self::Unreachable => f.write_str("The server cannot be reached just now."),
        }
    }
}

impl std::error::Error for Failure {}

impl From<api::Error> for Failure {
    fn from(error: api::Error) -> Self {
        Self::Refused(error)
    }
}

impl FromServerFnError for Failure {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => {
                Self::Refused(api::Error::bad_request("The request cannot be understood."))
            }
            _ => Self::Unreachable,
        }
    }
}
