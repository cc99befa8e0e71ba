use crate::{
    components::{Loading, PoolReportView},
    server_fns::{self, Failure},
};
use api::PoolReport;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{components::Form, hooks::use_query_map, params::ParamsMap};
use units::Hashrate;

/// What a hashrate is stated in.
const UNITS: [(&str, &str, u128); 5] = [
    ("kh", "kH/s", 1_000),
    ("gh", "GH/s", 1_000_000_000),
    ("th", "TH/s", 1_000_000_000_000),
    ("ph", "PH/s", 1_000_000_000_000_000),
    ("eh", "EH/s", 1_000_000_000_000_000_000),
];
const USUAL_UNIT: &str = "th";

/// What the form asked for, out of the page's address: so the answer can be had without JavaScript.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Asked {
    address: String,
    user: String,
    /// As it was typed.
    hashrate: String,
    unit: String,
}

impl Asked {
    fn read(query: &ParamsMap) -> Self {
        let field = |name| query.get(name).unwrap_or_default();
        Self {
            address: field("address"),
            user: field("user"),
            hashrate: field("hashrate"),
            unit: Some(field("unit"))
                .filter(|unit| !unit.is_empty())
                .unwrap_or_else(|| USUAL_UNIT.into()),
        }
    }

    fn is_blank(&self) -> bool {
        self.address.trim().is_empty()
    }

    fn hashrate(&self) -> Result<Option<Hashrate>, Failure> {
        let text = self.hashrate.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let unit = UNITS.iter().find(|(code, ..)| *code == self.unit);
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        let number = text.parse::<u128>().ok().filter(|_| digits);
        let hashes = number
            .zip(unit)
            .and_then(|(number, (.., size))| number.checked_mul(*size));
        hashes
            .map(|hashes| Some(Hashrate::new(hashes)))
            .ok_or_else(|| {
                Failure::Refused(api::Error::bad_request(
                    "The hashrate must be a whole number.",
                ))
            })
    }
}

async fn answer(asked: Asked) -> Option<Result<PoolReport, Failure>> {
    if asked.is_blank() {
        return None;
    }
    let hashrate = match asked.hashrate() {
        Ok(hashrate) => hashrate,
        Err(failure) => return Some(Err(failure)),
    };
    Some(server_fns::check_pool(asked.address, asked.user, hashrate).await)
}

/// A look at a buyer's pool.
#[component]
pub fn PoolCheckPage() -> impl IntoView {
    let query = use_query_map();
    let asked = Memo::new(move |_| query.with(Asked::read));
    let report = Resource::new(move || asked.get(), answer);
    view! {
        <Title text="Check a pool" />
        <h1>"Check a pool"</h1>
        <p class="lead">
            "Assay connects to your pool as a machine would, logs in, waits for a job, and tells what it saw. It takes a few seconds, 20 at most."
        </p>
        <section class="card" aria-labelledby="pool-heading">
            <h2 id="pool-heading">"Your pool"</h2>
            <Fields asked />
        </section>
        <section class="card" aria-labelledby="report-heading" aria-live="polite">
            <h2 id="report-heading">"Report"</h2>
            <Suspense fallback=|| {
                view! { <Loading what="the pool's answers" /> }
            }>
                {move || Suspend::new(async move {
                    match report.await {
                        None => view! { <p class="empty">"No pool was asked yet."</p> }.into_any(),
                        Some(Ok(report)) => view! { <PoolReportView report /> }.into_any(),
                        Some(Err(failure)) => {
                            view! {
                                <p class="notice" role="alert" data-testid="notice">
                                    {failure.to_string()}
                                </p>
                            }
                                .into_any()
                        }
                    }
                })}
            </Suspense>
        </section>
    }
    .into_any()
}

#[component]
fn Fields(asked: Memo<Asked>) -> impl IntoView {
    let options = move || {
        let chosen = asked.with(|asked| asked.unit.clone());
        let option = |(code, name, _)| {
            let selected = code == chosen;
            view! {
                <option value=code selected=selected>
                    {name}
                </option>
            }
        };
        UNITS.map(option).collect_view()
    };
    view! {
        <Form method="GET" action="/pools/check">
            <div class="fields">
                <p>
                    <label for="pool-address">"Address"</label>
                    <input
                        id="pool-address"
                        name="address"
                        required
                        maxlength="280"
                        autocomplete="off"
                        autocapitalize="off"
                        spellcheck="false"
                        placeholder="stratum+tcp://pool.example.net:3333"
                        value=move || asked.with(|asked| asked.address.clone())
                    />
                </p>
                <p>
                    <label for="pool-user">"Login"</label>
                    <input
                        id="pool-user"
                        name="user"
                        required
                        maxlength="128"
                        autocomplete="off"
                        autocapitalize="off"
                        spellcheck="false"
                        placeholder="account.worker, or an address"
                        value=move || asked.with(|asked| asked.user.clone())
                    />
                </p>
                <p>
                    <label for="pool-hashrate">"Hashrate of the contract (optional)"</label>
                    <span class="actions">
                        <input
                            id="pool-hashrate"
                            name="hashrate"
                            inputmode="numeric"
                            pattern="[0-9]*"
                            maxlength="9"
                            value=move || asked.with(|asked| asked.hashrate.clone())
                        />
                        <select name="unit" aria-label="Unit of the hashrate">
                            {options}
                        </select>
                    </span>
                </p>
                <p class="note">
                    "The password sent is x, which most pools take: this page's address holds what is asked, and a password does not belong there. With another one, run "
                    <code>"assay pool check"</code> "."
                </p>
                <p>
                    <button type="submit" class="primary">
                        "Check this pool"
                    </button>
                </p>
            </div>
        </Form>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(hashrate: &str, unit: &str) -> Asked {
        Asked {
            hashrate: hashrate.into(),
            unit: unit.into(),
            ..Asked::default()
        }
    }

    #[test]
    fn a_hashrate_is_a_whole_number_of_a_unit() {
        assert_eq!(asked("", "th").hashrate(), Ok(None));
        let hundred = Hashrate::new(100_000_000_000_000);
        assert_eq!(asked(" 100 ", "th").hashrate(), Ok(Some(hundred)));
        for (text, unit) in [
            ("1.5", "th"),
            ("+1", "th"),
            ("x", "th"),
            ("1", "zh"),
            ("9".repeat(39).as_str(), "eh"),
        ] {
            assert!(asked(text, unit).hashrate().is_err(), "{text} {unit}");
        }
    }
}
