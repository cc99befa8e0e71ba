//! Words that must not be committed.

use super::Source;

/// Work left undone belongs in an issue. In two parts, so that this file does not hold them.
const UNDONE: &[&str] = &[
    concat!("to", "do!("),
    concat!("unimple", "mented!("),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
];

/// Files that may hold unsafe code, each with its reason in the file.
const UNSAFE_ALLOWED: &[&str] = &[
    // Vector instructions: see crates/lanes/README.md.
    "crates/lanes/src/simd128.rs",
    "crates/lanes/src/stages.rs",
    "crates/lanes/src/x86/avx2.rs",
    "crates/lanes/src/x86/avx512.rs",
    "crates/lanes/src/x86/sha_ni.rs",
    // Names that JavaScript calls, in a bench without bindings.
    "crates/lanes/benches/web/module/src/lib.rs",
];

pub fn check(source: &Source) -> Vec<String> {
    let mut complaints = Vec::new();
    if source.path.ends_with(".md") || source.path.ends_with(".txt") {
        return complaints;
    }
    let rust = source.path.ends_with(".rs");
    for (line, number) in source.text.lines().zip(1..) {
        let at = format!("{}:{number}", source.path);
        for word in UNDONE {
            if holds_word(line, word) {
                complaints.push(format!("{at}: `{word}`: finish it, or open an issue."));
            }
        }
        if rust && is_unsafe(line) && !UNSAFE_ALLOWED.contains(&source.path.as_str()) {
            complaints.push(format!(
                "{at}: unsafe code in a file that is not on the list (crates/xtask/src/tidy/words.rs)."
            ));
        }
    }
    complaints
}

/// Whole words only: `mktemp name.XXXXXX` is none of ours.
fn holds_word(line: &str, word: &str) -> bool {
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        let open = word.ends_with('(');
        !before.is_some_and(part_of_word) && (open || !after.is_some_and(part_of_word))
    })
}

fn is_unsafe(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    let keyword = concat!("un", "safe");
    code.match_indices(keyword).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let rest = code[at + keyword.len()..].trim_start();
        let starts_code = ["{", "fn ", "impl", "trait ", "extern ", "("]
            .iter()
            .any(|start| rest.starts_with(start));
        starts_code && !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::super::source;
    use super::*;

    fn complaints(path: &str, text: &str) -> usize {
        check(&source(path, text)).len()
    }

    #[test]
    fn undone_work_is_refused() {
        for word in UNDONE {
            assert_eq!(
                complaints("a.rs", &format!("x();\n    {word}")),
                1,
                "{word}"
            );
            assert_eq!(complaints("a.ts", &format!("// {word} later")), 1, "{word}");
        }
    }

    #[test]
    fn a_longer_word_is_another_word() {
        assert_eq!(complaints("a.sh", concat!("mktemp /tmp/a.XX", "XXXX")), 0);
        assert_eq!(complaints("a.rs", concat!("my_to", "do!()")), 0);
    }

    #[test]
    fn unsafe_code_is_refused_in_rust() {
        for rest in [
            " { a() }",
            " fn a() {}",
            " impl Send for A {}",
            "(no_mangle)]",
        ] {
            let text = format!("{}{rest}", concat!("un", "safe"));
            assert_eq!(complaints("a.rs", &text), 1, "{text}");
            assert_eq!(complaints("a.md", &text), 0, "{text}");
        }
    }

    #[test]
    fn speaking_of_it_is_not_unsafe() {
        let lint = concat!("un", "safe_code = \"forbid\"");
        assert_eq!(complaints("a.rs", lint), 0);
        assert_eq!(complaints("a.rs", concat!("// un", "safe { }")), 0);
    }
}
