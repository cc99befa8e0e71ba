//! Drawing something long in parts, with a break for the browser between them: clicks are answered and the page scrolls.

use leptos::prelude::*;
#[cfg(feature = "hydrate")]
use std::collections::VecDeque;

/// What is still to be drawn, as a context of all that is.
#[derive(Clone, Copy)]
pub struct Slices {
    busy: RwSignal<bool>,
    #[cfg(feature = "hydrate")]
    waiting: StoredValue<VecDeque<RwSignal<bool>>>,
}

impl Slices {
    /// For what the caller draws.
    pub fn provide() -> Self {
        let slices = Self {
            busy: RwSignal::new(false),
            #[cfg(feature = "hydrate")]
            waiting: StoredValue::new(VecDeque::new()),
        };
        provide_context(slices);
        slices
    }

    /// True until all of it is drawn.
    pub fn is_busy(self) -> bool {
        self.busy.get()
    }

    /// A turn in the order of asking.
    #[cfg(feature = "hydrate")]
    fn queue(self) -> RwSignal<bool> {
        let turn = RwSignal::new(false);
        self.waiting.update_value(|waiting| waiting.push_back(turn));
        if !self.busy.get_untracked() {
            self.busy.set(true);
            leptos::task::spawn_local(self.draw());
        }
        turn
    }

    #[cfg(feature = "hydrate")]
    async fn draw(self) {
        loop {
            browser::rest().await;
            match self.waiting.try_update_value(VecDeque::pop_front) {
                // One whose part is gone meanwhile is no reason to stop.
                Some(Some(turn)) => _ = turn.try_set(true),
                Some(None) => {
                    self.busy.try_set(false);
                    return;
                }
                None => return,
            }
        }
    }
}

/// A part that is drawn in its turn; at once on the server, and where nothing is drawn in parts.
#[component]
pub fn Slice(children: ChildrenFn) -> impl IntoView {
    #[cfg(feature = "hydrate")]
    let turn = match use_context::<Slices>() {
        Some(slices) => slices.queue(),
        None => RwSignal::new(true),
    };
    #[cfg(not(feature = "hydrate"))]
    let turn = RwSignal::new(true);
    move || turn.get().then(|| children())
}

#[cfg(feature = "hydrate")]
mod browser {
    use futures::{
        channel::oneshot,
        future::{Either, select},
    };
    use gloo_timers::future::TimeoutFuture;
    use leptos::prelude::request_animation_frame;

    /// A tab that nobody sees gets no frame.
    const FRAME_MS: u32 = 100;

    /// Until what was drawn is on the screen: a frame ends after its callbacks, so the timer rings in the next task.
    pub async fn rest() {
        let (painting, painted) = oneshot::channel::<()>();
        request_animation_frame(move || _ = painting.send(()));
        if let Either::Left(_) = select(painted, TimeoutFuture::new(FRAME_MS)).await {
            TimeoutFuture::new(0).await;
        }
    }
}
