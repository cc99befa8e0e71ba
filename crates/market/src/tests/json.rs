//! The journal's form: exact, because old journals must be read for ever.

use super::{LOT, market, pool, table::site, work};
use crate::{
    BackupPools, CloseReason, Command, EpochDelivery, Event, Limits, Model, OrderTerms, Product,
    Settings, Term,
};
use ledger::TransferId;
use orderbook::{ClientOrderId, Constraints, Energy, SelfTrade, TimeInForce};
use pow::settlement::{Payer, RejectTerms, Tally};
use units::{
    AccountId, ContractId, FleetId, Hashrate, ListingId, OrderId, Price, Sats, SiteId, Timestamp,
};

fn account(name: &str) -> AccountId {
    name.parse().unwrap()
}

fn every_command() -> Vec<(Command, &'static str)> {
    [
        orders_and_money(),
        fallback_pools(),
        supply(),
        products(),
        endings(),
    ]
    .concat()
}

fn fallback_pools() -> Vec<(Command, &'static str)> {
    vec![
        (
            Command::SetFallbackPool {
                account: account("h"),
                pool: Some(pool()),
            },
            r#"{"set_fallback_pool":{"account":"h","pool":{"host":"pool.test","port":3334,"user":"buyer.a","password":"x"}}}"#,
        ),
        (
            Command::SetFallbackPool {
                account: account("h"),
                pool: None,
            },
            r#"{"set_fallback_pool":{"account":"h","pool":null}}"#,
        ),
    ]
}

fn supply() -> Vec<(Command, &'static str)> {
    let account = account("h");
    vec![
        (
            Command::DescribeSite {
                account,
                site: None,
                description: site("NO", Energy::Hydro),
            },
            r#"{"describe_site":{"account":"h","description":{"name":"Hall 1","country":"NO","power_kw":1000,"grid":"connected","energy":[100,0,0,0,0,0,0,0],"carbon":{"g_per_kwh":26,"source":"supplier's certificate 2026"},"cooling":"air","tariff":{"usd_cent_thousandths_per_kwh":4500},"curtailment":"never"}}}"#,
        ),
        (
            Command::DescribeFleet {
                account,
                fleet: None,
                site: SiteId::new(1),
                model: Model::of_name("antminer-s21").unwrap(),
                count: 10,
            },
            r#"{"describe_fleet":{"account":"h","site":1,"model":"antminer-s21","count":10}}"#,
        ),
        (
            Command::ListCapacity {
                account,
                fleet: FleetId::new(1),
                hashrate: Hashrate::new(LOT),
                products: [Product::Spot, Product::Term(Term::Week)].into(),
            },
            r#"{"list_capacity":{"account":"h","fleet":1,"hashrate":"1000000000000","products":["spot","7d"]}}"#,
        ),
        (
            Command::WithdrawListing {
                account,
                listing: ListingId::new(1),
            },
            r#"{"withdraw_listing":{"account":"h","listing":1}}"#,
        ),
    ]
}

fn products() -> Vec<(Command, &'static str)> {
    let terms = OrderTerms {
        product: Product::Term(Term::Month),
        time_in_force: TimeInForce::Gtd(Timestamp::from_unix_ms(5)),
        post_only: true,
        minimum_fill: Hashrate::new(LOT),
        self_trade: SelfTrade::CancelResting,
        client_id: Some(ClientOrderId(7)),
        rejects: RejectTerms {
            pool_reject: Payer::Host,
            ..RejectTerms::default()
        },
    };
    let max_country_percent = Some(50);
    let (hashrate, price) = (Hashrate::new(LOT), Price::new(100));
    vec![
        (
            Command::PlaceAsk {
                account: account("h"),
                hashrate,
                price,
                listing: Some(ListingId::new(1)),
                terms,
            },
            r#"{"place_ask":{"account":"h","hashrate":"1000000000000","price":"100","listing":1,"terms":{"product":"30d","time_in_force":{"gtd":5},"post_only":true,"minimum_fill":"1000000000000","self_trade":"cancel_resting","client_id":7,"rejects":{"seller_stale":"host","pool_reject":"host","pool_down":"buyer"}}}}"#,
        ),
        (
            Command::PlaceBid {
                account: account("b"),
                hashrate,
                price,
                budget: Sats::new(50),
                pool: pool(),
                backups: BackupPools::default(),
                shares_per_minute: None,
                constraints: Constraints {
                    max_country_percent,
                    ..Constraints::default()
                },
                terms: OrderTerms {
                    time_in_force: TimeInForce::Ioc,
                    ..OrderTerms::default()
                },
            },
            r#"{"place_bid":{"account":"b","hashrate":"1000000000000","price":"100","budget":"50","pool":{"host":"pool.test","port":3334,"user":"buyer.a","password":"x"},"constraints":{"countries":"any","energy":null,"grid":null,"cooling":null,"max_mj_per_th":null,"max_carbon_g_per_kwh":null,"min_rating":null,"max_country_percent":50},"terms":{"time_in_force":"ioc"}}}"#,
        ),
    ]
}

fn endings() -> Vec<(Command, &'static str)> {
    vec![
        (
            Command::ReduceOrder {
                account: account("b"),
                order: OrderId::new(2),
                by: Hashrate::new(LOT),
            },
            r#"{"reduce_order":{"account":"b","order":2,"by":"1000000000000"}}"#,
        ),
        (
            Command::CancelAll {
                account: account("b"),
            },
            r#"{"cancel_all":{"account":"b"}}"#,
        ),
        (Command::ExpireOrders, r#""expire_orders""#),
        (
            Command::GiveNotice {
                account: account("b"),
                contract: ContractId::new(1),
                open_epoch: 3,
            },
            r#"{"give_notice":{"account":"b","contract":1,"open_epoch":3}}"#,
        ),
        (
            Command::ExpireTerm {
                contract: ContractId::new(1),
            },
            r#"{"expire_term":{"contract":1}}"#,
        ),
        (
            Command::SettleEpoch {
                contract: ContractId::new(1),
                epoch: 0,
                shares_total: 0,
                work_total: units::Work::ZERO,
                owed_total: Sats::ZERO,
                epoch_hash: [0; 32],
                last: true,
                delivery: Some(EpochDelivery {
                    sessions: 7,
                    ..EpochDelivery::default()
                }),
                tally: Some(Tally::default()),
            },
            r#"{"settle_epoch":{"contract":1,"epoch":0,"shares_total":0,"work_total":"0","owed_total":"0","epoch_hash":"0000000000000000000000000000000000000000000000000000000000000000","last":true,"delivery":{"ended_at":0,"delivered":{"shares":0,"work":"0","scaled":"0","squares":"0"},"excused_total":0,"share_work":"0","sessions":7},"tally":{"counted_hashes":"0","stale_hashes":"0","refused_hashes":"0","silent_hashes":"0"}}}"#,
        ),
    ]
}

fn orders_and_money() -> Vec<(Command, &'static str)> {
    vec![
        (
            Command::OpenAccount {
                account: account("b"),
            },
            r#"{"open_account":{"account":"b"}}"#,
        ),
        (
            Command::Deposit {
                account: account("b"),
                amount: Sats::MAX,
                reference: TransferId::new(10),
            },
            r#"{"deposit":{"account":"b","amount":"18446744073709551615","reference":"0000000000000000000000000000000a"}}"#,
        ),
        (
            Command::PlaceAsk {
                account: account("h"),
                hashrate: Hashrate::new(LOT),
                price: Price::new(100),
                listing: None,
                terms: Default::default(),
            },
            r#"{"place_ask":{"account":"h","hashrate":"1000000000000","price":"100"}}"#,
        ),
        (
            Command::PlaceBid {
                account: account("b"),
                hashrate: Hashrate::new(LOT),
                price: Price::new(100),
                budget: Sats::new(50),
                pool: pool(),
                backups: BackupPools::default(),
                shares_per_minute: None,
                constraints: Default::default(),
                terms: Default::default(),
            },
            r#"{"place_bid":{"account":"b","hashrate":"1000000000000","price":"100","budget":"50","pool":{"host":"pool.test","port":3334,"user":"buyer.a","password":"x"}}}"#,
        ),
        (
            Command::CancelOrder {
                account: account("b"),
                order: OrderId::new(2),
            },
            r#"{"cancel_order":{"account":"b","order":2}}"#,
        ),
        (
            Command::SettleEpoch {
                contract: ContractId::new(1),
                epoch: 0,
                shares_total: 3,
                work_total: work(10),
                owed_total: Sats::new(1),
                epoch_hash: [0xab; 32],
                last: false,
                delivery: None,
                tally: None,
            },
            r#"{"settle_epoch":{"contract":1,"epoch":0,"shares_total":3,"work_total":"864000000000000000","owed_total":"1","epoch_hash":"abababababababababababababababababababababababababababababababab"}}"#,
        ),
        (
            Command::CloseContract {
                contract: ContractId::new(1),
                reason: CloseReason::BudgetSpent,
            },
            r#"{"close_contract":{"contract":1,"reason":"budget_spent"}}"#,
        ),
    ]
}

#[test]
fn a_full_proof_is_a_reason_to_close() {
    let json = r#""proof_full""#;
    assert_eq!(
        serde_json::to_string(&CloseReason::ProofFull).unwrap(),
        json
    );
    let read: CloseReason = serde_json::from_str(json).unwrap();
    assert_eq!(read, CloseReason::ProofFull);
}

#[test]
fn every_command_reads_back() {
    for (command, json) in every_command() {
        assert_eq!(serde_json::to_string(&command).unwrap(), json);
        assert_eq!(serde_json::from_str::<Command>(json).unwrap(), command);
    }
}

#[test]
fn backup_pools_are_written_only_where_there_are_some() {
    let (mut command, without) = every_command().swap_remove(3);
    let Command::PlaceBid { backups, .. } = &mut command else {
        panic!("not a bid");
    };
    *backups = BackupPools::new(vec![pool()]).unwrap();
    let one = r#","backups":[{"host":"pool.test","port":3334,"user":"buyer.a","password":"x"}]}}"#;
    let json = without.replace("}}}", "}") + one;
    assert_eq!(serde_json::to_string(&command).unwrap(), json);
    assert_eq!(serde_json::from_str::<Command>(&json).unwrap(), command);
}

#[test]
fn settings_of_before_have_no_limits() {
    let json = r#"{"lot":"1000000000000","tick":"10","fee_bps":250,"epoch_length":60000}"#;
    let settings: Settings = serde_json::from_str(json).unwrap();
    assert_eq!(&settings, market().settings());
    assert_eq!(serde_json::to_string(&settings).unwrap(), json);
}

/// What journals mean by a limit that they do not state: it must not become another.
#[test]
fn a_market_without_a_limit_of_orders_keeps_none() {
    let settings = r#"{"lot":"1000","tick":"10","fee_bps":250,"epoch_length":60000"#;
    for limits in [r"}", r#","limits":{"visit_budget":100000}}"#] {
        let json = format!("{settings}{limits}");
        let settings: Settings = serde_json::from_str(&json).unwrap();
        assert_eq!(settings.limits.max_orders_of_account, u32::MAX, "{json}");
    }
}

#[test]
fn a_new_market_states_its_limit_of_orders() {
    let settings = Settings {
        limits: Limits::of_new_market(),
        ..*market().settings()
    };
    let json = serde_json::to_string(&settings).unwrap();
    assert!(json.contains(r#""max_orders_of_account":200,"#), "{json}");
    assert_eq!(serde_json::from_str::<Settings>(&json).unwrap(), settings);
}

#[test]
fn a_pace_is_written_only_where_there_is_one() {
    let (mut command, without) = every_command().swap_remove(3);
    let Command::PlaceBid {
        shares_per_minute, ..
    } = &mut command
    else {
        panic!("not a bid");
    };
    *shares_per_minute = Some(12);
    let json = without.replace("}}}", "}") + r#","shares_per_minute":12}}"#;
    assert_eq!(serde_json::to_string(&command).unwrap(), json);
    assert_eq!(serde_json::from_str::<Command>(&json).unwrap(), command);
}

#[test]
fn a_bad_pool_cannot_be_read() {
    let (_, json) = &every_command()[3];
    let bad = json.replace("pool.test", "pool test");
    let error = serde_json::from_str::<Command>(&bad).unwrap_err();
    assert!(error.to_string().contains("the pool's host"), "{error}");
}

#[test]
fn every_event_reads_back() {
    let mut market = market();
    let plain = [orders_and_money(), fallback_pools()].concat();
    let mut commands: Vec<Command> = plain.into_iter().map(|(c, _)| c).collect();
    commands.insert(
        1,
        Command::OpenAccount {
            account: account("h"),
        },
    );
    // A second ask rests and is cancelled.
    commands.insert(5, commands[3].clone());
    commands[6] = Command::CancelOrder {
        account: account("h"),
        order: OrderId::new(3),
    };
    let (mut kinds, mut number) = (std::collections::BTreeSet::new(), 0);
    for command in &commands {
        number += 1;
        for event in market
            .apply(command, Timestamp::from_unix_ms(number))
            .unwrap()
        {
            let json = serde_json::to_string(&event).unwrap();
            assert_eq!(serde_json::from_str::<Event>(&json).unwrap(), event);
            kinds.insert(json.split('"').nth(1).unwrap().to_owned());
        }
    }
    let all = [
        "account_opened",
        "contract_closed",
        "contract_opened",
        "epoch_settled",
        "fallback_pool_set",
        "order_cancelled",
        "order_rested",
        "traded",
        "transferred",
    ];
    assert!(kinds.iter().eq(all.iter()), "{kinds:?}");
}
