//! Rows are commands, with their outcome behind `=>`; or `= ACCOUNT SATS`, what an account can spend. A row is a millisecond
//! after the one before; `@MS` in front of a row sets the time.
//!
//! `open A`, `deposit A SATS REF`, `ask A TH/S PRICE [TERMS]`, `bid A TH/S PRICE BUDGET [TERMS]`, `cancel A ORDER`,
//! `reduce A ORDER TH/S`, `cancelall A`, `expire`, `settle CONTRACT EPOCH SHARES WORK OWED [ended=MS] [excused=MS] [sessions=N] [more] [refused=WORK] [silent=WORK]` (work in thousandths of a PH/s
//! and day), `close CONTRACT`, `notice A CONTRACT EPOCH`, `endterm CONTRACT`, `site A COUNTRY ENERGY`, `fleet A SITE MODEL COUNT`,
//! `list A FLEET TH/S PRODUCTS`, `withdraw A LISTING`. The fee is 2.5 %.
//! Terms: `on=LISTING`, `product=7d`, `ioc`, `fok`, `gtd=MS`, `post`, `min=TH/S`, `client=N`, `self=cancel`, `pace=N`, `only=NO,SE`, `country%=50`, `mj=N`, `rating=N`, `bears=reject,down`.
//! Outcomes: `hold N`, `release N`, `move N` for transfers, `rests ORDER TH/S`, `trade ORDER TH/S@PRICE contract N`, `paid HOST+FEE`,
//! `refund N`, `bond FORFEITED|RETURNED`, `cancelled`, `opened`, `nothing`, or the refusal.

use super::{LOT, apply, market, pool, spendable, work};
use crate::{
    BackupPools, Carbon, CloseReason, Command, Curtailment, EpochDelivery, Event, Label, Market,
    Model, OrderTerms, Product, Refusal, SiteDescription, Tariff,
};
use ledger::{Kind, TransferId};
use orderbook::{
    ClientOrderId, Constraints, Cooling, Countries, Country, CountrySet, Energy, EnergyMix, Grid,
    SelfTrade, TimeInForce,
};
use pow::{
    settlement::{Payer, RejectTerms, Tally},
    statistics::Delivered,
};
use units::{
    ContractId, FleetId, Hashrate, ListingId, Millis, OrderId, Price, Sats, SiteId, Timestamp, Work,
};

pub(super) fn run(table: &str) -> Market {
    let (mut market, mut ms) = (market(), 0);
    for row in table.lines().map(str::trim) {
        ms += 1;
        let timed = row.strip_prefix('@').and_then(|row| row.split_once(' '));
        let (time, row) = timed.map_or((None, row), |(time, row)| (Some(time), row.trim()));
        ms = time.map_or(ms, |time| time.parse().unwrap());
        if let Some((command, expected)) = row.split_once("=>") {
            let outcome = apply(&mut market, &command_of(command), ms);
            assert_eq!(said(&outcome), expected.trim(), "{row}");
        } else if let Some(("=", rest)) = row.split_once(' ') {
            let (account, sats) = rest.trim().split_once(' ').unwrap();
            let found = spendable(&market, account.parse().unwrap());
            assert_eq!(found, sats.trim().parse::<i128>().unwrap(), "{row}");
        } else {
            assert!(row.is_empty() || row.starts_with('#'), "not a row: {row}");
        }
    }
    market
}

pub(super) fn country(text: &str) -> Country {
    Country::new(text.as_bytes().try_into().unwrap()).unwrap()
}

pub(super) fn site(where_it_is: &str, energy: Energy) -> SiteDescription {
    let label = |text: &str| Label::try_from(text.to_owned()).unwrap();
    let mut mix = EnergyMix::default();
    mix.0[energy as usize] = 100;
    SiteDescription {
        name: label("Hall 1"),
        country: country(where_it_is),
        region: None,
        power_kw: 1_000,
        grid: Grid::Connected,
        energy: mix,
        carbon: Some(Carbon {
            g_per_kwh: 26,
            source: label("supplier's certificate 2026"),
        }),
        cooling: Cooling::Air,
        tariff: Some(Tariff::UsdCentThousandthsPerKwh(4_500)),
        curtailment: Curtailment::Never,
    }
}

/// The columns that name what they are, behind those that stand in order.
struct Named<'a>(&'a [&'a str]);

impl<'a> Named<'a> {
    fn value(&self, name: &str) -> Option<&'a str> {
        let found = self
            .0
            .iter()
            .find_map(|column| column.split_once('=').filter(|(of, _)| *of == name));
        found.map(|(_, value)| value)
    }

    fn number<T: std::str::FromStr<Err: std::fmt::Debug>>(&self, name: &str) -> Option<T> {
        self.value(name).map(|value| value.parse().unwrap())
    }

    fn has(&self, word: &str) -> bool {
        self.0.contains(&word)
    }

    fn terms(&self) -> OrderTerms {
        let lots: Option<u128> = self.number("min");
        OrderTerms {
            product: self.value("product").map_or(Product::Spot, |name| {
                Product::try_from(name.to_owned()).unwrap()
            }),
            time_in_force: match self.number("gtd") {
                Some(ms) => TimeInForce::Gtd(Timestamp::from_unix_ms(ms)),
                None if self.has("ioc") => TimeInForce::Ioc,
                None if self.has("fok") => TimeInForce::Fok,
                None => TimeInForce::Gtc,
            },
            post_only: self.has("post"),
            minimum_fill: Hashrate::new(lots.unwrap_or(0) * LOT),
            self_trade: match self.value("self") {
                Some(_) => SelfTrade::CancelResting,
                None => SelfTrade::Refuse,
            },
            client_id: self.number("client").map(ClientOrderId),
            rejects: self.rejects(),
        }
    }

    /// `bears=reject,down`; `stale` and `operator` for what is refused.
    fn rejects(&self) -> RejectTerms {
        let mut rejects = RejectTerms::default();
        for word in self
            .value("bears")
            .into_iter()
            .flat_map(|all| all.split(','))
        {
            match word {
                "reject" => rejects.pool_reject = Payer::Host,
                "down" => rejects.pool_down = Payer::Host,
                "stale" => rejects.seller_stale = Payer::Buyer,
                _ => rejects.pool_down = Payer::Operator,
            }
        }
        rejects
    }

    fn tally(&self, counted: Work) -> Option<Tally> {
        let (refused, silent) = (self.number("refused"), self.number("silent"));
        let stale = self.number("stale");
        let part = |part: Option<u64>| part.map_or(Work::ZERO, work);
        (refused.is_some() || silent.is_some() || stale.is_some()).then(|| Tally {
            counted_hashes: self.number("counted").map_or(counted, work),
            stale_hashes: part(stale),
            refused_hashes: part(refused),
            silent_hashes: part(silent),
        })
    }

    fn constraints(&self) -> Constraints {
        let only = self.value("only").map(|list| list.split(',').map(country));
        Constraints {
            countries: only.map_or(Countries::Any, |list| {
                Countries::Only(CountrySet::of(&list.collect::<Vec<_>>()))
            }),
            max_country_percent: self.number("country%"),
            max_mj_per_th: self.number("mj"),
            min_rating: self.number("rating"),
            ..Constraints::default()
        }
    }

    fn delivery(&self, shares: u64, work: Work) -> Option<EpochDelivery> {
        let mut delivered = Delivered::default();
        let each = Work::new(work.get() / u128::from(shares.max(1)));
        (0..shares).for_each(|_| delivered.observe(each));
        Some(EpochDelivery {
            ended_at: Timestamp::from_unix_ms(self.number("ended")?),
            delivered,
            excused_total: Millis::new(self.number("excused").unwrap_or(0)),
            share_work: each,
            sessions: self.number("sessions").unwrap_or(0),
        })
    }
}

pub(super) fn command_of(row: &str) -> Command {
    let columns: Vec<&str> = row.split_whitespace().collect();
    let number = |i: usize| columns[i].parse::<u64>().unwrap();
    match columns[0] {
        "settle" => Command::SettleEpoch {
            contract: ContractId::new(number(1)),
            epoch: number(2) as u32,
            shares_total: number(3),
            work_total: work(number(4)),
            owed_total: Sats::new(number(5)),
            epoch_hash: [number(2) as u8; 32],
            last: !Named(&columns[6..]).has("more"),
            delivery: Named(&columns[6..]).delivery(number(3), work(number(4))),
            tally: Named(&columns[6..]).tally(work(number(4))),
        },
        "close" => Command::CloseContract {
            contract: ContractId::new(number(1)),
            reason: match columns.get(2) {
                Some(&"host") => CloseReason::ByHost,
                Some(&"spent") => CloseReason::BudgetSpent,
                Some(&"over") => CloseReason::TermOver,
                Some(&"full") => CloseReason::ProofFull,
                _ => CloseReason::ByBuyer,
            },
        },
        "endterm" => Command::ExpireTerm {
            contract: ContractId::new(number(1)),
        },
        "expire" => Command::ExpireOrders,
        _ => command_of_account(&columns),
    }
}

fn command_of_account(columns: &[&str]) -> Command {
    let account = columns[1].parse().unwrap();
    let number = |i: usize| columns[i].parse::<u64>().unwrap();
    let hashrate = |i: usize| Hashrate::new(u128::from(number(i)) * LOT);
    match columns[0] {
        "open" => Command::OpenAccount { account },
        "deposit" => Command::Deposit {
            account,
            amount: Sats::new(number(2)),
            reference: TransferId::new(number(3).into()),
        },
        "ask" => Command::PlaceAsk {
            account,
            hashrate: hashrate(2),
            price: Price::new(number(3)),
            listing: Named(&columns[4..]).number("on").map(ListingId::new),
            terms: Named(&columns[4..]).terms(),
        },
        "bid" => Command::PlaceBid {
            account,
            hashrate: hashrate(2),
            price: Price::new(number(3)),
            budget: Sats::new(number(4)),
            pool: pool(),
            backups: BackupPools::default(),
            shares_per_minute: Named(&columns[5..]).number("pace"),
            constraints: Named(&columns[5..]).constraints(),
            terms: Named(&columns[5..]).terms(),
        },
        "cancel" => Command::CancelOrder {
            account,
            order: OrderId::new(number(2)),
        },
        "reduce" => Command::ReduceOrder {
            account,
            order: OrderId::new(number(2)),
            by: hashrate(3),
        },
        "cancelall" => Command::CancelAll { account },
        "notice" => Command::GiveNotice {
            account,
            contract: ContractId::new(number(2)),
            open_epoch: number(3) as u32,
        },
        _ => command_of_host(columns),
    }
}

fn command_of_host(columns: &[&str]) -> Command {
    let account = columns[1].parse().unwrap();
    let number = |i: usize| columns[i].parse::<u64>().unwrap();
    let hashrate = |i: usize| Hashrate::new(u128::from(number(i)) * LOT);
    match columns[0] {
        "site" => Command::DescribeSite {
            account,
            site: None,
            description: site(
                columns[2],
                if columns[3] == "hydro" {
                    Energy::Hydro
                } else {
                    Energy::Gas
                },
            ),
        },
        "fleet" => Command::DescribeFleet {
            account,
            fleet: columns.get(5).map(|id| FleetId::new(id.parse().unwrap())),
            site: SiteId::new(number(2)),
            model: Model::of_name(columns[3]).unwrap(),
            count: number(4) as u32,
        },
        "list" => Command::ListCapacity {
            account,
            fleet: FleetId::new(number(2)),
            hashrate: hashrate(3),
            products: (columns[4].split(','))
                .map(|name| Product::try_from(name.to_owned()).unwrap())
                .collect(),
        },
        "withdraw" => Command::WithdrawListing {
            account,
            listing: ListingId::new(number(2)),
        },
        row => panic!("not a command: {row}"),
    }
}

pub(super) fn said(outcome: &Result<Vec<Event>, Refusal>) -> String {
    let lots = |hashrate: &Hashrate| hashrate.get() / LOT;
    let one = |event: &Event| match event {
        Event::AccountOpened { .. } => Some("opened".to_owned()),
        Event::Transferred(transfer) => Some(match transfer.kind {
            Kind::Pending | Kind::PendingUntil(_) => format!("hold {}", transfer.amount),
            Kind::VoidPending(_) | Kind::ExpirePending { .. } => {
                format!("release {}", transfer.amount)
            }
            Kind::Posted | Kind::PostPending(_) => format!("move {}", transfer.amount),
        }),
        Event::OrderRested { order, remaining } => {
            Some(format!("rests {} {}", order.id, lots(remaining)))
        }
        Event::Traded(trade) => Some(format!(
            "trade {} {}@{} contract {}",
            trade.maker,
            lots(&trade.hashrate),
            trade.price,
            trade.contract
        )),
        Event::OrderCancelled { .. } => Some("cancelled".to_owned()),
        Event::BondEnded {
            forfeited,
            returned,
            ..
        } => Some(format!("bond {forfeited}|{returned}")),
        Event::OrderReduced { remaining, .. } => Some(format!("reduced {}", lots(remaining))),
        Event::OrderShrunk { remaining, .. } => Some(format!("shrunk {}", lots(remaining))),
        Event::NoticeGiven { notice, .. } => Some(format!("notice {}", notice.last_epoch)),
        Event::ListingWithdrawn { .. } => Some("withdrawn".to_owned()),
        Event::SiteDescribed(site) => Some(format!("site {}", site.id)),
        Event::FleetDescribed(fleet) => Some(format!("fleet {}", fleet.id)),
        Event::CapacityListed(listing) => Some(format!("listing {}", listing.id)),
        Event::SearchTruncated { .. }
        | Event::ContractOpened(_)
        | Event::FallbackPoolSet { .. } => None,
        Event::EpochSettled(epoch) => Some(format!("paid {}+{}", epoch.paid_host, epoch.fee)),
        Event::ContractClosed { refunded, .. } => Some(format!("refund {refunded}")),
    };
    match outcome {
        Ok(events) if events.is_empty() => "nothing".to_owned(),
        Ok(events) => events.iter().filter_map(one).collect::<Vec<_>>().join(", "),
        Err(refusal) => format!("{refusal:?}"),
    }
}
