use super::rejects::{AskRejects, BidRejects};
use crate::{
    components::{Field, Select, Tick, Ticks},
    forms::{self, Entries},
};
use leptos::prelude::*;

/// Time in force, post-only and who pays for refused work, of a bid or an ask; unfolded once something unusual stands there.
#[component]
pub fn OrderTermsFields(
    /// Of the inputs' ids.
    prefix: &'static str,
    entries: Entries,
    /// What is bought is a term, in which nobody but the buyer pays for what his pool does.
    #[prop(optional)]
    is_term: bool,
) -> impl IntoView {
    let times = [
        ("gtc", "Good till cancelled"),
        ("gtd", "Good till a time"),
        (
            "ioc",
            "Immediate or cancel: what cannot trade at once is cancelled",
        ),
        ("fok", "Fill or kill: all at once, or nothing"),
    ];
    let times = times.map(|(code, title)| (code.to_owned(), title.to_owned()));
    let (time, till) = match prefix {
        "bid" => ("bid-time", "bid-till"),
        _ => ("ask-time", "ask-till"),
    };
    let rejects = match prefix {
        "bid" => view! { <BidRejects entries=entries.clone() is_term /> }.into_any(),
        _ => view! { <AskRejects entries=entries.clone() /> }.into_any(),
    };
    let post_only = Tick {
        name: "post_only".into(),
        label: "Post-only: refused where it would trade at once".into(),
        ticked: entries.ticked("post_only"),
    };
    let asks_host = |name| {
        entries
            .sheet()
            .filled(name)
            .is_some_and(|payer| payer != "buyer")
    };
    let unusual = entries.ticked("post_only")
        || asks_host(forms::POOL_REJECT)
        || asks_host(forms::POOL_DOWN)
        || entries
            .sheet()
            .filled("time_in_force")
            .is_some_and(|time| time != "gtc");
    view! {
        <details open=unusual>
            <summary>"Time in force and other terms"</summary>
            <div class="columns">
                <Select
                    id=time
                    name="time_in_force"
                    label="Time in force"
                    options=times.to_vec()
                    chosen=entries.value("time_in_force")
                    error=entries.error_of("time_in_force")
                />
                <Field
                    id=till
                    name="good_till"
                    label="Good till (UTC)"
                    kind="datetime-local"
                    hint="With \"good till a time\" alone."
                    required=false
                    value=entries.value("good_till")
                    error=entries.error_of("good_till")
                />
            </div>
            <Ticks legend="Trading at once" ticks=vec![post_only] />
            {rejects}
        </details>
    }
    .into_any()
}
