use crate::{
    display,
    verify::{Phase, Readiness, Running, Verification},
};
use leptos::prelude::*;

/// How far a running verification is, and a way to stop it.
#[component]
pub fn Progress(verification: Verification) -> impl IntoView {
    let running = Memo::new(move |_| {
        verification.phase.with(|phase| match phase {
            Phase::Running(running) => *running,
            _ => Running::default(),
        })
    });
    // Without a value the bar says "some time", which is true while the size is unknown.
    let value = move || running.with(|now| now.total_bytes.map(|_| now.progress.bytes.to_string()));
    let max = move || {
        running.with(|now| {
            let total = now.total_bytes?.max(now.progress.bytes).max(1);
            Some(total.to_string())
        })
    };
    let loading = move || {
        verification
            .readiness
            .with(|now| *now == Readiness::Loading)
    };
    let said = move || match loading() {
        true => "Loading the verifier…".into(),
        false => words(&running.get()),
    };
    view! {
        <div class="progress" data-testid="verify-progress">
            <progress aria-label="Verification" value=value max=max></progress>
            <p class="number">{said}</p>
            <button type="button" on:click=move |_| verification.cancel()>
                "Cancel"
            </button>
        </div>
    }
    .into_any()
}

/// `182 400 shares · 48 k/s · 0 invalid · 1.2 MB of 3.4 MB`.
fn words(now: &Running) -> String {
    let progress = &now.progress;
    let shares = progress
        .shares_valid
        .saturating_add(progress.shares_invalid);
    let read = display::bytes(progress.bytes);
    let read = match now.total_bytes {
        Some(total) => format!("{read} of {}", display::bytes(total.max(progress.bytes))),
        None => read,
    };
    format!(
        "{} shares · {} · {} invalid · {read}",
        display::count(shares),
        display::speed(shares, now.elapsed_ms),
        display::count(progress.shares_invalid),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_shares_speed_and_bytes() {
        let mut now = Running {
            elapsed_ms: 2_000,
            ..Running::default()
        };
        now.progress.shares_valid = 90_000;
        now.progress.shares_invalid = 6_000;
        now.progress.bytes = 1_200_000;
        let plain = |now: &Running| words(now).replace('\u{202f}', " ");
        assert_eq!(
            plain(&now),
            "96 000 shares · 48 k/s · 6 000 invalid · 1.2 MB"
        );
        now.total_bytes = Some(3_400_000);
        assert!(plain(&now).ends_with("1.2 MB of 3.4 MB"));
    }
}
