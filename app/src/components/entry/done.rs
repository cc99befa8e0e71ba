use leptos::prelude::*;

/// What was done just before, in words.
#[component]
pub fn Done(#[prop(into)] words: String) -> impl IntoView {
    view! {
        <p class="notice done" role="status" data-testid="done">
            {words}
        </p>
    }
}

/// Beside a form that was sent when the session was over: it stays as it was typed.
#[component]
pub fn SignInAgain() -> impl IntoView {
    view! {
        <p class="note" data-testid="sign-in-again">
            "What you typed is kept on this page. "
            <a href="/sign-in" target="_blank" rel="external noopener">
                "Sign in in another tab"
            </a> ", then send it once more from here."
        </p>
    }
    .into_any()
}

/// For a page that is an account's alone.
#[component]
pub fn SignInFirst() -> impl IntoView {
    view! {
        <p data-testid="sign-in-first">
            "Nobody is signed in, or the session is over. " <a href="/sign-in" rel="external">
                "Sign in"
            </a> " or " <a href="/sign-up" rel="external">
                "open an account"
            </a> "."
        </p>
    }
    .into_any()
}
