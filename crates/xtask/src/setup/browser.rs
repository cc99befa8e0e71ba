//! What the journeys in a real browser need: Chromium, and the packages of `end2end/`.

use std::{
    env,
    path::{Path, PathBuf},
    time::SystemTime,
};

use crate::{failure::Failure, failure::say, process::Call, project::Project};

/// What Playwright needs.
const NODE_MAJOR: u32 = 20;

/// Asked before anything is installed: Playwright's own words about an old Node.js are a stack of syntax errors.
pub fn require_node(project: &Project) -> Result<(), Failure> {
    let version = Call::new(project, "node --version").answer();
    node_complaint(version.as_deref()).map_or(Ok(()), |sentence| Err(Failure::new(sentence)))
}

/// `version` is what `node --version` prints; `None` where it could not be run.
fn node_complaint(version: Option<&str>) -> Option<String> {
    let wanted = format!(
        "the browser tests need version {NODE_MAJOR} or later (or run `cargo xtask test --no-browser`)."
    );
    let Some(version) = version.map(str::trim) else {
        return Some(format!(
            "Node.js is not installed or `node` is not on PATH: {wanted}"
        ));
    };
    let major = version
        .strip_prefix('v')
        .and_then(|numbers| numbers.split('.').next()?.parse().ok());
    match major {
        Some(NODE_MAJOR..) => None,
        _ => Some(format!("`node --version` says `{version}`: {wanted}")),
    }
}

/// The browser to test in: `$CHROMIUM`, or the first that `PATH` has.
pub fn chromium(project: &Project) -> Option<PathBuf> {
    if let Some(path) = env::var_os("CHROMIUM") {
        return Some(path.into());
    }
    let names = ["chromium", "chromium-browser", "google-chrome"];
    names.iter().find_map(|name| on_path(project, name))
}

pub fn install_chromium(project: &Project) -> Result<(), Failure> {
    if let Some(path) = chromium(project) {
        if path.is_file() {
            return Ok(());
        }
        return Err(Failure::new(format!(
            "CHROMIUM names {}, which is not a file.",
            path.display()
        )));
    }
    if on_path(project, "apt-get").is_none() {
        return Err(Failure::new(
            "Chromium is not installed, and there is no apt-get to install it with: install it, or name its program in the variable CHROMIUM (or run `cargo xtask test --no-browser`).",
        ));
    }
    say("setup: installing Chromium with apt-get (about 100 MB, a minute).");
    let root = Call::new(project, "id -u")
        .answer()
        .is_some_and(|id| id.trim() == "0");
    let prefix = if root { "" } else { "sudo " };
    let apt = |line: &str| {
        Call::new(project, &format!("{prefix}apt-get {line}"))
            .env("DEBIAN_FRONTEND", "noninteractive")
            .run()
    };
    // A source of packages that does not answer need not be the one that has Chromium: let the installation decide.
    if let Err(failure) = apt("update") {
        failure.print();
    }
    apt("install -y --no-install-recommends chromium")
}

pub fn install_packages(project: &Project) -> Result<(), Failure> {
    let dir = project.root().join("end2end");
    let wanted = modified(&dir.join("package-lock.json"));
    let installed = modified(&dir.join("node_modules/.package-lock.json"));
    if is_current(wanted, installed) {
        return Ok(());
    }
    say("setup: installing Playwright and axe into end2end/node_modules (about 20 MB, seconds).");
    Call::new(project, "npm ci --no-audit --no-fund")
        .in_dir(&dir)
        .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")
        .run()
}

/// Packages older than the lock file, or none, must be installed again.
fn is_current(wanted: Option<SystemTime>, installed: Option<SystemTime>) -> bool {
    installed.is_some() && installed >= wanted
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().ok()?.modified().ok()
}

fn on_path(project: &Project, program: &str) -> Option<PathBuf> {
    env::split_paths(&project.search_path())
        .map(|dir| dir.join(program))
        .find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn an_old_or_missing_node_is_one_sentence() {
        for good in ["v20.0.0", "v20.20.2\n", "v24.1.0", "v100.0.0-nightly"] {
            assert_eq!(node_complaint(Some(good)), None, "{good}");
        }
        for bad in ["v18.19.1\n", "v9.99.99", "v0.20.0", "", "20", "node"] {
            let sentence = node_complaint(Some(bad)).unwrap();
            assert!(sentence.contains("20 or later"), "{sentence}");
            assert!(sentence.contains(bad.trim()), "{sentence}");
            assert!(!sentence.contains('\n'), "{sentence}");
        }
        assert!(node_complaint(None).unwrap().contains("not installed"));
    }

    #[test]
    fn packages_follow_the_lock_file() {
        let early = Some(SystemTime::UNIX_EPOCH);
        let late = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1));
        assert!(is_current(early, late));
        assert!(is_current(early, early));
        assert!(!is_current(late, early));
        assert!(!is_current(early, None));
        assert!(!is_current(None, None));
    }
}
