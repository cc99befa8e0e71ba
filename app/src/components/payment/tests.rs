use super::*;
use api::Settlement;
use units::{Hashrate, Price, Work};

fn contract(paid: &[u64]) -> Contract {
    let settlement = |(epoch, paid): (u32, &u64)| Settlement {
        epoch,
        at_ms: 0,
        shares_total: 0,
        work_total_hashes: Work::ZERO,
        host_sats: Sats::ZERO,
        fee_sats: Sats::ZERO,
        paid_total_sats: Sats::new(*paid),
        epoch_hash: String::new(),
    };
    let mut newest_first: Vec<_> = (0..).zip(paid).map(settlement).collect();
    newest_first.reverse();
    Contract {
        at_ms: 0,
        id: 1,
        buyer: "buyer".into(),
        host: "host".into(),
        hashrate_hs: Hashrate::ZERO,
        price_sats_per_phs_day: Price::ZERO,
        budget_sats: Sats::ZERO,
        fee_bps: 0,
        opened_at_ms: 0,
        epoch_length_ms: 60_000,
        pool: String::new(),
        pool_connected: true,
        shares_per_minute: 11,
        fail_over: api::FailOver::default(),
        state: api::ContractState::Live,
        agreed: api::Agreed::default(),
        delivered: api::HashrateEstimate::default(),
        delivered_over_ms: 0,
        counts: api::Counts::default(),
        work_hashes: Work::ZERO,
        last_share_at_ms: None,
        bill: api::Bill::default(),
        workers: Vec::new(),
        settlements: newest_first,
        epoch_ends_at_ms: None,
        bundle_bytes: 0,
        shares_removed_at_ms: None,
        history: Vec::new(),
    }
}

#[test]
fn the_payment_is_that_of_the_bundles_last_epoch() {
    let contract = contract(&[10, 25, 31]);
    assert_eq!(payment(&contract, 2), Payment::Paid(Sats::new(25)));
    assert_eq!(payment(&contract, 3), Payment::Paid(Sats::new(31)));
    assert_eq!(payment(&contract, 4), Payment::NotSettled);
}

#[test]
fn before_the_first_epoch_nothing_is_due() {
    let first_ends = |contract: &Contract| match payment(contract, 0) {
        Payment::NothingDue { first_ends_in_ms } => first_ends_in_ms,
        other => panic!("{other:?}"),
    };
    let mut young = contract(&[]);
    assert_eq!(first_ends(&young), None);
    young.at_ms = 1_000;
    young.epoch_ends_at_ms = Some(43_000);
    assert_eq!(first_ends(&young), Some(42_000));
    let mut sealed_since = contract(&[10]);
    sealed_since.epoch_ends_at_ms = Some(43_000);
    assert_eq!(first_ends(&sealed_since), None);
    let words = nothing_due(Some(42_000));
    assert!(words.ends_with("paid in 42 s."), "{words}");
}
