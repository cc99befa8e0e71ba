//! Random commands from a seed.

use orderbook::{
    Attributes, Burden, BurdenSet, ClientOrderId, Command, Constraints, Cooling, CoolingSet,
    Countries, Country, CountrySet, Energy, EnergyMix, EnergySet, EnergyShare, Grid, GridSet,
    Order, PoolId, Product, SelfTrade, Settings, Side, TimeInForce,
};
use units::{AccountId, Hashrate, OrderId, Price, Timestamp};

/// SplitMix64: small, and the same everywhere.
pub struct Random(u64);

impl Random {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// True once in so many.
    pub fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    pub fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }
}

/// What the commands are like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A few attributes and prices: orders meet all the time.
    Dense,
    /// Attributes of a wide range: hundreds of classes on both sides.
    Wide,
    /// One to three classes a side with far more prices than a class keeps in a row, which now and then one order sweeps.
    Deep,
}

pub const LOT: u128 = 10;
pub const TICK: u64 = 5;
/// The prices of a deep stream, in ticks.
pub const DEEP: u64 = 240;

pub struct Stream {
    pub random: Random,
    kind: Kind,
    next_id: u64,
    now: u64,
    accounts: Vec<AccountId>,
    /// The latest orders, so that what is cancelled mostly exists.
    latest: Vec<(OrderId, AccountId)>,
    /// Of a deep stream, the classes.
    stated: Vec<Attributes>,
    required: Vec<Constraints>,
}

const COUNTRIES: [[u8; 2]; 5] = [*b"NO", *b"US", *b"PY", *b"ET", *b"AA"];

impl Stream {
    pub fn new(seed: u64, kind: Kind) -> Self {
        let names = ["a", "b", "c", "d", "e"].iter();
        let accounts: Vec<AccountId> = names.map(|name| name.parse().unwrap()).collect();
        let latest = if kind == Kind::Deep { 512 } else { 32 };
        let mut stream = Self {
            latest: vec![(OrderId::new(0), accounts[0]); latest],
            random: Random::new(seed),
            kind,
            next_id: 1,
            now: 0,
            accounts,
            stated: Vec::new(),
            required: Vec::new(),
        };
        if kind == Kind::Deep {
            for _ in 0..=seed % 3 {
                let mut stated = stream.attributes();
                stated.energy = EnergyMix::default();
                let mut required = stream.constraints();
                required.energy = None;
                stream.stated.push(stated);
                stream.required.push(required);
            }
            // One that trades with all.
            stream.required[0] = Constraints::default();
        }
        stream
    }

    /// A book's limits, not the same for every seed.
    pub fn settings(&mut self) -> Settings {
        let mut settings = Settings::new(Hashrate::new(LOT), Price::new(TICK));
        let random = &mut self.random;
        if self.kind == Kind::Dense {
            settings.visit_budget = random.of(&[None, None, Some(3), Some(7)]);
            settings.max_orders_of_account = random.of(&[u32::MAX, 12]).max(12);
            settings.max_orders_of_pool = 4;
            settings.max_hashrate = Hashrate::new(LOT * 14);
            settings.min_price = Price::new(TICK * 2);
            settings.max_price = Price::new(TICK * 17);
        }
        settings
    }

    pub fn next(&mut self) -> Command {
        let account = self.account();
        let (id, owner) = self.random.of(&self.latest);
        let owner = if self.random.one_in(12) {
            account
        } else {
            owner
        };
        let end_of_all = match self.kind {
            Kind::Dense => 120,
            Kind::Wide => 4_000,
            Kind::Deep => 1_500,
        };
        if self.random.one_in(end_of_all) {
            return Command::CancelAll { account };
        }
        match self.random.below(100) {
            0..15 => Command::Cancel { id, account: owner },
            15..20 => Command::Reduce {
                id,
                account: owner,
                by: self.lots(6),
            },
            20..24 => {
                let pool = PoolId(self.random.below(4));
                let mostly = self.accounts[pool.0 as usize];
                let account = if self.random.one_in(9) {
                    account
                } else {
                    mostly
                };
                Command::SetPool {
                    pool,
                    account,
                    available: self.lots(30),
                }
            }
            24..26 => {
                self.now += self.random.below(4);
                let back = self.random.one_in(6).into();
                Command::Expire {
                    now: Timestamp::from_unix_ms(self.now.saturating_sub(back)),
                }
            }
            _ if self.kind == Kind::Deep => Command::Place(self.deep_order(account)),
            _ => Command::Place(self.order(account)),
        }
    }

    /// Bids stand below asks but for a few prices; a sweep comes from far over there.
    fn deep_order(&mut self, account: AccountId) -> Order {
        let mut order = self.order(account);
        let sweeps = self.random.one_in(400);
        // Most of them come to rest and stay.
        if !self.random.one_in(8) {
            (order.time_in_force, order.client_id) = (TimeInForce::Gtc, None);
        }
        let reach = if sweeps { DEEP } else { DEEP / 2 + 5 };
        let away = self.random.below(if sweeps { 20 } else { reach });
        let ticks = match order.side {
            Side::Bid => reach - away,
            Side::Ask => DEEP + 1 - reach + away,
        };
        if order.price.get().is_multiple_of(TICK) {
            order.price = Price::new(TICK * ticks);
        }
        match order.side {
            Side::Bid => order.constraints = self.random.of(&self.required),
            Side::Ask => order.attributes = self.random.of(&self.stated),
        }
        if sweeps {
            order.hashrate = Hashrate::new(LOT * (400 + u128::from(self.random.below(800))));
            (order.constraints, order.pool) = (Constraints::default(), None);
            (order.post_only, order.minimum_fill) = (false, Hashrate::ZERO);
            order.self_trade = SelfTrade::CancelResting;
        }
        order
    }

    fn account(&mut self) -> AccountId {
        self.random.of(&self.accounts)
    }

    /// Now and then zero or off the grid.
    fn lots(&mut self, end: u64) -> Hashrate {
        let lots = u128::from(self.random.below(end)) * LOT;
        Hashrate::new(if self.random.one_in(50) {
            lots + 1
        } else {
            lots
        })
    }

    pub fn order(&mut self, account: AccountId) -> Order {
        self.next_id += 1 + self.random.below(3);
        let back = if self.random.one_in(60) { 3 } else { 0 };
        let id = OrderId::new(self.next_id.saturating_sub(back));
        let instead = self.random.below(self.latest.len() as u64);
        self.latest[instead as usize] = (id, account);
        let side = self.random.of(&[Side::Bid, Side::Ask]);
        let mut price = TICK * (5 + self.random.below(10));
        if self.random.one_in(50) {
            price = self.random.below(TICK * 20);
        }
        let hashrate = Hashrate::new(LOT).max(self.lots(16));
        let mut order = Order::limit(id, account, side, hashrate, Price::new(price));
        order.product = Product(self.random.one_in(8).into());
        let random = &mut self.random;
        order.time_in_force = match random.below(20) {
            0..4 => TimeInForce::Ioc,
            4..6 => TimeInForce::Fok,
            6..9 => TimeInForce::Gtd(Timestamp::from_unix_ms(self.now + random.below(8))),
            _ => TimeInForce::Gtc,
        };
        order.post_only = random.one_in(12);
        order.self_trade = random.of(&[
            SelfTrade::Refuse,
            SelfTrade::CancelResting,
            SelfTrade::CancelArriving,
        ]);
        if random.one_in(6) {
            order.client_id = Some(ClientOrderId(random.below(4)));
        }
        if self.random.one_in(4) {
            order.minimum_fill = self.lots(8);
        }
        if side == Side::Ask {
            self.listing(&mut order);
        } else if !self.random.one_in(3) {
            order.constraints = self.constraints();
        }
        if self.random.one_in(60) {
            order.attributes = self.attributes();
        }
        order
    }

    fn listing(&mut self, order: &mut Order) {
        if !self.random.one_in(5) {
            order.attributes = self.attributes();
        }
        if self.random.one_in(4) {
            let owned = self
                .accounts
                .iter()
                .position(|account| *account == order.account);
            let pool = owned.unwrap_or(0) as u64;
            order.pool = Some(PoolId(if self.random.one_in(9) {
                self.random.below(5)
            } else {
                pool
            }));
        }
    }

    fn country(&mut self) -> Country {
        let letter = |random: &mut Random| b'A' + random.below(26) as u8;
        let letters = match self.kind {
            Kind::Wide if self.random.one_in(3) => {
                [letter(&mut self.random), letter(&mut self.random)]
            }
            _ => self.random.of(&COUNTRIES),
        };
        Country::new(letters).unwrap()
    }

    fn number(&mut self, end: u64, coarse: u64) -> u64 {
        match self.kind {
            Kind::Dense | Kind::Deep => self.random.below(4) * coarse,
            Kind::Wide => self.random.below(end),
        }
    }

    pub fn attributes(&mut self) -> Attributes {
        let mut energy = EnergyMix::default();
        let mut left = if self.random.one_in(90) { 130 } else { 100 };
        while left > 0 && !self.random.one_in(5) {
            let part = (left * (1 + self.random.below(4)) / 4).min(left);
            energy.0[self.random.of(Energy::ALL) as usize] = part as u8;
            left -= part;
        }
        // A part given twice only lowers the sum.
        Attributes {
            country: (!self.random.one_in(8)).then(|| self.country()),
            region: None,
            energy: if self.random.one_in(3) {
                EnergyMix::default()
            } else {
                energy
            },
            grid: (!self.random.one_in(5)).then(|| self.random.of(Grid::ALL)),
            cooling: (!self.random.one_in(5)).then(|| self.random.of(Cooling::ALL)),
            mj_per_th: (!self.random.one_in(5)).then(|| self.number(80_000, 9_000) as u32),
            carbon_g_per_kwh: (!self.random.one_in(5)).then(|| self.number(1_200, 200) as u16),
            rating: (!self.random.one_in(5)).then(|| self.number(10_001, 2_500) as u16),
            bears: self.burdens(3),
        }
    }

    /// None in one of `none`.
    fn burdens(&mut self, none: u64) -> BurdenSet {
        if self.random.one_in(none) {
            return BurdenSet::default();
        }
        let burdens = [0, 1].map(|_| self.random.of(Burden::ALL));
        BurdenSet::of(&burdens)
    }

    pub fn constraints(&mut self) -> Constraints {
        let mut required = Constraints::default();
        if self.random.one_in(2) {
            let listed: Vec<Country> = (0..=self.random.below(4)).map(|_| self.country()).collect();
            let set = CountrySet::of(&listed);
            required.countries = self
                .random
                .of(&[Countries::Only(set), Countries::Except(set)]);
        }
        let random = &mut self.random;
        if random.one_in(4) {
            let sources: Vec<Energy> = (0..=random.below(3))
                .map(|_| random.of(Energy::ALL))
                .collect();
            let percent = random.below(102) as u8;
            required.energy = Some(EnergyShare {
                sources: EnergySet::of(&sources),
                percent,
            });
        }
        if random.one_in(5) {
            let first = random.of(Grid::ALL);
            required.grid = Some(GridSet::of(&[first, random.of(Grid::ALL)]));
        }
        if random.one_in(5) {
            required.cooling = Some(CoolingSet::of(&[random.of(Cooling::ALL)]));
        }
        if random.one_in(4) {
            required.max_mj_per_th = Some(self.number(80_000, 9_000) as u32);
        }
        if self.random.one_in(5) {
            required.max_carbon_g_per_kwh = Some(self.number(1_200, 200) as u16);
        }
        if self.random.one_in(5) {
            required.min_rating = Some(self.number(10_001, 2_500) as u16);
        }
        if self.random.one_in(4) {
            required.max_country_percent = Some(self.random.below(101) as u8);
        }
        if self.random.one_in(4) {
            required.bears = self.burdens(9);
        }
        required
    }
}
