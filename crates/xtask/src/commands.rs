//! The one list of commands.

use std::path::Path;

use crate::{
    bench, demo, failure::Failure, failure::say, fuzz, project::Project, setup, test, tidy,
    verifier,
};

const HELP: &str = "\
Usage: cargo xtask COMMAND

  setup [--tests]              install what is missing to build (--tests: and to test)
  demo [--release] [-- ARGS]   set up, build, and serve the demo on http://127.0.0.1:3000; ARGS go to `assay demo`
  test [--no-browser]          set up and run every check: fmt, tidy, clippy, tests, fuzz targets, wasm tests, browser
                               journeys
  tidy                         check arrows between crates, file sizes, names and forbidden words
  verifier [--check]           build the verify page as one file that needs no server, and print the hashes (--check:
                               twice, the second time from a copy in another folder, and compare)
  worker FOLDER                write the worker that verifies into FOLDER; `trunk build` calls it
  fuzz [TARGET] [SECONDS]      give what reads bytes from outside (bundle, line, notify, submit, upstream) such as nobody
                               thought of: one of them or all, a minute each or as long as said (--fixed: so many, as in
                               `test`)
  bench NAME [ARGS]            run one benchmark and print its figures
  help                         print this";

pub fn run(args: &[String]) -> Result<(), Failure> {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let Some((&command, rest)) = args.split_first() else {
        say(HELP);
        return Err(Failure::usage("a command is missing."));
    };
    match command {
        "help" | "--help" | "-h" => {
            say(HELP);
            Ok(())
        }
        "setup" => {
            let tests = flag(command, "--tests", rest)?;
            setup::run(&Project::open()?, tests)
        }
        "demo" => {
            let options = demo::Options::parse(rest)?;
            demo::run(&Project::open()?, &options)
        }
        "test" => {
            let no_browser = flag(command, "--no-browser", rest)?;
            test::run(&Project::open()?, !no_browser)
        }
        "tidy" => {
            nothing(command, rest)?;
            tidy::run(&Project::open()?)
        }
        "verifier" => {
            let check = flag(command, "--check", rest)?;
            let project = Project::open()?;
            if check {
                return verifier::check(&project);
            }
            verifier::run(&project)
        }
        "worker" => match rest {
            [folder] => verifier::worker(&Project::open()?, Path::new(folder)),
            _ => Err(Failure::usage(
                "`worker` takes the folder that it writes to.",
            )),
        },
        "fuzz" => fuzz::run(rest),
        "bench" => bench::run(rest),
        unknown => Err(Failure::usage(format!(
            "there is no command `{unknown}`; `cargo xtask help` lists the commands."
        ))),
    }
}

/// Whether the only option a command knows was given.
fn flag(command: &str, name: &str, rest: &[&str]) -> Result<bool, Failure> {
    match rest {
        [] => Ok(false),
        [given] if *given == name => Ok(true),
        _ => Err(Failure::usage(format!(
            "`{command}` takes only `{name}`, and got `{}`.",
            rest.join(" ")
        ))),
    }
}

fn nothing(command: &str, rest: &[&str]) -> Result<(), Failure> {
    if rest.is_empty() {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "`{command}` takes no argument, and got `{}`.",
        rest.join(" ")
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(args: &[&str]) -> u8 {
        let args: Vec<String> = args.iter().map(ToString::to_string).collect();
        run(&args).map_or_else(|failure| failure.exit_code(), |()| 0)
    }

    #[test]
    fn what_is_not_understood_exits_with_2() {
        assert_eq!(code(&["help"]), 0);
        assert_eq!(code(&[]), 2);
        assert_eq!(code(&["deploy"]), 2);
        assert_eq!(code(&["test", "--fast"]), 2);
        assert_eq!(code(&["setup", "--tests", "--tests"]), 2);
        assert_eq!(code(&["tidy", "now"]), 2);
        assert_eq!(code(&["demo", "--debug"]), 2);
        assert_eq!(code(&["worker"]), 2);
        assert_eq!(code(&["bench"]), 2);
        assert_eq!(code(&["bench", "nothing"]), 2);
    }

    #[test]
    fn an_unknown_command_is_named() {
        let failure = run(&["deploy".to_string()]).unwrap_err();
        assert!(failure.sentence().contains("`deploy`"));
    }
}
