//! What is traded, in words.

use super::{NARROW_SPACE, grouped, hashrate, utc};
use api::{
    Attributes, Constraints, Curtailment, EnergyPart, HostRating, OrderTerms, Payer, Product,
    RejectTerms, TimeInForce,
};

/// `Spot`, `7 days`.
pub fn product(product: Product) -> String {
    match product.days() {
        None => "Spot".into(),
        Some(1) => "1 day".into(),
        Some(days) => format!("{days} days"),
    }
}

/// `17.5 J/TH`, from thousandths.
pub fn efficiency(mj_per_th: u32) -> String {
    format!("{}{NARROW_SPACE}J/TH", thousandths(mj_per_th.into()))
}

/// `17.5`, `18`, `0.125`: a number of thousandths, exact.
pub fn thousandths(number: u128) -> String {
    let rest = format!("{:03}", number % 1_000);
    let rest = rest.trim_end_matches('0');
    match rest {
        "" => grouped(number / 1_000),
        rest => format!("{}.{rest}", grouped(number / 1_000)),
    }
}

/// `24 g/kWh`.
pub fn carbon(g_per_kwh: u16) -> String {
    format!("{g_per_kwh}{NARROW_SPACE}g/kWh")
}

/// `90 % hydro, 10 % wind`.
pub fn energy(parts: &[EnergyPart]) -> String {
    let parts = parts.iter();
    let parts =
        parts.map(|part| format!("{}{NARROW_SPACE}% {}", part.percent, part.source.title()));
    parts.collect::<Vec<_>>().join(", ")
}

/// `NO-54`, `NO`; none where no country is stated.
pub fn place(attributes: &Attributes) -> Option<String> {
    let country = attributes.country.as_ref()?;
    Some(match &attributes.region {
        Some(region) => format!("{country}-{region}"),
        None => country.clone(),
    })
}

/// What a host states, each in a few words.
pub fn attributes(attributes: &Attributes) -> Vec<String> {
    let energy = Some(energy(&attributes.energy)).filter(|energy| !energy.is_empty());
    let cooling = attributes
        .cooling
        .map(|cooling| format!("{} cooling", cooling.title()));
    let all = [
        energy,
        attributes.grid.map(|grid| grid.title().into()),
        cooling,
        attributes.mj_per_th.map(efficiency),
        attributes.carbon_g_per_kwh.map(carbon),
    ];
    all.into_iter().flatten().collect()
}

/// `5 000 of 10 000, no term contract is over yet`.
pub fn rating(host: &HostRating) -> String {
    let known = match (host.ended, host.short) {
        (0, _) => "no term contract is over yet".into(),
        (1, 0) => "1 term contract over, kept".into(),
        (ended, short) => format!(
            "{} term contracts over, {} fell short",
            grouped(ended.into()),
            grouped(short.into())
        ),
    };
    format!(
        "{} of 10{NARROW_SPACE}000, {known}",
        grouped(host.rating.into())
    )
}

/// When a site's machines are turned down.
pub fn curtailment(told: Curtailment) -> String {
    match told {
        Curtailment::Never => "never curtailed".into(),
        Curtailment::AnyTime => "curtailed at any time".into(),
        Curtailment::Agreed {
            notice_minutes,
            hours_per_month,
        } => format!(
            "curtailed {hours_per_month} h a month at most, {notice_minutes} min beforehand"
        ),
    }
}

/// What a bid requires, each in a few words.
pub fn constraints(required: &Constraints) -> Vec<String> {
    let allowed = required.countries_allowed.as_ref();
    let denied = required.countries_denied.as_ref();
    let energy = required.energy.as_ref().map(|share| {
        let sources: Vec<_> = share.sources.iter().map(|one| one.title()).collect();
        let sources = sources.join(" or ");
        format!("{}{NARROW_SPACE}% {sources} at least", share.percent)
    });
    let grid = required.grid.as_ref().map(|all| {
        let all: Vec<_> = all.iter().map(|one| one.title()).collect();
        all.join(" or ")
    });
    let cooling = required.cooling.as_ref().map(|all| {
        let all: Vec<_> = all.iter().map(|one| one.title()).collect();
        format!("{} cooling", all.join(" or "))
    });
    let efficient = required.max_mj_per_th;
    let rating = required.min_rating;
    let part = required.max_country_percent;
    let all = [
        allowed.map(|all| format!("only {}", all.join(", "))),
        denied.map(|all| format!("not {}", all.join(", "))),
        part.map(|part| format!("at most {part}{NARROW_SPACE}% from one country")),
        energy,
        grid,
        cooling,
        efficient.map(|most| format!("at most {}", efficiency(most))),
        (required.max_carbon_g_per_kwh).map(|most| format!("at most {}", carbon(most))),
        rating.map(|least| format!("rating {} at least", grouped(least.into()))),
    ];
    all.into_iter().flatten().collect()
}

/// An order's terms, each in a few words.
pub fn terms(terms: &OrderTerms) -> Vec<String> {
    let time = match (terms.time_in_force, terms.good_till_ms) {
        (TimeInForce::Gtc, _) => "good till cancelled".into(),
        (TimeInForce::Ioc, _) => "immediate or cancel".into(),
        (TimeInForce::Fok, _) => "fill or kill".into(),
        (TimeInForce::Gtd, Some(till)) => format!("good till {}", utc(till)),
        (TimeInForce::Gtd, None) => "good till a time".into(),
    };
    let least = terms.minimum_fill_hs;
    let all = [
        Some(time),
        least.map(|least| format!("minimum fill {}", hashrate(least))),
        terms.post_only.then(|| "post-only".into()),
        borne_by_host(&terms.rejects).map(|borne| format!("host bears {borne}")),
    ];
    all.into_iter().flatten().collect()
}

/// What of refused work that a pool decides is put on the host.
fn borne_by_host(terms: &RejectTerms) -> Option<&'static str> {
    let host = |payer| payer == Payer::Host;
    match (host(terms.pool_reject), host(terms.pool_down)) {
        (false, false) => None,
        (true, false) => Some("pool's rejects"),
        (false, true) => Some("pool's silence"),
        (true, true) => Some("pool's rejects and silence"),
    }
}

/// Who pays for refused work, a sentence for each class.
pub fn rejects(terms: &RejectTerms) -> [String; 3] {
    let paid = |what: &str, payer: Payer| match payer {
        Payer::Host => format!("{what}: borne by the host, who is not paid for it"),
        Payer::Buyer => format!("{what}: paid by the buyer, out of the escrow"),
        Payer::Operator => format!("{what}: paid by the marketplace"),
    };
    [
        paid("Too late for its job", terms.seller_stale),
        paid(
            "Counted, and refused by the buyer's pool",
            terms.pool_reject,
        ),
        paid(
            "Counted, and not answered by the buyer's pool",
            terms.pool_down,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::{Cooling, Energy, EnergyShare, Grid};

    #[test]
    fn refused_work_has_a_payer_in_words() {
        let mut agreed = OrderTerms::default();
        assert_eq!(terms(&agreed), ["good till cancelled"]);
        agreed.rejects.pool_reject = Payer::Host;
        assert_eq!(
            terms(&agreed),
            ["good till cancelled", "host bears pool's rejects"]
        );
        let [stale, reject, down] = rejects(&agreed.rejects);
        assert!(stale.contains("host") && reject.contains("host") && down.contains("buyer"));
    }

    #[test]
    fn constraints_read_as_a_buyer_says_them() {
        let required = Constraints {
            countries_denied: Some(vec!["RU".into(), "KP".into()]),
            energy: Some(EnergyShare {
                sources: vec![Energy::Hydro, Energy::Wind],
                percent: 80,
            }),
            grid: Some(vec![Grid::OffGrid]),
            cooling: Some(vec![Cooling::Immersion]),
            max_mj_per_th: Some(17_500),
            max_country_percent: Some(40),
            ..Constraints::default()
        };
        let words = constraints(&required).join("; ").replace(NARROW_SPACE, " ");
        assert_eq!(
            words,
            "not RU, KP; at most 40 % from one country; 80 % hydro or wind at least; off grid; immersion cooling; \
             at most 17.5 J/TH"
        );
        assert!(constraints(&Constraints::default()).is_empty());
    }

    #[test]
    fn thousandths_are_exact() {
        for (number, text) in [(0, "0"), (125, "0.125"), (17_500, "17.5"), (18_000, "18")] {
            assert_eq!(thousandths(number), text);
        }
    }
}
