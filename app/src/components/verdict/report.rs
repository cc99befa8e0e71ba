use super::mark::{Mark, Tone};
use api::Verdict;
use leptos::prelude::*;
use std::sync::Arc;

/// Taking the verdict away: as JSON, or on paper; and what made it.
#[component]
pub fn Report(
    verdict: Arc<Verdict>,
    /// SHA-256 of the verifier that ran, in hex, where the page knows it.
    verifier_hash: Option<String>,
) -> impl IntoView {
    let version = verdict.verifier.clone();
    let hash = verifier_hash.map(|hash| {
        view! {
            <p>
                "SHA-256 of its WebAssembly: " <code class="hex" data-testid="verifier-hash">{hash}</code>
                ". The same hash is the same verifier: "<code>"cargo xtask verifier"</code>
                ", in the sources of this version, builds it anew and prints the hash to compare."
            </p>
        }
    });
    let failed = RwSignal::new(false);
    let verdict = StoredValue::new(verdict);
    let save = move |_| {
        let saved = verdict.with_value(|verdict| save(&file_name(verdict), &json(verdict)));
        failed.set(!saved);
    };
    let sentence = move || {
        failed.get().then(|| {
            view! { <Mark tone=Tone::Bad words="The browser did not take the file." /> }
        })
    };
    view! {
        <div class="report">
            <h4>"Report"</h4>
            <p>
                "Made by the verifier "<strong data-testid="verifier-version">{version}</strong>"."
            </p>
            {hash}
            <p class="actions needs-js">
                <button type="button" data-testid="report-json" on:click=save>
                    "Download the report (JSON)"
                </button>
                <button type="button" data-testid="report-print" on:click=move |_| print()>
                    "Print"
                </button>
            </p>
            <p aria-live="polite">{sentence}</p>
        </div>
    }
    .into_any()
}

/// As the verifier gives it, for people and programs.
fn json(verdict: &Verdict) -> String {
    serde_json::to_string_pretty(verdict).unwrap_or_default()
}

fn file_name(verdict: &Verdict) -> String {
    match &verdict.terms {
        Some(terms) => format!("verdict-contract-{}.json", terms.contract),
        None => "verdict.json".into(),
    }
}

/// True where the browser took it.
#[cfg(feature = "hydrate")]
fn save(name: &str, json: &str) -> bool {
    use std::time::Duration;
    use wasm_bindgen::{JsCast, JsValue};
    use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

    fn offer(name: &str, json: &str) -> Result<String, JsValue> {
        let options = BlobPropertyBag::new();
        options.set_type("application/json");
        let parts = js_sys::Array::of1(&json.into());
        let blob = Blob::new_with_str_sequence_and_options(&parts, &options)?;
        let url = Url::create_object_url_with_blob(&blob)?;
        let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
        link.set_href(&url);
        link.set_download(name);
        link.click();
        Ok(url)
    }

    match offer(name, json) {
        Ok(url) => {
            // Not at once: some browsers read it after the click has returned.
            set_timeout(
                move || _ = Url::revoke_object_url(&url),
                Duration::from_secs(60),
            );
            true
        }
        Err(_) => false,
    }
}

#[cfg(not(feature = "hydrate"))]
fn save(_name: &str, _json: &str) -> bool {
    false
}

fn print() {
    #[cfg(feature = "hydrate")]
    {
        _ = window().print();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::verdict::specimen;

    #[test]
    fn the_report_is_the_whole_verdict() {
        let verdict = specimen::verdict();
        assert_eq!(
            serde_json::from_str::<Verdict>(&json(&verdict)).unwrap(),
            verdict
        );
        assert_eq!(file_name(&verdict), "verdict-contract-7.json");
        let unread = Verdict {
            terms: None,
            ..verdict
        };
        assert_eq!(file_name(&unread), "verdict.json");
    }
}
