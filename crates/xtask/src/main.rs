#![doc = include_str!("../README.md")]

mod bench;
mod commands;
mod demo;
mod failure;
mod fuzz;
mod process;
mod project;
mod setup;
mod test;
mod tidy;
mod verifier;

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match commands::run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.print();
            ExitCode::from(failure.exit_code())
        }
    }
}
