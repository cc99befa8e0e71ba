/// An error about a field of the API, as one about the field of a form that stands for it.
#[must_use]
pub fn in_form(mut error: api::Error) -> api::Error {
    error.field = error.field.map(|field| name(&field).to_owned());
    error
}

fn name(field: &str) -> &str {
    match field {
        "hashrate_hs" => "hashrate",
        "price_sats_per_phs_day" => "price",
        "budget_sats" => "budget",
        "minimum_fill_hs" | "terms.minimum_fill_hs" => "minimum_fill",
        "terms.good_till_ms" => "good_till",
        "constraints.countries_allowed" | "constraints.countries_denied" => "countries",
        "constraints.energy.sources" | "constraints.energy.percent" => "energy_percent",
        "constraints.max_mj_per_th" => "max_j_per_th",
        "constraints.max_carbon_g_per_kwh" => "max_carbon",
        "pool.address" => "pool_address",
        "pool.user" => "pool_user",
        "pool.password" => "password",
        "backups.0.address" => "backup_address",
        "backups.0.user" => "backup_user",
        "carbon.g_per_kwh" => "carbon",
        "carbon.source" => "carbon_source",
        "by_hs" => "by",
        _ => field.strip_prefix("constraints.").unwrap_or(field),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_the_api_is_one_of_the_form() {
        for (field, named) in [
            ("pool.address", "pool_address"),
            ("constraints.min_rating", "min_rating"),
            ("country", "country"),
        ] {
            let error = in_form(api::Error::bad_request("No.").about(field));
            assert_eq!(error.field.as_deref(), Some(named));
        }
        assert_eq!(in_form(api::Error::bad_request("No.")).field, None);
    }
}
