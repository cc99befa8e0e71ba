//! `bundle FILE SHARES DAYS`: a valid bundle with a job each minute and epochs of ten.

use sandbox::{BundleSettings, write_bundle};
use std::{env, error::Error, fs::File, io::BufWriter, time::Duration};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1);
    let mut next = || args.next().ok_or("usage: bundle FILE SHARES DAYS");
    let (file, shares, days) = (next()?, next()?.parse::<u64>()?, next()?.parse::<u64>()?);
    let minutes = days.saturating_mul(1_440).max(1);
    let span = Duration::from_secs(minutes.saturating_mul(60));
    let settings = BundleSettings {
        shares,
        shares_per_job: (shares / minutes).max(1),
        share_interval: span.div_f64(shares.max(1) as f64),
        ..BundleSettings::default()
    };
    let mut output = BufWriter::new(File::create(file)?);
    Ok(write_bundle(settings, &mut output)?)
}
