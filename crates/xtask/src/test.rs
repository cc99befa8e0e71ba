//! `cargo xtask test`: everything that must hold, in the order in which a mistake is cheapest to learn of.

use std::time::{Duration, Instant};

use crate::{
    failure::{Failure, say},
    fuzz,
    process::Call,
    project::Project,
    setup, tidy, verifier,
};

type Step<'a> = (&'static str, Box<dyn Fn() -> Result<(), Failure> + 'a>);

/// Stops at the first failure; prints what each step took either way.
pub fn run(project: &Project, browser: bool) -> Result<(), Failure> {
    let mut took: Vec<(&str, Duration)> = Vec::new();
    let mut outcome = Ok(());
    for (name, step) in steps(project, browser) {
        say(format!("\n== {name}"));
        let start = Instant::now();
        let result = step();
        took.push((name, start.elapsed()));
        if let Err(failure) = result {
            outcome = Err(Failure::new(format!(
                "the step `{name}` failed: {}",
                failure.sentence()
            )));
            break;
        }
    }
    say(table(&took, outcome.is_ok()));
    outcome
}

fn steps<'a>(project: &'a Project, browser: bool) -> Vec<Step<'a>> {
    let call = |name, line: &'static str| -> Step<'a> {
        (name, Box::new(move || Call::new(project, line).run()))
    };
    let mut steps: Vec<Step<'a>> = vec![
        (
            "setup",
            if browser {
                Box::new(|| setup::run(project, true))
            } else {
                Box::new(|| setup::run_without_browser(project))
            },
        ),
        call("fmt", "cargo fmt --all --check"),
        ("tidy", Box::new(|| tidy::run(project))),
        call(
            "clippy",
            "cargo clippy --workspace --all-targets -- -D warnings",
        ),
        call(
            "clippy, wasm",
            "cargo clippy -p app -p lanes -p pow -p pow_wasm --features app/hydrate --target wasm32-unknown-unknown -- -D warnings",
        ),
        // Before the tests: those of the server serve these pages.
        call("pages", "trunk build"),
        call("server", "cargo build -p server"),
        ("tests", Box::new(|| tests(project))),
        call("doctests", "cargo test --workspace --doc"),
        ("fuzz", Box::new(|| fuzz::fixed(project))),
        call(
            "vectors, wasm",
            "cargo test -p lanes -p pow --target wasm32-unknown-unknown --test vectors --test campaign",
        ),
    ];
    if browser {
        steps.push(("offline verifier", Box::new(|| verifier::check(project))));
        steps.push(("browser journeys", Box::new(|| journeys(project))));
    }
    steps
}

fn tests(project: &Project) -> Result<(), Failure> {
    let nextest = Call::new(project, "cargo nextest --version").answer();
    let line = match nextest {
        Some(_) => "cargo nextest run --workspace",
        None => "cargo test --workspace --lib --bins --tests",
    };
    Call::new(project, line).run()
}

fn journeys(project: &Project) -> Result<(), Failure> {
    let mut call = Call::new(project, "npx --no-install playwright test")
        .in_dir(project.root().join("end2end"))
        .env("ASSAY_BIN", project.target().join("debug/assay"))
        .env("VERIFIER", verifier::file(project));
    if let Some(path) = setup::chromium(project) {
        call = call.env("CHROMIUM", path);
    }
    call.run()
}

/// Each step with its time, then the sum in a sentence.
fn table(took: &[(&str, Duration)], passed: bool) -> String {
    let width = took.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (place, (name, time)) in took.iter().enumerate() {
        let failed = !passed && place + 1 == took.len();
        let mark = if failed { "  failed" } else { "" };
        text.push_str(&format!("\n{name:width$}  {:>8}{mark}", clock(*time)));
    }
    if passed {
        let total: Duration = took.iter().map(|(_, time)| *time).sum();
        text.push_str(&format!(
            "\n\nall {} steps passed in {}",
            took.len(),
            clock(total)
        ));
    }
    text
}

fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{}m {:02}s", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn the_table_ends_with_the_sum() {
        let took = [
            ("fmt", Duration::from_millis(1_400)),
            ("clippy", Duration::from_secs(83)),
        ];
        assert_eq!(
            table(&took, true),
            "\nfmt       0m 01s\nclippy    1m 23s\n\nall 2 steps passed in 1m 24s"
        );
    }

    #[test]
    fn the_failed_step_is_marked_and_no_success_is_claimed() {
        let took = [("fmt", Duration::ZERO), ("clippy", Duration::ZERO)];
        let text = table(&took, false);
        assert!(text.ends_with("clippy    0m 00s  failed"));
        assert!(!text.contains("passed"));
    }
}
