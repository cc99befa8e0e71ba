use crate::{
    components::{Select, Tick, Ticks},
    forms::{self, Entries},
};
use leptos::prelude::*;

/// Who pays for work that the buyer's pool refuses or does not answer, class by class. A bid for spot says it.
#[component]
pub fn BidRejects(entries: Entries, is_term: bool) -> impl IntoView {
    if is_term {
        return view! {
            <p class="note">
                "Work that your pool refuses or does not answer is paid for: in a term the pool is yours alone. Only spot bids may put it on the host."
            </p>
        }
        .into_any();
    }
    let select = |id, name, label, hint| {
        let payers = [
            ("buyer", "I pay: it was proven"),
            ("host", "The host bears it"),
        ];
        let payers = payers.map(|(code, title)| (code.to_owned(), title.to_owned()));
        view! {
            <Select
                id
                name
                label
                hint
                options=payers.to_vec()
                chosen=entries.value(name)
                error=entries.error_of(name)
            />
        }
    };
    view! {
        <div class="columns">
            {select(
                "bid-pool-reject",
                forms::POOL_REJECT,
                "Work that your pool refuses",
                "Counted here, and refused there. Few hosts bear it: the pool is yours.",
            )}
            {select(
                "bid-pool-down",
                forms::POOL_DOWN,
                "Work that your pool does not answer",
                "Asks of hosts who do not bear what you put on them are left out.",
            )}
        </div>
    }
    .into_any()
}

/// An ask says what its host is ready to bear.
#[component]
pub fn AskRejects(entries: Entries) -> impl IntoView {
    let tick = |name: &str, label: &str| Tick {
        name: name.into(),
        label: label.into(),
        ticked: entries.ticked(name),
    };
    let ticks = vec![
        tick(forms::POOL_REJECT, "What the buyer's pool refuses"),
        tick(forms::POOL_DOWN, "What the buyer's pool does not answer"),
    ];
    view! {
        <Ticks
            legend="Work that you bear where a bid asks for it (spot only)"
            hint="You are then not paid for it. Without a tick the ask trades with no bid that asks. A term ask bears neither: an ask for a term with a tick is refused."
            ticks
        />
    }
    .into_any()
}
