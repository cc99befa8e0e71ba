//! A market with a host, a buyer and a third account, each with an API token, and one machine of the host's.

use crate::{
    account::Browser,
    client::{self, Answer},
    closing,
    test_app::args,
};
use api::{DemoLogin, Placed};
use ledger::TransferId;
use market::{Command, Market};
use sandbox::{Miner, MinerSettings, Pool, PoolSettings};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use server::{
    config::Config,
    exchange::Exchange,
    service::{DataFolder, Server},
    store::{Entry, Store},
};
use std::{
    net::SocketAddr,
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tempfile::TempDir;
use units::{AccountId, Hashrate, Sats, Timestamp};

/// H/s: a hundred lots, and what one machine does three times over.
pub const HASHRATE: u64 = 100_000;
/// About ten sats for each share of 2^16 hashes; 1,300,000 for the day.
pub const PRICE: u64 = 13_000_000_000_000_000;
pub const DAY: u64 = 1_300_000;
pub const BOND: u64 = 130_000;
pub const DEPOSIT: u64 = 10_000_000;

/// A program with an API token; without one, a stranger.
pub struct Program {
    server: SocketAddr,
    token: Option<String>,
}

impl Program {
    pub async fn send(&self, method: &str, path: &str, key: Option<&str>, body: &Value) -> Answer {
        let authorization = self.token.as_ref().map(|token| format!("Bearer {token}"));
        let mut headers = vec![("Content-Type", "application/json")];
        headers.extend((authorization.as_deref()).map(|value| ("Authorization", value)));
        headers.extend(key.map(|key| ("Idempotency-Key", key)));
        let path = format!("/api/v1/{path}");
        client::with_body(method, self.server, &path, &headers, &body.to_string()).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, None, body).await
    }

    pub async fn ask(&self, path: &str) -> Answer {
        let authorization = self.token.as_ref().map(|token| format!("Bearer {token}"));
        let headers: Vec<_> = (authorization.iter())
            .map(|value| ("Authorization", value.as_str()))
            .collect();
        client::ask(self.server, &format!("/api/v1/{path}"), &headers).await
    }

    pub async fn read<T: DeserializeOwned>(&self, path: &str) -> T {
        good(path, &self.ask(path).await)
    }

    /// A request that succeeds.
    pub async fn done<T: DeserializeOwned>(&self, path: &str, body: &Value) -> T {
        good(path, &self.post(path, body).await)
    }
}

fn good<T: DeserializeOwned>(path: &str, answer: &Answer) -> T {
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    serde_json::from_slice(&answer.body).expect("the JSON that the API promises")
}

/// Status, code, the market's status and the field.
pub fn refusal(answer: &Answer) -> (u16, String, String, String) {
    let error: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
    (answer.status, text("code"), text("status"), text("field"))
}

pub fn is(answer: &Answer, status: u16, name: &str) {
    let (code, _, told, _) = refusal(answer);
    assert_eq!((code, told.as_str()), (status, name), "{}", answer.text());
}

pub struct Place {
    pub server: Server,
    pub exchange: Exchange,
    pub pool: Pool,
    pub host: Program,
    pub buyer: Program,
    pub third: Program,
    pub stranger: Program,
    pub data: PathBuf,
    _folder: TempDir,
}

fn account(name: &str) -> AccountId {
    name.parse().unwrap()
}

/// By the system's clock, as the server has it.
pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}

/// Accounts with money.
pub fn opened() -> Vec<Command> {
    let open = |name: &str| Command::OpenAccount {
        account: account(name),
    };
    let names = ["host", "buyer", "third"];
    let deposit = |(number, name): (usize, &&str)| Command::Deposit {
        account: account(name),
        amount: Sats::new(DEPOSIT),
        reference: TransferId::new(number as u128 + 1),
    };
    let opening = names.iter().map(|name| open(name));
    opening
        .chain(names.iter().enumerate().map(deposit))
        .collect()
}

pub async fn pool() -> Pool {
    let settings = PoolSettings {
        mean_block_interval: Duration::from_secs(86_400),
        ..PoolSettings::default()
    };
    Pool::start(settings).await.unwrap()
}

impl Place {
    pub async fn start() -> Self {
        Self::with_history(pool().await, Timestamp::default(), opened()).await
    }

    /// A server whose journal holds these commands, carried out at that time.
    pub async fn with_history(pool: Pool, at: Timestamp, commands: Vec<Command>) -> Self {
        let (args, folder) = args();
        let mut config: Config = closing::config(args.data.clone(), args.dist);
        config.pools.also_ports.push(pool.address().port());
        let login = |name: &str| DemoLogin {
            account: account(name),
            password: "demo-password".into(),
        };
        config.identity.demo_logins = ["host", "buyer", "third"].map(login).to_vec();
        let data = DataFolder::lock(&config.data).unwrap();
        let store = Store::open(&config.data).await.unwrap();
        store.begin(config.market).await.unwrap();
        let mut market = Market::new(config.market);
        let entries: Vec<Entry> = (1..)
            .zip(commands)
            .map(|(seq, command)| Entry {
                seq,
                at,
                events: market.apply(&command, at).unwrap(),
                command,
            })
            .collect();
        store.append(&entries, &[], &market).await.unwrap();
        let exchange = Exchange::start(store.clone(), config.market).await.unwrap();
        let server = Server::start(config, data, store, exchange.clone());
        let server = server.await.unwrap();
        let mut tokens = Vec::new();
        for name in ["host", "buyer", "third"] {
            let mut browser = Browser::signed_in(server.pages, name).await;
            tokens.push(Some(browser.token("bot", "trade").await));
        }
        let mut programs = tokens.into_iter().chain([None]).map(|token| Program {
            server: server.pages,
            token,
        });
        let mut next = || programs.next().unwrap();
        Self {
            host: next(),
            buyer: next(),
            third: next(),
            stranger: next(),
            server,
            exchange,
            pool,
            data: args.data,
            _folder: folder,
        }
    }

    /// A token of the buyer's that may only look.
    pub async fn reader(&self) -> Program {
        let mut browser = Browser::signed_in(self.server.pages, "buyer").await;
        Program {
            server: self.server.pages,
            token: Some(browser.token("reader", "read").await),
        }
    }

    pub fn machine(&self) -> Miner {
        Miner::start(MinerSettings {
            pool: self.server.stratum,
            user: "host.rig".into(),
            password: "x".into(),
            hashrate: Hashrate::new(300_000),
            seed: 3,
            reconnect: false,
        })
    }

    /// The whole market, to see whether anything changed.
    pub fn market(&self) -> Market {
        self.exchange.read(Clone::clone)
    }

    /// The host's site, fleet and listing: for spot and a day.
    pub async fn list(&self) {
        let site: api::Numbered = self.host.done("sites", &site()).await;
        let fleet = json!({"site": site.id, "model": "cpu-core", "count": 1});
        let fleet: api::Numbered = self.host.done("fleets", &fleet).await;
        let listing = json!({
            "fleet": fleet.id, "hashrate_hs": HASHRATE.to_string(), "products": ["spot", "1d"],
        });
        let listing: api::Numbered = self.host.done("listings", &listing).await;
        assert_eq!((site.id, fleet.id, listing.id), (1, 1, 1));
    }

    pub async fn offer(&self, product: &str) -> Placed {
        self.host.done("asks", &ask(product)).await
    }

    pub fn bid(&self, product: &str, budget: u64) -> Value {
        json!({
            "product": product,
            "hashrate_hs": HASHRATE.to_string(),
            "price_sats_per_phs_day": PRICE.to_string(),
            "budget_sats": budget.to_string(),
            "pool": {"address": self.pool.address().to_string(), "user": "b.a", "password": "x"},
            "constraints": {
                "countries_allowed": ["NO", "IS"],
                "energy": {"sources": ["hydro", "wind"], "percent": 90},
                "max_carbon_g_per_kwh": 25,
            },
        })
    }
}

pub fn site() -> Value {
    json!({
        "name": "Rana hall", "country": "NO", "region": "18", "power_kw": 40, "grid": "connected",
        "energy": [{"source": "hydro", "percent": 95}, {"source": "gas", "percent": 5}],
        "carbon": {"g_per_kwh": 19, "source": "NVE 2023"}, "cooling": "water",
        "tariff": {"amount": 3100, "unit": "eur_cent_thousandths_per_kwh"},
        "curtailment": {"agreed": {"notice_minutes": 30, "hours_per_month": 12}},
    })
}

pub fn ask(product: &str) -> Value {
    json!({
        "listing": 1, "product": product, "hashrate_hs": HASHRATE.to_string(),
        "price_sats_per_phs_day": PRICE.to_string(),
    })
}
