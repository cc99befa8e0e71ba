//! Parts of the Rust toolchain.

use std::path::Path;

use crate::{failure::Failure, failure::say, process::Call, project::Project};

/// The standard library for the browser. Asked of `rustc` first: a toolchain without rustup may have it.
pub fn wasm_target(project: &Project) -> Result<(), Failure> {
    let question = "rustc --print target-libdir --target wasm32-unknown-unknown";
    let present = Call::new(project, question)
        .answer()
        .is_some_and(|dir| Path::new(dir.trim()).is_dir());
    if present {
        return Ok(());
    }
    say("setup: adding the Rust target wasm32-unknown-unknown (about 20 MB, seconds).");
    Call::new(project, "rustup target add wasm32-unknown-unknown").run()
}

/// `cargo fmt` and `cargo clippy`.
pub fn components(project: &Project) -> Result<(), Failure> {
    let present = ["cargo fmt --version", "cargo clippy --version"]
        .iter()
        .all(|question| Call::new(project, question).answer().is_some());
    if present {
        return Ok(());
    }
    say("setup: adding rustfmt and clippy to the Rust toolchain (about 10 MB, seconds).");
    Call::new(project, "rustup component add rustfmt clippy").run()
}
