use leptos::prelude::*;

/// A zone to show times in.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Zone {
    #[default]
    Utc,
    /// The reader's, which the browser knows.
    #[cfg_attr(
        not(feature = "hydrate"),
        expect(dead_code, reason = "the server does not know it")
    )]
    Local,
}

/// The zone of all times of the pages, as a context.
#[derive(Clone, Copy)]
pub struct ZoneChoice(RwSignal<Zone>);

impl ZoneChoice {
    /// UTC first; in the browser then what the reader chose last, local without a choice.
    pub fn provide() {
        let zone = RwSignal::new(Zone::Utc);
        #[cfg(feature = "hydrate")]
        Effect::new(move |_| zone.set(browser::kept()));
        provide_context(Self(zone));
    }

    pub fn get(self) -> Zone {
        self.0.get()
    }
}

/// Goes between the reader's zone and UTC.
#[component]
pub fn ZoneButton() -> impl IntoView {
    let zone = use_context::<ZoneChoice>().map_or_else(RwSignal::default, |choice| choice.0);
    let choose = move |_| {
        #[cfg(feature = "hydrate")]
        zone.update(browser::change);
    };
    let label = move || match zone.get() {
        Zone::Utc => "Times: UTC",
        Zone::Local => "Times: local",
    };
    view! {
        <button type="button" class="quiet needs-js" data-testid="zone-button" on:click=choose>
            {label}
        </button>
    }
}

#[cfg(feature = "hydrate")]
mod browser {
    use super::Zone;
    use crate::kept;

    const KEY: &str = "zone";

    pub fn kept() -> Zone {
        match kept::read(KEY).as_deref() {
            Some("utc") => Zone::Utc,
            _ => Zone::Local,
        }
    }

    pub fn change(zone: &mut Zone) {
        let (other, name) = match zone {
            Zone::Utc => (Zone::Local, None),
            Zone::Local => (Zone::Utc, Some("utc")),
        };
        *zone = other;
        kept::write(KEY, name);
    }
}
