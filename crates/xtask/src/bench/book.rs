//! The order book with a million resting orders, and the contender from the crate registry on the same plain commands.

use crate::{failure::Failure, process::Call, project::Project};

/// A workspace of its own, so that its dependencies stay out of the lock file.
const CONTENDER: &str = "crates/orderbook/benches/contender/Cargo.toml";

pub fn run(project: &Project, rest: &[&str]) -> Result<(), Failure> {
    let quick = match rest {
        [] => false,
        ["quick"] => true,
        _ => {
            return Err(Failure::usage(
                "`bench book` takes nothing, or `quick`: fewer commands, the same million of resting orders.",
            ));
        }
    };
    let line = "cargo bench --quiet --package orderbook --bench book --";
    let call = Call::new(project, line);
    if quick { call.arg("quick") } else { call }.run()?;
    let commands = if quick { "300000" } else { "1000000" };
    Call::new(
        project,
        "cargo run --quiet --locked --release --manifest-path",
    )
    .arg(project.root().join(CONTENDER))
    .arg("--target-dir")
    .arg(project.target().join("contender"))
    .arg("--")
    .arg("1000000")
    .arg(commands)
    .run()
}
