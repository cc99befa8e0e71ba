//! How a contract ended, and what its host's promise came to.

use super::mark::{Mark, of_kept};
use crate::display;
use api::{Ending, EndingReason, Guarantee, Kept, Terms};
use leptos::prelude::*;
use units::Sats;

/// What became of the bond, computed from the shares; while the contract runs, that it stands.
#[component]
pub fn GuaranteeView(
    terms: Terms,
    ending: Option<Ending>,
    guarantee: Option<Guarantee>,
) -> impl IntoView {
    let verdict = guarantee.map(|guarantee| {
        let (tone, words) = of_kept(guarantee.delivery.verdict);
        let numbers = [
            (
                "To the buyer out of the bond",
                "to-buyer",
                guarantee.to_buyer_sats,
            ),
            ("Back to the host", "to-host", guarantee.to_host_sats),
        ];
        let numbers = numbers.map(|(name, id, sats)| {
            view! {
                <div>
                    <dt>{name}</dt>
                    <dd class="number" data-testid=id data-value=sats.get().to_string()>
                        {display::sats(sats)}
                    </dd>
                </div>
            }
        });
        view! {
            <p>
                <Mark tone words />
                " "
                {judged(&guarantee)}
            </p>
            <dl class="lines">{numbers.collect_view()}</dl>
        }
    });
    view! {
        <div class="guarantee" data-testid="guarantee">
            <h4>"The host's promise"</h4>
            <p>{sentence(&terms, ending.as_ref())}</p>
            {verdict}
            <p class="note">
                "The verifier applied the contract's rule to the shares of the sealed epochs. Why the contract ended, and how much of the time was not the host's, is the server's word."
            </p>
        </div>
    }
    .into_any()
}

fn sentence(terms: &Terms, ending: Option<&Ending>) -> String {
    let agreed = match terms.term_days {
        0 => "Spot: no time was agreed, and no bond stands for it.".to_string(),
        days => format!(
            "{} for {}, with a bond of {}.",
            display::hashrate(terms.hashrate_hs),
            display::counted(days.into(), "day", "days"),
            display::sats(terms.bond_sats),
        ),
    };
    let ended = match ending.map(|ending| ending.reason) {
        None => "The bundle does not say that the contract has ended.",
        Some(EndingReason::BudgetSpent) => "The contract ended with its budget.",
        Some(EndingReason::ByBuyer) => "The buyer ended the contract.",
        Some(EndingReason::ByHost) => "The host ended the contract.",
        Some(EndingReason::TermOver) => "The term is over.",
        Some(EndingReason::ProofFull) => {
            "The contract ended because its proof held no more machines."
        }
    };
    format!("{agreed} {ended}")
}

/// What the rule makes of it, with the numbers that decide.
fn judged(guarantee: &Guarantee) -> String {
    let delivery = &guarantee.delivery;
    let threshold = display::hashrate(delivery.threshold_hs);
    if guarantee.judged_ms == 0 {
        return "No time is judged, so all of the bond goes back to the host.".into();
    }
    let seen = format!(
        "Over the {} that count, {} was delivered ({} confidence); the promise less the tolerance is {threshold}.",
        display::duration(guarantee.judged_ms),
        display::interval(&delivery.delivered),
        display::ppm(delivery.confidence_ppm),
    );
    match delivery.verdict {
        Kept::Short if guarantee.to_buyer_sats == Sats::ZERO => {
            format!("{seen} Even the most is below it, by less than a sat's worth of work.")
        }
        Kept::Short => format!(
            "{seen} Even the most is below it: the buyer gets what is missing for certain, {} of work, up to the bond.",
            display::work(guarantee.missing_hashes),
        ),
        Kept::Kept => format!("{seen} All of the bond goes back to the host."),
        Kept::Undecided => {
            format!(
                "{seen} The shares do not show that too little came: all of the bond goes back to the host."
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::verdict::specimen;

    #[test]
    fn the_words_have_the_numbers_that_decide() {
        let verdict = specimen::verdict();
        let (terms, mut guarantee) = (verdict.terms.unwrap(), verdict.guarantee.unwrap());
        let plain = |words: String| words.replace('\u{202f}', " ");
        assert_eq!(
            plain(sentence(&terms, verdict.ending.as_ref())),
            "1.000 PH/s for 30 days, with a bond of 135 000 sat. The term is over."
        );
        assert!(plain(judged(&guarantee)).ends_with("All of the bond goes back to the host."));
        guarantee.delivery.verdict = Kept::Short;
        guarantee.to_buyer_sats = Sats::new(1_000);
        assert!(plain(judged(&guarantee)).contains("the buyer gets what is missing for certain"));
        guarantee.judged_ms = 0;
        assert!(judged(&guarantee).starts_with("No time is judged"));
        assert!(
            sentence(
                &Terms {
                    term_days: 0,
                    ..terms
                },
                None
            )
            .starts_with("Spot")
        );
    }
}
