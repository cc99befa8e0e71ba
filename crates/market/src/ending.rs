//! Contracts end: what is left goes back, bonds are judged, capacity is free again.

use crate::{
    Agreed, CloseReason, Contract, ContractState, Event, Market, Refusal, TermContract,
    step::{Change, Step},
    transfers,
};
use pow::settlement::{Compensation, Ended, Guarantee};
use pow::statistics::{Kept, Promise};
use units::{ContractId, Sats, Timestamp, Work};

impl Contract {
    /// What decides how much of its promise is judged if it ends so, as of the last settled epoch; none without a promise.
    fn ended(&self, reason: CloseReason) -> Option<Ended> {
        let term = self.agreement.term()?;
        Some(Ended {
            reason,
            agreed: term.length.length(),
            excused: term.seen.excused_total,
            sessions: term.seen.sessions,
        })
    }

    /// What of the bond goes to the buyer if the contract ends so; none without a bond.
    ///
    /// By what is settled, over the time that [`Ended::judged`] says; a verifier of the bundle does the same.
    #[must_use]
    pub fn judge(&self, reason: CloseReason) -> Option<Compensation> {
        let term = self.agreement.term()?;
        let seen = &term.seen;
        let time = self.ended(reason)?.judged();
        let guarantee = Guarantee {
            promise: Promise {
                hashrate: self.hashrate,
                tolerance_ppm: term.tolerance_ppm,
                confidence_ppm: term.confidence_ppm,
            },
            price: self.price,
            bond: term.bond.amount,
        };
        Some(guarantee.judge(&seen.delivered, time, seen.share_work))
    }
}

impl Market {
    pub(crate) fn close_contract(
        &self,
        id: ContractId,
        reason: CloseReason,
        at: Timestamp,
    ) -> Result<Step, Refusal> {
        if reason == CloseReason::TermOver {
            return self.expire_term(id, at);
        }
        let contract = self.live_contract(id)?;
        self.end(contract.clone(), reason, Step::default(), at)
    }

    /// For a term whose last epoch ended before the term did, once that epoch is settled.
    pub(crate) fn expire_term(&self, id: ContractId, at: Timestamp) -> Result<Step, Refusal> {
        let contract = self.live_contract(id)?;
        let term = contract.agreement.term().ok_or(Refusal::NotTerm)?;
        let ends_at = term.ends_at();
        if at < ends_at {
            return Err(Refusal::TermNotOver { ends_at });
        }
        let reason = CloseReason::TermOver;
        self.end(contract.clone(), reason, Step::default(), at)
    }

    /// Ends a contract, as it is after what the step has done to it.
    pub(crate) fn end(
        &self,
        mut contract: Contract,
        reason: CloseReason,
        mut step: Step,
        at: Timestamp,
    ) -> Result<Step, Refusal> {
        let refunded = contract.unspent();
        let refund = transfers::refund(contract.id, contract.buyer, refunded);
        step.transfer(refund);
        if let Some(judged) = contract.judge(reason)
            && let Some(ended) = contract.ended(reason)
            && let Agreed::Term(term) = &mut contract.agreement.product
        {
            end_bond(term, &judged, &mut step)?;
            // What was not judged says nothing of the host, but that all that was bought came.
            if ended.is_judged() || reason == CloseReason::BudgetSpent {
                let short = judged.finding.verdict == Kept::Short;
                let record = self.record(&contract.host).with(short);
                step.changes.push(Change::Record(contract.host, record));
            }
        }
        if let Some(listing) = contract.agreement.listing {
            let freed = self.give_back_capacity(listing, contract.hashrate, at)?;
            step.booked = freed.booked;
            step.changes.extend(freed.changes);
        }
        step.events.push(Event::ContractClosed {
            contract: contract.id,
            reason,
            refunded,
        });
        contract.state = ContractState::Closed(reason);
        step.changes.push(Change::Contract(Box::new(contract)));
        Ok(step)
    }
}

fn end_bond(
    term: &mut TermContract,
    judged: &Compensation,
    step: &mut Step,
) -> Result<(), Refusal> {
    let forfeited = judged.forfeit_sats;
    let ended = term.bond.end(forfeited);
    let (bond, batch) = ended.map_err(|_| Refusal::Overflow)?;
    batch.into_iter().for_each(|part| step.transfer(part));
    term.bond = bond;
    let missing = match judged.finding.verdict {
        Kept::Short => judged.missing_hashes,
        Kept::Kept | Kept::Undecided => Work::ZERO,
    };
    step.events.push(Event::BondEnded {
        contract: bond.contract,
        forfeited,
        returned: bond.amount.checked_sub(forfeited).unwrap_or(Sats::ZERO),
        missing,
    });
    Ok(())
}
