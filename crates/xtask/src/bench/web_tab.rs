//! A whole verification in a tab: its memory, and how long the page stands still at most.

use std::fs;

use crate::{failure::Failure, process::Call, project::Project, setup, verifier};

/// What the bench is of.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    shares: u64,
    days: u64,
    runs: u64,
}

impl Options {
    fn parse(args: &[&str]) -> Result<Self, Failure> {
        let mut options = Self {
            shares: 1_000_000,
            days: 30,
            runs: 1,
        };
        for pair in args.chunks(2) {
            let value = pair.get(1).and_then(|value| value.parse::<u64>().ok());
            let (place, value) = match (pair[0], value) {
                ("--shares", Some(value)) => (&mut options.shares, value),
                ("--days", Some(value)) => (&mut options.days, value),
                ("--runs", Some(value)) => (&mut options.runs, value),
                _ => {
                    return Err(Failure::usage(
                        "`bench web-tab` takes `--shares N`, `--days N` and `--runs N`.",
                    ));
                }
            };
            *place = value;
        }
        Ok(options)
    }
}

pub fn run(project: &Project, args: &[&str]) -> Result<(), Failure> {
    let Options { shares, days, runs } = Options::parse(args)?;
    setup::run(project, true)?;
    verifier::run(project)?;
    let folder = project.target().join("web-tab");
    fs::create_dir_all(&folder)
        .map_err(|error| Failure::new(format!("no folder for the bundle: {error}.")))?;
    let bundle = folder.join("bench.assay");
    let line = "cargo run --quiet --locked --release --manifest-path end2end/bench/bundle/Cargo.toml --target-dir";
    Call::new(project, line)
        .arg(folder.join("bundle"))
        .arg("--")
        .arg(&bundle)
        .arg(shares.to_string())
        .arg(days.to_string())
        .run()?;
    let playwright = "end2end/node_modules/playwright-core/index.mjs";
    let mut call = Call::new(project, "node end2end/bench/tab.mjs")
        .env("VERIFIER", verifier::file(project))
        .env("BUNDLE", &bundle)
        .env("RUNS", runs.to_string())
        .env("PLAYWRIGHT", project.root().join(playwright));
    if let Some(path) = setup::chromium(project) {
        call = call.env("CHROMIUM", path);
    }
    let measured = call.run();
    // Hundreds of megabytes at worst.
    let _ = fs::remove_file(bundle);
    measured
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_measure_can_be_said() {
        let options = Options::parse(&["--shares", "9200000", "--runs", "2"]).unwrap();
        let expected = Options {
            shares: 9_200_000,
            days: 30,
            runs: 2,
        };
        assert_eq!(options, expected);
        assert!(Options::parse(&["--shares"]).is_err());
        assert!(Options::parse(&["--shares", "many"]).is_err());
        assert!(Options::parse(&["7"]).is_err());
    }
}
