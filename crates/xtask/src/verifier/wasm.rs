//! The verifier's wasm, built so that nothing of the machine is in it.

use std::{fs, path::Path};

use super::{
    failed,
    paths::{Checkout, without_paths},
    read,
};
use crate::{failure::Failure, process::Call, project::Project};

const TARGET: &str = "wasm32-unknown-unknown";

/// A binary of the workspace that becomes wasm.
pub struct Part {
    cargo: &'static str,
    profile: &'static str,
    binary: &'static str,
}

pub const PAGE: Part = Part {
    cargo: "cargo build --locked -p app --bin client --features hydrate",
    profile: "wasm-release",
    binary: "client",
};

pub const WORKER: Part = Part {
    cargo: "cargo build --locked -p pow_wasm --bin verify-worker",
    profile: "worker-release",
    binary: "verify-worker",
};

/// What kind of script goes around the wasm, in wasm-bindgen's words. The wasm is the same with either.
pub type Script = &'static str;

/// A module.
pub const SERVED: Script = "web";
/// A classic script: a module cannot be a worker of a page without a server.
pub const CLASSIC: Script = "no-modules";

pub struct Module {
    pub script: String,
    pub wasm: Vec<u8>,
}

/// Builds it in `folder`.
pub fn module(
    project: &Project,
    checkout: &Checkout,
    folder: &Path,
    part: &Part,
    script: Script,
) -> Result<Module, Failure> {
    Call::new(project, part.cargo)
        .arg("--profile")
        .arg(part.profile)
        .arg("--target")
        .arg(TARGET)
        .arg("--target-dir")
        .arg(folder)
        .env("CARGO_ENCODED_RUSTFLAGS", without_paths(checkout.root()))
        .in_dir(checkout.root())
        .run()?;
    let binary = part.binary;
    let built = [TARGET, part.profile, &format!("{binary}.wasm")];
    // The served and the classic script have one name.
    let bound = folder.join("bound").join(script);
    Call::new(project, "wasm-bindgen --no-typescript --target")
        .arg(script)
        .arg("--out-dir")
        .arg(&bound)
        .arg(
            built
                .iter()
                .fold(folder.to_owned(), |path, part| path.join(part)),
        )
        .run()?;
    let script = bound.join(format!("{binary}.js"));
    Ok(Module {
        script: fs::read_to_string(&script).map_err(|error| failed("read", &script, &error))?,
        wasm: read(&bound.join(format!("{binary}_bg.wasm")))?,
    })
}
