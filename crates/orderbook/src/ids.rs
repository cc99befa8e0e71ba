//! From an order's id to its node. Ids rise, so those of resting orders lie near each other: pages of them, and volumes of pages.
#![expect(
    clippy::indexing_slicing,
    reason = "a page is a byte of the id, a place on it another"
)]

use crate::slab::NONE;
use std::collections::{BTreeMap, btree_map::Entry};
use units::OrderId;

/// So many consecutive ids share a page, and so many pages a volume.
const PAGE: usize = 256;

#[derive(Clone, Debug)]
struct Page {
    nodes: [u32; PAGE],
    live: u16,
}

#[derive(Clone, Debug)]
struct Volume {
    pages: [Option<Box<Page>>; PAGE],
    live: u16,
}

/// The nodes by id. The map has an entry for 65,536 ids: it is small, and stays in the processor's caches.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ids(BTreeMap<u64, Box<Volume>>);

/// An id's volume, page and place on the page.
const fn place(id: OrderId) -> (u64, usize, usize) {
    let id = id.get();
    let (page, within) = (id.wrapping_shr(8) as usize, id as usize);
    (id.wrapping_shr(16), page % PAGE, within % PAGE)
}

impl Ids {
    pub(crate) fn find(&self, id: OrderId) -> Option<u32> {
        let (volume, page, within) = place(id);
        let node = self.0.get(&volume)?.pages[page].as_ref()?.nodes[within];
        (node != NONE).then_some(node)
    }

    /// By id.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> {
        let pages = (self.0.values()).flat_map(|volume| volume.pages.iter().flatten());
        let nodes = pages.flat_map(|page| page.nodes.iter().copied());
        nodes.filter(|node| *node != NONE)
    }

    /// An id that has no node yet.
    pub(crate) fn insert(&mut self, id: OrderId, node: u32) {
        let (volume, page, within) = place(id);
        let volume = self.0.entry(volume).or_insert_with(|| {
            Box::new(Volume {
                pages: [const { None }; PAGE],
                live: 0,
            })
        });
        let page = match &mut volume.pages[page] {
            Some(page) => page,
            empty => {
                volume.live = volume.live.saturating_add(1);
                empty.insert(Box::new(Page {
                    nodes: [NONE; PAGE],
                    live: 0,
                }))
            }
        };
        page.nodes[within] = node;
        page.live = page.live.saturating_add(1);
    }

    pub(crate) fn remove(&mut self, id: OrderId) {
        let (volume, number, within) = place(id);
        let Entry::Occupied(mut entry) = self.0.entry(volume) else {
            return;
        };
        let volume = entry.get_mut();
        let Some(page) = &mut volume.pages[number] else {
            return;
        };
        page.nodes[within] = NONE;
        page.live = page.live.saturating_sub(1);
        if page.live == 0 {
            volume.pages[number] = None;
            volume.live = volume.live.saturating_sub(1);
            if volume.live == 0 {
                entry.remove();
            }
        }
    }
}
