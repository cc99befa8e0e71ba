//! `cargo xtask fuzz [TARGET] [SECONDS]`: libFuzzer on whatever reads bytes from outside, beginning with the corpus in the
//! repository. `cargo xtask fuzz --fixed`, a step of `cargo xtask test`, runs a fixed number of inputs.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    failure::{Failure, say},
    process::Call,
    project::Project,
};

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

/// Each is a crate of its own, with targets by the names of their programs.
const CRATES: &[&str] = &["crates/pow/fuzz", "crates/stratum/fuzz"];

struct Target {
    name: &'static str,
    /// A file, or a folder of files.
    corpus: &'static str,
    /// Inputs in a run of the tests: some seconds.
    count: u32,
}

const TARGETS: &[Target] = &[
    Target {
        name: "bundle",
        corpus: "crates/pow/tests/vectors/bundle.bin",
        count: 1_000,
    },
    Target {
        name: "line",
        corpus: "crates/stratum/fuzz/corpus/line",
        count: 100_000,
    },
    Target {
        name: "notify",
        corpus: "crates/stratum/fuzz/corpus/notify",
        count: 100_000,
    },
    Target {
        name: "submit",
        corpus: "crates/stratum/fuzz/corpus/submit",
        count: 100_000,
    },
    Target {
        name: "upstream",
        corpus: "crates/stratum/fuzz/corpus/upstream",
        count: 100_000,
    },
];

pub fn run(rest: &[&str]) -> Result<(), Failure> {
    if rest == ["--fixed"] {
        return fixed(&Project::open()?);
    }
    let (targets, seconds) = parse(rest)?;
    let project = Project::open()?;
    let built = Built::new(&project)?;
    for target in targets {
        // What was found goes on from run to run.
        let found = built.folder.join("found").join(target.name);
        built.fuzz(target, &found, &format!("-max_total_time={seconds}"), None)?;
    }
    Ok(())
}

/// A fixed number of inputs for every target, from the repository's corpus and nothing else.
pub fn fixed(project: &Project) -> Result<(), Failure> {
    let built = Built::new(project)?;
    for target in TARGETS {
        let found = built.folder.join("fixed").join(target.name);
        match fs::remove_dir_all(&found) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(unusable(&found, &error));
            }
            _ => {}
        }
        let count = format!("-runs={}", target.count);
        built.fuzz(target, &found, &count, Some("-seed=1"))?;
    }
    say(format!("{} targets held.", TARGETS.len()));
    Ok(())
}

/// One target or all, and for how long each.
fn parse<'a>(rest: &[&'a str]) -> Result<(Vec<&'static Target>, &'a str), Failure> {
    let named = |name: &str| TARGETS.iter().find(|target| target.name == name);
    let (targets, rest) = match rest.split_first() {
        Some((first, rest)) if named(first).is_some() => (named(first).into_iter().collect(), rest),
        _ => (TARGETS.iter().collect(), rest),
    };
    match rest {
        [] => Ok((targets, DEFAULT_SECONDS)),
        [seconds] if seconds.parse::<u32>().is_ok() => Ok((targets, seconds)),
        _ => {
            let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            Err(Failure::usage(format!(
                "`fuzz` takes one of {} or nothing, and a number of seconds; or `--fixed`.",
                names.join(", ")
            )))
        }
    }
}

/// The programs.
struct Built<'a> {
    project: &'a Project,
    folder: PathBuf,
    programs: PathBuf,
}

impl<'a> Built<'a> {
    fn new(project: &'a Project) -> Result<Self, Failure> {
        let folder = project.target().join("fuzz");
        // A target named apart from the host's: build scripts must not be instrumented.
        let host = Call::new(project, "rustc --print host-tuple").answer();
        let host = host.ok_or_else(|| Failure::new("`rustc` does not say its host."))?;
        let host = host.trim();
        for fuzzed in CRATES {
            Call::new(
                project,
                "cargo build --quiet --release --locked --manifest-path",
            )
            .arg(format!("{fuzzed}/Cargo.toml"))
            .arg("--target")
            .arg(host)
            .arg("--target-dir")
            .arg(&folder)
            .env("CARGO_ENCODED_RUSTFLAGS", COVERAGE.join("\u{1f}"))
            .run()?;
        }
        let programs = folder.join(host).join("release");
        Ok(Self {
            project,
            folder,
            programs,
        })
    }

    /// New inputs are written to `found`; the repository's corpus is only read.
    fn fuzz(
        &self,
        target: &Target,
        found: &Path,
        limit: &str,
        seed: Option<&str>,
    ) -> Result<(), Failure> {
        fs::create_dir_all(found).map_err(|error| unusable(found, &error))?;
        let corpus = self.corpus(target)?;
        let mut call = Call::program(self.project, self.programs.join(target.name))
            .arg(found)
            .arg(&corpus)
            .arg(limit)
            .arg("-max_len=4096")
            .arg("-verbosity=0")
            .arg("-print_funcs=0")
            // An input that fails is kept beside them.
            .arg(format!("-artifact_prefix={}/", self.folder.display()));
        if let Some(seed) = seed {
            call = call.arg(seed);
        }
        call.run()
    }

    /// libFuzzer takes folders alone.
    fn corpus(&self, target: &Target) -> Result<PathBuf, Failure> {
        let from = self.project.root().join(target.corpus);
        if from.is_dir() {
            return Ok(from);
        }
        let folder = self.folder.join("corpus").join(target.name);
        fs::create_dir_all(&folder)
            .and_then(|()| fs::copy(&from, folder.join("vector")))
            .map_err(|error| unusable(&folder, &error))?;
        Ok(folder)
    }
}

fn unusable(folder: &Path, error: &io::Error) -> Failure {
    let folder = folder.display();
    Failure::new(format!("`{folder}` cannot be used for a corpus: {error}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_target_or_all_for_as_long_as_said() {
        let read = |words: &[&'static str]| {
            let (targets, seconds) = parse(words).map_err(|failure| failure.exit_code())?;
            let names: Vec<&str> = targets.iter().map(|target| target.name).collect();
            Ok::<_, u8>((names.join(" "), seconds))
        };
        let all = "bundle line notify submit upstream".to_owned();
        assert_eq!(read(&[]), Ok((all.clone(), "60")));
        assert_eq!(read(&["600"]), Ok((all, "600")));
        assert_eq!(read(&["submit"]), Ok(("submit".to_owned(), "60")));
        assert_eq!(read(&["line", "5"]), Ok(("line".to_owned(), "5")));
        for bad in [
            &["nothing"][..],
            &["5", "line"],
            &["line", "x"],
            &["line", "5", "6"],
        ] {
            assert_eq!(read(bad), Err(2), "{bad:?}");
        }
    }

    #[test]
    fn every_target_has_its_corpus() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for target in TARGETS {
            assert!(root.join(target.corpus).exists(), "{}", target.corpus);
        }
    }
}
