//! `assay demo`.

use super::{Done, print};
use crate::{cli::DemoArgs, demo};
use std::process::ExitCode;

/// Machines, pages, logs and the database, with room to spare; less where the system's hard limit is lower.
const OPEN_FILES: u64 = 65_536;

/// Runs the demo until it is interrupted. It may be killed at any moment: what was acknowledged is on disk.
///
/// # Errors
/// Why it cannot start, or why it stopped.
pub async fn demo(args: DemoArgs) -> Done {
    // Every machine and every page is an open file; the usual soft limit is a thousand.
    if let Err(error) = rlimit::increase_nofile_limit(OPEN_FILES) {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
    let running = demo::start(&args).await?;
    print(&format!(
        "Assay's demo is running. Open http://{} in a browser; stop it with Ctrl-C.\n\
         Any Stratum V1 miner can join: stratum+tcp://{} user demo-host.rig1, any password.",
        running.pages, running.stratum
    ))?;
    for login in &running.logins {
        print(&format!(
            "Sign in as {} with the password {}.",
            login.account, login.password
        ))?;
    }
    print(&format!(
        "ready: http://{} stratum+tcp://{}",
        running.pages, running.stratum
    ))?;
    tokio::select! {
        stopped = running.wait() => stopped?,
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    Ok(ExitCode::SUCCESS)
}
