//! What the reader's browser remembers of the reader's choices.

use leptos::prelude::window;
use web_sys::Storage;

/// Absent where the browser keeps nothing.
fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// What was kept under `key`.
pub fn read(key: &str) -> Option<String> {
    storage()?.get_item(key).ok().flatten()
}

/// Keeps `value`, or forgets what was kept. A full or forbidden storage only means that the choice is not remembered.
pub fn write(key: &str, value: Option<&str>) {
    let Some(storage) = storage() else {
        return;
    };
    _ = match value {
        Some(value) => storage.set_item(key, value),
        None => storage.remove_item(key),
    };
}
