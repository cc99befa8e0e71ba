//! Why the market refuses a command.

use crate::{SharePace, SiteFault};
use std::fmt;
use units::{Hashrate, Sats, Timestamp};

/// Why a command is refused. A refused command has changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The account is open already.
    AccountExists,
    /// There is no such account.
    UnknownAccount,
    /// The order book refuses.
    Order(orderbook::Refusal),
    /// The ledger refuses.
    Money(ledger::Refusal),
    /// The budget has less than one sat for each lot of hashrate.
    BudgetTooSmall {
        /// The smallest budget for that hashrate.
        least: Sats,
    },
    /// A machine shall find fewer than 6 shares a minute, or more than 20.
    SharePaceOutOfRange,
    /// Stale shares are in no bundle: nobody but the host can bear them.
    StaleIsTheHosts,
    /// In a term the host bears nothing that the buyer's pool refuses or leaves unanswered.
    PoolIsTheBuyers,
    /// The operator pays for no refused work.
    OperatorPaysNothing,
    /// There is no such site.
    UnknownSite,
    /// There is no such fleet.
    UnknownFleet,
    /// There is no such listing.
    UnknownListing,
    /// The site, fleet or listing is another account's.
    NotOwner,
    /// The account has as many of these as it may have.
    TooMany {
        /// So many.
        most: usize,
    },
    /// The site cannot be as it is described.
    Site(SiteFault),
    /// Open asks or listings state what would no longer be true.
    InUse,
    /// The site's machines would draw more than it can.
    OverPower {
        /// What they draw.
        needs_kw: u128,
        /// What the site can.
        power_kw: u32,
    },
    /// The fleet's machines have not that much to sell.
    OverFleet {
        /// What is not listed or sold yet.
        free: Hashrate,
    },
    /// A listing sells at least one product.
    NoProducts,
    /// The listing is withdrawn.
    ListingWithdrawn,
    /// Terms are sold from listings only, and so is all that a host with described machines sells.
    ListingNeeded,
    /// The listing does not sell this product.
    ProductNotOffered,
    /// The host cannot put up the bonds of what the ask would sell.
    BondNotCovered {
        /// The bonds, those of trades at once included.
        bond: Sats,
        /// What the host can spend, in sats.
        spendable: i128,
    },
    /// There is no such contract.
    UnknownContract,
    /// The account is neither the contract's buyer nor its host.
    NotParty,
    /// The contract is not for a term.
    NotTerm,
    /// The contract's term is not over.
    TermNotOver {
        /// When it will be.
        ends_at: Timestamp,
    },
    /// A term contract's epoch is settled with what it delivered, for the rule on under-delivery.
    DeliveryMissing,
    /// What was delivered is not of the same shares as the totals.
    DeliveryDiffers,
    /// Where the host bears what pools refuse or leave unanswered, an epoch is settled with the tally of its work.
    TallyMissing,
    /// The tally is not of the work of the totals, or holds stale shares, which no bundle proves.
    TallyDiffers,
    /// The contract is closed.
    ContractClosed,
    /// Another epoch is next, or the epoch was settled with other totals.
    EpochMismatch {
        /// The epoch to settle next.
        next: u32,
    },
    /// Shares or work are less than before.
    TotalsFell,
    /// The amount is not what is owed for the work by the contract's price and its terms on refused work.
    WrongAmount {
        /// What is owed; nothing where that passes what can be counted.
        owed: Option<Sats>,
    },
    /// The work is worth more than the contract's budget.
    OverBudget {
        /// The budget.
        budget: Sats,
    },
    /// A number would pass what can be counted.
    Overflow,
}

impl Refusal {
    /// Of contracts and their settlement.
    fn fmt_of_contract(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownContract => f.write_str("there is no such contract"),
            Self::NotParty => f.write_str("the contract is between other accounts"),
            Self::NotTerm => f.write_str("the contract is not for a term"),
            Self::TermNotOver { ends_at } => write!(f, "the term ends at {ends_at}"),
            Self::DeliveryMissing => {
                f.write_str("a term contract's epoch is settled with what it delivered")
            }
            Self::DeliveryDiffers => {
                f.write_str("what was delivered is not of the same shares as the totals")
            }
            Self::TallyMissing => f.write_str(
                "where the host bears refused work, an epoch is settled with the tally of its work",
            ),
            Self::TallyDiffers => f.write_str("the tally is not of the work of the totals"),
            Self::ContractClosed => f.write_str("the contract is closed"),
            Self::EpochMismatch { next } => write!(
                f,
                "epoch {next} is to be settled next; a settled epoch cannot change"
            ),
            Self::TotalsFell => f.write_str("the contract's shares and work cannot become less"),
            Self::WrongAmount { owed: Some(owed) } => {
                write!(f, "the contract owes {owed} sats for the work so far")
            }
            Self::WrongAmount { owed: None } => {
                f.write_str("the work is worth more than can be counted")
            }
            Self::OverBudget { budget } => {
                write!(f, "the work is worth more than the budget of {budget} sats")
            }
            other => write!(f, "{other:?}"),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AccountExists => f.write_str("the account is open already"),
            Self::UnknownAccount => f.write_str("there is no such account"),
            Self::Order(refusal) => refusal.fmt(f),
            Self::Money(refusal) => refusal.fmt(f),
            Self::BudgetTooSmall { least } => {
                write!(
                    f,
                    "the budget for this hashrate must be at least {least} sats"
                )
            }
            Self::SharePaceOutOfRange => {
                let (least, most) = (SharePace::MIN, SharePace::MAX);
                write!(
                    f,
                    "a machine's pace must be {least} to {most} shares a minute"
                )
            }
            Self::StaleIsTheHosts => {
                f.write_str("stale shares are in no bundle: the host bears them")
            }
            Self::PoolIsTheBuyers => f.write_str(
                "in a term the buyer pays for what the pool refuses or does not answer: the host may bear it in spot contracts only",
            ),
            Self::OperatorPaysNothing => f.write_str("the operator pays for no refused work"),
            Self::UnknownSite => f.write_str("there is no such site"),
            Self::UnknownFleet => f.write_str("there is no such fleet"),
            Self::UnknownListing => f.write_str("there is no such listing"),
            Self::NotOwner => f.write_str("it belongs to another account"),
            Self::TooMany { most } => write!(f, "an account may have {most} of these at most"),
            Self::Site(fault) => fault.fmt(f),
            Self::InUse => f.write_str(
                "open asks or listings state what would no longer be true: cancel or withdraw them first",
            ),
            Self::OverPower { needs_kw, power_kw } => write!(
                f,
                "the site's machines would draw {needs_kw} kW, and it has {power_kw}"
            ),
            Self::OverFleet { free } => write!(
                f,
                "the fleet's machines have {free} H/s left to list, and no more"
            ),
            Self::NoProducts => f.write_str("a listing sells at least one product"),
            Self::ListingWithdrawn => f.write_str("the listing is withdrawn"),
            Self::ListingNeeded => f.write_str("an ask draws on one of your listings: list capacity first"),
            Self::ProductNotOffered => f.write_str("the listing does not sell this product"),
            Self::BondNotCovered { bond, spendable } => write!(
                f,
                "the ask needs bonds of {bond} sats, and the account can spend {spendable}"
            ),
            Self::Overflow => f.write_str("a number passes what the market can count"),
            of_contract => of_contract.fmt_of_contract(f),
        }
    }
}

impl std::error::Error for Refusal {}

impl From<SiteFault> for Refusal {
    fn from(fault: SiteFault) -> Self {
        Self::Site(fault)
    }
}

impl From<orderbook::Refusal> for Refusal {
    fn from(refusal: orderbook::Refusal) -> Self {
        Self::Order(refusal)
    }
}

impl From<(usize, ledger::Refusal)> for Refusal {
    /// Which transfer of the batch it was matters to nobody outside.
    fn from((_, refusal): (usize, ledger::Refusal)) -> Self {
        Self::Money(refusal)
    }
}
