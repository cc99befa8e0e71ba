use crate::display;
use api::{Sample, Verdict};
use leptos::prelude::*;

/// What a sample of the shares says of all, and what it does not check.
#[component]
pub fn SampleNote(sample: Sample, shares_read: u64) -> impl IntoView {
    let seed = format!(
        "Each share was taken with a chance of 1 in {}, by the seed {}. The same seed takes the same shares again.",
        display::count(sample.one_in.into()),
        sample.seed,
    );
    view! {
        <div class="sample" data-testid="sample">
            <p>
                <strong>"A sample. "</strong>
                {sentence(&sample, shares_read)}
            </p>
            <p>
                {heavy(&sample)}
                "Not checked in a sample: whether a share was counted twice, the Merkle roots of the epochs, and the statistical tests. Verify all shares for those."
            </p>
            <p class="note">{seed}</p>
        </div>
    }
    .into_any()
}

/// `1 000 of 100 000 shares were hashed; ...`
fn sentence(sample: &Sample, shares_read: u64) -> String {
    let all = display::counted(shares_read, "share", "shares");
    if sample.hashed == 0 {
        return format!("None of {all} was hashed: this says nothing of them.");
    }
    let hashed = display::count(sample.hashed);
    let were = if sample.hashed == 1 { "was" } else { "were" };
    format!(
        "{hashed} of {all} {were} hashed; with {} confidence at most {} of all shares are not what the bundle says, and of the work, and so of the bill, at most {}.",
        display::ppm(sample.confidence_ppm),
        display::ppm(sample.bad_at_most_ppm),
        display::ppm(sample.bad_work_at_most_ppm),
    )
}

/// Those that were not drawn.
fn heavy(sample: &Sample) -> String {
    format!(
        "{} of them, the first and those that weigh more than four times the mean before them, are in every sample and stand for no others. ",
        display::count(sample.heavy)
    )
}

/// The heading of a verdict: a sample never says as much as all shares do.
pub fn heading(verdict: &Verdict) -> &'static str {
    match (verdict.valid, &verdict.sample) {
        (true, None) => "Valid: every share counts",
        (true, Some(_)) => "Valid as far as a sample shows",
        (false, _) => "INVALID: this bundle does not hold",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_names_the_sample_and_what_it_says() {
        let mut sample = Sample {
            one_in: 100,
            seed: 7,
            hashed: 1_000,
            heavy: 12,
            confidence_ppm: 950_000,
            bad_at_most_ppm: 2_992,
            bad_work_at_most_ppm: 4_000,
        };
        let plain = |sample: &Sample, read| sentence(sample, read).replace('\u{202f}', " ");
        assert_eq!(
            plain(&sample, 100_123),
            "1 000 of 100 123 shares were hashed; with 95 % confidence at most 0.2992 % of all shares are not what the bundle says, and of the work, and so of the bill, at most 0.4 %."
        );
        sample.hashed = 0;
        assert!(plain(&sample, 12).starts_with("None of 12 shares was hashed"));
    }
}
