use crate::{
    components::{InvoiceView, Loading, Notice, SignInFirst},
    pages::NotFound,
    server_fns::{self, Failure},
};
use api::{ErrorCode, Invoice, InvoiceRange};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

/// Lines of a page.
const LINES: u32 = 100;

/// A contract's invoice, for its two sides: with `?from=EPOCH` the lines from there.
#[component]
pub fn InvoicePage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| {
        let id = params.with(|params| params.get("id"));
        id.and_then(|id| id.parse::<u64>().ok())
    });
    let query = use_query_map();
    let lines = Memo::new(move |_| {
        let from = query.with(|query| query.get("from"));
        InvoiceRange {
            from: from.and_then(|from| from.parse().ok()).unwrap_or(0),
            limit: LINES,
        }
    });
    let invoice = Resource::new(
        move || (id.get(), lines.get()),
        |(id, lines)| async move {
            match id {
                Some(id) => server_fns::invoice(id, lines).await,
                None => Err(api::Error::not_found("There is no such contract.").into()),
            }
        },
    );
    let shown = move |answer: Result<Invoice, Failure>| match answer {
        Ok(invoice) => {
            let title = format!("Invoice of contract {}", invoice.contract);
            view! {
                <Title text=title.clone() />
                <h1>{title}</h1>
                <section class="card" aria-label="Invoice" data-testid="invoice">
                    <InvoiceView invoice asked=lines.get_untracked() />
                </section>
            }
            .into_any()
        }
        Err(Failure::Refused(error)) if error.code == ErrorCode::Unauthenticated => view! {
            <h1>"Invoice"</h1>
            <SignInFirst />
        }
        .into_any(),
        Err(failure) if failure.is_not_found() => {
            view! { <NotFound sentence=failure.to_string() /> }.into_any()
        }
        Err(failure) => view! {
            <h1>"Invoice"</h1>
            <Notice
                sentence=failure.to_string()
                action="Try again"
                on_action=move || invoice.refetch()
            />
        }
        .into_any(),
    };
    view! {
        <Suspense fallback=|| view! { <Loading what="the invoice" /> }>
            {move || Suspend::new(async move { shown(invoice.await) })}
        </Suspense>
    }
}
