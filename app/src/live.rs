//! Live numbers over Server-Sent Events.

use leptos::prelude::*;
use serde::de::DeserializeOwned;

/// A number older than this is called old.
const STALE_AFTER_MS: u64 = 5_000;

/// What the reader is told about the numbers on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// As the server rendered them; nothing has come over the stream yet.
    Snapshot,
    /// They follow the server.
    Live,
    /// They have stood still for this long.
    Stale { age_ms: u64 },
}

/// When the last numbers came, by the reader's own clock.
#[derive(Clone, Copy)]
pub struct Feed {
    started_at_ms: RwSignal<Option<u64>>,
    received_at_ms: RwSignal<Option<u64>>,
    now_ms: RwSignal<u64>,
}

impl Feed {
    /// What to say now.
    pub fn freshness(self) -> Freshness {
        let received = self.received_at_ms.get();
        let Some(since) = received.or(self.started_at_ms.get()) else {
            return Freshness::Snapshot;
        };
        match self.now_ms.get().saturating_sub(since) {
            0..STALE_AFTER_MS if received.is_none() => Freshness::Snapshot,
            0..STALE_AFTER_MS => Freshness::Live,
            age_ms => Freshness::Stale { age_ms },
        }
    }
}

/// Keeps `into` at what the stream at `url` last said in an event of this name, until the caller's owner is cleaned up.
pub fn follow<T>(url: String, event: &'static str, into: RwSignal<T>) -> Feed
where
    T: DeserializeOwned + Send + Sync + 'static,
{
    let feed = Feed {
        started_at_ms: RwSignal::new(None),
        received_at_ms: RwSignal::new(None),
        now_ms: RwSignal::new(0),
    };
    // An effect runs in the browser only, once the page is hydrated.
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| stream::run(url.clone(), event, into, feed));
    #[cfg(not(feature = "hydrate"))]
    let _ = (url, event, into);
    feed
}

#[cfg(feature = "hydrate")]
mod stream {
    use super::Feed;
    use futures::{
        StreamExt,
        future::{AbortHandle, abortable},
    };
    use gloo_net::eventsource::futures::EventSource;
    use gloo_timers::future::TimeoutFuture;
    use leptos::prelude::*;
    use serde::de::DeserializeOwned;
    use std::time::Duration;

    /// The browser itself reconnects a stream that broke; this is for one that the server refused.
    const REOPEN_AFTER_MS: u32 = 3_000;

    pub fn run<T>(url: String, event: &'static str, into: RwSignal<T>, feed: Feed)
    where
        T: DeserializeOwned + Send + Sync + 'static,
    {
        feed.started_at_ms.set(Some(clock_ms()));
        feed.now_ms.set(clock_ms());
        let tick = move || _ = feed.now_ms.try_set(clock_ms());
        if let Ok(ticking) = set_interval_with_handle(tick, Duration::from_secs(1)) {
            on_cleanup(move || ticking.clear());
        }
        // A browser keeps six connections to a server, for all its tabs: one that nobody looks at gives its own up.
        let visible = RwSignal::new(!document().hidden());
        let watching = window_event_listener_untyped("visibilitychange", move |_| {
            visible.try_set(!document().hidden());
        });
        on_cleanup(move || watching.remove());
        Effect::new(move |_| {
            if visible.get() {
                open(url.clone(), event, into, feed);
            }
        });
    }

    /// Reads, and reconnects, until the effect that it is called in runs again or is cleaned up.
    fn open<T>(url: String, event: &'static str, into: RwSignal<T>, feed: Feed)
    where
        T: DeserializeOwned + Send + Sync + 'static,
    {
        let (reading, handle): (_, AbortHandle) = abortable(async move {
            loop {
                read(&url, event, into, feed).await;
                TimeoutFuture::new(REOPEN_AFTER_MS).await;
            }
        });
        leptos::task::spawn_local(async move { _ = reading.await });
        on_cleanup(move || handle.abort());
    }

    /// Reads until the stream is closed for good.
    async fn read<T>(url: &str, event: &'static str, into: RwSignal<T>, feed: Feed)
    where
        T: DeserializeOwned + Send + Sync + 'static,
    {
        let Ok(mut source) = EventSource::new(url) else {
            return;
        };
        let Ok(mut messages) = source.subscribe(event) else {
            return;
        };
        while let Some(Ok((_, message))) = messages.next().await {
            let Some(json) = message.data().as_string() else {
                continue;
            };
            // One that cannot be read is passed over: the numbers then show their age.
            if let Ok(value) = serde_json::from_str(&json) {
                into.try_set(value);
                feed.now_ms.try_set(clock_ms());
                feed.received_at_ms.try_set(Some(clock_ms()));
            }
        }
    }

    fn clock_ms() -> u64 {
        // Whole milliseconds fit: the browser's clock ends long before 2^53.
        js_sys::Date::now() as u64
    }
}
