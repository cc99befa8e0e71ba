//! Tools that cargo builds: into `target/tools`, unless `PATH` has exactly the wanted version.

use crate::{failure::Failure, failure::say, process::Call, project::Project};

/// 0.22 wants a newer compiler than `rust-toolchain.toml` pins.
const TRUNK: &str = "0.21.14";

/// wasm-bindgen reads the output of the library of its own version only, so `Cargo.lock` names the version.
pub fn wasm_bindgen(project: &Project) -> Result<(), Failure> {
    let lock = project.read("Cargo.lock")?;
    let version = locked_version(&lock, "wasm-bindgen")
        .ok_or_else(|| Failure::new("`Cargo.lock` names no version of wasm-bindgen."))?;
    let programs = ["wasm-bindgen", "wasm-bindgen-test-runner"];
    if programs.iter().all(|name| has(project, name, version)) {
        return Ok(());
    }
    say(format!(
        "setup: building wasm-bindgen-cli {version} into {} (about 1 to 3 minutes).",
        project.tools().display()
    ));
    install(
        project,
        &format!(
            "wasm-bindgen-cli --version {version} --bin wasm-bindgen --bin wasm-bindgen-test-runner"
        ),
    )
}

pub fn trunk(project: &Project) -> Result<(), Failure> {
    if has(project, "trunk", TRUNK) {
        return Ok(());
    }
    say(format!(
        "setup: building Trunk {TRUNK} into {} (about 2 to 6 minutes, and 2 GB of memory while linking).",
        project.tools().display()
    ));
    install(
        project,
        &format!("trunk --version {TRUNK} --no-default-features --features rustls"),
    )
}

/// Debug builds: the tools run for a second per build, and compile in half of the time.
fn install(project: &Project, what: &str) -> Result<(), Failure> {
    let scratch = project.tools().join("build");
    Call::new(
        project,
        &format!("cargo install {what} --locked --debug --force"),
    )
    .arg("--root")
    .arg(project.tools())
    .arg("--target-dir")
    .arg(&scratch)
    .env("CARGO_PROFILE_DEV_DEBUG", "0")
    .run()?;
    // A gigabyte that nobody needs again; if it cannot be deleted, the tool is installed all the same.
    let _ = std::fs::remove_dir_all(scratch);
    Ok(())
}

fn has(project: &Project, program: &str, version: &str) -> bool {
    Call::program(project, program)
        .arg("--version")
        .answer()
        .is_some_and(|text| reported_version(&text) == Some(version))
}

/// `trunk 0.21.14` and `wasm-bindgen 0.2.129 (0a1b2c3)` name the version in their second word.
fn reported_version(text: &str) -> Option<&str> {
    text.lines().next()?.split_whitespace().nth(1)
}

fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    lines
        .nth(1)?
        .strip_prefix("version = \"")?
        .strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
[[package]]
name = "wasm-bindgen-futures"
version = "0.4.79"

[[package]]
name = "wasm-bindgen"
version = "0.2.129"
source = "registry"
"#;

    #[test]
    fn the_lock_names_the_version_of_that_very_package() {
        assert_eq!(locked_version(LOCK, "wasm-bindgen"), Some("0.2.129"));
        assert_eq!(locked_version(LOCK, "wasm"), None);
        assert_eq!(locked_version("name = \"x\"", "x"), None);
    }

    #[test]
    fn a_version_is_compared_whole() {
        assert_eq!(reported_version("trunk 0.21.14\n"), Some("0.21.14"));
        assert_eq!(
            reported_version("wasm-bindgen 0.2.129 (abc)"),
            Some("0.2.129")
        );
        assert_eq!(reported_version(""), None);
    }
}
