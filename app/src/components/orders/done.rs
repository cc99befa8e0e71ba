use crate::{components::Done, display};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use units::Hashrate;

/// What was done just before. The numbers are out of the address, and only ever shown as numbers.
#[component]
pub fn OrderDone(query: ParamsMap) -> impl IntoView {
    let words = match query.get_str("done")? {
        "bid" => "The bid is placed.",
        "ask" => "The ask is placed.",
        "reduce" => "The order is smaller now.",
        "cancel" => "The order is cancelled.",
        "cancel-all" => "All orders are cancelled.",
        _ => return None,
    };
    let number = |name: &str| {
        query
            .get_str(name)
            .and_then(|text| text.parse::<u128>().ok())
    };
    let hashrate = |name: &str| Hashrate::new(number(name).unwrap_or_default());
    let came = came_of(hashrate("traded"), hashrate("waits"), hashrate("cancelled"));
    let named = query.get_str("contracts").unwrap_or_default().split(',');
    let contracts: Vec<u64> = named.filter_map(|id| id.parse().ok()).collect();
    let opened = if contracts.is_empty() {
        ""
    } else {
        " It opened:"
    };
    let more = number("more").filter(|more| *more > 0).map(|more| {
        view! {
            <a href="/account" rel="external" data-testid="more-contracts">
                {format!("and {more} more")}
            </a>
        }
    });
    let links = contracts.into_iter().map(|id| {
        view! {
            <a href=format!("/contracts/{id}") class="target" data-testid="opened-contract">
                {format!("contract {id}")}
            </a>
        }
    });
    Some(
        view! {
            <Done words=format!("{words}{came}{opened}") />
            <p class="actions">{links.collect_view()} {more}</p>
        }
        .into_any(),
    )
}

/// What became of an order's hashrate, in a sentence.
fn came_of(traded: Hashrate, waits: Hashrate, cancelled: Hashrate) -> String {
    let part = |part: Hashrate, words: &str| {
        (!part.is_zero()).then(|| format!("{} {words}", display::hashrate(part)))
    };
    match (traded.is_zero(), waits.is_zero(), cancelled.is_zero()) {
        (true, true, true) => return String::new(),
        (false, true, true) => return " It traded whole.".into(),
        (true, false, true) => return " It waits in the book.".into(),
        (true, true, false) => return " Nothing traded; all of it was cancelled.".into(),
        _ => {}
    }
    let parts = [
        part(traded, "traded"),
        part(waits, "waits in the book"),
        part(cancelled, "was cancelled"),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    format!(" {}.", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_cancelled_did_not_trade() {
        let told = |traded: u128, waits: u128, cancelled: u128| {
            let [traded, waits, cancelled] =
                [traded, waits, cancelled].map(|kilo: u128| Hashrate::new(kilo * 1_000));
            came_of(traded, waits, cancelled).replace('\u{202f}', " ")
        };
        assert_eq!(told(0, 0, 0), "");
        assert_eq!(told(100, 0, 0), " It traded whole.");
        assert_eq!(told(0, 100, 0), " It waits in the book.");
        assert_eq!(told(0, 0, 100), " Nothing traded; all of it was cancelled.");
        let part = told(10, 0, 90);
        assert_eq!(part, " 10.00 kH/s traded, 90.00 kH/s was cancelled.");
        let rest = told(10, 90, 0);
        assert_eq!(rest, " 10.00 kH/s traded, 90.00 kH/s waits in the book.");
    }
}
