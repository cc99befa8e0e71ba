//! Python, for the second verifier: a test holds `docs/verify.py` against ours.

use crate::{failure::Failure, process::Call, project::Project};

/// The oldest that has everything the script uses, and is still maintained by a distribution.
const WANTED: (u32, u32) = (3, 9);

/// Asked before anything is installed: the test that needs it comes after minutes of building.
pub fn require(project: &Project) -> Result<(), Failure> {
    let version = Call::new(project, "python3 --version").answer();
    complaint(version.as_deref()).map_or(Ok(()), |sentence| Err(Failure::new(sentence)))
}

/// `version` is what `python3 --version` prints; `None` where it could not be run.
fn complaint(version: Option<&str>) -> Option<String> {
    let wanted = format!("the tests need version {}.{} or later.", WANTED.0, WANTED.1);
    let Some(version) = version.map(str::trim) else {
        return Some(format!(
            "Python is not installed or `python3` is not on PATH: {wanted}"
        ));
    };
    match numbers(version) {
        Some(found) if found >= WANTED => None,
        _ => Some(format!("`python3 --version` says `{version}`: {wanted}")),
    }
}

/// `Python 3.11.7` and `Python 3.14.0rc2`: the first two numbers.
fn numbers(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.strip_prefix("Python ")?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_or_missing_python_is_one_sentence() {
        for good in [
            "Python 3.9.0",
            "Python 3.11.7\n",
            "Python 3.14.0rc2",
            "Python 4.0.0",
        ] {
            assert_eq!(complaint(Some(good)), None, "{good}");
        }
        for bad in ["Python 2.7.18\n", "Python 3.8.20", "", "3.11.7", "Python"] {
            let sentence = complaint(Some(bad)).unwrap();
            assert!(sentence.contains("3.9 or later"), "{sentence}");
            assert!(sentence.contains(bad.trim()), "{sentence}");
            assert!(!sentence.contains('\n'), "{sentence}");
        }
        assert!(complaint(None).unwrap().contains("not installed"));
    }
}
