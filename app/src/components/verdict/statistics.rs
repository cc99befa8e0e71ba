use super::{
    arrivals::Arrivals,
    mark::{Mark, of_outcome},
    tail::TailView,
    uniformity::UniformityView,
};
use crate::{components::Slice, display};
use api::{Outcome, Statistics};
use leptos::prelude::*;

/// The three tests on all shares together.
#[component]
pub fn StatisticsView(statistics: Statistics) -> impl IntoView {
    view! {
        <div class="statistics" data-testid="statistics">
            <h4>"What all shares together say"</h4>
            <p>
                "Each share was verified by itself; these tests look for what only all of them show. A test that passes says that cheating of its kind, above a certain size, would have been seen. It never says that there was none."
            </p>
            <Slice>
                <UniformityView uniformity=statistics.uniformity.clone() />
            </Slice>
            <Slice>
                <TailView tail=statistics.tail.clone() />
            </Slice>
            <Arrivals dispersion=statistics.dispersion />
        </div>
    }
    .into_any()
}

/// A test's name, its answer with the p-value, and what the answer means.
#[component]
pub fn TestHead(
    name: &'static str,
    outcome: Outcome,
    p_ppm: u32,
    alpha_ppm: u32,
    /// What is counted, as a sentence.
    #[prop(into)]
    counted: String,
) -> impl IntoView {
    let (tone, words) = of_outcome(outcome);
    let alpha = display::ppm(alpha_ppm);
    let p = matches!(outcome, Outcome::Pass | Outcome::Suspicious).then(|| {
        let p = display::p_value(p_ppm);
        view! {
            <span data-value=p_ppm.to_string()>
                {format!("Honest work looks at least this unusual in {p} of contracts (the p-value; suspicious at {alpha} and below).")}
            </span>
        }
    });
    let meaning = match outcome {
        Outcome::Pass => None,
        Outcome::Suspicious => Some(
            "Suspicious is not invalid: every share that counts still counts, and the bill stays. It is a question to the host; several of his contracts with it are an answer.",
        ),
        Outcome::TooFew => Some("Nothing is said either way; nothing is wrong with that."),
        Outcome::NotJudged => Some(
            "More than a third had to be left out, so that the rest says nothing of the whole. Machines that come, go or get other targets all the time look like this; so does somebody who wants no test.",
        ),
    };
    view! {
        <h5>{name}</h5>
        <p>
            <Mark tone words />
            " "
            {p}
            " "
            {counted}
        </p>
        {meaning.map(|meaning| view! { <p>{meaning}</p> })}
    }
    .into_any()
}

/// A sentence for the top of the verdict where a test is suspicious.
pub fn suspicion(statistics: &Statistics) -> Option<String> {
    let tests = [
        ("the spread of the hashes", statistics.uniformity.outcome),
        ("the best shares", statistics.tail.outcome),
        ("the arrival times", statistics.dispersion.outcome),
    ];
    let names = tests
        .iter()
        .filter(|(_, outcome)| *outcome == Outcome::Suspicious)
        .map(|(name, _)| *name)
        .collect::<Vec<_>>();
    (!names.is_empty()).then(|| {
        format!(
            "A statistical test finds something unusual in {}. That makes no share invalid and changes no bill; what it means stands with the test.",
            names.join(" and in ")
        )
    })
}
