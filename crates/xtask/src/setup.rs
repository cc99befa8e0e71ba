//! `cargo xtask setup`: installs what is missing, and says so before each step.

mod browser;
mod python;
mod rust;
mod tools;

use crate::{failure::Failure, failure::say, project::Project};

pub use browser::chromium;

/// `tests`: also what only the tests need.
pub fn run(project: &Project, tests: bool) -> Result<(), Failure> {
    if tests {
        browser::require_node(project)?;
        python::require(project)?;
    }
    rust::wasm_target(project)?;
    tools::wasm_bindgen(project)?;
    tools::trunk(project)?;
    if tests {
        rust::components(project)?;
        browser::install_chromium(project)?;
        browser::install_packages(project)?;
    }
    say("setup: everything needed is there.");
    Ok(())
}

/// What the checks without a browser need.
pub fn run_without_browser(project: &Project) -> Result<(), Failure> {
    python::require(project)?;
    run(project, false)?;
    rust::components(project)
}
