//! Which crate may import which. A new crate or arrow is a decision: change the table and say why in `docs/adr/`.

use super::crates::{Kind, Package};

/// A crate of the workspace, and the crates of the workspace that it may import.
const ARROWS: &[(&str, &[&str])] = &[
    ("units", &[]),
    ("lanes", &[]),
    ("pow", &["lanes", "units"]),
    ("pow_wasm", &["pow", "units"]),
    ("stratum", &["pow", "units"]),
    ("orderbook", &["units"]),
    ("ledger", &["units"]),
    ("economics", &["units"]),
    ("tlog", &["pow", "units"]),
    (
        "market",
        &["economics", "ledger", "orderbook", "pow", "units"],
    ),
    ("api", &["units"]),
    ("app", &["api", "economics", "units"]),
    ("sandbox", &["pow", "stratum", "units"]),
    (
        "server",
        &[
            "api",
            "app",
            "economics",
            "ledger",
            "market",
            "orderbook",
            "pow",
            "sandbox",
            "stratum",
            "tlog",
            "units",
        ],
    ),
    ("xtask", &[]),
];

pub fn check(packages: &[Package]) -> Vec<String> {
    let mut complaints = Vec::new();
    for package in packages {
        let name = package.name.as_str();
        let Some((_, allowed)) = ARROWS.iter().find(|(from, _)| *from == name) else {
            complaints.push(format!(
                "the crate `{name}` is not in the table of arrows (crates/xtask/src/tidy/arrows.rs)."
            ));
            continue;
        };
        for (to, kind) in &package.imports {
            let internal = packages.iter().any(|other| other.name == *to);
            // A crate may turn on features of its own for its tests; the server's tests may use anything.
            let test_only = *kind == Kind::Dev && (name == "server" || name == to);
            if internal && !test_only && !allowed.contains(&to.as_str()) {
                complaints.push(format!(
                    "`{name}` may not import `{to}`: the arrow {to} <- {name} is not in the table (crates/xtask/src/tidy/arrows.rs)."
                ));
            }
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, imports: &[(&str, Kind)]) -> Package {
        Package {
            name: name.to_string(),
            dir: format!("crates/{name}"),
            imports: imports
                .iter()
                .map(|(to, kind)| (to.to_string(), *kind))
                .collect(),
        }
    }

    #[test]
    fn arrows_of_the_table_pass() {
        let packages = [
            package("units", &[("units", Kind::Dev), ("serde", Kind::Normal)]),
            package("pow", &[("units", Kind::Normal)]),
            package("server", &[("pow", Kind::Normal), ("xtask", Kind::Dev)]),
            package("xtask", &[]),
        ];
        assert_eq!(check(&packages), Vec::<String>::new());
    }

    #[test]
    fn any_other_arrow_is_named() {
        for kind in [Kind::Normal, Kind::Build, Kind::Dev] {
            let packages = [package("units", &[("pow", kind)]), package("pow", &[])];
            let complaints = check(&packages);
            assert_eq!(complaints.len(), 1);
            assert!(complaints[0].contains("pow <- units"), "{complaints:?}");
        }
    }

    #[test]
    fn nobody_imports_the_server_and_the_server_no_task() {
        let packages = [
            package("sandbox", &[("server", Kind::Dev)]),
            package("server", &[("xtask", Kind::Normal)]),
            package("xtask", &[]),
        ];
        assert_eq!(check(&packages).len(), 2);
    }

    #[test]
    fn an_unknown_crate_must_be_decided() {
        let complaints = check(&[package("pricing", &[])]);
        assert_eq!(complaints.len(), 1);
        assert!(complaints[0].contains("`pricing`"));
    }

    #[test]
    fn the_table_has_no_circle() {
        // Each round takes away the crates that import only what is already taken away.
        let mut left: Vec<_> = ARROWS.to_vec();
        while !left.is_empty() {
            let before = left.len();
            let names: Vec<&str> = left.iter().map(|(name, _)| *name).collect();
            left.retain(|(_, allowed)| allowed.iter().any(|to| names.contains(to)));
            assert!(left.len() < before, "a circle among {names:?}");
        }
    }
}
