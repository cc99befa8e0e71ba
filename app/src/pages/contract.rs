use crate::{
    Filled,
    charts::Sparkline,
    components::{
        AgreedTerms, LiveBadge, Loading, Notice, NoticeForm, SampleChoice, Settlements,
        VerificationView, Workers, state_words,
    },
    display::{self, PriceUnit},
    live,
    pages::NotFound,
    server_fns::{self, Failure},
    verify::{Phase, Verification},
};
use api::Contract;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use units::Timestamp;

mod pool;
mod strip;
use strip::Strip;

/// One contract: what was agreed, what was delivered, what was paid, and the proof.
#[component]
pub fn ContractPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| {
        let id = params.with(|params| params.get("id"));
        id.and_then(|id| id.parse::<units::ContractId>().ok())
    });
    let contract = Resource::new(
        move || id.get(),
        |id| async move {
            match id {
                Some(id) => server_fns::contract(id.get()).await,
                None => {
                    Err(api::Error::not_found("A contract's address ends in its number.").into())
                }
            }
        },
    );
    let viewer = Resource::new(|| (), |()| server_fns::viewer());
    let filled = StoredValue::new(Filled::of_this_answer());
    let shown = move |answer: Result<Contract, Failure>, viewer| match answer {
        Ok(contract) => {
            let filled = filled.get_value();
            view! { <ContractView contract viewer filled /> }.into_any()
        }
        Err(failure) if failure.is_not_found() => {
            view! { <NotFound sentence=failure.to_string() /> }.into_any()
        }
        Err(failure) => view! {
            <h1>"Contract"</h1>
            <Notice
                sentence=failure.to_string()
                action="Try again"
                on_action=move || contract.refetch()
            />
        }
        .into_any(),
    };
    view! {
        <Suspense fallback=|| view! { <Loading what="the contract" /> }>
            {move || Suspend::new(async move {
                // Whoever cannot be told is nobody.
                let viewer = viewer.await.ok().flatten();
                shown(contract.await, viewer)
            })}
        </Suspense>
    }
}

#[component]
fn ContractView(
    contract: Contract,
    #[prop(optional_no_strip)] viewer: Option<String>,
    filled: Filled,
) -> impl IntoView {
    let id = contract.id;
    let title = format!("Contract {id}");
    let price = PriceUnit::of(contract.hashrate_hs).price(contract.price_sats_per_phs_day);
    let agreed = format!(
        "{} buys {} from {} at {price}; at most {}, of each payment {} to the operator.",
        contract.buyer,
        display::hashrate(contract.hashrate_hs),
        contract.host,
        display::sats(contract.budget_sats),
        display::basis_points(contract.fee_bps),
    );
    let contract = RwSignal::new(contract);
    let feed = live::follow(
        format!("/api/v1/events?contract={id}"),
        "contract",
        contract,
    );
    let at_ms = Memo::new(move |_| contract.with(|contract| contract.at_ms));
    let state = Memo::new(move |_| contract.with(|contract| contract.state));
    let history = Memo::new(move |_| contract.with(|contract| contract.history.clone()));
    let hashrate = Memo::new(move |_| contract.with(|contract| contract.hashrate_hs));
    view! {
        <Title text=title.clone() />
        <div class="above">
            <h1>{title}</h1>
            <LiveBadge feed at_ms />
        </div>
        <p class="lead" data-testid="terms">
            {agreed}
        </p>
        <p>
            <strong data-testid="contract-state">{move || state_words(state.get())}</strong>
            ". "
            <Pool contract />
        </p>
        <noscript inner_html="<p class=\"notice\">This page shows the numbers of the moment and does not update itself: that needs JavaScript. To verify without it, download the bundle and run <code>assay verify FILE</code>.</p>"></noscript>
        <section class="card" aria-labelledby="agreed-heading">
            <h2 id="agreed-heading">"What was agreed"</h2>
            <AgreedTerms contract />
            <NoticeForm contract viewer filled />
        </section>
        <section class="card" aria-labelledby="delivery-heading">
            <h2 id="delivery-heading">"Delivery and payment"</h2>
            <Strip contract />
            <Sparkline points=history agreed=hashrate />
        </section>
        <Proof contract id />
        <section class="card" aria-labelledby="workers-heading">
            <h2 id="workers-heading">"Workers"</h2>
            <Workers contract />
        </section>
        <section class="card" aria-labelledby="settlements-heading">
            <h2 id="settlements-heading">"Settlements"</h2>
            <Settlements contract />
        </section>
    }
    .into_any()
}

#[component]
fn Pool(contract: RwSignal<Contract>) -> impl IntoView {
    move || contract.with(pool::words)
}

/// The proof bundle: to verify here, or to take away.
#[component]
fn Proof(contract: RwSignal<Contract>, id: u64) -> impl IntoView {
    if let Some(at) = contract.with_untracked(|contract| contract.shares_removed_at_ms) {
        let until = Timestamp::from_unix_ms(at).to_string();
        return view! {
            <section class="card proof" aria-labelledby="proof-heading">
                <h2 id="proof-heading">"Proof"</h2>
                <p class="notice" data-testid="shares-removed">
                    {format!("The shares of this contract were kept until {until}. A bundle that was downloaded before can still be verified.")}
                </p>
            </section>
        }
        .into_any();
    }
    let verification = Verification::new();
    let bundle = format!("/api/v1/contracts/{id}/bundle");
    let url = bundle.clone();
    let size = Memo::new(move |_| contract.with(|contract| contract.bundle_bytes));
    let running = move |phase: &Phase| matches!(phase, Phase::Running(_));
    // Until the page's program runs a click would be lost.
    let alive = RwSignal::new(false);
    Effect::new(move |_| alive.set(true));
    let verify = move |_| {
        if !verification.phase.with_untracked(running) {
            verification.verify_url(url.clone(), size.get_untracked());
        }
    };
    view! {
        <section class="card proof" aria-labelledby="proof-heading">
            <h2 id="proof-heading">"Proof"</h2>
            <p>
                "The bundle holds every share of this contract. Your browser hashes each again, recomputes the bill, and compares it with what the ledger paid."
            </p>
            <p class="actions">
                <button
                    type="button"
                    class="primary needs-js"
                    data-testid="verify-button"
                    disabled=move || !alive.get()
                    // Not disabled while it runs: that would take the focus away.
                    aria-disabled=move || verification.phase.with(running).to_string()
                    on:click=verify
                >
                    "Verify in my browser"
                </button>
                <a
                    class="button"
                    href=bundle
                    download=format!("contract-{id}.assay")
                    rel="external"
                    data-testid="download-bundle"
                >
                    "Download bundle"
                </a>
                <span class="note number">{move || display::bytes(size.get())}</span>
            </p>
            <SampleChoice verification id="check-of-contract" />
            <VerificationView verification contract=id />
        </section>
    }
    .into_any()
}
