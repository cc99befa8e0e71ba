use crate::display;
use leptos::prelude::*;

/// A point in time, in UTC.
#[component]
pub fn Time(#[prop(into)] ms: Signal<u64>) -> impl IntoView {
    view! {
        <time datetime=move || display::rfc3339(ms.get())>{move || display::utc(ms.get())}</time>
    }
}
