//! `assay sandbox bundle`.

use super::Done;
use crate::cli::BundleArgs;
use sandbox::{BundleSettings, write_bundle};
use std::{
    fs::File,
    io::{self, Write},
    process::ExitCode,
};

/// Writes a bundle.
///
/// # Errors
/// Where it cannot be written.
pub fn bundle(args: &BundleArgs) -> Done {
    let settings = BundleSettings {
        shares: args.shares,
        workers: args.workers,
        seed: args.seed,
        ..BundleSettings::default()
    };
    let name = args.file.display();
    let mut output: Box<dyn Write> = if args.file.as_os_str() == "-" {
        Box::new(io::stdout().lock())
    } else {
        Box::new(File::create(&args.file).map_err(|why| format!("{name} cannot be made: {why}"))?)
    };
    write_bundle(settings, &mut output)?;
    output.flush()?;
    Ok(ExitCode::SUCCESS)
}
