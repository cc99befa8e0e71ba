//! `cargo xtask verifier`: the verify page as one file that needs no server, the same bytes for everybody who builds it;
//! and `cargo xtask worker`: the part of it that verifies, for the pages that a server sends.

mod paths;
mod wasm;

use std::{
    fs,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use crate::{
    failure::{Failure, say},
    project::Project,
    setup,
};
use paths::{Checkout, copy_checkout, require_none};
use wasm::{CLASSIC, Module, PAGE, SERVED, WORKER, module};

const FOLDER: &str = "verifier";
const FILE: &str = "assay-verifier.html";
const STYLES: &[&str] = &["tokens", "base", "components", "verdict", "print"];

pub fn run(project: &Project) -> Result<(), Failure> {
    setup::run(project, false)?;
    let built = build(project, &Checkout::own(project), FOLDER)?;
    say(format!(
        "{}\nsha256 {}\nsha256 {} of the WebAssembly that verifies: a verdict in the browser names the same",
        built.file.display(),
        hex(&read(&built.file)?),
        hex(&built.worker),
    ));
    Ok(())
}

/// Where it is built.
pub fn file(project: &Project) -> PathBuf {
    project.target().join(FOLDER).join(FILE)
}

/// Writes the served pages' worker into a folder: what Trunk's hook calls. It is the verifier file's, byte for byte.
pub fn worker(project: &Project, folder: &Path) -> Result<(), Failure> {
    let built = project.target().join(FOLDER);
    let Module { script, wasm } =
        module(project, &Checkout::own(project), &built, &WORKER, SERVED)?;
    for (name, bytes) in [
        ("verify-worker.js", script.as_bytes()),
        ("verify-worker_bg.wasm", &wasm),
    ] {
        let path = folder.join(name);
        fs::write(&path, bytes).map_err(|error| failed("write", &path, &error))?;
    }
    Ok(())
}

/// Builds it twice, the second time from a copy of the checkout in another folder, and compares.
pub fn check(project: &Project) -> Result<(), Failure> {
    let again = project.target().join("verifier-again");
    let first = build(project, &Checkout::own(project), FOLDER)?;
    let copy = copy_checkout(project, &again.join("checkout"))?;
    let second = build(project, &copy, "verifier-again")?;
    for built in [&first, &second] {
        for wasm in [&built.page, &built.worker] {
            require_none(&[project.root(), copy.root()], wasm)?;
        }
    }
    let (one, other) = (read(&first.file)?, read(&second.file)?);
    // The second build is of no other use.
    let _ = fs::remove_dir_all(again);
    if one == other {
        say(format!(
            "Two builds in two folders, one file: sha256 {}, of its worker's WebAssembly {}",
            hex(&one),
            hex(&first.worker)
        ));
        return Ok(());
    }
    Err(Failure::new(
        "two builds of the offline verifier differ: something of the machine is in it.",
    ))
}

struct Built {
    file: PathBuf,
    page: Vec<u8>,
    worker: Vec<u8>,
}

/// Builds the file in a folder of this name under the target directory.
fn build(project: &Project, checkout: &Checkout, name: &str) -> Result<Built, Failure> {
    let folder = project.target().join(name);
    let page = module(project, checkout, &folder, &PAGE, SERVED)?;
    let worker = module(project, checkout, &folder, &WORKER, CLASSIC)?;
    let template = checkout.read("app/verifier.html")?;
    let styles: Result<String, Failure> = STYLES
        .iter()
        .map(|style| checkout.read(&format!("style/{style}.css")))
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
    Ok(Built {
        file,
        page: page.wasm,
        worker: worker.wasm,
    })
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

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| failed("read", path, &error))
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
