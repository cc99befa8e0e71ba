//! Where resting orders are kept: one compact node each, found by id, chained by level and by account.
#![expect(
    clippy::indexing_slicing,
    reason = "a node's number is made here, and kept only while the node is"
)]

use crate::{
    ClientOrderId, Country, PoolId, Product, Region, SelfTrade, Side, TimeInForce, ids::Ids,
};
use std::collections::BTreeMap;
use units::{AccountId, OrderId, Price, Timestamp};

/// The number of no node.
pub(crate) const NONE: u32 = u32::MAX;

/// A resting order without what its class and its account hold in common. Hashrates in H/s. Aligned, since most are read when
/// they are long out of the processor's caches: so it waits for one pair of lines.
#[derive(Clone, Debug)]
#[repr(align(128))]
pub(crate) struct Node {
    pub id: OrderId,
    pub price: Price,
    pub hashrate: u64,
    pub remaining: u64,
    pub minimum_fill: u64,
    /// Where it stands in its side's index.
    pub class: u32,
    /// Its neighbours at its class and price, older and younger.
    pub previous: u32,
    pub next: u32,
    pub account: u32,
    /// Its neighbours among the account's orders, older and younger.
    pub account_previous: u32,
    pub account_next: u32,
    pub side: Side,
    pub post_only: bool,
    pub self_trade: SelfTrade,
    pub country: Option<Country>,
    pub region: Option<Region>,
    pub product: Product,
    pub time_in_force: TimeInForce,
    pub client_id: Option<ClientOrderId>,
    pub pool: Option<PoolId>,
}

const _: () = assert!(size_of::<Node>() == 128);

/// So many nodes share a piece of memory. Pieces never move, so no order waits for a million nodes to be copied.
const PIECE: usize = 4_096;

impl Node {
    /// True where it is good till a time that has come by then.
    pub(crate) fn is_over(&self, now: Option<Timestamp>) -> bool {
        match (self.time_in_force, now) {
            (TimeInForce::Gtd(until), Some(now)) => until <= now,
            _ => false,
        }
    }
}

/// An account's resting orders, as a chain from the oldest.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    pub account: AccountId,
    pub first: u32,
    last: u32,
    pub orders: u32,
}

/// The nodes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slab {
    nodes: Vec<Vec<Node>>,
    free: Vec<u32>,
    live: usize,
    ids: Ids,
    accounts: BTreeMap<AccountId, u32>,
    chains: Vec<Chain>,
}

impl Slab {
    pub(crate) const fn len(&self) -> usize {
        self.live
    }

    pub(crate) fn node(&self, at: u32) -> &Node {
        &self.nodes[at as usize / PIECE][at as usize % PIECE]
    }

    pub(crate) fn node_mut(&mut self, at: u32) -> &mut Node {
        &mut self.nodes[at as usize / PIECE][at as usize % PIECE]
    }

    pub(crate) fn find(&self, id: OrderId) -> Option<u32> {
        self.ids.find(id)
    }

    /// All nodes by id.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> {
        self.ids.iter()
    }

    pub(crate) fn account(&mut self, account: AccountId) -> u32 {
        if let Some(number) = self.accounts.get(&account) {
            return *number;
        }
        let number = u32::try_from(self.chains.len()).unwrap_or(NONE);
        self.accounts.insert(account, number);
        self.chains.push(Chain {
            account,
            first: NONE,
            last: NONE,
            orders: 0,
        });
        number
    }

    pub(crate) fn chain(&self, account: u32) -> &Chain {
        &self.chains[account as usize]
    }

    pub(crate) fn chain_of(&self, account: &AccountId) -> Option<&Chain> {
        (self.accounts.get(account)).map(|number| self.chain(*number))
    }

    /// Takes a node in, as its account's youngest.
    pub(crate) fn insert(&mut self, mut node: Node) -> u32 {
        let (id, account) = (node.id, node.account as usize);
        let chain = &mut self.chains[account];
        (node.account_previous, node.account_next) = (chain.last, NONE);
        let last = chain.last;
        let at = match self.free.pop() {
            Some(at) => {
                *self.node_mut(at) = node;
                at
            }
            None => self.push(node),
        };
        let chain = &mut self.chains[account];
        chain.last = at;
        chain.orders = chain.orders.saturating_add(1);
        match last {
            NONE => chain.first = at,
            last => self.node_mut(last).account_next = at,
        }
        self.live = self.live.saturating_add(1);
        self.ids.insert(id, at);
        at
    }

    fn push(&mut self, node: Node) -> u32 {
        if self.nodes.last().is_none_or(|piece| piece.len() == PIECE) {
            self.nodes.push(Vec::with_capacity(PIECE));
        }
        let first = self.nodes.len().saturating_sub(1).saturating_mul(PIECE);
        let Some(piece) = self.nodes.last_mut() else {
            return NONE;
        };
        let at = first.saturating_add(piece.len());
        piece.push(node);
        u32::try_from(at).unwrap_or(NONE)
    }

    /// Reads what taking a node out will read.
    pub(crate) fn foresee(&self, at: u32) -> u64 {
        let node = self.node(at);
        let beside = [node.account_previous, node.account_next].into_iter();
        let beside = beside.filter(|at| *at != NONE);
        beside.fold(0, |all, at| all ^ u64::from(self.node(at).account))
    }

    /// Takes a node out, whose neighbours in its level were joined before.
    pub(crate) fn remove(&mut self, at: u32) {
        let node = self.node(at);
        let (previous, next, account) = (node.account_previous, node.account_next, node.account);
        let id = node.id;
        match previous {
            NONE => self.chains[account as usize].first = next,
            _ => self.node_mut(previous).account_next = next,
        }
        match next {
            NONE => self.chains[account as usize].last = previous,
            _ => self.node_mut(next).account_previous = previous,
        }
        let orders = &mut self.chains[account as usize].orders;
        *orders = orders.saturating_sub(1);
        self.ids.remove(id);
        self.live = self.live.saturating_sub(1);
        self.free.push(at);
    }
}
