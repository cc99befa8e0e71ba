//! Shares in headless Chromium, beside the fastest npm package and the fastest crate for wasm.

use std::{fs, path::Path};

use crate::{failure::Failure, process::Call, project::Project, setup};

/// The bench's own code: wasm modules, the worker, the program that serves and prints.
const SOURCES: &str = "crates/lanes/benches/web";

/// The contender is built with vectors for the whole module, as its documentation wants it; ours enables them itself.
const MODULES: &[(&str, &str)] = &[("lanes", ""), ("tape", "-Ctarget-feature=+simd128")];

pub fn run(project: &Project) -> Result<(), Failure> {
    setup::run(project, true)?;
    let sources = project.root().join(SOURCES);
    let built = project.target().join("web-verify");
    fs::create_dir_all(&built).map_err(|error| failed("create", &built, &error))?;
    for (name, flags) in MODULES {
        module(project, &built, name, flags)?;
    }
    copy(&sources.join("package.json"), &built.join("package.json"))?;
    Call::new(
        project,
        "npm install --no-audit --no-fund --no-package-lock",
    )
    .in_dir(&built)
    .run()?;
    let playwright = "end2end/node_modules/playwright-core/index.mjs";
    let mut call = Call::program(project, "node")
        .arg(sources.join("run.mjs"))
        .env("WEB_SOURCES", &sources)
        .env("WEB_BUILT", &built)
        .env("PLAYWRIGHT", project.root().join(playwright));
    if let Some(path) = setup::chromium(project) {
        call = call.env("CHROMIUM", path);
    }
    call.run()
}

fn module(project: &Project, built: &Path, name: &str, flags: &str) -> Result<(), Failure> {
    let line = "cargo build --quiet --locked --release --target wasm32-unknown-unknown";
    let target = built.join(format!("build-{name}"));
    Call::new(project, line)
        .arg("--manifest-path")
        .arg(project.root().join(SOURCES).join("module/Cargo.toml"))
        .arg("--features")
        .arg(name)
        .arg("--target-dir")
        .arg(&target)
        .env("RUSTFLAGS", flags)
        .run()?;
    let output = target.join("wasm32-unknown-unknown/release/web_verify.wasm");
    copy(&output, &built.join(format!("{name}.wasm")))
}

fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    match fs::copy(from, to) {
        Ok(_) => Ok(()),
        Err(error) => Err(failed("copy", from, &error)),
    }
}

fn failed(verb: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("could not {verb} {}: {error}.", path.display()))
}
