//! The page's wasm: takes over what the server rendered, or is the page where no server is.

#![recursion_limit = "256"]

fn main() {
    console_error_panic_hook::set_once();
    if app::is_alone() {
        leptos::mount::mount_to_body(app::Alone);
    } else {
        leptos::mount::hydrate_body(app::App);
    }
}
