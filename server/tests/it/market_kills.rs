//! `kill -9` in a loop while many people trade and epochs are settled: nothing that was acknowledged is lost, and what is
//! sent again is not done again: with a name it has the same answer, and is in the journal exactly once.

use crate::trading::now_ms;
use ledger::TransferId;
use market::{
    BondState, CloseReason, Command, Contract, Curtailment, Listing, Market, Model, PoolTarget,
    Product, Settings, SiteDescription,
};
use orderbook::{Cooling, Country, EnergyMix, Grid, TimeInForce};
use serde_json::{Value, json};
use server::{
    audit,
    exchange::{self, Exchange, ExchangeError},
    store::{self, Claim, Outcome, Store},
};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
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
use units::{
    AccountId, Hashrate, ListingId, Millis, OrderId, Price, Sats, SiteId, Timestamp, Work,
};

/// `cargo xtask bench kills` asks for more.
const KILLS: u64 = 50;
/// A journal is replayed at each start: a longer one says nothing more.
const KILLS_OF_A_JOURNAL: u64 = 50;
/// Commands between two snapshots: many are cut off in the middle.
const SNAPSHOT_EVERY: u64 = 20;
const TRADERS: u64 = 16;
const ACCOUNTS: u64 = 8;
/// Answered commands that the next process gets again.
const SENT_AGAIN: usize = 24;
/// A seed that says: answer what is open, and end.
const LAST_LIFE: u64 = 0;
pub const LOT: u128 = 1_000_000_000_000_000;
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

pub fn settings() -> Settings {
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
    match random.below(40) {
        0 => Command::OpenAccount { account },
        1..5 => Command::Deposit {
            account,
            amount: Sats::new(1_000 + random.below(50_000)),
            reference: TransferId::new(unique.into()),
        },
        5..8 => supply(random, exchange, account, unique),
        8..15 => ask(random, exchange, account, unique),
        15..22 => bid(random, account, unique),
        22..25 => about_own_orders(random, exchange, account),
        _ => exchange.read(|market| {
            let live: Vec<&Contract> = market.contracts().filter(|one| one.is_live()).collect();
            match live.len() {
                0 => Command::OpenAccount { account },
                count => about(live[random.below(count as u64) as usize], random),
            }
        }),
    }
}

/// The next thing that the account's supply lacks; now and then one is described anew, or a listing withdrawn.
fn supply(random: &mut SplitMix, exchange: &Exchange, account: AccountId, unique: u64) -> Command {
    let name = format!("site {unique}");
    let site = |site: Option<SiteId>| Command::DescribeSite {
        account,
        site,
        description: SiteDescription {
            name: name.try_into().unwrap(),
            country: Country::new(*b"NO").unwrap(),
            region: None,
            power_kw: 100_000,
            grid: Grid::Connected,
            energy: EnergyMix([100, 0, 0, 0, 0, 0, 0, 0]),
            carbon: None,
            cooling: Cooling::Air,
            tariff: None,
            curtailment: Curtailment::Never,
        },
    };
    exchange.read(|market| {
        let own_site = market.sites().find(|one| one.host == account);
        let own_fleet = market.fleets().find(|one| one.host == account);
        let open = open_listing(market, &account);
        match (own_site, own_fleet, open) {
            (None, ..) => site(None),
            (Some(at), None, _) => Command::DescribeFleet {
                account,
                fleet: None,
                site: at.id,
                model: Model::of_name("antminer-s21").unwrap(),
                count: 5_000,
            },
            (_, Some(fleet), None) => Command::ListCapacity {
                account,
                fleet: fleet.id,
                hashrate: Hashrate::new(u128::from(50 + random.below(50)) * LOT),
                products: Product::ALL.into_iter().collect(),
            },
            (Some(at), _, Some(listing)) => match random.below(4) {
                0 => Command::WithdrawListing { account, listing },
                1 => site(None),
                _ => site(Some(at.id)),
            },
        }
    })
}

fn open_listing(market: &Market, account: &AccountId) -> Option<ListingId> {
    let open = |one: &&Listing| one.host == *account && !one.withdrawn;
    market.listings().find(open).map(|listing| listing.id)
}

/// What both kinds of orders say. Each has its own name, so that no two orders are equal in the journal.
fn order(random: &mut SplitMix, account: AccountId, unique: u64, term: bool) -> Value {
    let soon = now_ms() + 200 + random.below(3_000);
    let time = match random.below(4) {
        0 => json!({"gtd": soon}),
        1 => json!("ioc"),
        _ => json!("gtc"),
    };
    json!({
        "account": account,
        "hashrate": Hashrate::new(u128::from(1 + random.below(5)) * LOT),
        "price": Price::new((95 + random.below(10)) * 10),
        "terms": {
            "product": if term { "1d" } else { "spot" }, "time_in_force": time, "client_id": unique,
        },
    })
}

fn ask(random: &mut SplitMix, exchange: &Exchange, account: AccountId, unique: u64) -> Command {
    let listing = exchange.read(|market| open_listing(market, &account));
    let term = listing.is_some() && random.below(2) == 0;
    let mut ask = order(random, account, unique, term);
    ask["listing"] = json!(listing);
    serde_json::from_value(json!({ "place_ask": ask })).unwrap()
}

fn bid(random: &mut SplitMix, account: AccountId, unique: u64) -> Command {
    let term = random.below(2) == 0;
    let mut bid = order(random, account, unique, term);
    let budget = if term { 5_300 } else { 100 } + random.below(5_000);
    bid["budget"] = json!(Sats::new(budget));
    let pool = PoolTarget::new("pool.example.com".into(), 3333, "user".into(), "x".into());
    bid["pool"] = json!(pool.unwrap());
    serde_json::from_value(json!({ "place_bid": bid })).unwrap()
}

fn about_own_orders(random: &mut SplitMix, exchange: &Exchange, account: AccountId) -> Command {
    let order = exchange.read(|market| {
        let own = market.book().orders_of(&account);
        let own: Vec<OrderId> = own.map(|resting| resting.order.id).collect();
        own.get(random.below(own.len().max(1) as u64) as usize)
            .copied()
    });
    let order = order.unwrap_or(OrderId::new(1));
    match random.below(12) {
        0 => Command::CancelAll { account },
        1..6 => Command::CancelOrder { account, order },
        _ => Command::ReduceOrder {
            account,
            order,
            by: Hashrate::new(LOT),
        },
    }
}

/// Notice, an epoch of a contract, or its end.
fn about(contract: &Contract, random: &mut SplitMix) -> Command {
    let id = contract.id;
    match random.below(24) {
        0 => {
            return Command::CloseContract {
                contract: id,
                reason: CloseReason::ByBuyer,
            };
        }
        1..3 => {
            let sides = [contract.buyer, contract.host];
            return Command::GiveNotice {
                account: sides[random.below(2) as usize],
                contract: id,
                open_epoch: contract.epochs_settled,
            };
        }
        _ => {}
    }
    let term = contract.agreement.term();
    let mut seen = term.map(|term| term.seen).unwrap_or_default();
    let each = 1_000_000_000_000_000 * u128::from(1 + random.below(30));
    let mut shares = random.below(100);
    let work_after = |shares: u64| {
        let done = each * u128::from(shares);
        Work::new(contract.work_total.get() + done)
    };
    let owed = |work| pow::settlement::owed(work, contract.price).unwrap();
    if owed(work_after(shares)) > contract.budget {
        shares = 0;
    }
    let work = work_after(shares);
    (0..shares).for_each(|_| seen.delivered.observe(Work::new(each)));
    let over = term.filter(|_| random.below(8) == 0);
    if let Some(term) = term {
        let second = seen.ended_at.max(term.starts_at).after(Millis::new(1_000));
        seen.ended_at = over.map_or(second, |term| term.ends_at()).max(second);
        seen.share_work = Work::new(each);
    }
    Command::SettleEpoch {
        contract: id,
        epoch: contract.epochs_settled,
        shares_total: contract.shares_total + shares,
        work_total: work,
        owed_total: owed(work),
        epoch_hash: [random.below(256) as u8; 32],
        // Of a contract with no reason to end it is an epoch like any other.
        last: random.below(4) > 0,
        delivery: term.map(|_| seen),
        tally: None,
    }
}

/// The client's own name of a command: its tag. The operator's commands have none: doing them again does nothing by itself.
fn claim(tag: &str, command: &Command) -> Option<Claim> {
    if is_operators(command) {
        return None;
    }
    let value = serde_json::to_value(command).unwrap();
    let (_, fields) = value.as_object()?.iter().next()?;
    let text = serde_json::to_string(command).unwrap();
    Some(Claim {
        account: fields["account"].as_str()?.parse().unwrap(),
        key: tag.into(),
        request_hash: pow::sha256(text.as_bytes()),
    })
}

fn is_operators(command: &Command) -> bool {
    matches!(
        command,
        Command::SettleEpoch { .. } | Command::CloseContract { .. } | Command::ExpireOrders
    )
}

fn say(line: &str) {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    // The killed process's last words may find nobody.
    let _ = writeln!(out, "\n{line}").and_then(|()| out.flush());
}

/// As the backend carries out a request that may have come before: it looks for the receipt, and leaves one.
async fn send(store: &Store, exchange: &Exchange, tag: &str, command: Command) {
    let now = Timestamp::from_unix_ms(now_ms());
    let answer = match claim(tag, &command) {
        None => exchange.send(command).await,
        Some(claim) => match store.receipt(&claim, now).await.unwrap() {
            Some((hash, outcome)) => {
                assert_eq!(hash, claim.request_hash, "the receipt of another request");
                say(&format!("found {tag}"));
                return say(&answer_line(tag, outcome));
            }
            None => exchange.send_once(command, claim).await,
        },
    };
    let outcome = match answer {
        Ok(events) => Outcome::Done(events),
        Err(ExchangeError::Refused(why)) => Outcome::Refused {
            status: why.status().into(),
            words: why.to_string(),
        },
        Err(ExchangeError::Stopped) => panic!("the exchange has stopped"),
    };
    say(&answer_line(tag, outcome));
}

/// With what tells this answer from any other.
fn answer_line(tag: &str, outcome: Outcome) -> String {
    let (word, text) = match outcome {
        Outcome::Done(events) if events.is_empty() => ("nothing", String::new()),
        Outcome::Done(events) => ("done", serde_json::to_string(&events).unwrap()),
        Outcome::Refused { status, words } => ("refused", status + &words),
    };
    let digest = stratum::hex::encode(&pow::sha256(text.as_bytes())[..8]);
    format!("{word} {tag} {digest}")
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the process that is killed"]
async fn the_market_alone() {
    let Ok(folder) = std::env::var(FOLDER) else {
        return;
    };
    let seed: u64 = std::env::var(SEED).unwrap().parse().unwrap();
    let store = Store::open(Path::new(&folder)).await.unwrap();
    let exchange = Exchange::start_with(store.clone(), settings(), SNAPSHOT_EVERY);
    let exchange = exchange.await.unwrap();
    // First what got no answer from the process before this one, and some that did.
    let lines: Vec<String> = std::io::stdin().lines().map(Result::unwrap).collect();
    for line in lines {
        let (tag, command) = line.split_once(' ').unwrap();
        let command = serde_json::from_str(command).unwrap();
        send(&store, &exchange, tag, command).await;
    }
    if seed == LAST_LIFE {
        return say("over now");
    }
    let next = Arc::new(AtomicU64::new(0));
    let mut traders = JoinSet::new();
    for trader in 0..TRADERS {
        let (store, exchange, next) = (store.clone(), exchange.clone(), Arc::clone(&next));
        traders.spawn(async move {
            let mut random = SplitMix(seed ^ trader << 32);
            loop {
                let unique = seed * 1_000_000 + next.fetch_add(1, Ordering::Relaxed);
                let command = command(&mut random, &exchange, unique);
                let text = serde_json::to_string(&command).unwrap();
                say(&format!("try {unique} {text}"));
                send(&store, &exchange, &unique.to_string(), command).await;
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
    /// By its tag: the command and its answer.
    answered: BTreeMap<String, (String, String)>,
    /// The latest tags of those with a name, which are sent again though they were answered.
    latest: VecDeque<String>,
    /// By the command's text: how often the answer was "done", each name once.
    done: BTreeMap<String, u64>,
    refused: u64,
    again: u64,
    /// Answers out of a receipt.
    found: u64,
}

impl Known {
    /// Whether the line is a new "done".
    fn hear(&mut self, line: &str) -> bool {
        let mut words = line.splitn(3, ' ');
        let word = words.next().unwrap_or_default();
        let (Some(tag), rest) = (words.next(), words.next()) else {
            return false;
        };
        match word {
            "try" => {
                let text = rest.expect("the command").to_owned();
                self.open.insert(tag.to_owned(), text);
                false
            }
            "found" => {
                self.found += 1;
                false
            }
            "done" | "nothing" | "refused" => self.answer(tag, line, word),
            // What the test harness prints.
            _ => false,
        }
    }

    fn answer(&mut self, tag: &str, line: &str, word: &str) -> bool {
        let Some(text) = self.open.remove(tag) else {
            let (text, before) = self.answered.get(tag).expect("it was tried");
            assert_eq!(before, line, "the same request has the same answer: {text}");
            return false;
        };
        let command: Command = serde_json::from_str(&text).unwrap();
        if claim(tag, &command).is_some() {
            self.latest.push_back(tag.to_owned());
            if self.latest.len() > SENT_AGAIN {
                self.latest.pop_front();
            }
        }
        match word {
            "done" => *self.done.entry(text.clone()).or_default() += 1,
            "refused" => self.refused += 1,
            _ => {}
        }
        let answer = (text, line.to_owned());
        self.answered.insert(tag.to_owned(), answer);
        word == "done"
    }

    /// What the next process is sent: what is open, and the latest that were answered.
    fn sent_again(&mut self) -> String {
        let answered = self.latest.iter().map(|tag| (tag, &self.answered[tag].0));
        let lines: Vec<String> = (self.open.iter())
            .chain(answered)
            .map(|(tag, text)| format!("{tag} {text}\n"))
            .collect();
        self.again += lines.len() as u64;
        lines.concat()
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

/// From a start to `kill -9`, after so many acknowledged commands; the last life of a journal ends by itself.
async fn one_life(folder: &Path, seed: u64, known: &mut Known) {
    let mut process = start(folder, seed);
    let mut input = process.stdin.take().unwrap();
    input
        .write_all(known.sent_again().as_bytes())
        .await
        .unwrap();
    drop(input);
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let mut wait_for = 40 + SplitMix(seed).below(160);
    while wait_for > 0 {
        let line = timeout(Duration::from_secs(120), lines.next_line()).await;
        let line = line.expect("it goes on").unwrap();
        let line = line.expect("it lives");
        wait_for -= u64::from(known.hear(&line));
        if line == "over now" {
            break;
        }
    }
    // The last one may be gone.
    let _ = process.start_kill();
    // What it had said before.
    while let Some(line) = lines.next_line().await.unwrap() {
        known.hear(&line);
    }
    process.wait().await.unwrap();
}

/// The command that a start would go on from, which makes the market that the whole journal makes.
async fn snapshot(folder: &Path) -> Option<i64> {
    let mut db = store::open_to_read(folder).await.unwrap();
    let loaded = exchange::load(&mut db).await.unwrap();
    let audit = audit::audit(folder).await.unwrap();
    let hash = stratum::hex::encode(&loaded.replay.market.state_hash());
    assert_eq!(hash, audit.state_hash, "from {:?}", loaded.snapshot);
    loaded.snapshot.map(|base| base.seq)
}

/// Compares the journal with what was sent and acknowledged; answers how often each kind of command is in it.
async fn check(folder: &Path, known: &Known) -> BTreeMap<String, u64> {
    let audit = audit::audit(folder).await.unwrap();
    assert!(audit.is_good(), "{audit:?}");
    let mut db = store::open_to_read(folder).await.unwrap();
    let mut journalled: BTreeMap<String, u64> = BTreeMap::new();
    let mut deposits = BTreeSet::new();
    let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
    for (_, _, command) in store::journal(&mut db).await.unwrap() {
        if let Command::Deposit { reference, .. } = &command {
            assert!(deposits.insert(*reference), "a deposit counts once");
        }
        for kind in kinds_of(&command) {
            *kinds.entry(kind).or_default() += 1;
        }
        let text = serde_json::to_string(&command).unwrap();
        *journalled.entry(text).or_default() += 1;
    }
    let mut unanswered: BTreeMap<&str, u64> = BTreeMap::new();
    for text in known.open.values() {
        *unanswered.entry(text).or_default() += 1;
    }
    for text in known.done.keys() {
        journalled.entry(text.clone()).or_default();
    }
    for (text, found) in journalled {
        let command: Command = serde_json::from_str(&text).unwrap();
        let done = known.done.get(&text).copied().unwrap_or(0);
        let most = done + unanswered.get(text.as_str()).copied().unwrap_or(0);
        match command {
            // The exchange's own, each second.
            Command::ExpireOrders => {}
            command if is_operators(&command) => {
                assert!(found <= 1, "done twice: {text}");
                assert!(found >= done.min(1), "acknowledged and lost: {text}");
            }
            // By its name exactly once, however often it was sent.
            _ => assert!(
                (done..=most).contains(&found),
                "acknowledged {done}, unanswered {}, found {found}: {text}",
                most - done
            ),
        }
    }
    kinds
}

/// Its name in the journal, and what is particular about it.
fn kinds_of(command: &Command) -> Vec<String> {
    let value = serde_json::to_value(command).unwrap();
    let name = value.as_object().and_then(|all| all.keys().next().cloned());
    let mut kinds = vec![name.unwrap_or_else(|| "expire_orders".into())];
    if let Command::PlaceAsk { terms, .. } | Command::PlaceBid { terms, .. } = command {
        kinds.extend(terms.product.term().map(|_| "term orders".into()));
        if let TimeInForce::Gtd(_) = terms.time_in_force {
            kinds.push("gtd orders".into());
        }
    }
    kinds
}

/// By what the contracts of a market ended.
async fn endings(folder: &Path) -> BTreeMap<String, u64> {
    let mut db = store::open_to_read(folder).await.unwrap();
    let loaded = exchange::load(&mut db).await.unwrap();
    let mut endings = BTreeMap::new();
    for contract in loaded.replay.market.contracts() {
        let term = contract.agreement.term();
        let product = if term.is_some() { "term" } else { "spot" };
        let state = format!("{product} {:?}", contract.state);
        *endings.entry(state).or_default() += 1;
        let bond = term.map(|term| term.bond.state != BondState::Posted);
        if bond == Some(true) {
            *endings.entry("bonds ended".into()).or_default() += 1;
        }
    }
    endings
}

fn add(to: &mut BTreeMap<String, u64>, more: BTreeMap<String, u64>) {
    for (name, count) in more {
        *to.entry(name).or_default() += count;
    }
}

/// What the stream must have been made of.
const KINDS: [&str; 15] = [
    "open_account",
    "deposit",
    "describe_site",
    "describe_fleet",
    "list_capacity",
    "withdraw_listing",
    "place_ask",
    "place_bid",
    "term orders",
    "gtd orders",
    "reduce_order",
    "cancel_order",
    "give_notice",
    "settle_epoch",
    "close_contract",
];
const ENDINGS: [&str; 3] = [
    "bonds ended",
    "term Closed(TermOver)",
    "spot Closed(ByHost)",
];

#[tokio::test(flavor = "multi_thread")]
async fn the_market_survives_kills() {
    let kills: u64 = std::env::var("KILLS").map_or(KILLS, |text| text.parse().unwrap());
    let (mut acknowledged, mut refused, mut again, mut found) = (0, 0, 0, 0);
    let (mut kinds, mut ends) = (BTreeMap::new(), BTreeMap::new());
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
        one_life(folder.path(), LAST_LIFE, &mut known).await;
        assert!(known.open.is_empty(), "everything has its answer");
        add(&mut kinds, check(folder.path(), &known).await);
        add(&mut ends, endings(folder.path()).await);
        acknowledged += known.done.values().sum::<u64>();
        refused += known.refused;
        again += known.again;
        found += known.found;
    }
    assert!(
        from_snapshots > 0 || kills < 10,
        "no start was from a snapshot"
    );
    println!(
        "{kills} kills: {acknowledged} commands acknowledged, {refused} refused, {again} sent again, {found} of them answered by their receipt"
    );
    println!("in the journals: {kinds:?}");
    println!("contracts: {ends:?}");
    for wanted in KINDS.iter().filter(|_| kills >= KILLS) {
        assert!(kinds.contains_key(*wanted), "no {wanted} in {kinds:?}");
    }
    for wanted in ENDINGS.iter().filter(|_| kills >= KILLS) {
        assert!(ends.contains_key(*wanted), "no {wanted} in {ends:?}");
    }
    println!("figure: kills_survived {kills} kills");
}
