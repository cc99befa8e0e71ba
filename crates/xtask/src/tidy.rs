//! `cargo xtask tidy`: rules of the project that neither rustc nor clippy can hold.

mod arrows;
mod crates;
mod names;
mod sizes;
mod words;

use crate::{
    failure::{Failure, say},
    process::Call,
    project::Project,
};

const RATCHET: &str = "crates/xtask/ratchet.txt";

/// A file of the checkout: its path from the root, with `/`, and its text.
pub struct Source {
    path: String,
    text: String,
}

pub fn run(project: &Project) -> Result<(), Failure> {
    let paths = paths(project)?;
    let sources = sources(project, &paths);
    let packages = crates::packages(project)?;
    let manifests: Vec<&Source> = sources
        .iter()
        .filter(|source| source.path.ends_with("Cargo.toml"))
        .collect();

    let mut complaints = arrows::check(&packages);
    complaints.extend(crates::check(&packages, &paths, &manifests));
    complaints.extend(names::check_paths(&paths));
    complaints.extend(sizes::check(
        &sources,
        &project.read(RATCHET).unwrap_or_default(),
    ));
    for source in &sources {
        complaints.extend(names::check_functions(source));
        complaints.extend(words::check(source));
    }
    if complaints.is_empty() {
        say(format!(
            "tidy: {} crates and {} files are in order.",
            packages.len(),
            paths.len()
        ));
        return Ok(());
    }
    for complaint in &complaints {
        say(format!("tidy: {complaint}"));
    }
    Err(Failure::new(format!(
        "tidy has {} complaint{}, listed above.",
        complaints.len(),
        if complaints.len() == 1 { "" } else { "s" }
    )))
}

/// What git tracks or would track; a file deleted but not yet committed so is left out.
fn paths(project: &Project) -> Result<Vec<String>, Failure> {
    let question = "git ls-files -z --cached --others --exclude-standard";
    let answer = Call::new(project, question).answer().ok_or_else(|| {
        Failure::new("`git ls-files` failed; tidy needs git and a checkout made by it.")
    })?;
    let mut paths: Vec<String> = answer
        .split('\0')
        .filter(|path| !path.is_empty() && project.root().join(path).is_file())
        .map(ToString::to_string)
        .collect();
    paths.sort();
    paths.dedup();
    Ok(paths)
}

/// The files that people write as code; what is not text is no source.
fn sources(project: &Project, paths: &[String]) -> Vec<Source> {
    const WRITTEN: &[&str] = &[
        "rs", "toml", "ts", "js", "css", "html", "sql", "sh", "md", "txt",
    ];
    let written = |path: &&String| {
        path.rsplit_once('.')
            .is_some_and(|(_, end)| WRITTEN.contains(&end))
    };
    let read = |path: &String| {
        let text = project.read(path).ok()?;
        Some(Source {
            path: path.clone(),
            text,
        })
    };
    paths.iter().filter(written).filter_map(read).collect()
}

#[cfg(test)]
fn source(path: &str, text: &str) -> Source {
    Source {
        path: path.to_string(),
        text: text.to_string(),
    }
}
