//! `assay verify`: the browser's engine on the command line, with all processors.

mod chain;
mod describe;
pub(super) mod engine;
mod progress;
pub(super) mod source;

use super::{Done, print};
use crate::{
    cli::VerifyArgs,
    node::{Node, NodeError},
};
use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
    io::{self, Write},
    num::NonZeroU32,
    process::ExitCode,
    thread,
};

/// Bytes of a share in a bundle with all that goes with it: what a sample is drawn by before the shares are counted.
const BYTES_PER_SHARE: u64 = 21;

/// Exit code where the bundle is valid and the node could not say whether its blocks are on the chain.
const UNCONFIRMED: u8 = 3;

/// Reads the bundle, prints the verdict.
///
/// # Errors
/// Where it cannot be read, or the node cannot be asked: that is no verdict.
pub fn verify(args: &VerifyArgs) -> Done {
    let node = args.node.as_deref().map(Node::new).transpose()?;
    let mut source = source::open(&args.bundle)?;
    let one_in = args
        .sample
        .map(|wanted| one_in(source.size(), wanted))
        .transpose()?;
    let settings = engine::Settings {
        threads: threads(args.threads),
        // A seed that the bundle's maker could have known would be no sample.
        sample: one_in.map(|one_in| (one_in, args.seed.unwrap_or_else(random))),
    };
    let verdict = engine::run(settings, source.as_mut())?;
    // What is shown is what every reader of the JSON gets.
    let json = serde_json::to_string_pretty(&verdict)?;
    let shown: api::Verdict = serde_json::from_str(&json)?;
    if args.json {
        print(&json)?;
    } else {
        print(describe::verdict(&shown)?.trim_end())?;
    }
    let compared = node.map(|node| chain::compare(&node, &shown));
    conclude(args.json, shown.valid, compared)
}

/// Invalid is invalid whatever a node says, or does not.
fn conclude(
    json: bool,
    valid: bool,
    compared: Option<Result<chain::Comparison, NodeError>>,
) -> Done {
    let mut code = ExitCode::from(u8::from(!valid));
    match compared {
        Some(Ok(chain::Comparison { text, outcome })) => {
            code = match outcome {
                chain::Outcome::Elsewhere => ExitCode::FAILURE,
                chain::Outcome::Unconfirmed if valid => ExitCode::from(UNCONFIRMED),
                chain::Outcome::Confirmed | chain::Outcome::Unconfirmed => code,
            };
            if json {
                // Standard output is the verdict alone: the same bytes with and without a node.
                writeln!(io::stderr(), "{text}")?;
            } else {
                print(&text)?;
            }
        }
        Some(Err(why)) if valid => return Err(why.into()),
        Some(Err(why)) => writeln!(io::stderr(), "assay: {why}")?,
        None => {}
    }
    Ok(code)
}

pub(super) fn threads(wanted: Option<u16>) -> usize {
    let all = || thread::available_parallelism().map_or(1, usize::from);
    wanted.map_or_else(all, usize::from)
}

/// How thinly to sample for about so many shares.
fn one_in(size: Option<u64>, wanted: u32) -> Result<NonZeroU32, &'static str> {
    let size = size.ok_or("a sample of a bundle needs to know its size: give a file, or a URL whose server tells the length")?;
    let thinly = size / BYTES_PER_SHARE / u64::from(wanted.max(1));
    let thinly = u32::try_from(thinly).unwrap_or(u32::MAX);
    Ok(NonZeroU32::new(thinly).unwrap_or(NonZeroU32::MIN))
}

/// The standard library seeds its hash tables from the system's random source.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}
