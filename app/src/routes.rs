//! Every page and its address.

use crate::{
    components::{Header, ZoneChoice},
    pages::{
        AccountPage, ContractPage, HomePage, NotFound, PoolCheckPage, SignInPage, SignUpPage,
        VerifyPage,
    },
};
use leptos::prelude::*;
use leptos_meta::{Meta, Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

/// The whole application.
///
/// Pages with data are rendered in one piece (`SsrMode::Async`): that way they are complete without JavaScript, and
/// an unknown contract is known before the status line is sent.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    ZoneChoice::provide();
    let hydrated = RwSignal::new(false);
    Effect::new(move |_| hydrated.set(true));
    view! {
        <Title formatter=|title: String| match title.as_str() {
            "" => "Assay".into(),
            page => format!("{page} · Assay"),
        } />
        <Meta
            name="description"
            content="A hashrate marketplace in which every share that is paid for can be verified again by anyone."
        />
        <a class="skip-link" href="#main" rel="external">
            "Skip to content"
        </a>
        <Router>
            <Header />
            <main
                id="main"
                class="page"
                tabindex="-1"
                data-hydrated=move || hydrated.get().then_some("true")
            >
                <Routes fallback=|| view! { <NotFound /> }>
                    <Route path=path!("") view=HomePage ssr=SsrMode::Async />
                    <Route path=path!("contracts/:id") view=ContractPage ssr=SsrMode::Async />
                    <Route path=path!("pools/check") view=PoolCheckPage ssr=SsrMode::Async />
                    <Route path=path!("sign-in") view=SignInPage ssr=SsrMode::Async />
                    <Route path=path!("sign-up") view=SignUpPage ssr=SsrMode::Async />
                    <Route path=path!("account") view=AccountPage ssr=SsrMode::Async />
                    <Route path=path!("verify") view=VerifyPage ssr=SsrMode::Async />
                </Routes>
            </main>
        </Router>
        <footer class="footer">
            <p>"Shares prove work. Every number here can be recomputed from a contract's proof bundle."</p>
            <p>
                <a href="/pools/check">"Check a pool before you buy"</a>
            </p>
        </footer>
    }
}
