use crate::verify::Verification;
use leptos::{ev, prelude::*};

/// Takes a bundle file: dropped, or chosen.
#[component]
pub fn DropZone(verification: Verification) -> impl IntoView {
    let over = RwSignal::new(false);
    let name = RwSignal::new(String::new());
    let offered = RwSignal::new(0_u32);
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| browser::keep_page());
    #[cfg(feature = "hydrate")]
    let take = move |files: Option<(web_sys::File, u32)>| {
        if let Some((file, count)) = files {
            name.set(file.name());
            offered.set(count);
            verification.verify_file(file);
        }
    };
    let dragging = move |event: ev::DragEvent| {
        event.prevent_default();
        over.set(true);
    };
    let dropped = move |event: ev::DragEvent| {
        event.prevent_default();
        over.set(false);
        #[cfg(feature = "hydrate")]
        take(browser::dropped(&event));
    };
    let chosen = move |event: ev::Event| {
        #[cfg(feature = "hydrate")]
        take(browser::chosen(&event));
        #[cfg(not(feature = "hydrate"))]
        let _ = (event, verification);
    };
    let note = move || {
        let offered = offered.get();
        (offered > 1).then(|| {
            let words = format!("Only the first of {offered} files is verified.");
            view! { <p class="notice" role="status" data-testid="file-note">{words}</p> }
        })
    };
    view! {
        <div
            class="drop-zone needs-js"
            class:over=over
            data-testid="drop-zone"
            on:dragenter=dragging
            on:dragover=dragging
            on:dragleave=move |_| over.set(false)
            on:drop=dropped
        >
            <label for="bundle-file">"Drop a bundle file here, or choose one:"</label>
            <input
                id="bundle-file"
                type="file"
                data-testid="file-input"
                aria-describedby="bundle-file-note"
                on:change=chosen
            />
            <p id="bundle-file-note" class="note">
                "The file stays on your machine: nothing is uploaded."
            </p>
            <p data-testid="file-name">
                {move || {
                    let name = name.get();
                    (!name.is_empty()).then(|| format!("File: {name}"))
                }}
            </p>
            {note}
        </div>
    }
    .into_any()
}

#[cfg(feature = "hydrate")]
mod browser {
    use leptos::{ev, prelude::*};
    use wasm_bindgen::JsCast;
    use web_sys::{DragEvent, Event, File, FileList, HtmlInputElement};

    /// A file dropped beside the zone: the browser would open it in the page's place.
    pub fn keep_page() {
        let listeners = [
            window_event_listener(ev::dragover, |event| event.prevent_default()),
            window_event_listener(ev::drop, |event| event.prevent_default()),
        ];
        on_cleanup(move || listeners.into_iter().for_each(WindowListenerHandle::remove));
    }

    pub fn dropped(event: &DragEvent) -> Option<(File, u32)> {
        first(&event.data_transfer()?.files()?)
    }

    /// The input is emptied, so that the same file can be chosen again.
    pub fn chosen(event: &Event) -> Option<(File, u32)> {
        let input: HtmlInputElement = event.target()?.dyn_into().ok()?;
        let file = first(&input.files()?);
        input.set_value("");
        file
    }

    /// The first file, and how many there are.
    fn first(files: &FileList) -> Option<(File, u32)> {
        Some((files.get(0)?, files.length()))
    }
}
