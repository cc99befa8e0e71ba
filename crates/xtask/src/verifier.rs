//! `cargo xtask verifier`: the verify page as one file that needs no server, the same bytes for everybody who builds it.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use crate::{
    failure::{Failure, say},
    process::Call,
    project::Project,
    setup,
};

const WASM_TARGET: &str = "wasm32-unknown-unknown";
const FOLDER: &str = "verifier";
const FILE: &str = "assay-verifier.html";
const STYLES: &[&str] = &["tokens", "base", "components", "verdict", "print"];

pub fn run(project: &Project) -> Result<(), Failure> {
    setup::run(project, false)?;
    let file = build(project, FOLDER)?;
    let bytes = fs::read(&file).map_err(|error| failed("read", &file, &error))?;
    say(format!("{}\nsha256 {}", file.display(), hex(&bytes)));
    Ok(())
}

/// Where it is built.
pub fn file(project: &Project) -> PathBuf {
    project.target().join(FOLDER).join(FILE)
}

/// Builds it twice, in two folders that know nothing of each other, and compares.
pub fn check(project: &Project) -> Result<(), Failure> {
    let (first, second) = (build(project, FOLDER)?, build(project, "verifier-again")?);
    let read = |path: &Path| fs::read(path).map_err(|error| failed("read", path, &error));
    let (one, other) = (read(&first)?, read(&second)?);
    // The second build is of no other use.
    let _ = fs::remove_dir_all(project.target().join("verifier-again"));
    if one == other {
        say(format!("Two builds, one file: sha256 {}", hex(&one)));
        return Ok(());
    }
    Err(Failure::new(
        "two builds of the offline verifier differ: something of the machine is in it.",
    ))
}

/// Builds the file in a folder of this name under the target directory.
fn build(project: &Project, name: &str) -> Result<PathBuf, Failure> {
    let folder = project.target().join(name);
    let page = module(project, &folder, &PAGE)?;
    let worker = module(project, &folder, &WORKER)?;
    let template = project.read("app/verifier.html")?;
    let styles: Result<String, Failure> = STYLES
        .iter()
        .map(|style| project.read(&format!("style/{style}.css")))
        .collect();
    let text = fill(
        &template,
        &[
            ("styles", &styles?),
            ("worker-script", &worker.script),
            ("worker-wasm", &STANDARD.encode(&worker.wasm)),
            ("page-script", &page.script),
            ("page-wasm", &STANDARD.encode(&page.wasm)),
        ],
    )?;
    let file = folder.join(FILE);
    fs::write(&file, text).map_err(|error| failed("write", &file, &error))?;
    Ok(file)
}

/// A binary of the workspace that becomes wasm with a script around it.
struct Part {
    cargo: &'static str,
    profile: &'static str,
    binary: &'static str,
    /// What kind of script, in wasm-bindgen's words.
    kind: &'static str,
}

const PAGE: Part = Part {
    cargo: "cargo build --locked -p app --bin client --features hydrate",
    profile: "wasm-release",
    binary: "client",
    kind: "web",
};

/// A classic script: a module cannot be a worker of a page without a server.
const WORKER: Part = Part {
    cargo: "cargo build --locked -p pow_wasm --bin verify-worker",
    profile: "worker-release",
    binary: "verify-worker",
    kind: "no-modules",
};

struct Module {
    script: String,
    wasm: Vec<u8>,
}

fn module(project: &Project, folder: &Path, part: &Part) -> Result<Module, Failure> {
    Call::new(project, part.cargo)
        .arg("--profile")
        .arg(part.profile)
        .arg("--target")
        .arg(WASM_TARGET)
        .arg("--target-dir")
        .arg(folder)
        .env("CARGO_ENCODED_RUSTFLAGS", without_paths(project))
        .run()?;
    let Part { binary, kind, .. } = part;
    let built = [WASM_TARGET, part.profile, &format!("{binary}.wasm")];
    let bound = folder.join("bound");
    Call::new(project, "wasm-bindgen --no-typescript --target")
        .arg(kind)
        .arg("--out-dir")
        .arg(&bound)
        .arg(
            built
                .iter()
                .fold(folder.to_owned(), |path, part| path.join(part)),
        )
        .run()?;
    let (script, wasm) = (
        bound.join(format!("{binary}.js")),
        bound.join(format!("{binary}_bg.wasm")),
    );
    Ok(Module {
        script: fs::read_to_string(&script).map_err(|error| failed("read", &script, &error))?,
        wasm: fs::read(&wasm).map_err(|error| failed("read", &wasm, &error))?,
    })
}

/// Flags by which no path of this machine enters the wasm: source files are named in panics.
fn without_paths(project: &Project) -> String {
    let home = env::home_dir().unwrap_or_default();
    let cargo = env::var_os("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from);
    let sources = cargo.join("registry").join("src");
    let mut from: Vec<(PathBuf, &str)> = vec![(project.root().to_owned(), "assay")];
    // Cargo keeps each registry's packages in a folder whose name says where they came from.
    for registry in fs::read_dir(sources).into_iter().flatten().flatten() {
        from.push((registry.path(), "registry"));
    }
    let flags = from
        .iter()
        .map(|(path, to)| format!("--remap-path-prefix={}={to}", path.display()));
    flags.collect::<Vec<_>>().join("\u{1f}")
}

/// Puts each part in the place of `{{name}}`; what stands in a part is left as it is.
fn fill(template: &str, parts: &[(&str, &str)]) -> Result<String, Failure> {
    let wrong = |name: &str| {
        Failure::new(format!(
            "`app/verifier.html` cannot take its part `{name}`."
        ))
    };
    let mut text = String::new();
    let mut rest = template;
    for (name, part) in parts {
        let place = format!("{{{{{name}}}}}");
        let (before, after) = rest.split_once(&place).ok_or_else(|| wrong(name))?;
        if part.contains("</script") {
            return Err(wrong(name));
        }
        text.extend([before, part]);
        rest = after;
    }
    Ok(text + rest)
}

fn hex(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn failed(what: &str, path: &Path, error: &std::io::Error) -> Failure {
    let path = path.display();
    Failure::new(format!("could not {what} `{path}`: {error}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_take_their_places() {
        let parts = [("a", "1 {{b}}"), ("b", "2")];
        assert_eq!(fill("<{{a}}|{{b}}>", &parts).unwrap(), "<1 {{b}}|2>");
        assert!(fill("<{{b}}>", &parts[..1]).is_err());
        assert!(fill("{{a}}", &[("a", "x</script>")]).is_err());
    }
}
