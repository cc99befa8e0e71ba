//! Lines that we write. The forms that append to a caller's buffer allocate nothing of their own.

use super::Id;
use crate::Reject;
use serde::Serialize;
use std::io::Write;

/// `result` in answer to `id`.
#[must_use]
pub fn answer<T: Serialize>(id: &Id, result: &T) -> String {
    format!(r#"{{"id":{id},"result":{},"error":null}}"#, json(result))
}

/// The answer `true`.
#[must_use]
pub fn accept(id: &Id) -> String {
    text(|out| accept_into(id, out))
}

/// Appends the answer `true`, without a newline.
pub fn accept_into(id: &Id, out: &mut Vec<u8>) {
    out.extend_from_slice(br#"{"id":"#);
    out.extend_from_slice(id.as_bytes());
    out.extend_from_slice(br#","result":true,"error":null}"#);
}

/// The refusal of `id`.
#[must_use]
pub fn reject(id: &Id, why: Reject) -> String {
    text(|out| reject_into(id, why, out))
}

/// Appends the refusal of `id`, without a newline. The error is an array: some miners look at nothing but its length.
pub fn reject_into(id: &Id, why: Reject, out: &mut Vec<u8>) {
    out.extend_from_slice(br#"{"id":"#);
    out.extend_from_slice(id.as_bytes());
    out.extend_from_slice(br#","result":null,"error":["#);
    // Writing to a Vec cannot fail.
    let _ = write!(out, "{},", why.code());
    json_into(&why.text(), out);
    out.extend_from_slice(b",null]}");
}

/// A message that expects no answer.
#[must_use]
pub fn notification<T: Serialize>(method: &str, params: &T) -> String {
    format!(
        r#"{{"id":null,"method":{},"params":{}}}"#,
        json(&method),
        json(params)
    )
}

/// A request with an id of ours.
#[must_use]
pub(crate) fn request<T: Serialize>(id: u64, method: &str, params: &T) -> String {
    format!(
        r#"{{"id":{id},"method":{},"params":{}}}"#,
        json(&method),
        json(params)
    )
}

/// Only values that always serialise (strings, numbers, arrays, maps with string keys) come here and below.
fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

pub(crate) fn json_into<T: Serialize>(value: &T, out: &mut Vec<u8>) {
    let _ = serde_json::to_writer(out, value);
}

/// What `write` appends, which is UTF-8.
pub(crate) fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut line = Vec::with_capacity(64);
    write(&mut line);
    String::from_utf8(line).unwrap_or_default()
}
