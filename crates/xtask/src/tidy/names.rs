//! Names that say nothing.

use super::Source;

/// What such a file holds cannot be guessed from its name, so everything ends up in it.
const EMPTY: &[&str] = &[
    "util", "utils", "helper", "helpers", "common", "misc", "manager", "managers",
];

pub fn check_paths(paths: &[String]) -> Vec<String> {
    let mut complaints = Vec::new();
    for path in paths {
        // Prose and vendored files keep the names they have.
        if path.starts_with("docs/") || path.starts_with("public/") {
            continue;
        }
        for component in path.split('/') {
            let stem = component.split('.').find(|part| !part.is_empty());
            if let Some(word) = stem.and_then(empty_word) {
                complaints.push(format!(
                    "{path}: `{word}` says nothing; name the file by its noun or verb."
                ));
            }
        }
    }
    complaints
}

fn empty_word(stem: &str) -> Option<&str> {
    stem.split(['_', '-'])
        .find(|word| EMPTY.contains(word) || is_part(word))
}

/// `part2` and its like: a file cut by length.
fn is_part(word: &str) -> bool {
    word.strip_prefix("part").is_some_and(|number| {
        !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit())
    })
}

/// A function that reads a field has the field's name.
pub fn check_functions(source: &Source) -> Vec<String> {
    if !source.path.ends_with(".rs") {
        return Vec::new();
    }
    let prefix = concat!("fn ", "get_");
    let numbered = source.text.lines().zip(1..);
    numbered
        .filter(|(line, _)| !line.trim_start().starts_with("//") && line.contains(prefix))
        .map(|(_, number)| {
            format!(
                "{}:{number}: name the function by what it answers, without `get_`.",
                source.path
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::source;
    use super::*;

    fn complaints(path: &str) -> usize {
        check_paths(&[path.to_string()]).len()
    }

    #[test]
    fn empty_names_are_refused_as_files_and_directories() {
        for path in [
            "crates/pow/src/util.rs",
            "server/src/utils/mod.rs",
            "app/src/common/money.rs",
            "server/src/session_manager.rs",
            "end2end/tests/test-helpers.ts",
            "crates/pow/src/misc.rs",
            "crates/pow/src/bundle_part2.rs",
            ".ci/common.sh",
        ] {
            assert_eq!(complaints(path), 1, "{path}");
        }
    }

    #[test]
    fn names_that_say_something_pass() {
        for path in [
            "crates/pow/src/utilisation.rs",
            "crates/market/src/partial.rs",
            "docs/common-questions.md",
            ".ci/run",
        ] {
            assert_eq!(complaints(path), 0, "{path}");
        }
    }

    #[test]
    fn a_reading_function_has_no_prefix() {
        let bad = concat!("struct A;\n    pub fn ", "get_price(&self) {}\n");
        let found = check_functions(&source("a.rs", bad));
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("a.rs:2:"));
        assert!(
            check_functions(&source("a.rs", "pub fn price(&self) {}\nfn getter() {}")).is_empty()
        );
    }
}
