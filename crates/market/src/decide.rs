//! Which part of the market answers a command.

use crate::{
    Command, Event, Market, Refusal,
    settlement::{Sealed, Totals},
    step::Step,
};
use units::Timestamp;

impl Market {
    /// Carries out a command. No events and no refusal: the command was a retry of one that has been carried out.
    ///
    /// # Errors
    /// `Refusal`; then nothing has changed.
    pub fn apply(&mut self, command: &Command, at: Timestamp) -> Result<Vec<Event>, Refusal> {
        let step = self.decide(command, at)?;
        self.carry_out(step)
    }

    /// The events that `apply` would give, with nothing changed.
    ///
    /// # Errors
    /// `Refusal`, as `apply`.
    pub fn dry_run(&self, command: &Command, at: Timestamp) -> Result<Vec<Event>, Refusal> {
        let step = self.decide(command, at)?;
        self.ledger.preview(&step.transfers)?;
        Ok(step.events)
    }

    fn decide(&self, command: &Command, at: Timestamp) -> Result<Step, Refusal> {
        match command {
            Command::OpenAccount { account } => self.open_account(*account),
            Command::Deposit {
                account,
                amount,
                reference,
            } => self.deposit(*account, *amount, *reference),
            Command::SetFallbackPool { account, pool } => {
                self.set_fallback_pool(*account, pool.as_ref())
            }
            Command::DescribeSite {
                account,
                site,
                description,
            } => self.describe_site(*account, *site, description),
            Command::DescribeFleet {
                account,
                fleet,
                site,
                model,
                count,
            } => self.describe_fleet(*account, *fleet, (*site, *model, *count)),
            Command::ListCapacity {
                account,
                fleet,
                hashrate,
                products,
            } => self.list_capacity(*account, *fleet, *hashrate, products, at),
            Command::WithdrawListing { account, listing } => {
                self.withdraw_listing(*account, *listing, at)
            }
            Command::SettleEpoch { .. }
            | Command::GiveNotice { .. }
            | Command::ExpireTerm { .. }
            | Command::CloseContract { .. } => self.decide_contract(command, at),
            order => self.decide_order(order, at),
        }
    }

    fn decide_order(&self, command: &Command, at: Timestamp) -> Result<Step, Refusal> {
        match command {
            Command::PlaceAsk {
                account,
                hashrate,
                price,
                listing,
                terms,
            } => self.place_ask((*account, *hashrate, *price), *listing, terms, at),
            Command::PlaceBid {
                account,
                hashrate,
                price,
                budget,
                pool,
                backups,
                shares_per_minute,
                constraints,
                terms,
            } => {
                let wanted = (*account, *hashrate, *price);
                let where_to = (pool, backups, *shares_per_minute);
                self.place_bid(wanted, *budget, where_to, (constraints, terms), at)
            }
            Command::ReduceOrder { account, order, by } => {
                let (account, id, by) = (*account, *order, *by);
                self.change_orders(&orderbook::Command::Reduce { id, account, by }, at)
            }
            Command::CancelOrder { account, order } => {
                let (account, id) = (*account, *order);
                self.change_orders(&orderbook::Command::Cancel { id, account }, at)
            }
            Command::CancelAll { account } => self.cancel_all(*account, at),
            Command::ExpireOrders => self.expire_orders(at),
            // The others are no orders: `decide` has answered them.
            _ => Ok(Step::default()),
        }
    }

    fn decide_contract(&self, command: &Command, at: Timestamp) -> Result<Step, Refusal> {
        match command {
            Command::SettleEpoch {
                contract,
                epoch,
                shares_total,
                work_total,
                owed_total,
                epoch_hash,
                last,
                delivery,
                tally,
            } => {
                let totals = Totals {
                    shares: *shares_total,
                    work: *work_total,
                    tally: *tally,
                    owed: *owed_total,
                    epoch_hash: *epoch_hash,
                };
                let sealed = Sealed {
                    epoch: *epoch,
                    totals,
                    last: *last,
                    delivery: delivery.as_ref(),
                };
                self.settle_epoch(*contract, &sealed, at)
            }
            Command::GiveNotice {
                account,
                contract,
                open_epoch,
            } => self.give_notice(*account, *contract, *open_epoch),
            Command::ExpireTerm { contract } => self.expire_term(*contract, at),
            Command::CloseContract { contract, reason } => {
                self.close_contract(*contract, *reason, at)
            }
            // As above.
            _ => Ok(Step::default()),
        }
    }
}
