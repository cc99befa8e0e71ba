//! What a machine would like its difficulty to be.

use super::{Downstream, Incoming};
use crate::codec::{self, Request};
use crate::{hex, target_of_difficulty};
use units::{Difficulty, Target};

impl Downstream {
    /// `mining.suggest_difficulty` and `mining.suggest_target`: always answered `true`, since some machines send it as a
    /// keep-alive; of no effect where nothing can be read from it.
    pub(super) fn suggest(&mut self, request: &Request<'_>) -> Incoming {
        let target = match request.method.as_str() {
            "mining.suggest_target" => request
                .param::<String>(0)
                .as_deref()
                .and_then(hex::decode_array)
                .and_then(Target::from_be_bytes),
            _ => request.raw_param(0).and_then(target_of_number),
        };
        let wish = target.map(|target| Difficulty::at_most(&target));
        self.suggested = wish.or(self.suggested);
        Incoming::Reply(codec::accept(&request.id))
    }
}

/// The easiest difficulty that is not below a JSON number, or a string of one.
pub(super) fn at_least(json: &str) -> Option<Difficulty> {
    let target = target_of_number(json)?;
    let below = Difficulty::at_most(&target);
    Some(if below.target() > target {
        below.harder()
    } else {
        below
    })
}

fn target_of_number(json: &str) -> Option<Target> {
    // A number has no quotes; a string of one is short and has no escapes.
    let inside = json
        .strip_prefix('"')
        .and_then(|json| json.strip_suffix('"'));
    target_of_difficulty(inside.unwrap_or(json))
}
