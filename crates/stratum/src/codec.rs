//! One line in, one line out. Lines carry no newline: framing belongs to whoever holds the socket.

mod answer;
mod id;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::value::RawValue;
use std::fmt;

pub use answer::{accept, accept_into, answer, notification, reject, reject_into};
pub(crate) use answer::{json_into, request, text};
pub use id::Id;

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// Not one JSON value, or a key twice.
    InvalidJson,
    /// JSON, but no object.
    NotAnObject,
    /// The id is neither string, number nor null.
    BadId,
    /// The method is no string.
    BadMethod,
    /// The parameters are no array.
    BadParams,
}

impl Malformed {
    /// The text for the other side.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::InvalidJson => "Invalid JSON",
            Self::NotAnObject => "Not a JSON object",
            Self::BadId => "Id is not a string, number or null",
            Self::BadMethod => "Method is not a string",
            Self::BadParams => "Params is not an array",
        }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl std::error::Error for Malformed {}

/// A malformed line, with the id to answer to (null where it could not be read).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The line's id.
    pub id: Id,
    /// What is wrong.
    pub kind: Malformed,
}

/// A well-formed line.
#[derive(Clone, Debug)]
pub enum Message<'a> {
    /// It has a method: a request, or a notification where the id is null.
    Request(Request<'a>),
    /// It has none: the answer to a request.
    Response(Response<'a>),
}

/// A line with a method.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// Echoed with the answer.
    pub id: Id,
    /// `mining.submit` and the like.
    pub method: String,
    params: Vec<&'a RawValue>,
}

/// A line without a method.
#[derive(Clone, Debug)]
pub struct Response<'a> {
    /// The id of the request that it answers.
    pub id: Id,
    result: Option<&'a RawValue>,
    error: Option<&'a RawValue>,
    reject_reason: Option<&'a RawValue>,
}

impl Request<'_> {
    /// How many parameters there are.
    #[must_use]
    pub fn param_count(&self) -> usize {
        self.params.len()
    }

    /// The parameter's JSON text, as it stands in the line.
    #[must_use]
    pub fn raw_param(&self, index: usize) -> Option<&str> {
        self.params.get(index).map(|raw| raw.get())
    }

    /// The parameter as a `T`; `None` where it is missing or of another type.
    #[must_use]
    pub fn param<T: DeserializeOwned>(&self, index: usize) -> Option<T> {
        serde_json::from_str(self.raw_param(index)?).ok()
    }
}

impl Response<'_> {
    /// The result as a `T`; `None` where it is missing, null or of another type.
    #[must_use]
    pub fn result<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(self.result?.get()).ok()
    }

    /// Why it was refused, in any of the forms that pools use: `[code, "text", …]`, `"text"`, `{"message": "text"}`
    /// or, beside them, `"reject-reason"`. At most 200 printable characters.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        let (json, error) = self.refusal()?;
        let text = [error.get(1), error.get("message"), Some(&error)]
            .into_iter()
            .flatten()
            .find_map(|part| part.as_str());
        Some(printable(text.unwrap_or(json), REASON_LIMIT))
    }

    /// The number of the refusal, in any of the forms that pools use: `[code, …]`, `{"code": code}` or the number alone.
    #[must_use]
    pub fn code(&self) -> Option<i32> {
        let (_, error) = self.refusal()?;
        let code = [error.get(0), error.get("code"), Some(&error)]
            .into_iter()
            .flatten()
            .find_map(serde_json::Value::as_i64)?;
        i32::try_from(code).ok()
    }

    fn refusal(&self) -> Option<(&str, serde_json::Value)> {
        let json = self.error.or(self.reject_reason)?.get();
        Some((json, serde_json::from_str(json).ok()?))
    }
}

/// The longest reason, in characters, that is kept of a pool's.
const REASON_LIMIT: usize = 200;

/// A stranger's text, safe to keep and to show: no control or bidirectional-override characters, and bounded.
pub(crate) fn printable(text: &str, limit: usize) -> String {
    let odd = |c: &char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    text.chars().filter(|c| !odd(c)).take(limit).collect()
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    method: Option<&'a RawValue>,
    #[serde(borrow, default)]
    params: Option<&'a RawValue>,
    #[serde(borrow, default)]
    result: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "reject-reason")]
    reject_reason: Option<&'a RawValue>,
}

/// Reads one line; `None` for a blank one. Lenient where real miners are: no params is `[]`, no id is null, and white
/// space around the line (a carriage return) is dropped.
///
/// # Errors
/// [`ParseError`] where the line is no JSON object, or its id, method or params has the wrong type.
pub fn parse(line: &str) -> Result<Option<Message<'_>>, ParseError> {
    let line = line.trim();
    if line.is_empty() {
        return Ok(None);
    }
    let fail = |id: &Id, kind| ParseError {
        id: id.clone(),
        kind,
    };
    // A derived struct would also be read from an array.
    if !line.starts_with('{') {
        let json = serde_json::from_str::<IgnoredAny>(line).is_ok();
        let kind = if json {
            Malformed::NotAnObject
        } else {
            Malformed::InvalidJson
        };
        return Err(fail(&Id::null(), kind));
    }
    let line: Line<'_> =
        serde_json::from_str(line).map_err(|_| fail(&Id::null(), Malformed::InvalidJson))?;
    let id = match line.id {
        None => Id::null(),
        Some(raw) => Id::from_json(raw.get()).ok_or_else(|| fail(&Id::null(), Malformed::BadId))?,
    };
    let Some(method) = line.method else {
        let Line {
            result,
            error,
            reject_reason,
            ..
        } = line;
        return Ok(Some(Message::Response(Response {
            id,
            result,
            error,
            reject_reason,
        })));
    };
    let method = serde_json::from_str(method.get()).map_err(|_| fail(&id, Malformed::BadMethod))?;
    let params = line.params.map_or(Ok(Vec::new()), |raw| {
        serde_json::from_str(raw.get()).map_err(|_| fail(&id, Malformed::BadParams))
    })?;
    Ok(Some(Message::Request(Request { id, method, params })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Reject;

    fn request(line: &str) -> Request<'_> {
        match parse(line) {
            Ok(Some(Message::Request(request))) => request,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn what_real_miners_send() {
        let r = request("{\"id\": 4, \"method\": \"mining.submit\", \"params\": [\"a\", 1.50]}\r");
        assert_eq!((r.id.to_string(), r.param_count()), ("4".to_owned(), 2));
        assert_eq!(r.param::<String>(0).as_deref(), Some("a"));
        assert_eq!(r.param::<String>(1), None);
        assert_eq!(r.raw_param(1), Some("1.50"));
        assert_eq!(r.raw_param(2), None);
        assert_eq!(request(r#"{"method":"m","params":null}"#).id, Id::null());
        assert_eq!(request(r#"{"id":null,"method":"m"}"#).param_count(), 0);
        assert_eq!(
            request(r#"{"id":"x\u0041","method":"m"}"#).id.to_string(),
            r#""x\u0041""#
        );
        assert_eq!(
            request(r#"{"id":-1.5e3,"method":"m","jsonrpc":"2.0"}"#)
                .id
                .to_string(),
            "-1.5e3"
        );
        for blank in ["", "\r", " \t "] {
            assert!(parse(blank).unwrap().is_none());
        }
    }

    #[test]
    fn malformed_lines_are_named() {
        for (line, kind, id) in [
            ("{", Malformed::InvalidJson, "null"),
            ("GET / HTTP/1.1", Malformed::InvalidJson, "null"),
            (
                r#"{"id":1,"id":2,"method":"m"}"#,
                Malformed::InvalidJson,
                "null",
            ),
            (r#"{"id":1,"method":"m"} x"#, Malformed::InvalidJson, "null"),
            (
                r#"[1,"mining.subscribe",[]]"#,
                Malformed::NotAnObject,
                "null",
            ),
            ("null", Malformed::NotAnObject, "null"),
            (r#"{"id":[],"method":"m"}"#, Malformed::BadId, "null"),
            (r#"{"id":true,"method":"m"}"#, Malformed::BadId, "null"),
            (r#"{"id":7,"method":7}"#, Malformed::BadMethod, "7"),
            (
                r#"{"id":7,"method":"m","params":{}}"#,
                Malformed::BadParams,
                "7",
            ),
            (
                r#"{"id":7,"method":"m","params":"x"}"#,
                Malformed::BadParams,
                "7",
            ),
        ] {
            let error = parse(line).unwrap_err();
            assert_eq!(
                (error.kind, error.id.to_string()),
                (kind, id.to_owned()),
                "{line}"
            );
        }
        let deep = format!(
            r#"{{"id":1,"method":"m","params":{}{}}}"#,
            "[".repeat(4000),
            "]".repeat(4000)
        );
        assert_eq!(request(&deep).param::<serde_json::Value>(0), None);
    }

    #[test]
    fn reasons_in_every_form() {
        for (line, reason) in [
            (
                r#"{"id":4,"result":null,"error":[23,"Low",null]}"#,
                Some("Low"),
            ),
            (r#"{"id":4,"result":false,"error":"Stale"}"#, Some("Stale")),
            (
                r#"{"id":4,"error":{"code":1,"message":"Dup"}}"#,
                Some("Dup"),
            ),
            (
                r#"{"id":4,"result":false,"error":null,"reject-reason":"Old\n"}"#,
                Some("Old"),
            ),
            (r#"{"id":4,"error":[21]}"#, Some("[21]")),
            (r#"{"id":4,"result":true,"error":null}"#, None),
        ] {
            let Ok(Some(Message::Response(response))) = parse(line) else {
                panic!("{line}")
            };
            assert_eq!(response.reason().as_deref(), reason, "{line}");
        }
    }

    #[test]
    fn wire_forms() {
        let id = Id::null();
        assert_eq!(accept(&id), r#"{"id":null,"result":true,"error":null}"#);
        assert_eq!(
            reject(&id, Reject::Duplicate),
            r#"{"id":null,"result":null,"error":[22,"Duplicate share",null]}"#
        );
        assert_eq!(
            notification("a\"b", &["x"]),
            r#"{"id":null,"method":"a\"b","params":["x"]}"#
        );
    }
}
