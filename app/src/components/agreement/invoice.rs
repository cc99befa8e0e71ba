use crate::{
    components::{Time, agreement::InvoicePages},
    display::{self, PriceUnit, trade},
};
use api::{Invoice, InvoiceLine, InvoiceRange};
use leptos::prelude::*;
use units::Sats;

/// What a contract cost so far, epoch by epoch: to be printed.
#[component]
pub fn InvoiceView(
    invoice: Invoice,
    /// Which lines were asked for.
    asked: InvoiceRange,
) -> impl IntoView {
    let price = PriceUnit::of(invoice.hashrate_hs).price(invoice.price_sats_per_phs_day);
    let agreed = format!(
        "{}: {} at {price}, fee {}.",
        trade::product(invoice.product),
        display::hashrate(invoice.hashrate_hs),
        display::basis_points(invoice.fee_bps)
    );
    let state = match invoice.closed {
        true => "The contract is closed: no line will follow.",
        false => "The contract is live: each settled epoch adds a line.",
    };
    let id = invoice.contract;
    let lines = invoice.lines.clone();
    view! {
        <p>
            {format!("{} pays {}.", invoice.buyer, invoice.host)} " " {agreed} " As of "
            <Time ms=invoice.at_ms /> ". " {state}
        </p>
        <Sums invoice=invoice.clone() />
        <p>
            "Each line is the epoch of that number in the " <a href=invoice.bundle rel="external" download=format!("contract-{id}.assay")>
                "proof bundle"
            </a> "; its hash seals the epoch's shares there, and "
            <a href=format!("/contracts/{id}")>"the contract's page"</a> " verifies them."
        </p>
        <InvoicePages contract=id epochs=invoice.epochs asked next=invoice.next />
        <LineTable lines />
    }
    .into_any()
}

#[component]
fn Sums(invoice: Invoice) -> impl IntoView {
    let line = |label: &'static str, testid: &'static str, sats: Sats| {
        view! {
            <div>
                <dt>{label}</dt>
                <dd class="number" data-testid=testid data-value=sats.to_string()>
                    {display::sats(sats)}
                </dd>
            </div>
        }
    };
    let rest = match invoice.closed {
        true => "Given back to the buyer",
        false => "Left in escrow",
    };
    view! {
        <dl class="lines">
            {line("Budget, into escrow", "invoice-budget", invoice.budget_sats)}
            {line("Paid by the buyer for verified work", "invoice-amount", invoice.amount_sats)}
            {line("Of it, to the host", "invoice-host", invoice.to_host_sats)}
            {line("Of it, the operator's fee", "invoice-fee", invoice.fee_sats)}
            {line(rest, "invoice-rest", invoice.rest_sats)}
            {line(
                "To the buyer out of the host's bond",
                "invoice-compensation",
                invoice.compensation_sats,
            )}
        </dl>
    }
    .into_any()
}

#[component]
fn LineTable(lines: Vec<InvoiceLine>) -> impl IntoView {
    if lines.is_empty() {
        return view! {
            <p class="empty">"No line here: no epoch of this number is settled."</p>
        }
        .into_any();
    }
    let rows = lines.into_iter().map(row);
    view! {
        <table class="cards">
            <thead>
                <tr>
                    <th scope="col">"Epoch"</th>
                    <th scope="col">"Settled"</th>
                    <th scope="col">"Shares"</th>
                    <th scope="col">"Work"</th>
                    <th scope="col">"Amount"</th>
                    <th scope="col">"To the host"</th>
                    <th scope="col">"Fee"</th>
                    <th scope="col">"Sealed as"</th>
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
    .into_any()
}

fn row(line: InvoiceLine) -> impl IntoView {
    view! {
        <tr data-testid="invoice-line" data-epoch=line.epoch.to_string()>
            <th scope="row" data-label="Epoch">
                {line.epoch}
            </th>
            <td data-label="Settled">
                <Time ms=line.settled_at_ms />
            </td>
            <td data-label="Shares" data-value=line.shares.to_string()>
                {display::count(line.shares)}
            </td>
            <td data-label="Work" data-value=line.work_hashes.to_string()>
                {display::work(line.work_hashes)}
            </td>
            <td data-label="Amount" data-value=line.amount_sats.to_string()>
                {display::sats(line.amount_sats)}
            </td>
            <td data-label="To the host" data-value=line.to_host_sats.to_string()>
                {display::sats(line.to_host_sats)}
            </td>
            <td data-label="Fee" data-value=line.fee_sats.to_string()>
                {display::sats(line.fee_sats)}
            </td>
            <td data-label="Sealed as">
                <code title=line.epoch_hash.clone()>{display::short_hash(&line.epoch_hash)}</code>
            </td>
        </tr>
    }
    .into_any()
}
