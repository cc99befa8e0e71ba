//! A host lists, a buyer buys with constraints, epochs are paid, the contract ends: by the API alone, for each product.

use crate::{
    client,
    test_app::until,
    trading::{BOND, DAY, DEPOSIT, HASHRATE, PRICE, Place, is, now_ms, opened, pool, site},
};
use api::{BondState, ContractState, Party, Placed, Quote};
use market::{BackupPools, Command, Model, OrderTerms, PoolTarget, Product, Term};
use serde_json::{Value, json};
use server::audit;
use units::{FleetId, Hashrate, ListingId, Price, Sats, SiteId, Timestamp};

async fn contract(place: &Place) -> api::Contract {
    place.stranger.read("contracts/1").await
}

/// What the invoice says is what the books and the proofs say.
async fn invoice_is_right(place: &Place) -> api::Invoice {
    let invoice: api::Invoice = place.buyer.read("contracts/1/invoice").await;
    let of_host: api::Invoice = place.host.read("contracts/1/invoice").await;
    assert_eq!(invoice.lines, of_host.lines);
    is(
        &place.third.ask("contracts/1/invoice").await,
        403,
        "not_party",
    );
    assert_eq!(place.stranger.ask("contracts/1/invoice").await.status, 401);

    let sum = |of: &dyn Fn(&api::InvoiceLine) -> Sats| -> u64 {
        invoice.lines.iter().map(|line| of(line).get()).sum()
    };
    let amount = invoice.amount_sats.get();
    assert_eq!(sum(&|line| line.amount_sats), amount);
    assert_eq!(sum(&|line| line.to_host_sats), invoice.to_host_sats.get());
    assert_eq!(sum(&|line| line.fee_sats), invoice.fee_sats.get());
    assert_eq!(invoice.budget_sats.get() - amount, invoice.rest_sats.get());

    let bundle = client::get(place.server.pages, &invoice.bundle).await.body;
    let verdict = crate::test_app::verify(&bundle);
    assert_eq!(verdict.epochs.len(), invoice.lines.len());
    for (line, epoch) in invoice.lines.iter().zip(&verdict.epochs) {
        let stated = (line.epoch, line.epoch_hash.as_str(), line.shares);
        assert_eq!(stated, (epoch.index, epoch.hash.as_str(), epoch.shares));
    }
    assert_eq!(
        verdict.owed_sats, invoice.amount_sats,
        "every share is paid"
    );

    let audit = audit::audit(&place.data).await.unwrap();
    assert!(audit.is_good(), "{audit:?}");
    assert_eq!(audit.contracts[0].paid_sats, amount);
    assert_eq!(audit.balances_sats["escrow:1"], 0);
    invoice
}

async fn until_worked(place: &Place) {
    until("work in two epochs", || async {
        let contract = contract(place).await;
        contract.settlements.len() >= 2 && contract.settlements[0].shares_total >= 2
    })
    .await;
}

async fn until_closed(place: &Place) {
    until("the contract's end", || async {
        contract(place).await.state != ContractState::Live
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn spot_is_listed_quoted_bought_paid_and_ended_by_notice() {
    let place = Place::start().await;
    place.list().await;
    let rests = [place.offer("spot").await, place.offer("1d").await];
    assert_eq!(rests[0].resting_hs.get(), u128::from(HASHRATE));
    assert_eq!(rests[0].held_sats, Sats::ZERO);
    assert_eq!(
        rests[1].held_sats.get(),
        BOND,
        "the bond is held from the start"
    );

    // Everybody sees what is on sale, and who sells it.
    let listings: Vec<api::Listing> = place.stranger.read("listings").await;
    let listing = &listings[0];
    assert_eq!(listing.attributes.country.as_deref(), Some("NO"));
    assert_eq!(listing.attributes.carbon_g_per_kwh, Some(19));
    assert_eq!(
        (listing.host_rating.rating, listing.products.len()),
        (5_000, 2)
    );
    assert_eq!(listing.free_hs.get(), u128::from(HASHRATE));

    // A quote says the price, and what each constraint costs.
    let wanted = |constraints: Value| json!({"hashrate_hs": "50000", "constraints": constraints});
    let open = wanted(json!({"countries_allowed": ["NO"]}));
    let quote: Quote = place.stranger.done("quotes", &open).await;
    assert_eq!(quote.fillable_hs, Hashrate::new(50_000));
    assert_eq!(
        quote.average_price_sats_per_phs_day,
        Some(Price::new(PRICE))
    );
    assert_eq!((quote.day_sats.get(), quote.term_sats), (DAY / 2, None));
    assert!(quote.excluded.is_empty() && quote.leaving.most_sats < quote.day_sats);
    let none = wanted(json!({"countries_denied": ["NO"], "max_carbon_g_per_kwh": 20}));
    let quote: Quote = place.stranger.done("quotes", &none).await;
    assert_eq!(
        (quote.fillable_hs, quote.worst_price_sats_per_phs_day),
        (Hashrate::ZERO, None)
    );
    let [excluded] = &quote.excluded[..] else {
        panic!("{:?}", quote.excluded);
    };
    assert_eq!(excluded.constraint, api::Constraint::Countries);
    assert_eq!(excluded.alone_hs, Hashrate::new(HASHRATE.into()));
    assert_eq!(excluded.fillable_without_hs, Hashrate::new(50_000));
    let (whole, more) = (Hashrate::new(HASHRATE.into()), HASHRATE + 1_000);
    let large =
        json!({"hashrate_hs": (more + 1_000).to_string(), "minimum_fill_hs": more.to_string()});
    let quote: Quote = place.stranger.done("quotes", &large).await;
    let [excluded] = &quote.excluded[..] else {
        panic!("{:?}", quote.excluded);
    };
    assert_eq!(excluded.constraint, api::Constraint::MinimumFill);
    let (kept_out, without) = (excluded.hashrate_hs, excluded.fillable_without_hs);
    assert_eq!(
        (quote.fillable_hs, kept_out, without),
        (Hashrate::ZERO, whole, whole)
    );

    let placed: Placed = place.buyer.done("bids", &place.bid("spot", 1_000)).await;
    let [fill] = &placed.fills[..] else {
        panic!("{placed:?}");
    };
    assert_eq!((fill.contract, fill.escrow_sats.get()), (1, 1_000));
    assert_eq!(
        (placed.held_sats, placed.resting_hs),
        (Sats::ZERO, Hashrate::ZERO)
    );
    // One capacity: the day's ask has nothing left, and its bond is free.
    let book: api::Book = place.stranger.read("books/1d").await;
    assert!(book.asks.is_empty(), "{book:?}");
    let host: api::Account = place.host.read("account").await;
    assert_eq!(
        (host.available_sats.get(), host.held_sats),
        (DEPOSIT, Sats::ZERO)
    );

    let mut machine = place.machine();
    until_worked(&place).await;
    let live = contract(&place).await;
    assert_eq!(live.agreed.product, api::Product::Spot);
    assert_eq!(live.agreed.attributes.country.as_deref(), Some("NO"));
    assert_eq!((live.agreed.listing, live.agreed.notice), (Some(1), None));

    is(
        &place.third.post("contracts/1/notice", &json!({})).await,
        403,
        "not_party",
    );
    let given: api::NoticeGiven = place.buyer.done("contracts/1/notice", &json!({})).await;
    assert_eq!(given.notice.by, Party::Buyer);
    until_closed(&place).await;
    machine.stop().await;
    let closed = contract(&place).await;
    assert_eq!(closed.state, ContractState::ClosedByBuyer);
    let invoice = invoice_is_right(&place).await;
    assert!(invoice.closed && invoice.amount_sats > Sats::ZERO);
    // One more where the epoch was sealed just as notice came.
    let more = invoice.lines.len() as u32 - given.notice.last_epoch;
    assert!((1..=2).contains(&more), "{given:?} {}", invoice.lines.len());
    let again = place.buyer.post("contracts/1/notice", &json!({})).await;
    is(&again, 422, "contract_closed");

    let [host, buyer]: [api::Account; 2] = [
        place.host.read("account").await,
        place.buyer.read("account").await,
    ];
    assert_eq!(
        host.available_sats.get(),
        DEPOSIT + invoice.to_host_sats.get()
    );
    assert_eq!(
        buyer.available_sats.get(),
        DEPOSIT - invoice.amount_sats.get()
    );
    let listings: Vec<api::Listing> = place.host.read("account/listings").await;
    assert_eq!(
        listings[0].free_hs, listings[0].hashrate_hs,
        "it can be sold again"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_days_contract_has_a_bond_that_comes_back_when_the_buyer_leaves() {
    let place = Place::start().await;
    place.list().await;
    place.offer("1d").await;
    let wanted = json!({"product": "1d", "hashrate_hs": HASHRATE.to_string()});
    let quote: Quote = place.buyer.done("quotes", &wanted).await;
    assert_eq!(quote.term_sats.map(Sats::get), Some(DAY));
    assert_eq!(
        (quote.least_budget_sats.get(), quote.bond_sats.get()),
        (DAY, BOND)
    );
    let less = place.buyer.post("bids", &place.bid("1d", DAY - 1)).await;
    is(&less, 422, "budget_too_small");
    let placed: Placed = place.buyer.done("bids", &place.bid("1d", DAY)).await;
    assert_eq!(
        (placed.escrow_sats.get(), placed.bond_sats.get()),
        (DAY, BOND)
    );

    let mut machine = place.machine();
    until_worked(&place).await;
    let term = contract(&place).await.agreed.term.unwrap();
    assert_eq!(
        (term.bond_sats.get(), term.bond_state),
        (BOND, BondState::Posted)
    );
    assert_eq!(term.ends_at_ms - term.starts_at_ms, 86_400_000);
    let [host, buyer]: [api::Account; 2] = [
        place.host.read("account").await,
        place.buyer.read("account").await,
    ];
    // It stands with the contract, and is held for no order any more.
    assert_eq!((host.bond_sats.get(), host.held_sats), (BOND, Sats::ZERO));
    assert_eq!(buyer.bond_sats, Sats::ZERO);
    let given: api::NoticeGiven = place.buyer.done("contracts/1/notice", &json!({})).await;
    until_closed(&place).await;
    machine.stop().await;

    let closed = contract(&place).await;
    assert_eq!(closed.agreed.notice, Some(given.notice));
    let term = closed.agreed.term.unwrap();
    assert_eq!(
        (term.bond_state, term.bond_forfeited_sats),
        (BondState::Ended, Sats::ZERO)
    );
    let invoice = invoice_is_right(&place).await;
    assert_eq!(invoice.compensation_sats, Sats::ZERO);
    let host: api::Account = place.host.read("account").await;
    assert_eq!(host.bond_sats, Sats::ZERO);
    assert_eq!(
        host.available_sats.get(),
        DEPOSIT + invoice.to_host_sats.get()
    );
}

/// A term that began a day ago, less these seconds: its end can be waited for.
fn nearly_over(pool: &sandbox::Pool) -> Vec<Command> {
    let [host, buyer] = ["host", "buyer"].map(|name| name.parse().unwrap());
    let terms = OrderTerms {
        product: Product::Term(Term::Day),
        ..OrderTerms::default()
    };
    let (hashrate, price) = (Hashrate::new(HASHRATE.into()), Price::new(PRICE));
    let address = pool.address();
    let target = PoolTarget::new(
        address.ip().to_string(),
        address.port(),
        "b.a".into(),
        "x".into(),
    );
    let said: Value = site();
    let description = json!({
        "name": said["name"], "country": "NO", "power_kw": 40, "grid": "connected",
        "energy": [100, 0, 0, 0, 0, 0, 0, 0], "cooling": "water", "curtailment": "never",
    });
    let mut commands = opened();
    commands.extend([
        Command::DescribeSite {
            account: host,
            site: None,
            description: serde_json::from_value(description).unwrap(),
        },
        Command::DescribeFleet {
            account: host,
            fleet: None,
            site: SiteId::new(1),
            model: Model::of_name("cpu-core").unwrap(),
            count: 1,
        },
        Command::ListCapacity {
            account: host,
            fleet: FleetId::new(1),
            hashrate,
            products: [terms.product].into(),
        },
        Command::PlaceAsk {
            account: host,
            hashrate,
            price,
            listing: Some(ListingId::new(1)),
            terms,
        },
        Command::PlaceBid {
            account: buyer,
            hashrate,
            price,
            budget: Sats::new(DAY),
            pool: target.unwrap(),
            backups: BackupPools::default(),
            shares_per_minute: None,
            constraints: Default::default(),
            terms,
        },
    ]);
    commands
}

#[tokio::test(flavor = "multi_thread")]
async fn a_term_ends_by_itself_when_its_time_is_over() {
    let pool = pool().await;
    let commands = nearly_over(&pool);
    let began = now_ms() - 86_400_000 + 10_000;
    let began = Timestamp::from_unix_ms(began);
    let place = Place::with_history(pool, began, commands).await;
    let mut machine = place.machine();
    until_closed(&place).await;
    machine.stop().await;
    let closed = contract(&place).await;
    assert_eq!(closed.state, ContractState::TermOver);
    let term = closed.agreed.term.unwrap();
    assert_eq!(term.bond_state, BondState::Ended);
    let last = closed.settlements[0].at_ms;
    assert!(last >= term.ends_at_ms, "{last} {term:?}");
    // Nobody had a job for most of the day, and what nobody could deliver is not the host's: what may be, on a slow machine,
    // is a part of the last seconds.
    let forfeited = term.bond_forfeited_sats.get();
    assert!(forfeited <= DAY / 1_000, "{forfeited}");
    let invoice = invoice_is_right(&place).await;
    assert_eq!(invoice.compensation_sats.get(), forfeited);
    let [host, buyer]: [api::Account; 2] = [
        place.host.read("account").await,
        place.buyer.read("account").await,
    ];
    let to_host = invoice.to_host_sats.get();
    assert_eq!(host.available_sats.get(), DEPOSIT + to_host - forfeited);
    let paid = invoice.amount_sats.get();
    assert_eq!(buyer.available_sats.get(), DEPOSIT - paid + forfeited);
    let listings: Vec<api::Listing> = place.host.read("account/listings").await;
    assert_eq!(listings[0].host_rating.ended, 1);
}
