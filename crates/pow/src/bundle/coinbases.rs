//! Whom the jobs' coinbases would have paid.

use super::verdict::hex;
use crate::coinbase::{Coinbase, Network, ScriptKind, address};
use alloc::{
    collections::BTreeMap,
    string::{String, ToString},
    vec::Vec,
};
use serde::Serialize;
use units::Sats;

/// Scripts that are kept apart.
const PAYOUTS_MAX: usize = 64;
/// A script is shown to this length, in bytes; every one that has an address is shorter.
const SCRIPT_MAX: usize = 520;
const TAGS_MAX: usize = 16;

/// What the jobs' coinbases say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CoinbasesLine {
    /// Jobs whose coinbase is a transaction that could be read.
    pub decoded: u32,
    /// Jobs whose coinbase is none.
    pub undecoded: u32,
    /// Outputs that carry money, by script; the first 64 that came.
    pub payouts: Vec<PayoutLine>,
    /// Outputs that carry money to other scripts than those.
    pub payouts_more: u32,
    /// Readable text in the coinbases; the first 16 that came.
    pub tags: Vec<TagLine>,
}

/// One script that jobs would have paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PayoutLine {
    /// The address on the contract's network; none for a script that has none.
    pub address: Option<String>,
    /// `p2pkh`, `p2sh`, `p2wpkh`, `p2wsh`, `p2tr`, `p2pk`, `op_return` or `other`.
    pub kind: String,
    /// The script, in hex; its first 520 bytes.
    pub script: String,
    /// Jobs that would have paid it.
    pub jobs: u32,
    /// The least that one of them would have paid.
    pub least_sats: Sats,
    /// The most.
    pub most_sats: Sats,
}

/// Readable text of a coinbase, by which pools sign their blocks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TagLine {
    /// Printable ASCII.
    pub text: String,
    /// Jobs with it.
    pub jobs: u32,
}

/// Sums over coinbases, of bounded size.
#[derive(Default)]
pub(super) struct Payments {
    decoded: u32,
    undecoded: u32,
    /// By script, with their places in the order that they came in.
    payouts: BTreeMap<Vec<u8>, (usize, PayoutLine)>,
    more: u32,
    tags: Vec<TagLine>,
}

impl Payments {
    pub(super) fn add(&mut self, coinbase: Option<Coinbase>, network: Network) {
        let Some(coinbase) = coinbase else {
            self.undecoded = self.undecoded.saturating_add(1);
            return;
        };
        self.decoded = self.decoded.saturating_add(1);
        self.tag(coinbase.tag);
        // Outputs to one script are one payment.
        let mut paid: BTreeMap<Vec<u8>, Sats> = BTreeMap::new();
        for output in coinbase.outputs {
            if !output.sats.is_zero() {
                let sum = paid.entry(output.script).or_default();
                *sum = sum.checked_add(output.sats).unwrap_or(*sum);
            }
        }
        for (script, sats) in paid {
            self.pay(script, sats, network);
        }
    }

    fn tag(&mut self, text: String) {
        if text.is_empty() {
            return;
        }
        if let Some(tag) = self.tags.iter_mut().find(|tag| tag.text == text) {
            tag.jobs = tag.jobs.saturating_add(1);
        } else if self.tags.len() < TAGS_MAX {
            self.tags.push(TagLine { text, jobs: 1 });
        }
    }

    fn pay(&mut self, script: Vec<u8>, sats: Sats, network: Network) {
        if let Some((_, line)) = self.payouts.get_mut(&script) {
            line.jobs = line.jobs.saturating_add(1);
            line.least_sats = line.least_sats.min(sats);
            line.most_sats = line.most_sats.max(sats);
            return;
        }
        let place = self.payouts.len();
        if place >= PAYOUTS_MAX {
            self.more = self.more.saturating_add(1);
            return;
        }
        let line = PayoutLine {
            address: address(&script, network),
            kind: ScriptKind::of(&script).as_str().to_string(),
            script: hex(script.get(..SCRIPT_MAX).unwrap_or(&script)),
            jobs: 1,
            least_sats: sats,
            most_sats: sats,
        };
        self.payouts.insert(script, (place, line));
    }

    pub(super) fn lines(&self) -> CoinbasesLine {
        let mut payouts: Vec<_> = self.payouts.values().cloned().collect();
        payouts.sort_by_key(|(place, _)| *place);
        CoinbasesLine {
            decoded: self.decoded,
            undecoded: self.undecoded,
            payouts: payouts.into_iter().map(|(_, line)| line).collect(),
            payouts_more: self.more,
            tags: self.tags.clone(),
        }
    }
}
