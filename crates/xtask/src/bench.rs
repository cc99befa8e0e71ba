//! `cargo xtask bench NAME`. Each bench is a program of its own, which prints a table for people and a line
//! `figure: NAME VALUE UNIT` for every figure, and under it one `target: NAME ...` where there is a target: met, or missed
//! by how much; here is only what it takes to build and start it.

mod book;
mod web_tab;
mod web_verify;

use crate::{failure::Failure, process::Call, project::Project};

/// With what stands after its name.
type Bench = fn(&Project, &[&str]) -> Result<(), Failure>;

/// The benchmarks by name.
const KNOWN: &[(&str, Bench)] = &[
    ("book", book::run),
    ("delivery", delivery),
    ("kills", |project, rest| {
        alone("kills", rest).and_then(|()| kills(project))
    }),
    ("ledger", ledger),
    ("mutations", |project, rest| {
        alone("mutations", rest).and_then(|()| mutations(project))
    }),
    ("parts", |project, rest| {
        alone("parts", rest).and_then(|()| parts(project))
    }),
    ("pow", |project, rest| {
        alone("pow", rest).and_then(|()| pow(project))
    }),
    ("web-tab", web_tab::run),
    ("web-verify", |project, rest| {
        alone("web-verify", rest).and_then(|()| web_verify::run(project))
    }),
];

pub fn run(rest: &[&str]) -> Result<(), Failure> {
    let names: Vec<&str> = KNOWN.iter().map(|(name, _)| *name).collect();
    let known = names.join(", ");
    let Some((name, rest)) = rest.split_first() else {
        return Err(Failure::usage(format!(
            "`bench` takes the name of one bench; known: {known}."
        )));
    };
    let Some((_, bench)) = KNOWN.iter().find(|(known, _)| known == name) else {
        return Err(Failure::usage(format!(
            "there is no bench `{name}`; known: {known}."
        )));
    };
    bench(&Project::open()?, rest)
}

fn alone(name: &str, rest: &[&str]) -> Result<(), Failure> {
    match rest {
        [] => Ok(()),
        _ => Err(Failure::usage(format!(
            "`bench {name}` takes no argument, and got `{}`.",
            rest.join(" ")
        ))),
    }
}

/// The server under load, over real TCP; all its phases, or those that are named. Needs a quiet machine.
fn delivery(project: &Project, phases: &[&str]) -> Result<(), Failure> {
    let line = "cargo bench --quiet --package server --bench delivery --";
    let call = Call::new(project, line);
    phases.iter().fold(call, Call::arg).run()
}

/// The loop of the tests, twenty times as long: what the market acknowledged survives `kill -9`.
fn kills(project: &Project) -> Result<(), Failure> {
    let line = "cargo test --quiet --package server --test it market_kills:: -- --nocapture";
    Call::new(project, line).env("KILLS", "1000").run()
}

/// Transfers a second, in memory and durable; `quick` for a look. The database is on the disk that is built on.
fn ledger(project: &Project, how: &[&str]) -> Result<(), Failure> {
    let line = "cargo run --quiet --release --manifest-path";
    let call = Call::new(project, line)
        .arg(
            project
                .root()
                .join("crates/ledger/benches/durable/Cargo.toml"),
        )
        .arg("--target-dir")
        .arg(project.target().join("durable"))
        .arg("--")
        .arg(project.target());
    how.iter().fold(call, Call::arg).run()
}

/// What one command costs, with criterion: the book's, the ledger's and the market's.
fn parts(project: &Project) -> Result<(), Failure> {
    let line = "cargo bench --quiet --locked --manifest-path";
    let manifest = project
        .root()
        .join("crates/market/benches/parts/Cargo.toml");
    Call::new(project, line)
        .arg(manifest)
        .arg("--target-dir")
        .arg(project.target().join("parts"))
        .run()
}

/// The campaign of the tests, ten times as long: every mutation of a bundle is caught and named.
fn mutations(project: &Project) -> Result<(), Failure> {
    let line = "cargo test --quiet --release -p pow --test campaign -- --nocapture";
    Call::new(project, line).env("MUTATIONS", "100000").run()
}

/// Shares natively: every path that this processor has, and what a bundle's reading and judging cost beside them.
fn pow(project: &Project) -> Result<(), Failure> {
    Call::new(project, "cargo bench --quiet --package lanes --bench pow").run()?;
    let line = "cargo run --quiet --release --manifest-path";
    Call::new(project, line)
        .arg(
            project
                .root()
                .join("crates/lanes/benches/reading/Cargo.toml"),
        )
        .arg("--target-dir")
        .arg(project.target().join("reading"))
        .run()
}
