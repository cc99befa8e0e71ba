//! The host bears what the buyer's pool refuses, or does not answer: over real sockets, from the pool's word to the money.

use crate::{
    client, closing,
    pool_answers::serve,
    test_app::{args, until},
    trade::Trade,
    trading::{Place, ask},
};
use api::{Placed, Quote};
use market::CloseReason;
use pow::{
    bundle::Verdict,
    settlement::{Payer, RejectTerms, owed},
};
use sandbox::Miner;
use serde_json::json;
use server::{
    audit,
    exchange::Exchange,
    service::{DataFolder, Server},
    store::Store,
};
use std::{net::SocketAddr, path::PathBuf, time::Duration};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};
use units::{ContractId, Sats};

/// Every share of ours is one of the pool's too: both ask for 2^16 hashes.
const SENT_ON: f64 = 1.0 / 65_536.0;
const ACCEPTED: &str = r#"{"id":ID,"result":true,"error":null}"#;
const REFUSED: &str = r#"{"id":ID,"result":null,"error":[23,"Low difficulty share",null]}"#;
/// A pool's line about nothing.
const NOTHING: &str = r#"{"id":null,"method":"mining.ping","params":[]}"#;

struct Scene {
    exchange: Exchange,
    server: Server,
    machine: Miner,
    data: PathBuf,
    pool: JoinHandle<()>,
    _folder: TempDir,
}

impl Scene {
    async fn set(words: &'static [&'static str], agree: impl FnOnce(&mut Trade<'_>)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let pool = tokio::spawn(serve(listener, SENT_ON, words));
        let (args, folder) = args();
        let mut config = closing::config(args.data.clone(), args.dist);
        config.patience.last_answers = Duration::from_millis(300);
        let data = DataFolder::lock(&config.data).unwrap();
        let store = Store::open(&config.data).await.unwrap();
        let exchange = Exchange::start(store.clone(), config.market).await.unwrap();
        let pools = [address];
        let mut trade = closing::ten_shares(&pools);
        // Of forty: a machine is given harder ones in time.
        trade.budget = Sats::new(400);
        agree(&mut trade);
        trade.place(&exchange).await;
        let server = Server::start(config, data, store, exchange.clone());
        let server = server.await.unwrap();
        let machine = closing::machine(&server);
        Self {
            exchange,
            server,
            machine,
            data: args.data,
            pool,
            _folder: folder,
        }
    }

    fn contract(&self) -> market::Contract {
        let id = ContractId::new(1);
        (self.exchange).read(|market| market.contract(&id).unwrap().clone())
    }

    /// Once the budget is spent: the verdict, and what the books paid is what it says.
    async fn ended(mut self) -> (market::Contract, Verdict) {
        until("the contract's end", || async {
            !self.contract().is_live()
        })
        .await;
        self.machine.stop().await;
        self.pool.abort();
        let contract = self.contract();
        let spent = market::ContractState::Closed(CloseReason::BudgetSpent);
        assert_eq!(contract.state, spent);
        let verdict = verdict(self.server.pages).await;
        assert_eq!(verdict.owed_sealed_sats, contract.owed_total);
        assert_eq!(verdict.work_hashes, contract.work_total);
        let terms = verdict.terms.as_ref().unwrap();
        assert_eq!(terms.rejects, contract.agreement.rejects);

        let audit = audit::audit(&self.data).await.unwrap();
        assert!(audit.is_good(), "{audit:?}");
        assert_eq!(audit.contracts[0].paid_sats, contract.owed_total.get());
        let sats = |account: &str| audit.balances_sats[account].cast_unsigned();
        assert_eq!(sats("escrow:1"), 0);
        assert_eq!(sats("available:buyer"), 1_000 - contract.owed_total.get());
        (contract, verdict)
    }
}

async fn verdict(pages: SocketAddr) -> Verdict {
    let bundle = client::get(pages, "/api/v1/contracts/1/bundle").await;
    crate::test_app::verify(&bundle.body)
}

fn host_bears(pool_reject: bool, pool_down: bool) -> RejectTerms {
    let payer = |host| if host { Payer::Host } else { Payer::Buyer };
    RejectTerms {
        pool_reject: payer(pool_reject),
        pool_down: payer(pool_down),
        ..RejectTerms::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_bears_the_pool_s_rejects_is_paid_for_the_others_only() {
    let scene = Scene::set(&[ACCEPTED, REFUSED], |trade| {
        trade.rejects = host_bears(true, false);
    })
    .await;
    let page: api::Contract = client::read_json(scene.server.pages, "/api/v1/contracts/1").await;
    assert_eq!(page.agreed.rejects.pool_reject, api::Payer::Host);
    assert_eq!(page.agreed.rejects.pool_down, api::Payer::Buyer);
    let (contract, verdict) = scene.ended().await;
    let answers = verdict.pool_answers.unwrap().all;
    assert!(answers.refused.shares >= 2, "{answers:?}");
    let counted = owed(contract.work_total, contract.price).unwrap();
    assert!(contract.owed_total < counted, "{counted}");
    let tally = contract.tally;
    assert_eq!(tally.refused_hashes, answers.refused.work_hashes);
    let payable = tally.counted_hashes.checked_sub(tally.refused_hashes);
    let payable = owed(payable.unwrap(), contract.price).unwrap();
    assert!(payable <= contract.owed_total && !payable.is_zero());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_bears_a_pool_that_is_down_is_paid_for_what_it_answered() {
    let scene = Scene::set(&[ACCEPTED, NOTHING, NOTHING], |trade| {
        trade.rejects = host_bears(false, true);
    })
    .await;
    let (contract, verdict) = scene.ended().await;
    let answers = verdict.pool_answers.unwrap().all;
    assert!(answers.unanswered.shares >= 2, "{answers:?}");
    assert_eq!(answers.refused.shares, 0);
    let counted = owed(contract.work_total, contract.price).unwrap();
    assert!(contract.owed_total < counted, "{counted}");
    let accepted = owed(answers.accepted.work_hashes, contract.price);
    assert_eq!(Some(contract.owed_total), accepted);
    assert!(contract.owed_total > Sats::ZERO);
}

#[tokio::test(flavor = "multi_thread")]
async fn bids_and_asks_agree_on_who_bears_refused_work_before_they_trade() {
    let place = Place::start().await;
    place.list().await;
    place.offer("spot").await;
    let rejects = json!({"pool_reject": "host"});
    // Nobody who sells bears that, and the quote says so.
    let wanted = json!({"hashrate_hs": "50000", "rejects": rejects});
    let quote: Quote = place.stranger.done("quotes", &wanted).await;
    assert!(quote.fillable_hs.is_zero());
    let [excluded] = &quote.excluded[..] else {
        panic!("{:?}", quote.excluded)
    };
    assert_eq!(excluded.constraint, api::Constraint::Bears);
    assert_eq!(excluded.fillable_without_hs.get(), 50_000);
    let mut bid = place.bid("spot", 1_000);
    bid["terms"] = json!({"rejects": rejects});
    let placed: Placed = place.buyer.done("bids", &bid).await;
    assert!(placed.fills.is_empty());
    let orders: Vec<api::Order> = place.buyer.read("account/orders").await;
    let agreed = orders[0].terms.rejects;
    assert_eq!(
        (agreed.pool_reject, agreed.pool_down),
        (api::Payer::Host, api::Payer::Buyer)
    );
    // A host who bears both classes bears the one that the bid asks for.
    let mut bears = ask("spot");
    bears["terms"] = json!({"rejects": {"pool_reject": "host", "pool_down": "host"}});
    let placed: Placed = place.host.done("asks", &bears).await;
    assert_eq!(placed.fills.len(), 1);
    let contract: api::Contract = place.stranger.read("contracts/1").await;
    assert_eq!(contract.agreed.rejects, agreed);
    let page = client::get(place.server.pages, "/contracts/1").await.body;
    let page = String::from_utf8(page).unwrap();
    assert!(page.contains("Counted, and refused by the buyer's pool: borne by the host"));
}
