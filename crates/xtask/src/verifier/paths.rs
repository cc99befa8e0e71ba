//! Where the sources are, and that no trace of it is in what is built of them.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use super::failed;
use crate::{failure::Failure, process::Call, project::Project};

/// Sources to build: the checkout's own, or a copy.
pub struct Checkout(PathBuf);

impl Checkout {
    pub fn own(project: &Project) -> Self {
        Self(project.root().to_owned())
    }

    pub fn root(&self) -> &Path {
        &self.0
    }

    /// A file of it, as text.
    pub fn read(&self, path: &str) -> Result<String, Failure> {
        let path = self.0.join(path);
        fs::read_to_string(&path).map_err(|error| failed("read", &path, &error))
    }
}

/// What git knows or would add, as it stands, in another folder.
pub fn copy_checkout(project: &Project, to: &Path) -> Result<Checkout, Failure> {
    let line = "git ls-files -z --cached --others --exclude-standard";
    let listed = Call::new(project, line).answer();
    let listed =
        listed.ok_or_else(|| Failure::new(format!("`{line}` failed: is this a clone?")))?;
    _ = fs::remove_dir_all(to);
    for name in listed.split_terminator('\0') {
        let (from, to) = (project.root().join(name), to.join(name));
        // Deleted, and git was not told.
        if !from.is_file() {
            continue;
        }
        let copied = to.parent().map_or(Ok(()), fs::create_dir_all);
        let copied = copied.and_then(|()| fs::copy(&from, &to));
        copied.map_err(|error| failed("copy", &from, &error))?;
    }
    Ok(Checkout(to.to_owned()))
}

fn cargo_home() -> PathBuf {
    let home = env::home_dir().unwrap_or_default();
    env::var_os("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from)
}

/// Flags by which no path of this machine enters the wasm: source files are named in panics.
pub fn without_paths(root: &Path) -> String {
    let sources = cargo_home().join("registry").join("src");
    let mut from: Vec<(PathBuf, &str)> = vec![(root.to_owned(), "assay")];
    // Cargo keeps each registry's packages in a folder whose name says where they came from.
    for registry in fs::read_dir(sources).into_iter().flatten().flatten() {
        from.push((registry.path(), "registry"));
    }
    let flags = from
        .iter()
        .map(|(path, to)| format!("--remap-path-prefix={}={to}", path.display()));
    flags.collect::<Vec<_>>().join("\u{1f}")
}

/// Fails where a path of these folders, of the user's home or of cargo's is in the wasm.
pub fn require_none(folders: &[&Path], wasm: &[u8]) -> Result<(), Failure> {
    let homes = [env::home_dir().unwrap_or_default(), cargo_home()];
    let homes = homes.iter().map(PathBuf::as_path);
    match first_inside(folders.iter().copied().chain(homes), wasm) {
        None => Ok(()),
        Some(path) => Err(Failure::new(format!(
            "a path in {} is in the verifier's wasm: its hash would be this machine's.",
            path.display()
        ))),
    }
}

/// With the slash after it: a home `/root` is not meant by `src/root.rs`.
fn first_inside<'a>(mut paths: impl Iterator<Item = &'a Path>, wasm: &[u8]) -> Option<&'a Path> {
    paths.find(|path| {
        let path = path.display().to_string();
        let folder = format!("{}/", path.trim_end_matches('/'));
        folder.len() > 1
            && wasm
                .windows(folder.len())
                .any(|bytes| bytes == folder.as_bytes())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_inside_is_found() {
        let paths = ["/", "/home/eve", "/srv/assay"].map(Path::new);
        let inside = |wasm: &[u8]| first_inside(paths.into_iter(), wasm);
        assert_eq!(inside(b"\0asm registry/a/src/lib.rs"), None);
        assert_eq!(inside(b"\0asm tlog/home/eve.rs"), None);
        assert_eq!(inside(b"\0asm\x07/srv/assay/app/src/a.rs"), Some(paths[2]));
        assert_eq!(inside(b"/home/eve/.cargo"), Some(paths[1]));
    }

    #[test]
    fn every_source_gets_another_name() {
        let flags = without_paths(Path::new("/srv/assay"));
        assert!(flags.starts_with("--remap-path-prefix=/srv/assay=assay"));
        let registries = fs::read_dir(cargo_home().join("registry/src"));
        let registries = registries.into_iter().flatten().count();
        assert_eq!(flags.matches("=registry").count(), registries);
    }
}
