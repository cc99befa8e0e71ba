//! The journal's form: exact, because old journals must be read for ever.

use super::{LOT, market, pool, work};
use crate::{BackupPools, CloseReason, Command, Event};
use ledger::TransferId;
use units::{AccountId, ContractId, Hashrate, OrderId, Price, Sats, Timestamp};

fn account(name: &str) -> AccountId {
    name.parse().unwrap()
}

fn every_command() -> Vec<(Command, &'static str)> {
    [orders_and_money(), fallback_pools()].concat()
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
    let mut commands: Vec<Command> = every_command().into_iter().map(|(c, _)| c).collect();
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
