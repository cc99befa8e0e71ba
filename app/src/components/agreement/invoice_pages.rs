use crate::display;
use api::InvoiceRange;
use leptos::prelude::*;

/// Which lines are shown, the way to the others, and the file with all of them.
#[component]
pub fn InvoicePages(
    contract: u64,
    /// Settled in all.
    epochs: u32,
    asked: InvoiceRange,
    /// The epoch after the shown ones.
    #[prop(optional_no_strip)]
    next: Option<u32>,
) -> impl IntoView {
    let InvoiceRange { from, limit } = asked;
    let link = move |from: u32, words: &'static str, testid: &'static str| {
        let href = format!("/contracts/{contract}/invoice?from={from}");
        view! {
            <a href=href data-testid=testid>
                {words}
            </a>
            " "
        }
    };
    let earlier = (from > 0).then(|| {
        let start = from.min(epochs).saturating_sub(limit);
        link(start, "Earlier epochs", "invoice-earlier")
    });
    let later = next.map(|next| link(next, "Later epochs", "invoice-later"));
    let end = next.unwrap_or(epochs);
    let shown = (from < end).then(|| {
        let (first, last) = (
            display::count(from.into()),
            display::count((end - 1).into()),
        );
        let all = display::count(epochs.into());
        format!("Epochs {first} to {last} of {all} settled ones; the sums are of all. ")
    });
    view! {
        <p data-testid="invoice-pages">
            {shown} {earlier} {later}
            <a
                href=format!("/api/v1/contracts/{contract}/invoice.csv")
                rel="external"
                download=format!("contract-{contract}-invoice.csv")
                data-testid="invoice-csv"
            >
                "All lines as CSV"
            </a>
        </p>
    }
    .into_any()
}
