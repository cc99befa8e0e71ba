//! The one error that crosses the door.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What kind of failure; stable in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// There is no such thing.
    NotFound,
    /// It was there, and was removed for good.
    Gone,
    /// The request cannot be understood.
    BadRequest,
    /// It was asked too often, or by too many at once; later it will be answered.
    TooManyRequests,
    /// The server failed; what happened stands in its log.
    Internal,
}

/// An error as a client sees it: a stable code and a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Error {
    /// The kind.
    pub code: ErrorCode,
    /// One sentence.
    pub message: String,
}

impl Error {
    /// There is no such thing.
    #[must_use]
    pub fn not_found(message: impl Into<String>) -> Self {
        Self {
            code: ErrorCode::NotFound,
            message: message.into(),
        }
    }

    /// It was there, and was removed for good.
    #[must_use]
    pub fn gone(message: impl Into<String>) -> Self {
        Self {
            code: ErrorCode::Gone,
            message: message.into(),
        }
    }

    /// The request cannot be understood.
    #[must_use]
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self {
            code: ErrorCode::BadRequest,
            message: message.into(),
        }
    }

    /// It was asked too often, or by too many at once.
    #[must_use]
    pub fn too_many_requests(message: impl Into<String>) -> Self {
        Self {
            code: ErrorCode::TooManyRequests,
            message: message.into(),
        }
    }

    /// The server failed.
    #[must_use]
    pub fn internal() -> Self {
        let message = "The server could not answer. The operator's log says why.".into();
        Self {
            code: ErrorCode::Internal,
            message,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
