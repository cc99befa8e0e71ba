use crate::{
    components::{DropZone, Limits, Notice, SampleChoice, VerificationView},
    verify::{Phase, Readiness, Verification},
};
use leptos::prelude::*;
use leptos_meta::Title;

const NO_SCRIPT: &str = "<p class=\"notice\">Verifying in the browser needs JavaScript and WebAssembly. \
Without them, run <code>assay verify FILE</code>: it is the same verifier.</p>";

/// Verifies a bundle file on the reader's machine. Once the worker is loaded the server is not needed any more.
#[component]
pub fn VerifyPage() -> impl IntoView {
    let verification = Verification::new();
    Effect::new(move |_| verification.prepare());
    let readiness = verification.readiness;
    let ready = move || match readiness.get() {
        Readiness::Ready => "The verifier is loaded. The server is not needed from here on.",
        Readiness::Loading => "Loading the verifier…",
        Readiness::Failed(_) => "The verifier is not loaded.",
    };
    let failed = move || match readiness.get() {
        // The verification itself says it.
        _ if matches!(verification.phase.get(), Phase::Failed(_)) => None,
        Readiness::Failed(sentence) => Some(view! {
            <Notice sentence action="Load it again" on_action=move || verification.prepare() />
        }),
        _ => None,
    };
    let idle = move || {
        verification
            .phase
            .with(|phase| !matches!(phase, Phase::Done(_)))
    };
    let hint = move || {
        let none = verification.phase.with(|phase| *phase == Phase::Idle);
        none.then(|| view! { <p class="empty">"No bundle yet. The verdict will stand here."</p> })
    };
    view! {
        <Title text="Verify a bundle" />
        <h1>"Verify a bundle"</h1>
        <p class="lead">
            "A bundle holds a contract's terms, jobs and shares. Your browser hashes every share again and recomputes the bill; no server takes part."
        </p>
        <noscript inner_html=NO_SCRIPT></noscript>
        <DropZone verification />
        <SampleChoice verification id="check-of-file" />
        <p
            class="note needs-js"
            data-testid="verifier-state"
            data-ready=move || (readiness.get() == Readiness::Ready).to_string()
        >
            {ready}
        </p>
        {failed}
        <section class="card" aria-labelledby="verdict-of-file">
            <h2 id="verdict-of-file">"Verdict"</h2>
            {hint}
            <VerificationView verification />
            <Show when=idle>
                <Limits />
            </Show>
        </section>
    }
    .into_any()
}
