//! The market's refusals as the API's errors.

use crate::pools::sentence;
use api::{Error, ErrorCode};
use market::Refusal;

/// With the rule's stable name, a sentence, and the status that fits it.
pub(crate) fn refused(why: Refusal) -> Error {
    told(why.status(), &why.to_string())
}

/// The same out of a receipt.
pub(crate) fn told(status: &str, words: &str) -> Error {
    let mut error = Error::refused(sentence(words)).with_status(status);
    error.code = match status {
        "not_owner" | "not_party" => ErrorCode::Forbidden,
        "unknown_order" | "unknown_site" | "unknown_fleet" | "unknown_listing"
        | "unknown_contract" => ErrorCode::NotFound,
        // A deposit's name, whose receipt is gone, used for another amount.
        "transfer_id_taken" => ErrorCode::Conflict,
        _ => ErrorCode::Refused,
    };
    error
}
