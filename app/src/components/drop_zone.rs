use crate::verify::Verification;
use leptos::{ev, prelude::*};

/// Takes a bundle file: dropped, or chosen.
#[component]
pub fn DropZone(verification: Verification) -> impl IntoView {
    let over = RwSignal::new(false);
    let name = RwSignal::new(String::new());
    // Without this the browser would open the file in the page's place.
    let dragging = move |event: ev::DragEvent| {
        event.prevent_default();
        over.set(true);
    };
    let dropped = move |event: ev::DragEvent| {
        event.prevent_default();
        over.set(false);
        #[cfg(feature = "hydrate")]
        if let Some(file) = browser::dropped(&event) {
            name.set(file.name());
            verification.verify_file(file);
        }
    };
    let chosen = move |event: ev::Event| {
        #[cfg(feature = "hydrate")]
        if let Some(file) = browser::chosen(&event) {
            name.set(file.name());
            verification.verify_file(file);
        }
        #[cfg(not(feature = "hydrate"))]
        let _ = (event, verification);
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
        </div>
    }
    .into_any()
}

#[cfg(feature = "hydrate")]
mod browser {
    use wasm_bindgen::JsCast;
    use web_sys::{DragEvent, Event, File, HtmlInputElement};

    pub fn dropped(event: &DragEvent) -> Option<File> {
        event.data_transfer()?.files()?.get(0)
    }

    /// The input is emptied, so that the same file can be chosen again.
    pub fn chosen(event: &Event) -> Option<File> {
        let input: HtmlInputElement = event.target()?.dyn_into().ok()?;
        let file = input.files()?.get(0);
        input.set_value("");
        file
    }
}
