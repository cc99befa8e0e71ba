//! `cargo xtask demo`: from a clean checkout to a page in the browser.

use std::net::TcpListener;

use crate::{
    failure::{Failure, say},
    process::Call,
    project::Project,
    setup,
};

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Options {
    release: bool,
    /// Passed on to `assay demo`.
    rest: Vec<String>,
}

impl Options {
    pub fn parse(args: &[&str]) -> Result<Self, Failure> {
        let mut options = Self::default();
        let mut args = args.iter();
        while let Some(&arg) = args.next() {
            match arg {
                "--release" => options.release = true,
                "--" => options.rest = args.by_ref().map(ToString::to_string).collect(),
                other => {
                    return Err(Failure::usage(format!(
                        "`demo` does not know `{other}`; arguments of the server go after `--`."
                    )));
                }
            }
        }
        Ok(options)
    }

    /// The value of an option of `assay demo`, as given or by default.
    fn value<'a>(&'a self, name: &str, default: &'a str) -> &'a str {
        let mut rest = self.rest.iter();
        while let Some(arg) = rest.next() {
            if arg == name {
                return rest.next().map_or(default, String::as_str);
            }
            if let Some(value) = arg.strip_prefix(name).and_then(|v| v.strip_prefix('=')) {
                return value;
            }
        }
        default
    }
}

pub fn run(project: &Project, options: &Options) -> Result<(), Failure> {
    // Before the minutes of building, not after them.
    for (name, default) in [
        ("--listen", "127.0.0.1:3000"),
        ("--stratum", "127.0.0.1:3333"),
    ] {
        require_free(name, options.value(name, default))?;
    }
    setup::run(project, false)?;
    let (flavour, directory) = if options.release {
        (" --release", "release")
    } else {
        ("", "debug")
    };
    say("Building the pages and the server: about 2 minutes each the first time, seconds later.");
    Call::new(project, &format!("trunk build{flavour}")).run()?;
    Call::new(project, &format!("cargo build -p server{flavour}")).run()?;
    let binary = project.target().join(directory).join("assay");
    let mut call = Call::program(project, binary).arg("demo");
    for arg in &options.rest {
        call = call.arg(arg);
    }
    call.become_it()
}

fn require_free(option: &str, address: &str) -> Result<(), Failure> {
    match TcpListener::bind(address) {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::new(format!(
            "{address} cannot be listened on ({error}): stop what uses it, or choose another address with `cargo xtask demo -- {option} ADDRESS`."
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_after_the_dashes_go_to_the_server() {
        let options = Options::parse(&["--release", "--", "--listen", "127.0.0.1:0", "--release"]);
        let options = options.unwrap();
        assert!(options.release);
        assert_eq!(options.rest, ["--listen", "127.0.0.1:0", "--release"]);
        assert_eq!(options.value("--listen", "x"), "127.0.0.1:0");
        assert_eq!(options.value("--stratum", "x"), "x");
    }

    #[test]
    fn an_option_may_be_joined_to_its_value() {
        let options = Options::parse(&["--", "--listen=127.0.0.1:81"]).unwrap();
        assert_eq!(options.value("--listen", "x"), "127.0.0.1:81");
    }

    #[test]
    fn a_taken_port_is_one_clear_sentence() {
        let holder = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = holder.local_addr().unwrap().to_string();
        let failure = require_free("--listen", &address).unwrap_err();
        assert!(failure.sentence().contains(&address));
        assert!(!failure.sentence().contains('\n'));
        drop(holder);
        assert_eq!(require_free("--listen", &address), Ok(()));
    }
}
