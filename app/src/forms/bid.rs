use super::{
    constraints,
    sheet::{Sheet, bad},
};
use api::{Error, NewBid, Product, QuoteRequest, WantedPool};
use units::Sats;

/// The field that says that a password was typed: it is not sent back, and what most pools take must not stand for it.
pub const PASSWORD_GIVEN: &str = "password_given";

/// What most pools take.
const USUAL_PASSWORD: &str = "x";

pub(super) fn product(sheet: Sheet<'_>) -> Result<Product, Error> {
    match sheet.text("product") {
        "" => Ok(Product::Spot),
        _ => sheet.parsed("product", "There is no such product."),
    }
}

/// A wish's price and its unit, and as what a bid's form carries them: a bid has a price of its own.
pub(super) const WISH_PRICE: [(&str, &str); 2] =
    [("price", "wish_price"), ("price_unit", "wish_price_unit")];

/// True of the fields of which a quote is made, but its price.
pub(super) fn is_wish(field: &str) -> bool {
    const FIELDS: [&str; 12] = [
        "product",
        "hashrate",
        "hashrate_unit",
        "minimum_fill",
        "minimum_fill_unit",
        "countries_are",
        "countries",
        "energy_percent",
        "max_j_per_th",
        "max_carbon",
        "min_rating",
        "max_country_percent",
    ];
    let boxes = ["source_", "grid_", "cooling_"];
    FIELDS.contains(&field) || boxes.iter().any(|prefix| field.starts_with(prefix))
}

/// What somebody wants to know the price of. Without a price, whatever it costs.
///
/// # Errors
/// What is wrong with a field, with the field's name.
pub fn quote_request(sheet: Sheet<'_>) -> Result<QuoteRequest, Error> {
    let limited = sheet.filled("price").is_some();
    Ok(QuoteRequest {
        product: product(sheet)?,
        hashrate_hs: sheet.hashrate("hashrate")?,
        price_sats_per_phs_day: limited.then(|| sheet.price("price")).transpose()?,
        minimum_fill_hs: sheet.maybe_hashrate("minimum_fill")?,
        constraints: constraints::read(sheet)?,
        rejects: Default::default(),
    })
}

/// A bid. The pool's password is not on the sheet, which may be drawn again.
///
/// # Errors
/// What is wrong with a field, with the field's name.
pub fn new_bid(sheet: Sheet<'_>, password: &str, dry_run: bool) -> Result<NewBid, Error> {
    if password.is_empty() && sheet.ticked(PASSWORD_GIVEN) {
        let words = "You gave the pool's password before. It is not kept: type it once more.";
        return Err(bad(words, "password"));
    }
    let asked = quote_request(sheet)?;
    let price = asked.price_sats_per_phs_day;
    let price = price.ok_or_else(|| bad("A bid has a limit price.", "price"))?;
    let budget = sheet.whole("budget", "The budget is a whole number of sat.")?;
    let login = |address: &str, user: &str, password: &str| WantedPool {
        address: address.into(),
        user: user.into(),
        password: if password.is_empty() {
            USUAL_PASSWORD.into()
        } else {
            password.into()
        },
    };
    let pool = sheet.filled("pool_address");
    let pool = pool.ok_or_else(|| bad("Where does the work go?", "pool_address"))?;
    let user = sheet.text("pool_user");
    let backup = sheet.filled("backup_address").map(|address| {
        let own = sheet.filled("backup_user").unwrap_or(user);
        login(address, own, "")
    });
    Ok(NewBid {
        product: asked.product,
        hashrate_hs: asked.hashrate_hs,
        price_sats_per_phs_day: price,
        budget_sats: Sats::new(budget),
        pool: login(pool, user, password),
        backups: backup.into_iter().collect(),
        shares_per_minute: None,
        constraints: asked.constraints,
        terms: sheet.terms()?,
        dry_run,
    })
}

#[cfg(test)]
mod tests {
    use super::{super::Fields, *};
    use api::{Cooling, Energy, Grid, Payer, TimeInForce};
    use units::{Hashrate, Price};

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        let usual = [
            ("product", "7d"),
            ("hashrate", "1.5"),
            ("hashrate_unit", "ph"),
            ("price", "46 000"),
            ("price_unit", "ph"),
            ("budget", "500 000"),
            ("pool_address", "pool.example.net:3333"),
            ("pool_user", "alice.1"),
        ];
        let all = usual.iter().chain(pairs);
        all.map(|(name, value)| ((*name).into(), (*value).into()))
            .collect()
    }

    #[test]
    fn a_form_becomes_a_bid() {
        let fields = fields(&[
            ("countries_are", "only"),
            ("countries", "no, se  ca"),
            ("source_hydro", "on"),
            ("source_flared_gas", "on"),
            ("energy_percent", "80"),
            ("grid_off_grid", "on"),
            ("cooling_immersion", "on"),
            ("max_j_per_th", "17.5"),
            ("max_carbon", "30"),
            ("min_rating", "4000"),
            ("max_country_percent", "40"),
            ("minimum_fill", "100"),
            ("minimum_fill_unit", "th"),
            ("time_in_force", "gtd"),
            ("good_till", "2026-11-30T18:00"),
            ("post_only", "on"),
            ("backup_address", "other.example.net:3333"),
            ("pool_reject", "host"),
            ("pool_down", "buyer"),
        ]);
        let bid = new_bid(Sheet(&fields), "", true).unwrap();
        assert_eq!(bid.product, Product::Week);
        assert_eq!(bid.hashrate_hs, Hashrate::new(1_500_000_000_000_000));
        assert_eq!(bid.price_sats_per_phs_day, Price::new(46_000));
        assert_eq!(bid.budget_sats, Sats::new(500_000));
        assert_eq!(bid.pool.password, "x");
        assert_eq!(bid.backups[0].user, "alice.1");
        let payers = (bid.terms.rejects.pool_reject, bid.terms.rejects.pool_down);
        assert_eq!(payers, (Payer::Host, Payer::Buyer));
        let required = bid.constraints;
        let countries = ["NO", "SE", "CA"].map(String::from).to_vec();
        assert_eq!(required.countries_allowed, Some(countries));
        assert_eq!(required.countries_denied, None);
        let energy = required.energy.unwrap();
        assert_eq!(energy.sources, [Energy::Hydro, Energy::FlaredGas]);
        assert_eq!(energy.percent, 80);
        assert_eq!(required.grid, Some(vec![Grid::OffGrid]));
        assert_eq!(required.cooling, Some(vec![Cooling::Immersion]));
        assert_eq!(required.max_mj_per_th, Some(17_500));
        assert_eq!(required.max_carbon_g_per_kwh, Some(30));
        assert_eq!(required.min_rating, Some(4_000));
        assert_eq!(required.max_country_percent, Some(40));
        let least = Hashrate::new(100_000_000_000_000);
        assert_eq!(bid.terms.minimum_fill_hs, Some(least));
        assert_eq!(bid.terms.time_in_force, TimeInForce::Gtd);
        assert!(bid.terms.good_till_ms.is_some() && bid.terms.post_only && bid.dry_run);
    }

    #[test]
    fn an_error_names_the_field_of_the_form() {
        for (name, value) in [
            ("product", "2d"),
            ("hashrate", "0"),
            ("hashrate", "1,5"),
            ("hashrate_unit", "zh"),
            ("price", "x"),
            ("price", ""),
            ("budget", "1.5"),
            ("budget", "18446744073709551616"),
            ("countries_are", "only"),
            ("max_carbon", "65536"),
            ("max_j_per_th", "1.0001"),
            ("time_in_force", "gtd"),
            ("pool_address", " "),
            ("pool_down", "operator"),
        ] {
            let fields = fields(&[(name, value)]);
            let error = new_bid(Sheet(&fields), "", true).unwrap_err();
            let about = match name {
                "hashrate_unit" => "hashrate",
                "countries_are" => "countries",
                "time_in_force" => "good_till",
                name => name,
            };
            assert_eq!(error.field.as_deref(), Some(about), "{name}={value}");
        }
    }

    #[test]
    fn a_password_that_was_typed_is_not_replaced_by_the_usual_one() {
        let again = fields(&[(PASSWORD_GIVEN, "1")]);
        let error = new_bid(Sheet(&again), "", false).unwrap_err();
        assert_eq!(error.field.as_deref(), Some("password"));
        let bid = new_bid(Sheet(&again), "secret", false).unwrap();
        assert_eq!(bid.pool.password, "secret");
    }

    #[test]
    fn a_quote_needs_neither_a_price_nor_a_pool() {
        let fields = fields(&[("price", ""), ("pool_address", "")]);
        let asked = quote_request(Sheet(&fields)).unwrap();
        assert_eq!(asked.price_sats_per_phs_day, None);
    }
}
