use super::zone::{Zone, ZoneChoice};
use crate::display;
use leptos::prelude::*;

/// A point in time: in UTC as the server renders it, then in the zone that the reader chose.
#[component]
pub fn Time(#[prop(into)] ms: Signal<u64>) -> impl IntoView {
    let choice = use_context::<ZoneChoice>();
    // Its own, and not the application's: a part of the page may be taken over later than the rest.
    let hydrated = RwSignal::new(false);
    Effect::new(move |_| hydrated.set(true));
    let zone = move || match (hydrated.get(), choice) {
        (true, Some(choice)) => choice.get(),
        _ => Zone::Utc,
    };
    let text = move || match zone() {
        Zone::Utc => display::utc(ms.get()),
        Zone::Local => local(ms.get()),
    };
    view! { <time datetime=move || display::rfc3339(ms.get())>{text}</time> }
}

#[cfg(not(feature = "hydrate"))]
fn local(ms: u64) -> String {
    display::utc(ms)
}

/// `2026-11-20 23:50:01 CET`: as UTC is written, with the zone's short name.
#[cfg(feature = "hydrate")]
fn local(ms: u64) -> String {
    use js_sys::{Date, Object, Reflect};
    const PARTS: [(&str, &str); 8] = [
        ("year", "numeric"),
        ("month", "2-digit"),
        ("day", "2-digit"),
        ("hour", "2-digit"),
        ("minute", "2-digit"),
        ("second", "2-digit"),
        ("hourCycle", "h23"),
        ("timeZoneName", "short"),
    ];
    let options = Object::new();
    for (part, form) in PARTS {
        _ = Reflect::set(&options, &part.into(), &form.into());
    }
    // Whole milliseconds fit: a time of ours is far from 2^53.
    let date = Date::new(&(ms as f64).into());
    // Swedish writes dates and times in the order of ISO 8601.
    date.to_locale_string("sv-SE", &options).into()
}
