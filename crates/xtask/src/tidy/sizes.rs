//! How long a file may be. A file too long to be read at once is split by noun or verb.

use super::Source;

/// Lines that a Rust file may have, its tests aside; `None` for a file of tests.
fn limit(path: &str) -> Option<usize> {
    let (dir, file) = path.rsplit_once('/').unwrap_or(("", path));
    let in_tests = path.split('/').any(|part| part == "tests");
    match file {
        _ if !path.ends_with(".rs") || in_tests || file == "tests.rs" => None,
        "main.rs" => Some(60),
        _ if dir == "app/src/components" => Some(150),
        _ => Some(500),
    }
}

/// Lines outside modules of tests. Such a module ends with the brace at its own indentation, as rustfmt sets it, and code
/// may follow; `mod tests;` alone names another file and ends nothing.
fn length(text: &str) -> usize {
    let mut lines = text.lines().peekable();
    let mut length = 0;
    while let Some(line) = lines.next() {
        let module = lines.peek().filter(|next| opens_module(next));
        match module {
            Some(next) if line.trim() == "#[cfg(test)]" => {
                let end = format!("{}}}", indentation(next));
                lines.by_ref().find(|line| *line == end);
            }
            _ => length += 1,
        }
    }
    length
}

fn opens_module(line: &str) -> bool {
    let visible = line.trim_start();
    let named = visible.strip_prefix("pub ").unwrap_or(visible);
    named.starts_with("mod ") && named.ends_with('{')
}

fn indentation(line: &str) -> &str {
    let (spaces, _) = line.split_at(line.len() - line.trim_start().len());
    spaces
}

/// `ratchet` lists files longer than their limit: `path lines`, and `#` for a remark.
pub fn check(sources: &[Source], ratchet: &str) -> Vec<String> {
    let (excused, mut complaints) = excused(ratchet);
    for source in sources {
        let Some(limit) = limit(&source.path) else {
            continue;
        };
        let path = source.path.as_str();
        let length = length(&source.text);
        let listed = excused.iter().find(|(listed, _)| *listed == path);
        match listed {
            None if length > limit => complaints.push(format!(
                "{path} has {length} lines without its tests, more than {limit}: split it by noun or verb."
            )),
            Some((_, most)) if length > *most => complaints.push(format!(
                "{path} grew to {length} lines; the ratchet allows {most}, and {limit} is the limit."
            )),
            Some(_) if length <= limit => complaints.push(format!(
                "{path} is within the limit of {limit} lines now: take it off the ratchet."
            )),
            Some((_, most)) if length < *most => complaints.push(format!(
                "{path} has only {length} lines now: lower its number in the ratchet from {most}."
            )),
            _ => {}
        }
    }
    for (path, _) in excused {
        if !sources.iter().any(|source| source.path == path) {
            complaints.push(format!("{path} is on the ratchet but does not exist."));
        }
    }
    complaints
}

fn excused(ratchet: &str) -> (Vec<(&str, usize)>, Vec<String>) {
    let mut entries = Vec::new();
    let mut complaints = Vec::new();
    for line in ratchet.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let entry = line
            .split_once(' ')
            .and_then(|(path, most)| Some((path, most.trim().parse().ok()?)));
        match entry {
            Some(entry) => entries.push(entry),
            None => complaints.push(format!("the ratchet's line `{line}` is not `path lines`.")),
        }
    }
    (entries, complaints)
}

#[cfg(test)]
mod tests {
    use super::super::source;
    use super::*;

    fn complaints(path: &str, lines: usize, ratchet: &str) -> Vec<String> {
        check(&[source(path, &"x\n".repeat(lines))], ratchet)
    }

    #[test]
    fn each_kind_of_file_has_its_limit() {
        for (path, limit) in [
            ("crates/pow/src/header.rs", 500),
            ("server/src/main.rs", 60),
            ("app/src/components/depth.rs", 150),
            ("app/src/pages/depth.rs", 500),
        ] {
            assert!(complaints(path, limit, "").is_empty(), "{path}");
            let found = complaints(path, limit + 1, "");
            assert_eq!(found.len(), 1, "{path}");
            assert!(found[0].contains(&limit.to_string()), "{found:?}");
        }
    }

    #[test]
    fn tests_have_no_limit() {
        for path in [
            "crates/pow/tests/vectors.rs",
            "crates/pow/src/bundle/tests.rs",
            "docs/bundle.md",
        ] {
            assert!(complaints(path, 2_000, "").is_empty(), "{path}");
        }
        let code = "x\n".repeat(500);
        let tests = format!("#[cfg(test)]\nmod tests {{\n{code}}}\n");
        assert!(check(&[source("a.rs", &format!("{code}{tests}"))], "").is_empty());
        let named = format!("#[cfg(test)]\nmod tests;\n{code}");
        assert_eq!(check(&[source("a.rs", &named)], "").len(), 1);
    }

    #[test]
    fn only_the_module_of_tests_is_free() {
        let tests = "#[cfg(test)]\nmod tests {\n    fn f() {\n    }\n}\n";
        for (text, lines) in [
            ("a\n\nb\n".to_owned(), 3),
            (format!("a\n{tests}"), 1),
            (format!("a\n{tests}b\nc\n"), 3),
            (format!("a\n{tests}b\n{tests}c\n"), 3),
            ("#[cfg(test)]\nmod tests {\n    a\n".to_owned(), 0),
            (
                "mod a {\n    #[cfg(test)]\n    pub mod b {\n        c\n    }\n}\nd\n".to_owned(),
                3,
            ),
            ("#[cfg(test)]\nmod tests;\na\n".to_owned(), 3),
            ("#[cfg(test)]\nfn f() {\n}\n".to_owned(), 3),
            ("#[cfg(test)]\nmod tests {}\na\n".to_owned(), 3),
        ] {
            assert_eq!(length(&text), lines, "{text}");
        }
    }

    #[test]
    fn the_ratchet_only_falls() {
        let found = |lines, ratchet| complaints("a.rs", lines, ratchet).len();
        assert_eq!(found(600, "# why\na.rs 600\n"), 0);
        assert_eq!(found(601, "a.rs 600"), 1);
        assert_eq!(found(599, "a.rs 600"), 1);
        assert_eq!(found(500, "a.rs 600"), 1);
    }

    #[test]
    fn the_ratchet_itself_is_checked() {
        assert_eq!(complaints("a.rs", 1, "gone.rs 600").len(), 1);
        assert_eq!(complaints("a.rs", 1, "a.rs many").len(), 1);
    }
}
