//! Running other programs, with a clear sentence when one fails.

use std::{
    ffi::OsStr,
    io::ErrorKind,
    path::Path,
    process::{Command, ExitStatus, Stdio},
};

use crate::{
    failure::{Failure, say},
    project::Project,
};

/// A program about to be run in the checkout, with the project's tools on `PATH`.
pub struct Call {
    command: Command,
    line: String,
}

impl Call {
    /// `line` is the program and its arguments, parted by single spaces.
    pub fn new(project: &Project, line: &str) -> Self {
        let mut words = line.split(' ');
        let mut call = Self::program(project, words.next().unwrap_or_default());
        call.command.args(words);
        call.line = line.to_string();
        call
    }

    /// A program by its name or path, which may hold spaces.
    pub fn program(project: &Project, program: impl AsRef<OsStr>) -> Self {
        let program = program.as_ref();
        let mut command = Command::new(program);
        command
            .current_dir(project.root())
            .env("PATH", project.search_path());
        // `cargo run` describes xtask in these; a build started from here must not see them, or a build script that
        // watches them runs again each time a command is started the other way.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&name);
            }
        }
        // Trunk reads NO_COLOR as a boolean and refuses the customary `1`.
        if program == "trunk" {
            command.env_remove("NO_COLOR");
        }
        Self {
            command,
            line: program.to_string_lossy().into_owned(),
        }
    }

    /// One more argument, which may hold spaces.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg.as_ref());
        self.line = format!("{} {}", self.line, arg.as_ref().to_string_lossy());
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value.as_ref());
        self
    }

    pub fn in_dir(mut self, dir: impl AsRef<Path>) -> Self {
        self.command.current_dir(dir);
        self
    }

    /// Prints the command and runs it to its end; its output goes where ours goes.
    pub fn run(mut self) -> Result<(), Failure> {
        say(format!("$ {}", self.line));
        let status = self.command.status().map_err(|e| self.not_started(&e))?;
        if status.success() {
            return Ok(());
        }
        Err(Failure::new(format!(
            "`{}` failed with {}.",
            self.line,
            ending(status)
        )))
    }

    /// Its standard output, when it could be run and succeeded; for questions, so nothing is printed.
    pub fn answer(mut self) -> Option<String> {
        let output = self.command.stderr(Stdio::null()).output().ok()?;
        output
            .status
            .success()
            .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Becomes the program, so that signals and the exit code are its own; returns only when it could not be started.
    #[cfg(unix)]
    pub fn become_it(mut self) -> Result<(), Failure> {
        use std::os::unix::process::CommandExt;
        say(format!("$ {}", self.line));
        let error = self.command.exec();
        Err(self.not_started(&error))
    }

    #[cfg(not(unix))]
    pub fn become_it(self) -> Result<(), Failure> {
        self.run()
    }

    fn not_started(&self, error: &std::io::Error) -> Failure {
        let program = self.command.get_program().to_string_lossy();
        if error.kind() != ErrorKind::NotFound {
            return Failure::new(format!("`{}` could not start: {error}.", self.line));
        }
        let source = match program.as_ref() {
            "npm" | "npx" => "; it comes with Node.js (version 20 or later)",
            "rustup" => "; see https://rustup.rs",
            "sudo" => "; run the command as root instead",
            _ => "",
        };
        Failure::new(format!(
            "`{program}` is not installed or not on PATH{source}."
        ))
    }
}

fn ending(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exit code {code}"),
        None => status.to_string(),
    }
}
