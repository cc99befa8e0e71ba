//! Yes-or-no facts of classes. A query asks for some: a class that lacks one asked for cannot meet the query, and of most classes
//! that have them it is certain that they do. In between are those whose number falls into the query's own bucket: there
//! `Class::meets` decides. Shares of energy sources are compared besides.

use crate::{
    Attributes, Burden, BurdenSet, Constraints, Cooling, Countries, Country, Energy, EnergyMix,
    EnergyShare, Grid,
};

/// At most so many facts as a choice has, kept without memory of their own: every arriving order makes some.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Few {
    facts: [usize; 8],
    count: usize,
}

impl FromIterator<usize> for Few {
    fn from_iter<I: IntoIterator<Item = usize>>(facts: I) -> Self {
        let mut few = Self::default();
        for (to, fact) in few.facts.iter_mut().zip(facts) {
            *to = fact;
            few.count = few.count.saturating_add(1);
        }
        few
    }
}

impl Few {
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> {
        self.facts.iter().take(self.count).copied()
    }
}

/// What a query asks for, as facts of a class.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Need {
    /// Where one of these holds, it is met.
    pub certain: Few,
    /// Where neither this nor one of those holds, it is not.
    pub possible: Option<usize>,
}

impl Need {
    fn exactly(facts: impl Iterator<Item = usize>) -> Self {
        Self {
            certain: facts.collect(),
            possible: None,
        }
    }

    fn bucket(possible: usize, certain: Option<usize>) -> Self {
        Self {
            certain: certain.into_iter().collect(),
            possible: Some(possible),
        }
    }
}

/// A set of clusters, which are numbers below 1,024.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clusters([u64; 16]);

impl Clusters {
    const ALL: Self = Self([u64::MAX; 16]);

    /// All bits or none: a word to cut others with, since to branch on each of many groups' clusters would be slow.
    #[inline]
    pub(crate) fn mask(&self, cluster: u16) -> u64 {
        let [word, bit] = [cluster >> 6 & 15, cluster & 63];
        let bits = self.0.get(usize::from(word)).copied().unwrap_or(0);
        (bits.wrapping_shr(bit.into()) & 1).wrapping_neg()
    }

    fn of(words: &[u64]) -> Self {
        let mut all = Self([0; 16]);
        let to = all.0.iter_mut().zip(words);
        to.for_each(|(to, word)| *to = *word);
        all
    }

    fn without(mut self, cluster: u16) -> Self {
        if let Some(word) = self.0.get_mut(usize::from(cluster >> 6)) {
            *word &= !1u64.wrapping_shl((cluster & 63).into());
        }
        self
    }
}

/// What orders of one side have in common, as far as it decides whom they may trade with.
pub(crate) trait Class: Copy + Ord {
    /// What the other side asks of it.
    type Query;
    /// How many facts there are.
    const FACTS: usize;

    /// Classes of different clusters are never in one group.
    fn cluster(&self) -> u16;

    /// The clusters whose classes may meet the query.
    fn clusters(query: &Self::Query) -> Clusters;

    /// The facts that hold.
    fn facts(&self) -> Vec<usize>;

    /// What the query asks for, but for its share of energy sources.
    fn needs(query: &Self::Query) -> Vec<Need>;

    /// The energy sources that it has.
    fn energy(&self) -> EnergyMix;

    /// The share of energy sources that the query asks for.
    fn share(query: &Self::Query) -> Option<EnergyShare>;

    /// Exactly.
    fn meets(&self, query: &Self::Query) -> bool;
}

/// The cluster of classes that state no country; above every country's number.
const NO_COUNTRY: u16 = Country::COUNT;

/// A number cut into equal buckets, the last of them open.
struct Buckets {
    first: usize,
    count: usize,
    width: usize,
}

impl Buckets {
    fn of(&self, value: usize) -> usize {
        let bucket = value.checked_div(self.width).unwrap_or(0);
        bucket.min(self.count.saturating_sub(1))
    }

    fn fact(&self, value: usize) -> usize {
        self.first.saturating_add(self.of(value))
    }

    /// The facts of the value's bucket and all above.
    fn from(&self, value: usize) -> impl Iterator<Item = usize> {
        self.fact(value)..self.first.saturating_add(self.count)
    }

    /// The facts of the value's bucket and all below.
    fn to(&self, value: usize) -> impl Iterator<Item = usize> {
        self.first..=self.fact(value)
    }

    /// Of a class whose facts are `from` its number: the number is at most this. In a better bucket it is so for certain.
    fn at_most(&self, value: usize) -> Need {
        let (possible, first) = (self.fact(value), self.first);
        let certain = possible.checked_sub(1).filter(|fact| *fact >= first);
        Need::bucket(possible, certain)
    }

    /// Of a class whose facts are `to` its number: the number is at least this.
    fn at_least(&self, value: usize) -> Need {
        let (possible, end) = (self.fact(value), self.none());
        let certain = possible.checked_add(1).filter(|fact| *fact < end);
        Need::bucket(possible, certain)
    }

    /// A fact of its own, behind the buckets: that nothing is stated or required.
    const fn none(&self) -> usize {
        self.first.saturating_add(self.count)
    }

    const fn end(&self) -> usize {
        self.none().saturating_add(1)
    }

    const fn at(first: usize, count: usize, width: usize) -> Self {
        Self {
            first,
            count,
            width,
        }
    }
}

/// A source's share is known to be at least the largest of these that it reaches.
const SHARES: [u8; 5] = [1, 25, 50, 75, 100];

const ASK_GRID: usize = 0;
const ASK_COOLING: usize = 3;
const ASK_ENERGY: usize = 6;
const ASK_MJ: Buckets = Buckets::at(46, 128, 500);
const ASK_CARBON: Buckets = Buckets::at(ASK_MJ.end(), 64, 16);
const ASK_RATING: Buckets = Buckets::at(ASK_CARBON.end(), 64, 157);
const ASK_BEARS: usize = ASK_RATING.end();

/// The fact that a source's share reaches `SHARES[step]`.
fn energy_fact(source: Energy, step: usize) -> usize {
    let first = (source as usize).saturating_mul(SHARES.len());
    ASK_ENERGY.saturating_add(first).saturating_add(step)
}

/// Of n sources with p percent together, one has at least p / n. What only seems enough, the comparison of shares leaves out.
fn energy_need(share: EnergyShare) -> Need {
    let sources = share.sources.iter().count();
    let least = usize::from(share.percent).div_ceil(sources.max(1));
    let reached = SHARES.iter().filter(|share| usize::from(**share) <= least);
    let step = reached.count().saturating_sub(1);
    let facts = (share.sources.iter()).map(|source| energy_fact(source, step));
    Need::exactly(facts)
}

impl Class for Attributes {
    type Query = Constraints;
    const FACTS: usize = ASK_BEARS + Burden::ALL.len();

    fn cluster(&self) -> u16 {
        self.country.map_or(NO_COUNTRY, Country::number)
    }

    fn clusters(query: &Constraints) -> Clusters {
        match &query.countries {
            Countries::Any if query.max_country_percent.is_none() => Clusters::ALL,
            Countries::Any => Clusters::ALL.without(NO_COUNTRY),
            Countries::Only(set) => Clusters::of(&set.words()),
            Countries::Except(set) => {
                Clusters::of(&set.words().map(|word| !word)).without(NO_COUNTRY)
            }
        }
    }

    fn facts(&self) -> Vec<usize> {
        let mut facts = Vec::new();
        facts.extend(self.grid.map(|grid| ASK_GRID.saturating_add(grid as usize)));
        facts.extend((self.cooling).map(|cooling| ASK_COOLING.saturating_add(cooling as usize)));
        for source in Energy::ALL {
            let reached = (0..)
                .zip(SHARES)
                .filter(|(_, share)| *share <= self.energy.percent(*source));
            facts.extend(reached.map(|(step, _)| energy_fact(*source, step)));
        }
        // The fact of a bucket: the number is in it or in a better one.
        facts.extend(
            (self.mj_per_th)
                .into_iter()
                .flat_map(|mj| ASK_MJ.from(mj as usize)),
        );
        let carbon = self.carbon_g_per_kwh.into_iter();
        facts.extend(carbon.flat_map(|grams| ASK_CARBON.from(grams.into())));
        facts.extend(
            (self.rating)
                .into_iter()
                .flat_map(|rating| ASK_RATING.to(rating.into())),
        );
        facts.extend((self.bears.iter()).map(|burden| ASK_BEARS.saturating_add(burden as usize)));
        facts
    }

    fn needs(query: &Constraints) -> Vec<Need> {
        let mut needs = Vec::with_capacity(6);
        needs.extend(query.grid.map(|set| {
            let grids = set.iter().map(|grid| grid as usize);
            Need::exactly(grids.map(|grid| ASK_GRID.saturating_add(grid)))
        }));
        needs.extend(query.cooling.map(|set| {
            let ways = set.iter().map(|way| way as usize);
            Need::exactly(ways.map(|way| ASK_COOLING.saturating_add(way)))
        }));
        needs.extend(query.energy.map(energy_need));
        needs.extend((query.max_mj_per_th).map(|most| ASK_MJ.at_most(most as usize)));
        needs.extend((query.max_carbon_g_per_kwh).map(|most| ASK_CARBON.at_most(most.into())));
        needs.extend((query.min_rating).map(|least| ASK_RATING.at_least(least.into())));
        let asked = query.bears.iter();
        needs.extend(asked.map(|burden| only(ASK_BEARS.saturating_add(burden as usize))));
        needs
    }

    fn energy(&self) -> EnergyMix {
        self.energy
    }

    fn share(query: &Constraints) -> Option<EnergyShare> {
        query.energy
    }

    fn meets(&self, query: &Constraints) -> bool {
        query.accept(self)
    }
}

const BID_COUNTRY: usize = 0;
const BID_GRID: usize = BID_COUNTRY + Country::COUNT as usize + 1;
const BID_COOLING: usize = BID_GRID + 4;
/// It requires no source of energy.
const BID_ANY_ENERGY: usize = BID_COOLING + 4;
const BID_MJ: Buckets = Buckets::at(BID_ANY_ENERGY + 1, 128, 500);
const BID_CARBON: Buckets = Buckets::at(BID_MJ.end(), 64, 16);
const BID_RATING: Buckets = Buckets::at(BID_CARBON.end(), 64, 157);
/// Every bid.
const BID: usize = BID_RATING.end();
/// That a burden is not asked for.
const BID_SPARES: usize = BID + 1;

/// Which choices are taken, and behind them whether an ask that states none is.
fn taken(first: usize, choices: impl Iterator<Item = bool>, none: bool) -> Vec<usize> {
    let taken = choices
        .chain([none])
        .enumerate()
        .filter(|(_, taken)| *taken);
    taken
        .map(|(choice, _)| first.saturating_add(choice))
        .collect()
}

fn only(fact: usize) -> Need {
    Need::exactly(std::iter::once(fact))
}

fn chosen(first: usize, choice: Option<usize>, choices: usize) -> Need {
    only(first.saturating_add(choice.unwrap_or(choices)))
}

/// The facts of the burdens that are not in the set.
fn missing(first: usize, set: BurdenSet) -> impl Iterator<Item = usize> {
    let missing = (Burden::ALL.iter()).filter(move |burden| !set.contains(**burden));
    missing.map(move |burden| first.saturating_add(*burden as usize))
}

impl Class for Constraints {
    type Query = Attributes;
    const FACTS: usize = BID_SPARES + Burden::ALL.len();

    fn cluster(&self) -> u16 {
        0
    }

    fn clusters(_: &Attributes) -> Clusters {
        Clusters::ALL
    }

    fn facts(&self) -> Vec<usize> {
        let known =
            (0..Country::COUNT).map(|number| self.countries.take(Country::of_number(number)));
        let unknown = self.countries.take(None) && self.max_country_percent.is_none();
        let mut facts = taken(BID_COUNTRY, known, unknown);
        let grids = (Grid::ALL.iter()).map(|grid| self.grid.is_none_or(|set| set.contains(*grid)));
        facts.extend(taken(BID_GRID, grids, self.grid.is_none()));
        let coolings = (Cooling::ALL.iter())
            .map(|cooling| self.cooling.is_none_or(|set| set.contains(*cooling)));
        facts.extend(taken(BID_COOLING, coolings, self.cooling.is_none()));
        facts.push(BID);
        facts.extend((self.energy.is_none()).then_some(BID_ANY_ENERGY));
        match self.max_mj_per_th {
            Some(most) => facts.extend(BID_MJ.to(most as usize)),
            None => facts.extend(BID_MJ.first..BID_MJ.end()),
        }
        match self.max_carbon_g_per_kwh {
            Some(most) => facts.extend(BID_CARBON.to(most.into())),
            None => facts.extend(BID_CARBON.first..BID_CARBON.end()),
        }
        match self.min_rating {
            Some(least) => facts.extend(BID_RATING.from(least.into())),
            None => facts.extend(BID_RATING.first..BID_RATING.end()),
        }
        facts.extend(missing(BID_SPARES, self.bears));
        facts
    }

    fn needs(ask: &Attributes) -> Vec<Need> {
        let country = ask.country.map(|country| usize::from(country.number()));
        let (grid, cooling) = (
            ask.grid.map(|grid| grid as usize),
            ask.cooling.map(|c| c as usize),
        );
        // A bid that takes a worse number than the ask's, by a bucket, or any: the last bucket's neighbour is the fact of that.
        let most = |buckets: Buckets, stated: Option<usize>| match stated.map(|n| buckets.fact(n)) {
            Some(fact) => Need::bucket(fact, Some(fact.saturating_add(1))),
            None => only(buckets.none()),
        };
        let least = |buckets: Buckets, stated: Option<usize>| {
            let (first, none) = (buckets.first, buckets.none());
            match stated.map(|number| buckets.fact(number)) {
                Some(fact) if fact > first => Need::bucket(fact, fact.checked_sub(1)),
                Some(fact) => Need::bucket(fact, Some(none)),
                None => only(none),
            }
        };
        let mut needs = vec![
            chosen(BID_COUNTRY, country, Country::COUNT.into()),
            chosen(BID_GRID, grid, Grid::ALL.len()),
            chosen(BID_COOLING, cooling, Cooling::ALL.len()),
            Need::bucket(BID, Some(BID_ANY_ENERGY)),
            most(BID_MJ, ask.mj_per_th.map(|mj| mj as usize)),
            most(BID_CARBON, ask.carbon_g_per_kwh.map(usize::from)),
            least(BID_RATING, ask.rating.map(usize::from)),
        ];
        needs.extend(missing(BID_SPARES, ask.bears).map(only));
        needs
    }

    fn energy(&self) -> EnergyMix {
        EnergyMix::default()
    }

    fn share(_: &Attributes) -> Option<EnergyShare> {
        None
    }

    fn meets(&self, ask: &Attributes) -> bool {
        self.accept(ask)
    }
}
