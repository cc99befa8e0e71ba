//! `cargo xtask fuzz [SECONDS]`: libFuzzer on the bundle reader, beginning with the bundle of the vectors.

use std::fs;

use crate::{failure::Failure, process::Call, project::Project};

/// What `cargo fuzz` passes for a compiler without sanitizers: branches and comparisons are counted.
const COVERAGE: &[&str] = &[
    "--cfg=fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Ccodegen-units=1",
];
const DEFAULT_SECONDS: &str = "60";

pub fn run(rest: &[&str]) -> Result<(), Failure> {
    let seconds = match rest {
        [] => DEFAULT_SECONDS,
        [seconds] if seconds.parse::<u32>().is_ok() => seconds,
        _ => return Err(Failure::usage("`fuzz` takes a number of seconds.")),
    };
    let project = Project::open()?;
    let target = project.target().join("fuzz");
    // A target named apart from the host's: build scripts must not be instrumented.
    let host = Call::new(&project, "rustc --print host-tuple").answer();
    let host = host.ok_or_else(|| Failure::new("`rustc` does not say its host."))?;
    let host = host.trim();
    Call::new(
        &project,
        "cargo build --release --locked --manifest-path crates/pow/fuzz/Cargo.toml --target",
    )
    .arg(host)
    .arg("--target-dir")
    .arg(&target)
    .env("CARGO_ENCODED_RUSTFLAGS", COVERAGE.join("\u{1f}"))
    .run()?;
    let corpus = target.join("corpus");
    let vector = project.root().join("crates/pow/tests/vectors/bundle.bin");
    fs::create_dir_all(&corpus)
        .and_then(|()| fs::copy(&vector, corpus.join("vector")))
        .map_err(|error| Failure::new(format!("the corpus could not be begun: {error}.")))?;
    Call::program(&project, target.join(host).join("release/bundle"))
        .arg(&corpus)
        .arg(format!("-max_total_time={seconds}"))
        .arg("-max_len=4096")
        .run()
}
