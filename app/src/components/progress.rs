use crate::{
    display,
    verify::{Pace, Phase, Readiness, Running, Verification},
};
use leptos::prelude::*;

/// How far a running verification is, and ways to hold and to stop it.
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
    let pace = Memo::new(move |_| running.with(|now| now.pace));
    let paused = move || pace.get() == Pace::Paused;
    let hold = move |_| match pace.get_untracked() {
        Pace::Paused => verification.resume(),
        Pace::Going | Pace::Lost { .. } => verification.pause(),
    };
    let anew = Memo::new(move |_| running.with(|now| now.anew));
    view! {
        <div class="progress" data-testid="verify-progress" data-pace=move || pace_name(pace.get())>
            <progress aria-label="Verification" value=value max=max></progress>
            <p class="number" data-testid="progress-words">{said}</p>
            <p class="actions">
                <button type="button" data-testid="pause" on:click=hold>
                    {move || if paused() { "Resume" } else { "Pause" }}
                </button>
                <button type="button" on:click=move |_| verification.cancel()>
                    "Cancel"
                </button>
            </p>
        </div>
        {move || {
            trouble(pace.get(), anew.get())
                .map(|words| view! { <p class="notice" role="status" data-testid="connection">{words}</p> })
        }}
    }
    .into_any()
}

const fn pace_name(pace: Pace) -> &'static str {
    match pace {
        Pace::Going => "going",
        Pace::Paused => "paused",
        Pace::Lost { .. } => "lost",
    }
}

fn trouble(pace: Pace, anew: bool) -> Option<String> {
    match pace {
        Pace::Lost { tries } => Some(format!("Connection lost, trying again ({tries})…")),
        Pace::Going | Pace::Paused => anew.then(|| {
            "The connection broke, and the server could not go on where it did: the verification began anew.".into()
        }),
    }
}

/// `182 400 shares · 48 k/s · 0 invalid · 1.2 MB of 3.4 MB · 12 s left`.
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
    let speed = match now.pace {
        Pace::Paused => "paused".into(),
        Pace::Going | Pace::Lost { .. } => display::speed(shares, now.elapsed_ms),
    };
    let left = now.left_ms().map(|left| {
        // Up, so that it does not say that nothing is left.
        let left = left.div_ceil(1_000).saturating_mul(1_000);
        format!(" · {} left", display::duration(left))
    });
    format!(
        "{} shares · {speed} · {} invalid · {read}{}",
        display::count(shares),
        display::count(progress.shares_invalid),
        left.unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_shares_speed_bytes_and_the_time_left() {
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
        assert!(plain(&now).ends_with(" · 1.2 MB of 3.4 MB · 4 s left"));
        now.pace = Pace::Paused;
        assert_eq!(
            plain(&now),
            "96 000 shares · paused · 6 000 invalid · 1.2 MB of 3.4 MB"
        );
    }

    #[test]
    fn a_lost_connection_and_a_new_beginning_are_said() {
        let lost = trouble(Pace::Lost { tries: 2 }, true);
        assert_eq!(lost.unwrap(), "Connection lost, trying again (2)…");
        assert!(trouble(Pace::Paused, true).unwrap().contains("anew"));
        assert_eq!(trouble(Pace::Going, false), None);
    }
}
