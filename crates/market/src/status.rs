//! Stable names of refusals, for programs.

use crate::{Refusal, SiteFault};

impl Refusal {
    /// The refusal's name in snake case: never changed.
    #[must_use]
    pub const fn status(&self) -> &'static str {
        match self {
            Self::AccountExists => "account_exists",
            Self::UnknownAccount => "unknown_account",
            Self::Order(refusal) => of_order(refusal),
            Self::Money(refusal) => of_money(refusal),
            Self::BudgetTooSmall { .. } => "budget_too_small",
            Self::SharePaceOutOfRange => "share_pace_out_of_range",
            Self::UnknownSite => "unknown_site",
            Self::UnknownFleet => "unknown_fleet",
            Self::UnknownListing => "unknown_listing",
            Self::NotOwner => "not_owner",
            Self::StaleIsTheHosts => "stale_is_the_hosts",
            Self::PoolIsTheBuyers => "pool_is_the_buyers",
            Self::OperatorPaysNothing => "operator_pays_nothing",
            Self::TooMany { .. } => "too_many",
            Self::Site(SiteFault::NoPower) => "no_power",
            Self::Site(SiteFault::EnergyNotWhole { .. }) => "energy_not_whole",
            Self::InUse => "in_use",
            Self::OverPower { .. } => "over_power",
            Self::OverFleet { .. } => "over_fleet",
            Self::NoProducts => "no_products",
            Self::ListingWithdrawn => "listing_withdrawn",
            Self::ListingNeeded => "listing_needed",
            Self::ProductNotOffered => "product_not_offered",
            Self::BondNotCovered { .. } => "bond_not_covered",
            Self::UnknownContract => "unknown_contract",
            Self::NotParty => "not_party",
            Self::NotTerm => "not_term",
            Self::TermNotOver { .. } => "term_not_over",
            Self::DeliveryMissing => "delivery_missing",
            Self::DeliveryDiffers => "delivery_differs",
            Self::TallyMissing => "tally_missing",
            Self::TallyDiffers => "tally_differs",
            Self::ContractClosed => "contract_closed",
            Self::EpochMismatch { .. } => "epoch_mismatch",
            Self::TotalsFell => "totals_fell",
            Self::WrongAmount { .. } => "wrong_amount",
            Self::OverBudget { .. } => "over_budget",
            Self::Overflow => "overflow",
        }
    }
}

const fn of_order(refusal: &orderbook::Refusal) -> &'static str {
    use orderbook::Refusal as R;
    match refusal {
        R::IdNotRising => "id_not_rising",
        R::UnknownOrder => "unknown_order",
        R::UnknownPool => "unknown_pool",
        R::NotOwner => "not_owner",
        R::NotInLots => "not_in_lots",
        R::TooLarge => "too_large",
        R::NothingLeft => "nothing_left",
        R::NotInTicks => "not_in_ticks",
        R::PriceOutOfRange => "price_out_of_range",
        R::BadTerms => "bad_terms",
        R::TimePassed => "time_passed",
        R::DuplicateClientId => "duplicate_client_order_id",
        R::TooManyOrders => "too_many_orders",
        R::OverCapacity => "over_capacity",
        R::PoolFull => "listing_full",
        R::WouldTrade => "would_trade",
        R::SelfTrade(_) => "self_trade",
        R::NotFilled => "not_filled",
    }
}

const fn of_money(refusal: &ledger::Refusal) -> &'static str {
    use ledger::Refusal as R;
    match refusal {
        R::Overdrawn { .. } => "overdrawn",
        R::IdReserved => "transfer_id_reserved",
        R::ZeroAmount => "zero_amount",
        R::SameAccount => "same_account",
        R::IdTaken { .. } => "transfer_id_taken",
        R::PendingNotFound => "pending_not_found",
        R::PendingPosted => "pending_posted",
        R::PendingVoided => "pending_voided",
        R::PendingExpired => "pending_expired",
        R::PendingAccountsDiffer => "pending_accounts_differ",
        R::PendingAmountDiffers { .. } => "pending_amount_differs",
        R::PendingExceeded { .. } => "pending_exceeded",
        R::PendingNotDue { .. } => "pending_not_due",
        R::Overflow => "overflow",
        R::Unbalanced => "unbalanced",
    }
}
