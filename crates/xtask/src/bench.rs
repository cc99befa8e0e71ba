//! `cargo xtask bench NAME`.

use crate::failure::Failure;

/// The benchmarks by name.
const KNOWN: &[&str] = &[];

pub fn run(rest: &[&str]) -> Result<(), Failure> {
    let known = match KNOWN {
        [] => "none so far".to_string(),
        names => names.join(", "),
    };
    let [name] = rest else {
        return Err(Failure::usage(format!(
            "`bench` takes the name of one bench; known: {known}."
        )));
    };
    Err(Failure::usage(format!(
        "there is no bench `{name}` yet; known: {known}."
    )))
}
