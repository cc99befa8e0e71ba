use crate::{
    display,
    verify::{Phase, Thoroughness, Verification},
};
use leptos::{ev, prelude::*};

/// Chooses how much the next verification hashes.
#[component]
pub fn SampleChoice(
    verification: Verification,
    /// Of the element; two on a page differ.
    id: &'static str,
) -> impl IntoView {
    let thoroughness = verification.thoroughness;
    let choose = move |event: ev::Event| {
        let shares = event_target_value(&event).parse().unwrap_or_default();
        thoroughness.set(Thoroughness::of(shares));
    };
    let running = move || {
        verification
            .phase
            .with(|phase| matches!(phase, Phase::Running(_)))
    };
    let note = format!("{id}-note");
    view! {
        <div class="sample-choice needs-js">
            <p class="actions">
            <label for=id>"Check"</label>
            <select
                id=id
                data-testid="sample-choice"
                aria-describedby=note.clone()
                disabled=running
                prop:value=move || thoroughness.get().shares().to_string()
                on:change=choose
            >
                {Thoroughness::CHOICES
                    .map(|choice| {
                        view! { <option value=choice.shares().to_string()>{name(choice)}</option> }
                    })
                    .collect_view()}
            </select>
            </p>
            <p id=note class="note" data-testid="sample-note">
                {move || meaning(thoroughness.get())}
            </p>
        </div>
    }
    .into_any()
}

fn name(choice: Thoroughness) -> String {
    match choice {
        Thoroughness::All => "all shares".into(),
        Thoroughness::Sample(shares) => {
            format!("a random sample of {}", display::count(shares.into()))
        }
    }
}

fn meaning(choice: Thoroughness) -> String {
    match choice {
        Thoroughness::All => "Every share is hashed.".into(),
        Thoroughness::Sample(shares) => format!(
            "About {} shares, drawn at random by your browser, are hashed; what needs no hashes is checked of all. Where none of the sample is wrong, you can be 95 % sure that at most {} of all shares are. The statistics need all.",
            display::count(shares.into()),
            display::ppm(choice.bad_at_most_ppm()),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_says_what_it_is_worth() {
        for (shares, part) in [
            (1_000, "0.2996 %"),
            (10_000, "0.03 %"),
            (100_000, "0.003 %"),
        ] {
            let words = meaning(Thoroughness::Sample(shares)).replace('\u{202f}', " ");
            assert!(words.contains(&format!("at most {part}")), "{words}");
        }
        assert!(name(Thoroughness::Sample(10_000)).ends_with("10\u{202f}000"));
    }
}
