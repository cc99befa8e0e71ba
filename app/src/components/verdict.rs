use super::{
    Bill, Faults, InvalidReasons, Limits, Stat, VerdictWorkers, focus::focused_when_shown,
};
use crate::{display, display::PriceUnit};
use api::Verdict;
use leptos::{html, prelude::*};

/// The verdict on a bundle, with everything it is based on.
#[component]
pub fn VerdictView(
    verdict: Verdict,
    /// The contract that the bundle must be of, whose payments the server can be asked for.
    contract: Option<u64>,
) -> impl IntoView {
    let valid = verdict.valid;
    let heading = focused_when_shown::<html::H3>();
    let stranger = verdict
        .terms
        .as_ref()
        .zip(contract)
        .filter(|(terms, contract)| terms.contract != *contract)
        .map(|(terms, contract)| {
            format!(
                "This bundle is of contract {}, not of contract {contract}.",
                terms.contract
            )
        });
    view! {
        <section
            class="verdict"
            data-testid="verdict"
            data-valid=valid.to_string()
            aria-labelledby="verdict-heading"
        >
            <h3 id="verdict-heading" tabindex="-1" node_ref=heading>
                {if valid { "Valid: every share counts" } else { "INVALID: this bundle does not hold" }}
            </h3>
            <p>{sentence(&verdict)}</p>
            {stranger.map(|sentence| view! { <p class="notice">{sentence}</p> })}
            <Faults faults=verdict.faults.clone() total=verdict.faults_total />
            <Numbers verdict=verdict.clone() />
            <InvalidReasons reasons=verdict.invalid_by_reason.clone() />
            <Bill verdict=verdict.clone() contract />
            <VerdictWorkers workers=verdict.workers.clone() />
            <Evidence verdict=verdict.clone() />
            <Limits />
        </section>
    }
    .into_any()
}

fn sentence(verdict: &Verdict) -> String {
    let shares = verdict.shares_valid.saturating_add(verdict.shares_invalid);
    let bytes = display::bytes(verdict.bytes);
    if verdict.valid {
        format!(
            "Your browser hashed all {} shares again, summed their work, and checked every sealed epoch; {bytes} read to the end.",
            display::count(shares)
        )
    } else {
        let faults = match verdict.faults_total {
            1 => "One thing is wrong".to_string(),
            faults => format!("{} things are wrong", display::count(faults)),
        };
        format!(
            "{faults}; {bytes} and {} shares were read. The numbers below cover only what holds.",
            display::count(shares)
        )
    }
}

#[component]
fn Numbers(verdict: Verdict) -> impl IntoView {
    let fixed = |text: String| Signal::stored(text);
    let range = format!(
        "95 %: {}, over {}",
        display::interval(&verdict.hashrate),
        display::duration(verdict.duration_ms)
    );
    view! {
        <dl class="stats">
            <Stat
                label="Shares valid"
                testid="verdict-shares-valid"
                text=fixed(display::count(verdict.shares_valid))
                value=fixed(verdict.shares_valid.to_string())
            />
            <Stat
                label="Shares invalid"
                testid="verdict-shares-invalid"
                text=fixed(display::count(verdict.shares_invalid))
                value=fixed(verdict.shares_invalid.to_string())
            />
            <Stat
                label="Work"
                testid="verdict-work"
                text=fixed(display::work(verdict.work_hashes))
                value=fixed(verdict.work_hashes.to_string())
            />
            <Stat
                label="Hashrate"
                testid="verdict-hashrate"
                text=fixed(display::hashrate(verdict.hashrate.estimate_hs))
                value=fixed(verdict.hashrate.estimate_hs.to_string())
                note=fixed(range)
            />
        </dl>
    }
    .into_any()
}

/// What the verdict is on, to compare with what others were given.
#[component]
fn Evidence(verdict: Verdict) -> impl IntoView {
    let terms = verdict.terms.map(|terms| {
        let price = PriceUnit::of(terms.hashrate_hs).price(terms.price_sats_per_phs_day);
        format!(
            "Contract {}: {} buys {} from {} at {price}, at most {}, into {} as {}.",
            terms.contract,
            terms.buyer,
            display::hashrate(terms.hashrate_hs),
            terms.host,
            display::sats(terms.budget_sats),
            terms.pool,
            terms.pool_user,
        )
    });
    let counts = format!(
        "{} epochs sealed, {} jobs, {} upstream sessions; verifier {}.",
        display::count(verdict.epochs.len() as u64),
        display::count(verdict.jobs.into()),
        display::count(verdict.upstreams.into()),
        verdict.verifier,
    );
    let head = Some(verdict.head).filter(|head| !head.is_empty());
    view! {
        <div class="evidence">
            <h4>"What was verified"</h4>
            {terms.map(|terms| view! { <p>{terms}</p> })}
            <p>{counts}</p>
            {head.map(|head| view! { <p>"Last sealed record: " <code data-testid="verdict-head">{head}</code></p> })}
        </div>
    }
    .into_any()
}
