//! `kill -9` in a loop while many people trade and epochs are settled: nothing that was acknowledged is lost, and what is
//! sent again is not done again.

use ledger::TransferId;
use market::{BackupPools, CloseReason, Command, Contract, ContractState, PoolTarget, Settings};
use server::{
    audit,
    exchange::{self, Exchange, ExchangeError},
    store::{self, Store},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::Child,
    task::JoinSet,
    time::timeout,
};
use units::{AccountId, Hashrate, Millis, OrderId, Price, Sats, Work};

/// `cargo xtask bench kills` asks for more.
const KILLS: u64 = 50;
/// A journal is replayed at each start: a longer one says nothing more.
const KILLS_OF_A_JOURNAL: u64 = 50;
/// Commands between two snapshots: many are cut off in the middle.
const SNAPSHOT_EVERY: u64 = 20;
const TRADERS: u64 = 16;
const ACCOUNTS: u64 = 8;
const LOT: u128 = 1_000_000_000_000_000;
const FOLDER: &str = "ASSAY_MARKET_KILLS_FOLDER";
const SEED: &str = "ASSAY_MARKET_KILLS_SEED";
/// The killed process is this program again, which runs this test alone.
const TRADING: &str = "market_kills::the_market_alone";

/// Each number spread over all bits (Steele, Lea, Flood 2014).
struct SplitMix(u64);

impl SplitMix {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    fn account(&mut self) -> AccountId {
        format!("trader-{}", self.below(ACCOUNTS)).parse().unwrap()
    }
}

fn settings() -> Settings {
    Settings {
        lot: Hashrate::new(LOT),
        tick: Price::new(10),
        fee_bps: 250,
        epoch_length: Millis::new(60_000),
        limits: market::Limits::default(),
    }
}

/// What somebody does next; `unique` is no other command's.
fn command(random: &mut SplitMix, exchange: &Exchange, unique: u64) -> Command {
    let account = random.account();
    let hashrate = Hashrate::new(u128::from(1 + random.below(5)) * LOT);
    let price = Price::new((95 + random.below(10)) * 10);
    match random.below(20) {
        0 => Command::OpenAccount { account },
        1..4 => Command::Deposit {
            account,
            amount: Sats::new(1_000 + random.below(50_000)),
            reference: TransferId::new(unique.into()),
        },
        4..8 => serde_json::from_value(serde_json::json!({"place_ask": {
            "account": account, "hashrate": hashrate, "price": price,
        }}))
        .unwrap(),
        8..12 => serde_json::from_value(serde_json::json!({"place_bid": {
            "account": account, "hashrate": hashrate, "price": price,
            "budget": Sats::new(100 + random.below(5_000)),
            "pool": PoolTarget::new("pool.example.com".into(), 3333, "user".into(), "x".into()).unwrap(),
            "backups": BackupPools::default(),
        }}))
        .unwrap(),
        12 => Command::CancelOrder {
            account,
            order: OrderId::new(1 + random.below(unique % 100_000 + 10)),
        },
        _ => {
            let open = |contract: &&Contract| contract.state == ContractState::Live;
            let contracts = exchange.read(|market| {
                let live: Vec<Contract> = market.contracts().filter(open).cloned().collect();
                live
            });
            if contracts.is_empty() {
                return Command::OpenAccount { account };
            }
            let at = random.below(contracts.len() as u64) as usize;
            about(&contracts[at], random)
        }
    }
}

/// An epoch of a contract, or its end.
fn about(contract: &Contract, random: &mut SplitMix) -> Command {
    let id = contract.id;
    if random.below(12) == 0 {
        let reason = CloseReason::ByBuyer;
        return Command::CloseContract {
            contract: id,
            reason,
        };
    }
    let done = u128::from(random.below(3_000)) * 1_000_000_000_000_000;
    let mut work = Work::new(contract.work_total.get() + done);
    let owed = |work| pow::settlement::owed(work, contract.price).unwrap();
    if owed(work) > contract.budget {
        work = contract.work_total;
    }
    Command::SettleEpoch {
        contract: id,
        epoch: contract.epochs_settled,
        shares_total: contract.shares_total + random.below(100),
        work_total: work,
        owed_total: owed(work),
        epoch_hash: [random.below(256) as u8; 32],
        last: false,
        delivery: None,
        tally: None,
    }
}

fn say(line: &str) {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    // The killed process's last words may find nobody.
    let _ = writeln!(out, "\n{line}").and_then(|()| out.flush());
}

async fn send(exchange: &Exchange, tag: &str, command: Command) {
    match exchange.send(command).await {
        Ok(_) => say(&format!("done {tag}")),
        Err(ExchangeError::Refused(_)) => say(&format!("refused {tag}")),
        Err(ExchangeError::Stopped) => panic!("the exchange has stopped"),
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the process that is killed"]
async fn the_market_alone() {
    let Ok(folder) = std::env::var(FOLDER) else {
        return;
    };
    let seed: u64 = std::env::var(SEED).unwrap().parse().unwrap();
    let store = Store::open(Path::new(&folder)).await.unwrap();
    let exchange = Exchange::start_with(store, settings(), SNAPSHOT_EVERY);
    let exchange = exchange.await.unwrap();
    // First what got no answer from the process before this one.
    let lines: Vec<String> = std::io::stdin().lines().map(Result::unwrap).collect();
    for line in lines {
        let (tag, command) = line.split_once(' ').unwrap();
        send(&exchange, tag, serde_json::from_str(command).unwrap()).await;
    }
    let next = Arc::new(AtomicU64::new(0));
    let mut traders = JoinSet::new();
    for trader in 0..TRADERS {
        let (exchange, next) = (exchange.clone(), Arc::clone(&next));
        traders.spawn(async move {
            let mut random = SplitMix(seed ^ trader << 32);
            loop {
                let unique = seed * 1_000_000 + next.fetch_add(1, Ordering::Relaxed);
                let command = command(&mut random, &exchange, unique);
                let text = serde_json::to_string(&command).unwrap();
                say(&format!("try {unique} {text}"));
                send(&exchange, &unique.to_string(), command).await;
            }
        });
    }
    traders.join_all().await;
}

/// What is known of the commands from outside.
#[derive(Default)]
struct Known {
    /// By its tag, until there is an answer.
    open: BTreeMap<String, String>,
    /// By the command's text: how often it was sent, and how often answered "done".
    sent: BTreeMap<String, u64>,
    done: BTreeMap<String, u64>,
    refused: u64,
    again: u64,
}

impl Known {
    fn hear(&mut self, line: &str) -> bool {
        let mut words = line.splitn(3, ' ');
        let word = words.next().unwrap_or_default();
        let Some(tag) = words.next() else {
            return false;
        };
        match word {
            "try" => {
                let text = words.next().expect("the command").to_owned();
                *self.sent.entry(text.clone()).or_default() += 1;
                self.open.insert(tag.to_owned(), text);
            }
            "done" => {
                let text = self.open.remove(tag).expect("it was tried");
                *self.done.entry(text).or_default() += 1;
                return true;
            }
            "refused" => {
                self.open.remove(tag).expect("it was tried");
                self.refused += 1;
            }
            // What the test harness prints.
            _ => {}
        }
        false
    }
}

fn start(folder: &Path, seed: u64) -> Child {
    tokio::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", TRADING, "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .env(SEED, seed.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// From a start to `kill -9`, after so many acknowledged commands.
async fn one_life(folder: &Path, seed: u64, known: &mut Known) {
    let mut process = start(folder, seed);
    let mut input = process.stdin.take().unwrap();
    let mut again = String::new();
    for (tag, text) in &known.open {
        again.push_str(&format!("{tag} {text}\n"));
        *known.sent.entry(text.clone()).or_default() += 1;
        known.again += 1;
    }
    input.write_all(again.as_bytes()).await.unwrap();
    drop(input);
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let mut wait_for = 40 + SplitMix(seed).below(160);
    while wait_for > 0 {
        let line = timeout(Duration::from_secs(120), lines.next_line()).await;
        let line = line.expect("it goes on").unwrap();
        wait_for -= u64::from(known.hear(&line.expect("it lives")));
    }
    process.start_kill().unwrap();
    // What it had said before.
    while let Some(line) = lines.next_line().await.unwrap() {
        known.hear(&line);
    }
    process.wait().await.unwrap();
}

/// A command that was carried out is not carried out again, however often it is sent.
fn is_done_once(command: &Command) -> bool {
    !matches!(
        command,
        Command::PlaceAsk { .. } | Command::PlaceBid { .. } | Command::CancelOrder { .. }
    )
}

/// The command that a start would go on from, which makes the market that the whole journal makes.
async fn snapshot(folder: &Path) -> Option<i64> {
    let mut db = store::open_to_read(folder).await.unwrap();
    let loaded = exchange::load(&mut db).await.unwrap();
    let audit = audit::audit(folder).await.unwrap();
    let hash = stratum::hex::encode(&loaded.replay.market.state_hash());
    assert_eq!(hash, audit.state_hash, "from {:?}", loaded.snapshot);
    loaded.snapshot
}

/// Compares the journal with what was sent and acknowledged; answers its length.
async fn check(folder: &Path, known: &Known) -> u64 {
    let audit = audit::audit(folder).await.unwrap();
    assert!(audit.is_good(), "{audit:?}");
    let mut db = store::open_to_read(folder).await.unwrap();
    let mut journalled: BTreeMap<String, u64> = BTreeMap::new();
    let mut deposits = BTreeSet::new();
    for (_, _, command) in store::journal(&mut db).await.unwrap() {
        if let Command::Deposit { reference, .. } = &command {
            assert!(deposits.insert(*reference), "a deposit counts once");
        }
        let text = serde_json::to_string(&command).unwrap();
        let times = journalled.entry(text).or_default();
        *times += 1;
        assert!(
            *times == 1 || !is_done_once(&command),
            "done twice: {command:?}"
        );
    }
    for (text, done) in &known.done {
        let found = journalled.get(text).copied().unwrap_or(0);
        let once = is_done_once(&serde_json::from_str(text).unwrap());
        let least = if once { 1 } else { *done };
        assert!(
            found >= least,
            "acknowledged {done} times, found {found}: {text}"
        );
    }
    for (text, found) in &journalled {
        let sent = known.sent.get(text).copied().unwrap_or(0);
        assert!(*found <= sent, "sent {sent} times, found {found}: {text}");
    }
    journalled.values().sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_market_survives_kills() {
    let kills: u64 = std::env::var("KILLS").map_or(KILLS, |text| text.parse().unwrap());
    let (mut acknowledged, mut refused, mut again, mut entries) = (0, 0, 0, 0);
    let mut from_snapshots = 0;
    let mut seed = 0;
    while seed < kills {
        let folder = tempfile::tempdir().unwrap();
        let mut known = Known::default();
        for _ in 0..KILLS_OF_A_JOURNAL.min(kills - seed) {
            seed += 1;
            one_life(folder.path(), seed, &mut known).await;
            if seed % 10 == 0 {
                check(folder.path(), &known).await;
                from_snapshots += u64::from(snapshot(folder.path()).await.is_some());
            }
        }
        entries += check(folder.path(), &known).await;
        acknowledged += known.done.values().sum::<u64>();
        refused += known.refused;
        again += known.again;
    }
    assert!(
        from_snapshots > 0 || kills < 10,
        "no start was from a snapshot"
    );
    println!(
        "{kills} kills: {acknowledged} commands acknowledged, {refused} refused, {again} sent again, {entries} in the journals"
    );
    println!("figure: kills_survived {kills} kills");
}
