use super::{Notice, Progress, VerdictView, focus::focused_when_shown};
use crate::verify::{Pace, Phase, Readiness, Verification};
use leptos::{html, prelude::*};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Idle,
    Running,
    Cancelled,
    Failed,
    Done,
}

/// Whatever there is to see of a verification: its progress, its verdict, or why there is none.
#[component]
pub fn VerificationView(
    verification: Verification,
    /// The contract that the bundle must be of, whose payments the server can be asked for.
    #[prop(optional)]
    contract: Option<u64>,
) -> impl IntoView {
    let phase = verification.phase;
    // The parts are built once per change of kind, not with every step of the progress.
    let kind = Memo::new(move |_| {
        phase.with(|phase| match phase {
            Phase::Idle => Kind::Idle,
            Phase::Running(_) => Kind::Running,
            Phase::Cancelled => Kind::Cancelled,
            Phase::Failed(_) => Kind::Failed,
            Phase::Done(_) => Kind::Done,
        })
    });
    let part = move || match (kind.get(), phase.get_untracked()) {
        (Kind::Running, _) => view! { <Progress verification /> }.into_any(),
        (Kind::Cancelled, _) => view! { <Cancelled /> }.into_any(),
        (_, Phase::Failed(sentence)) => view! {
            <Notice
                sentence
                action="Try again"
                on_action=move || verification.retry()
                takes_focus=true
            />
        }
        .into_any(),
        (_, Phase::Done(verdict)) => {
            let sampled = verdict.sample.is_some();
            let verifier_hash = verification.verifier_hash.get_untracked();
            view! {
                <VerdictView verdict contract verifier_hash />
                {sampled.then(|| view! { <CheckAll verification /> })}
            }
            .into_any()
        }
        _ => ().into_any(),
    };
    view! {
        <div class="verification">
            <p class="unseen" aria-live="polite">
                {spoken(verification)}
            </p>
            {part}
        </div>
    }
    .into_any()
}

/// After a sample that was well, or was not.
#[component]
fn CheckAll(verification: Verification) -> impl IntoView {
    view! {
        <p class="actions">
            <button
                type="button"
                data-testid="check-all"
                on:click=move |_| verification.verify_all()
            >
                "Check all shares"
            </button>
        </p>
    }
}

#[component]
fn Cancelled() -> impl IntoView {
    let node = focused_when_shown::<html::P>();
    view! {
        <p
            class="empty"
            data-testid="cancelled"
            tabindex="-1"
            node_ref=node
        >
            "Verification was cancelled. Nothing is known about the bundle."
        </p>
    }
}

/// For screen readers: a quarter at a time, and the end.
fn spoken(verification: Verification) -> Memo<String> {
    Memo::new(move |_| {
        let loading = verification
            .readiness
            .with(|now| *now == Readiness::Loading);
        verification.phase.with(|phase| match phase {
            Phase::Idle | Phase::Failed(_) => String::new(),
            Phase::Running(_) if loading => "Loading the verifier.".into(),
            Phase::Running(running) if running.pace == Pace::Paused => "Paused.".into(),
            Phase::Running(running) => match running.quarters() {
                0 => "Verifying.".into(),
                quarters => format!("{} percent verified.", quarters * 25),
            },
            Phase::Cancelled => "Verification cancelled.".into(),
            Phase::Done(verdict) if verdict.valid => "The bundle is valid.".into(),
            Phase::Done(_) => "The bundle is not valid.".into(),
        })
    })
}
