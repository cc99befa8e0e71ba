//! The `assay` binary.

use clap::Parser;
use server::{
    cli::{Cli, Command, PoolCommand, SandboxCommand, SharesCommand},
    commands,
};
use std::{io::Write, process::ExitCode};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let quiet =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,server=info"));
    tracing_subscriber::fmt()
        .with_env_filter(quiet)
        .with_writer(std::io::stderr)
        .init();
    let done = match Cli::parse().command {
        Command::Demo(args) => commands::demo(args).await,
        Command::Verify(args) => commands::verify(&args),
        Command::Audit(args) => commands::audit(&args).await,
        Command::Shares(SharesCommand::Verify(args)) => commands::verify_shares(&args).await,
        Command::Pool(PoolCommand::Check(args)) => commands::check_pool(&args).await,
        Command::Sandbox(SandboxCommand::Bundle(args)) => commands::bundle(&args),
    };
    done.unwrap_or_else(|error| {
        // Nobody is left to tell where standard error is closed.
        let _ = writeln!(std::io::stderr(), "assay: {error}");
        ExitCode::from(2)
    })
}
