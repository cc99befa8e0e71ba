//! `mining.configure` (BIP 310).

use super::wishes::at_least;
use super::{Downstream, Incoming};
use crate::codec::{self, Request};
use crate::{Reject, hex};
use serde_json::{Map, Value, json};

impl Downstream {
    /// Every extension that was asked for gets a key. `version-rolling.min-bit-count` is required by the BIP, but some
    /// machines leave it out, and the answer does not depend on it.
    pub(super) fn configure(&mut self, request: &Request<'_>) -> Result<Incoming, Reject> {
        let extensions: Vec<String> = request
            .param(0)
            .ok_or(Reject::Malformed("Extensions is not an array of strings"))?;
        let options: Option<Map<String, Value>> = match request.raw_param(1) {
            None => None,
            Some(_) => request
                .param(1)
                .ok_or(Reject::Malformed("Extension parameters is not an object"))?,
        };
        let mut answer = Map::new();
        for extension in extensions {
            let value = match extension.as_str() {
                "version-rolling" => self.configure_version_rolling(options.as_ref(), &mut answer),
                "minimum-difficulty" => self.configure_minimum_difficulty(options.as_ref()),
                "subscribe-extranonce" => {
                    self.wants_extranonce = true;
                    json!(true)
                }
                // The machine tells about itself; nothing of it is needed.
                "info" => json!(true),
                _ => json!(false),
            };
            answer.insert(extension, value);
        }
        Ok(Incoming::Reply(codec::answer(&request.id, &answer)))
    }

    /// Zero takes the wish back.
    fn configure_minimum_difficulty(&mut self, options: Option<&Map<String, Value>>) -> Value {
        let value = options.and_then(|all| all.get("minimum-difficulty.value"));
        let zero = value.and_then(Value::as_f64) == Some(0.0);
        let wish = value.and_then(|value| at_least(&value.to_string()));
        if !zero && wish.is_none() {
            return json!("Invalid minimum-difficulty.value");
        }
        self.minimum = wish;
        json!(true)
    }

    fn configure_version_rolling(
        &mut self,
        options: Option<&Map<String, Value>>,
        answer: &mut Map<String, Value>,
    ) -> Value {
        let wanted = match options.and_then(|all| all.get("version-rolling.mask")) {
            None => Some(u32::MAX),
            Some(mask) => mask.as_str().and_then(hex::decode_short_u32),
        };
        let Some(wanted) = wanted else {
            return json!("Invalid version-rolling.mask");
        };
        self.wanted_mask = Some(wanted);
        let mask = format!("{:08x}", self.version_mask());
        answer.insert("version-rolling.mask".to_owned(), json!(mask));
        json!(true)
    }
}
