//! All lines of a contract's invoice as CSV, a page at a time, and the sums at the end.

use super::{
    super::{Service, acting::allow},
    invoice::{of_party, page},
};
use crate::store::Store;
use api::{Caller, Error, InvoiceRange, Scope};
use axum::body::Bytes;
use futures::{Stream, stream};
use market::{Contract, Invoice};
use std::{fmt::Write, io};
use units::ContractId;

const HEAD: &str =
    "epoch,settled_at_ms,shares,work_hashes,amount_sats,to_host_sats,fee_sats,epoch_hash\n";

/// For the contract's buyer and host, of all epochs that are settled now. It holds a page at a time; where one cannot be
/// read the stream ends with an error, and without the sums.
pub(crate) async fn invoice_csv(
    service: &Service,
    caller: Caller,
    id: ContractId,
) -> Result<impl Stream<Item = io::Result<Bytes>> + use<>, Error> {
    let account = allow(&caller, Scope::Read)?;
    let contract = of_party(service, account, id)?;
    Ok(pages(service.store.clone(), contract, InvoiceRange::MAX))
}

/// What comes next.
enum Next {
    From(u32),
    Nothing,
}

fn pages(store: Store, contract: Contract, limit: u32) -> impl Stream<Item = io::Result<Bytes>> {
    let first = (store, contract, Next::From(0));
    stream::try_unfold(first, move |(store, contract, next)| async move {
        let Next::From(from) = next else {
            return Ok(None);
        };
        let read = page(&store, &contract, InvoiceRange { from, limit }).await;
        let invoice = read.map_err(io::Error::other)?;
        let mut text = String::new();
        if from == 0 {
            text.push_str(HEAD);
        }
        lines(&mut text, &invoice);
        let after = from.saturating_add(limit);
        let next = if after < contract.epochs_settled {
            Next::From(after)
        } else {
            sums(&mut text, &invoice, &contract);
            Next::Nothing
        };
        Ok(Some((Bytes::from(text), (store, contract, next))))
    })
}

/// Numbers and hex alone: nothing that a spreadsheet would take for a formula.
fn lines(text: &mut String, invoice: &Invoice) {
    for line in &invoice.lines {
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "{},{},{},{},{},{},{},{}",
            line.epoch,
            line.settled_at.unix_ms(),
            line.shares,
            line.work,
            line.amount,
            line.to_host,
            line.fee,
            stratum::hex::encode(&line.epoch_hash)
        );
    }
}

fn sums(text: &mut String, invoice: &Invoice, contract: &Contract) {
    let _ = writeln!(
        text,
        "total,,{},{},{},{},{},",
        contract.shares_total, invoice.work, invoice.amount, invoice.to_host, invoice.fee
    );
}

#[cfg(test)]
mod tests;
