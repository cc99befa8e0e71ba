//! What every crate must have, and the packages as `cargo metadata` lists them.

use serde_json::Value;

use super::Source;
use crate::{failure::Failure, project::Project};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Normal,
    Build,
    Dev,
}

/// A crate of the workspace.
#[derive(Debug, PartialEq, Eq)]
pub struct Package {
    pub name: String,
    /// From the root, with `/`.
    pub dir: String,
    pub imports: Vec<(String, Kind)>,
}

pub fn packages(project: &Project) -> Result<Vec<Package>, Failure> {
    let root = project.root().to_string_lossy();
    parse(project.metadata(), &root)
        .ok_or_else(|| Failure::new("`cargo metadata` answered in a form that tidy does not know."))
}

/// `None` when the metadata is not of the form expected: then no rule may pass silently.
fn parse(metadata: &Value, root: &str) -> Option<Vec<Package>> {
    let package = |value: &Value| {
        let dir = value["manifest_path"]
            .as_str()?
            .strip_prefix(root)?
            .trim_start_matches(['/', '\\'])
            .strip_suffix("Cargo.toml")?
            .trim_end_matches(['/', '\\'])
            .replace('\\', "/");
        let imports = value["dependencies"].as_array()?.iter().map(import);
        Some(Package {
            name: value["name"].as_str()?.to_string(),
            dir,
            imports: imports.collect::<Option<_>>()?,
        })
    };
    metadata["packages"]
        .as_array()?
        .iter()
        .map(package)
        .collect()
}

fn import(value: &Value) -> Option<(String, Kind)> {
    let kind = match &value["kind"] {
        Value::Null => Kind::Normal,
        Value::String(kind) if kind == "build" => Kind::Build,
        Value::String(kind) if kind == "dev" => Kind::Dev,
        _ => return None,
    };
    Some((value["name"].as_str()?.to_string(), kind))
}

/// The crates that may hold `unsafe`, with the reason. A crate can only take all lints of the workspace or none, so such a
/// one writes them out, with `unsafe_code = "deny"`: each module that holds some says why.
const UNSAFE: &[(&str, &str)] = &[("lanes", "vector instructions that not every processor has")];

/// Each crate has a README (its documentation) and takes the lints of the workspace, `unsafe_code = "forbid"` among them.
pub fn check(packages: &[Package], paths: &[String], manifests: &[&Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for Package { name, dir, .. } in packages {
        if !paths.contains(&format!("{dir}/README.md")) {
            complaints.push(format!("the crate `{name}` has no {dir}/README.md."));
        }
        let manifest = format!("{dir}/Cargo.toml");
        let (wanted, how) = lints(name);
        let takes_lints = manifests
            .iter()
            .any(|source| source.path == manifest && source.text.contains(wanted));
        if !takes_lints {
            complaints.push(format!("{manifest} {how}"));
        }
    }
    complaints
}

/// What a crate's manifest must hold, and how to say that it does not.
fn lints(name: &str) -> (&'static str, &'static str) {
    if UNSAFE.iter().any(|(allowed, _)| *allowed == name) {
        (
            "[lints.rust]\nunsafe_code = \"deny\"\n",
            "does not deny `unsafe` where no reason is written: add `[lints.rust]` with `unsafe_code = \"deny\"`.",
        )
    } else {
        (
            "[lints]\nworkspace = true",
            "does not take the lints of the workspace: add `[lints]` with `workspace = true`.",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::source;
    use super::*;
    use serde_json::json;

    #[test]
    fn metadata_is_read() {
        let metadata = json!({ "packages": [{
            "name": "pow",
            "manifest_path": "/src/crates/pow/Cargo.toml",
            "dependencies": [
                { "name": "units", "kind": null },
                { "name": "cc", "kind": "build" },
                { "name": "proptest", "kind": "dev" },
            ],
        }]});
        let expected = Package {
            name: "pow".to_string(),
            dir: "crates/pow".to_string(),
            imports: vec![
                ("units".to_string(), Kind::Normal),
                ("cc".to_string(), Kind::Build),
                ("proptest".to_string(), Kind::Dev),
            ],
        };
        assert_eq!(parse(&metadata, "/src"), Some(vec![expected]));
    }

    #[test]
    fn unknown_metadata_is_refused() {
        assert_eq!(parse(&json!({}), "/src"), None);
        let strange = json!({ "packages": [{
            "name": "pow",
            "manifest_path": "/src/crates/pow/Cargo.toml",
            "dependencies": [{ "name": "units", "kind": "new" }],
        }]});
        assert_eq!(parse(&strange, "/src"), None);
    }

    #[test]
    fn a_crate_needs_its_readme_and_the_lints() {
        let packages = [Package {
            name: "pow".to_string(),
            dir: "crates/pow".to_string(),
            imports: Vec::new(),
        }];
        let good = source(
            "crates/pow/Cargo.toml",
            "[package]\n\n[lints]\nworkspace = true\n",
        );
        let bad = source("crates/pow/Cargo.toml", "[package]\n");
        let readme = ["crates/pow/README.md".to_string()];
        assert_eq!(check(&packages, &readme, &[&good]), Vec::<String>::new());
        assert_eq!(check(&packages, &[], &[&good]).len(), 1);
        assert_eq!(check(&packages, &readme, &[&bad]).len(), 1);
    }

    #[test]
    fn unsafe_code_is_for_the_listed_crates_alone() {
        let own = "[lints.rust]\nunsafe_code = \"deny\"\n";
        let readme = |name: &str| [format!("crates/{name}/README.md")];
        let found = |name: &str, text: &str| {
            let packages = [Package {
                name: name.to_string(),
                dir: format!("crates/{name}"),
                imports: Vec::new(),
            }];
            let manifest = source(&format!("crates/{name}/Cargo.toml"), text);
            check(&packages, &readme(name), &[&manifest]).len()
        };
        assert_eq!(found("lanes", own), 0);
        assert_eq!(found("lanes", &own.replace("deny", "allow")), 1);
        assert_eq!(found("pow", own), 1);
    }
}
