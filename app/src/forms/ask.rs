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

#[cfg(test)]
mod tests {
    use super::*;
    use api::{Payer, RejectTerms};

    #[test]
    fn a_host_bears_what_he_ticks() {
        let mut fields: super::super::Fields = [
            ("listing", "1"),
            ("product", "spot"),
            ("hashrate", "100"),
            ("hashrate_unit", "kh"),
            ("price", "5"),
            ("price_unit", "mh"),
        ]
        .map(|(name, value)| (name.into(), value.into()))
        .into();
        let read = |fields: &_| new_ask(Sheet(fields), true).unwrap().terms.rejects;
        assert_eq!(read(&fields), RejectTerms::default());
        fields.insert("pool_down".into(), "on".into());
        let bears = read(&fields);
        assert_eq!(
            (bears.pool_reject, bears.pool_down),
            (Payer::Buyer, Payer::Host)
        );
    }
}
