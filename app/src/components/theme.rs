use leptos::prelude::*;

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    const fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::System => "Theme: system",
            Self::Light => "Theme: light",
            Self::Dark => "Theme: dark",
        }
    }
}

/// Goes through system, light and dark. The shell's early script applies the choice before the first paint.
#[component]
pub fn ThemeButton() -> impl IntoView {
    let theme = RwSignal::new(Theme::System);
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| theme.set(browser::kept()));
    let choose = move |_| {
        theme.update(|theme| *theme = theme.next());
        #[cfg(feature = "hydrate")]
        browser::keep(theme.get_untracked());
    };
    view! {
        <button type="button" class="quiet needs-js" on:click=choose>
            {move || theme.get().label()}
        </button>
    }
}

#[cfg(feature = "hydrate")]
mod browser {
    use super::Theme;
    use leptos::prelude::{document, window};
    use wasm_bindgen::JsCast;
    use web_sys::{HtmlElement, Storage};

    const KEY: &str = "theme";

    /// Absent where the reader's browser keeps nothing.
    fn storage() -> Option<Storage> {
        window().local_storage().ok().flatten()
    }

    pub fn kept() -> Theme {
        let kept = storage().and_then(|storage| storage.get_item(KEY).ok().flatten());
        match kept.as_deref() {
            Some("light") => Theme::Light,
            Some("dark") => Theme::Dark,
            _ => Theme::System,
        }
    }

    pub fn keep(theme: Theme) {
        let name = match theme {
            Theme::System => None,
            Theme::Light => Some("light"),
            Theme::Dark => Some("dark"),
        };
        let root = document().document_element();
        if let Some(root) = root.and_then(|root| root.dyn_into::<HtmlElement>().ok()) {
            match name {
                Some(name) => _ = root.dataset().set(KEY, name),
                None => root.dataset().delete(KEY),
            }
        }
        if let Some(storage) = storage() {
            // A full or forbidden storage only means that the choice is not remembered.
            _ = match name {
                Some(name) => storage.set_item(KEY, name),
                None => storage.remove_item(KEY),
            };
        }
    }
}
