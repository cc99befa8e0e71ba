use api::{Kept, Outcome};
use leptos::prelude::*;

/// How an answer is to be taken; its word and symbol say it without the colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// A question, or too little to say.
    Calm,
    /// Worth a second look, and no fault.
    Odd,
    /// A fault.
    Bad,
}

impl Tone {
    const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Calm => "calm",
            Self::Odd => "odd",
            Self::Bad => "bad",
        }
    }

    const fn symbol(self) -> &'static str {
        match self {
            Self::Good => "✓",
            Self::Calm => "○",
            Self::Odd => "▲",
            Self::Bad => "✗",
        }
    }
}

/// An answer as a symbol and words.
#[component]
pub fn Mark(tone: Tone, #[prop(into)] words: String) -> impl IntoView {
    view! {
        <strong class="mark" data-tone=tone.name()>
            <span aria-hidden="true">{tone.symbol()}</span>
            " "
            {words}
        </strong>
    }
    .into_any()
}

/// What a test says, as a tone and a word.
pub const fn of_outcome(outcome: Outcome) -> (Tone, &'static str) {
    match outcome {
        Outcome::Pass => (Tone::Good, "Passed"),
        Outcome::Suspicious => (Tone::Odd, "Suspicious"),
        Outcome::TooFew => (Tone::Calm, "Too few shares"),
        Outcome::NotJudged => (Tone::Odd, "Could not be judged"),
    }
}

/// Whether the promise was kept, likewise.
pub const fn of_kept(kept: Kept) -> (Tone, &'static str) {
    match kept {
        Kept::Kept => (Tone::Good, "Kept"),
        Kept::Short => (Tone::Odd, "Short"),
        Kept::Undecided => (Tone::Calm, "Undecided"),
    }
}
