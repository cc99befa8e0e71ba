use super::pages;
use crate::store::{Entry, Store};
use futures::TryStreamExt;
use ledger::TransferId;
use market::{Command, Contract, Market, Settings};
use serde_json::json;
use units::{ContractId, Hashrate, Millis, Price, Sats, Timestamp, Work};

const LOT: u128 = 1_000_000_000_000_000;

/// A contract with so many settled epochs, as the database has it.
async fn settled(store: &Store, epochs: u32) -> Contract {
    let settings = Settings {
        lot: Hashrate::new(LOT),
        tick: Price::new(10),
        fee_bps: 250,
        epoch_length: Millis::new(60_000),
        limits: market::Limits::default(),
    };
    store.begin(settings).await.unwrap();
    let mut market = Market::new(settings);
    let mut entries = Vec::new();
    let mut apply = |command: Command| {
        let seq = entries.len() as i64 + 1;
        let at = Timestamp::from_unix_ms(seq.unsigned_abs() * 1_000);
        let events = market.apply(&command, at).unwrap();
        entries.push(Entry {
            seq,
            at,
            command,
            events,
        });
    };
    let (host, buyer) = ("host".parse().unwrap(), "buyer".parse().unwrap());
    apply(Command::OpenAccount { account: host });
    apply(Command::OpenAccount { account: buyer });
    apply(Command::Deposit {
        account: buyer,
        amount: Sats::new(1_000_000),
        reference: TransferId::new(1),
    });
    let order = json!({"account": "host", "hashrate": LOT.to_string(), "price": "1000"});
    apply(serde_json::from_value(json!({ "place_ask": order })).unwrap());
    let bid = json!({
        "account": "buyer", "hashrate": LOT.to_string(), "price": "1000", "budget": "1000000",
        "pool": {"host": "pool.example.com", "port": 3333, "user": "u", "password": "x"},
    });
    apply(serde_json::from_value(json!({ "place_bid": bid })).unwrap());
    for epoch in 0..epochs {
        // A tenth of a PH/s and day: 97.5 sats and 2.5.
        let work_total = Work::new(u128::from(epoch + 1) * LOT * 8_640);
        apply(Command::SettleEpoch {
            contract: ContractId::new(1),
            epoch,
            shares_total: u64::from(epoch + 1) * 3,
            work_total,
            owed_total: pow::settlement::owed(work_total, Price::new(1_000)).unwrap(),
            epoch_hash: [epoch as u8; 32],
            last: false,
            delivery: None,
            tally: None,
        });
    }
    store.append(&entries, &[], &market).await.unwrap();
    market.contract(&ContractId::new(1)).unwrap().clone()
}

async fn text(store: &Store, contract: &Contract, limit: u32) -> String {
    let pages = pages(store.clone(), contract.clone(), limit);
    let bytes: Vec<_> = pages.try_collect().await.unwrap();
    String::from_utf8(bytes.concat()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_any_size_make_the_same_file_and_its_sums_are_of_its_lines() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let contract = settled(&store, 250).await;
    let whole = text(&store, &contract, 1_000).await;
    for limit in [1, 7, 50, 249, 250, 251] {
        assert_eq!(text(&store, &contract, limit).await, whole, "{limit}");
    }
    let rows: Vec<Vec<&str>> = whole.lines().map(|row| row.split(',').collect()).collect();
    assert_eq!(rows.len(), 1 + 250 + 1);
    let column = |at: usize| -> u128 {
        let lines = rows[1..251].iter();
        lines.map(|row| row[at].parse::<u128>().unwrap()).sum()
    };
    let total = rows.last().unwrap();
    assert_eq!((total[0], total[1], total[7]), ("total", "", ""));
    for at in 2..7 {
        assert_eq!(total[at], column(at).to_string(), "{}", rows[0][at]);
    }
    assert_eq!((column(2), column(4), column(6)), (750, 25_000, 625));
    assert_eq!(rows[250][0], "249");

    // The database is ahead of what was read.
    let mut earlier = contract.clone();
    earlier.epochs_settled = 249;
    assert!(
        super::page(
            &store,
            &earlier,
            api::InvoiceRange {
                from: 100,
                limit: 149
            }
        )
        .await
        .is_err()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_without_an_epoch_has_sums_of_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let contract = settled(&store, 0).await;
    let text = text(&store, &contract, 1_000).await;
    assert!(text.ends_with("epoch_hash\ntotal,,0,0,0,0,0,\n"), "{text}");
}
