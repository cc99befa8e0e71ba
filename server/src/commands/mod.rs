//! What each subcommand does. An error is one sentence; `main` prints it.

mod audit;
mod bundle;
mod demo;
mod pool;
mod shares;
mod verify;

pub use audit::audit;
pub use bundle::bundle;
pub use demo::demo;
pub use pool::check_pool;
pub use shares::verify_shares;
pub use verify::verify;

use std::{io, process::ExitCode};

/// What a command answers: its exit code, or the sentence that says why it could not do its work.
pub type Done = Result<ExitCode, Box<dyn std::error::Error>>;

/// Prints to standard output; a reader that has gone is no error.
fn print(text: &str) -> io::Result<()> {
    use io::Write;
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}
