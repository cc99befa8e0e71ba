use crate::display;
use api::{Coinbases, Payout};
use leptos::prelude::*;

/// Whom the jobs would have paid for a block, and how their pool signs it.
#[component]
pub fn CoinbasesView(coinbases: Coinbases) -> impl IntoView {
    let rows = coinbases
        .payouts
        .into_iter()
        .map(|payout| view! { <PayoutRow payout /> });
    let rows = rows.collect::<Vec<_>>();
    let more = (coinbases.payouts_more > 0).then(|| {
        let more = display::counted(
            coinbases.payouts_more.into(),
            "payment to another script",
            "payments to other scripts",
        );
        view! { <p class="note">{format!("And {more}.")}</p> }
    });
    let read = read_words(coinbases.decoded, coinbases.undecoded);
    let tags = coinbases.tags.into_iter().map(|tag| {
        let jobs = display::counted(tag.jobs.into(), "job", "jobs");
        view! {
            <li>
                <code>{tag.text}</code>
                {format!(" in {jobs}")}
            </li>
        }
    });
    let tags = tags.collect::<Vec<_>>();
    let tags = (!tags.is_empty()).then(|| {
        view! {
            <p>"Readable text in them, by which pools sign their blocks:"</p>
            <ul>{tags}</ul>
        }
    });
    let table = (!rows.is_empty()).then(|| {
        view! {
            <table class="cards">
                <thead>
                    <tr>
                        <th scope="col">"Address"</th>
                        <th scope="col">"Kind"</th>
                        <th scope="col">"Jobs"</th>
                        <th scope="col">"For a block"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        }
    });
    view! {
        <div class="coinbases" data-testid="coinbases">
            <h4>"The pool: whom a block would have paid"</h4>
            <p>{read}</p>
            {table}
            {more}
            {tags}
            <p class="note">
                "Compare with the addresses and the text that your pool states: they show for whom the machines worked. They do not show what a pool pays its members later."
            </p>
        </div>
    }
    .into_any()
}

fn read_words(decoded: u32, undecoded: u32) -> String {
    let jobs = display::counted(decoded.into(), "job", "jobs");
    match (decoded, undecoded) {
        (0, 0) => "There is no job in this bundle.".into(),
        (1, 0) => "The coinbase of the one job could be read.".into(),
        (_, 0) => format!("The coinbases of all {jobs} could be read."),
        (_, undecoded) => format!(
            "The coinbases of {jobs} could be read; {} had none that is a transaction.",
            display::count(undecoded.into())
        ),
    }
}

#[component]
fn PayoutRow(payout: Payout) -> impl IntoView {
    let (least, most) = (payout.least_sats, payout.most_sats);
    let amount = match least == most {
        true => display::btc(most),
        false => format!("{} to {}", display::btc(least), display::btc(most)),
    };
    let place = match payout.address {
        Some(address) => view! { <code title=payout.script>{address}</code> }.into_any(),
        None => view! {
            "no address; script "
            <code>{payout.script}</code>
        }
        .into_any(),
    };
    view! {
        <tr data-testid="payout-row">
            <td data-label="Address">
                <span class="hex">{place}</span>
            </td>
            <td data-label="Kind">{payout.kind}</td>
            <td data-label="Jobs" data-value=payout.jobs.to_string()>
                {display::count(payout.jobs.into())}
            </td>
            <td data-label="For a block" data-value=most.to_string()>
                {amount}
            </td>
        </tr>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_count_the_coinbases() {
        assert_eq!(read_words(0, 0), "There is no job in this bundle.");
        assert_eq!(
            read_words(1, 0),
            "The coinbase of the one job could be read."
        );
        assert!(read_words(3, 2).ends_with("; 2 had none that is a transaction."));
    }
}
