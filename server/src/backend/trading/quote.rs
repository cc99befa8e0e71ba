//! What hashrate would cost now, and what each constraint adds to that.

use super::{
    super::Service,
    choices::{constraint, product_of},
    constraints, reading,
    refusals::refused,
    rejects,
};
use crate::clock;
use api::{CountryPart, Error, Excluded, Leaving, Product, Quote, QuoteRequest};
use market::{Market, MarketQuote, OrderTerms};
use orderbook::{BurdenSet, Constraint, Constraints, Countries};
use units::{AccountId, Hashrate, Sats, Timestamp};

pub(crate) fn quote(
    service: &Service,
    account: Option<AccountId>,
    asked: &QuoteRequest,
) -> Result<Quote, Error> {
    let wanted = market::QuoteRequest {
        account,
        hashrate: asked.hashrate_hs,
        price: asked.price_sats_per_phs_day,
        constraints: Constraints {
            bears: market::borne_by_host(&rejects::read(&asked.rejects)),
            ..constraints::read(&asked.constraints)?
        },
        terms: OrderTerms {
            product: product_of(asked.product),
            minimum_fill: asked.minimum_fill_hs.unwrap_or(Hashrate::ZERO),
            rejects: rejects::read(&asked.rejects),
            ..OrderTerms::default()
        },
    };
    let at = clock::now();
    let answer = service.exchange.read(|market| {
        let quote = market.quote(&wanted, at)?;
        let excluded = excluded(market, &wanted, &quote, at)?;
        Ok((quote, excluded))
    });
    let (quote, excluded) = answer.map_err(refused)?;
    let mut countries: Vec<_> = (quote.book.by_country.iter())
        .map(|(country, hashrate)| CountryPart {
            country: country.map(String::from),
            hashrate_hs: *hashrate,
        })
        .collect();
    countries.sort_by_key(|part| std::cmp::Reverse(part.hashrate_hs));
    let levels = quote.book.levels.iter().copied();
    Ok(Quote {
        at_ms: at.unix_ms(),
        product: asked.product,
        hashrate_hs: asked.hashrate_hs,
        fillable_hs: quote.book.hashrate,
        average_price_sats_per_phs_day: quote.average_price,
        worst_price_sats_per_phs_day: quote.book.worst_price,
        levels: levels.map(reading::level).collect(),
        countries,
        excluded,
        search_truncated: quote.book.truncated,
        day_sats: quote.day,
        term_sats: quote.term,
        least_budget_sats: quote.least_budget,
        bond_sats: quote.bonds,
        leaving: leaving(asked.product, quote.leaving),
    })
}

/// The same question once more for each constraint and the minimum fill, without it.
fn excluded(
    market: &Market,
    wanted: &market::QuoteRequest,
    quote: &MarketQuote,
    at: Timestamp,
) -> Result<Vec<Excluded>, market::Refusal> {
    let constraints = Constraint::ALL.into_iter().filter_map(|which| {
        let mut looser = *wanted;
        looser.constraints = without(&wanted.constraints, which)?;
        let kept_out = quote.book.excluded.get(&which).copied();
        Some((constraint(which), looser, kept_out.unwrap_or_default()))
    });
    let mut all = Vec::new();
    for (constraint, looser, kept_out) in constraints.chain(minimum_fill(wanted, quote)) {
        let looser = market.quote(&looser, at)?;
        let same = (looser.book.hashrate, looser.average_price)
            == (quote.book.hashrate, quote.average_price);
        if same && kept_out.hashrate.is_zero() {
            continue;
        }
        all.push(Excluded {
            constraint,
            hashrate_hs: kept_out.hashrate,
            alone_hs: kept_out.by_it_alone,
            fillable_without_hs: looser.book.hashrate,
            average_price_without_sats_per_phs_day: looser.average_price,
        });
    }
    Ok(all)
}

/// The same of the minimum fill, which is no property of a class of asks: the walk itself counts what it keeps out.
fn minimum_fill(
    wanted: &market::QuoteRequest,
    quote: &MarketQuote,
) -> Option<(api::Constraint, market::QuoteRequest, orderbook::Excluded)> {
    let mut looser = *wanted;
    looser.terms.minimum_fill = Hashrate::ZERO;
    let kept_out = orderbook::Excluded {
        hashrate: quote.book.too_small,
        by_it_alone: quote.book.too_small,
    };
    (looser != *wanted).then_some((api::Constraint::MinimumFill, looser, kept_out))
}

/// None where there is no such constraint among them.
fn without(constraints: &Constraints, which: Constraint) -> Option<Constraints> {
    let mut looser = *constraints;
    match which {
        Constraint::Countries => looser.countries = Countries::Any,
        Constraint::Energy => looser.energy = None,
        Constraint::Grid => looser.grid = None,
        Constraint::Cooling => looser.cooling = None,
        Constraint::Efficiency => looser.max_mj_per_th = None,
        Constraint::Carbon => looser.max_carbon_g_per_kwh = None,
        Constraint::Rating => looser.min_rating = None,
        Constraint::CountryPercent => looser.max_country_percent = None,
        Constraint::Bears => looser.bears = BurdenSet::default(),
    }
    (looser != *constraints).then_some(looser)
}

fn leaving(product: Product, most_sats: Sats) -> Leaving {
    let words = match product {
        Product::Spot => {
            "Give notice at any time: the open epoch is the last one. What is delivered in it is paid, the rest of the \
             budget comes back. There is no other charge."
        }
        _ => {
            "The buyer may give notice at any time: the open epoch is the last one, what is delivered in it is paid, and \
             the rest of the budget comes back. There is no other charge. The host's bond then goes \
             back to the host: a promise is judged at its agreed end alone."
        }
    };
    Leaving {
        most_sats,
        words: words.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_required_can_be_given_up() {
        let none = Constraints::default();
        assert!(
            Constraint::ALL
                .iter()
                .all(|one| without(&none, *one).is_none())
        );
        let two = Constraints {
            max_mj_per_th: Some(20_000),
            min_rating: Some(1),
            ..none
        };
        let given_up = Constraint::ALL
            .into_iter()
            .filter_map(|one| without(&two, one));
        let wanted = [
            Constraints {
                max_mj_per_th: None,
                ..two
            },
            Constraints {
                min_rating: None,
                ..two
            },
        ];
        assert_eq!(given_up.collect::<Vec<_>>(), wanted);
    }
}
