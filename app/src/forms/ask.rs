use super::{bid::product, sheet::Sheet};
use api::{Error, NewAsk};

/// An ask out of a listing.
///
/// # Errors
/// What is wrong with a field, with the field's name.
pub fn new_ask(sheet: Sheet<'_>, dry_run: bool) -> Result<NewAsk, Error> {
    Ok(NewAsk {
        listing: Some(sheet.parsed("listing", "Choose one of your listings.")?),
        product: product(sheet)?,
        hashrate_hs: sheet.hashrate("hashrate")?,
        price_sats_per_phs_day: sheet.price("price")?,
        terms: sheet.terms()?,
        dry_run,
    })
}
