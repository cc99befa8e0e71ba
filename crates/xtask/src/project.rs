//! Where things are: the checkout, its target directory, its packages.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::failure::Failure;

/// What `cargo metadata` says about the checkout that the command was started in.
pub struct Project {
    root: PathBuf,
    target: PathBuf,
    metadata: Value,
}

impl Project {
    pub fn open() -> Result<Self, Failure> {
        let output = Command::new("cargo")
            .args(["metadata", "--format-version", "1", "--no-deps"])
            .output()
            .map_err(|error| Failure::new(format!("`cargo metadata` could not start: {error}.")))?;
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr);
            return Err(Failure::new(format!(
                "`cargo metadata` failed: {}",
                text.trim()
            )));
        }
        let metadata: Value = serde_json::from_slice(&output.stdout).map_err(|error| {
            Failure::new(format!("`cargo metadata` did not answer JSON: {error}."))
        })?;
        let path = |field: &str| {
            metadata[field].as_str().map(PathBuf::from).ok_or_else(|| {
                Failure::new(format!("`cargo metadata` did not answer a `{field}`."))
            })
        };
        Ok(Self {
            root: path("workspace_root")?,
            target: path("target_directory")?,
            metadata,
        })
    }

    /// The checkout.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where cargo builds; `CARGO_TARGET_DIR` is honoured because cargo was asked.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Tools of exactly the wanted version live here, apart from the user's own.
    pub fn tools(&self) -> PathBuf {
        self.target.join("tools")
    }

    pub fn metadata(&self) -> &Value {
        &self.metadata
    }

    /// `PATH` with the project's own tools first.
    pub fn search_path(&self) -> OsString {
        let own = self.tools().join("bin");
        let inherited = env::var_os("PATH").unwrap_or_default();
        let all = std::iter::once(own).chain(env::split_paths(&inherited));
        env::join_paths(all).unwrap_or(inherited)
    }

    /// A file of the checkout, as text.
    pub fn read(&self, path: &str) -> Result<String, Failure> {
        std::fs::read_to_string(self.root.join(path))
            .map_err(|error| Failure::new(format!("`{path}` could not be read: {error}.")))
    }
}
