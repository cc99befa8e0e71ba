//! Which path hashes: the best that the processor has, or the one that is asked for.

use crate::scalar::Scalar;
use crate::template::{Candidate, Template};
use crate::{each, groups};
use alloc::vec::Vec;

/// The hash of a candidate without template: as a number the largest there is, so that it meets no target.
pub const NO_HASH: [u8; 32] = [0xff; 32];

/// A way to hash. All of them answer the same for every input.
#[derive(Clone, Copy)]
pub struct Path(Kind);

#[derive(Clone, Copy)]
enum Kind {
    #[cfg(all(target_arch = "x86_64", feature = "std"))]
    Avx512(crate::x86::avx512::Avx512),
    #[cfg(all(target_arch = "x86_64", feature = "std"))]
    ShaNi(crate::x86::sha_ni::ShaNi),
    #[cfg(all(target_arch = "x86_64", feature = "std"))]
    Avx2(crate::x86::avx2::Avx2),
    #[cfg(target_arch = "wasm32")]
    Simd128(crate::simd128::Simd128),
    Scalar,
}

/// Shares side by side on the path of SHA-NI: measured, two are 6 % slower, six and eight are slower still.
#[cfg(all(target_arch = "x86_64", feature = "std"))]
const SHA_NI_SHARES: usize = 4;

/// Sixteen lanes with fewer shares in them take longer than the shares two by two.
const FEW: usize = 8;

impl Path {
    /// The path that needs nothing of the processor, and the oracle of the others.
    pub const SCALAR: Self = Self(Kind::Scalar);

    /// The fastest path of this processor for a batch of so many shares.
    #[must_use]
    pub fn best(shares: usize) -> Self {
        let few = shares < FEW;
        let mut paths = Self::all();
        let best = paths.find(|path| !few || path.is_quick_for_few());
        best.unwrap_or(Self::SCALAR)
    }

    /// The paths that this processor has, fastest first.
    pub fn all() -> impl Iterator<Item = Self> {
        #[cfg(all(target_arch = "x86_64", feature = "std"))]
        let own = [
            crate::x86::avx512::Avx512::detect().map(Kind::Avx512),
            crate::x86::sha_ni::ShaNi::detect().map(Kind::ShaNi),
            crate::x86::avx2::Avx2::detect().map(Kind::Avx2),
        ];
        #[cfg(target_arch = "wasm32")]
        let own = [Some(Kind::Simd128(crate::simd128::Simd128))];
        #[cfg(not(any(all(target_arch = "x86_64", feature = "std"), target_arch = "wasm32")))]
        let own = [None; 0];
        own.into_iter().flatten().chain([Kind::Scalar]).map(Self)
    }

    /// Its name, for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            #[cfg(all(target_arch = "x86_64", feature = "std"))]
            Kind::Avx512(_) => "avx512",
            #[cfg(all(target_arch = "x86_64", feature = "std"))]
            Kind::ShaNi(_) => "sha-ni",
            #[cfg(all(target_arch = "x86_64", feature = "std"))]
            Kind::Avx2(_) => "avx2",
            #[cfg(target_arch = "wasm32")]
            Kind::Simd128(_) => "simd128",
            Kind::Scalar => "scalar",
        }
    }

    fn is_quick_for_few(self) -> bool {
        match self.0 {
            #[cfg(all(target_arch = "x86_64", feature = "std"))]
            Kind::Avx512(_) => crate::x86::sha_ni::ShaNi::detect().is_none(),
            _ => true,
        }
    }

    /// [`header_hashes`](crate::header_hashes) by this path.
    pub fn header_hashes(
        self,
        templates: &[Template],
        candidates: &[Candidate],
        out: &mut Vec<[u8; 32]>,
    ) {
        out.clear();
        out.resize(candidates.len(), NO_HASH);
        let order = in_order(templates, candidates);
        let mut items = Vec::with_capacity(order.len());
        for class in order.chunk_by(|a, b| a.template.shape() == b.template.shape()) {
            items.clear();
            items.extend(class.iter().map(|item| (item.template, item.candidate)));
            self.class(&items, |index, hash| {
                if let Some(slot) = class.get(index).and_then(|item| out.get_mut(item.place)) {
                    *slot = hash;
                }
            });
        }
    }

    /// Header hashes of candidates whose templates have one shape, with their places in `items`.
    fn class(self, items: &[(&Template, &Candidate)], found: impl FnMut(usize, [u8; 32])) {
        match self.0 {
            #[cfg(all(target_arch = "x86_64", feature = "std"))]
            Kind::Avx512(path) => groups::header_hashes(path, items, found),
            #[cfg(all(target_arch = "x86_64", feature = "std"))]
            Kind::Avx2(path) => groups::header_hashes(path, items, found),
            #[cfg(target_arch = "wasm32")]
            Kind::Simd128(path) => groups::header_hashes(path, items, found),
            #[cfg(all(target_arch = "x86_64", feature = "std"))]
            Kind::ShaNi(path) => side_by_side::<SHA_NI_SHARES, _>(
                items,
                |items| each::header_hashes(path, items),
                |item| each::header_hashes(path, item),
                found,
            ),
            Kind::Scalar => {
                let hash = |item| each::header_hashes(Scalar, item);
                side_by_side::<1, _>(items, hash, hash, found);
            }
        }
    }

    /// [`hash_headers`](crate::hash_headers) by this path.
    pub fn hash_headers(self, headers: &[[u8; 80]], out: &mut Vec<[u8; 32]>) {
        out.clear();
        out.reserve(headers.len());
        let mut found = |hash| out.push(hash);
        match self.0 {
            #[cfg(all(target_arch = "x86_64", feature = "std"))]
            Kind::Avx512(path) => groups::hash_headers(path, headers, found),
            #[cfg(all(target_arch = "x86_64", feature = "std"))]
            Kind::Avx2(path) => groups::hash_headers(path, headers, found),
            #[cfg(target_arch = "wasm32")]
            Kind::Simd128(path) => groups::hash_headers(path, headers, found),
            #[cfg(all(target_arch = "x86_64", feature = "std"))]
            Kind::ShaNi(path) => side_by_side::<SHA_NI_SHARES, _>(
                headers,
                |headers| each::hash_headers(path, headers),
                |header| each::hash_headers(path, header),
                |_, hash| found(hash),
            ),
            Kind::Scalar => {
                let hash = |header| each::hash_headers(Scalar, header);
                side_by_side::<1, _>(headers, hash, hash, |_, hash| found(hash));
            }
        }
    }
}

/// A candidate with its place in the caller's slice.
struct Item<'a> {
    place: usize,
    template: &'a Template,
    candidate: &'a Candidate,
}

/// The candidates that have a template: by shape, so that lanes can be filled, then by template, so that most groups
/// have one. Records mostly come in that order already, which this sort notices.
fn in_order<'a>(templates: &'a [Template], candidates: &'a [Candidate]) -> Vec<Item<'a>> {
    let mut order: Vec<Item<'_>> = Vec::with_capacity(candidates.len());
    order.extend(
        candidates
            .iter()
            .enumerate()
            .filter_map(|(place, candidate)| {
                let template = templates.get(usize::try_from(candidate.template).ok()?)?;
                Some(Item {
                    place,
                    template,
                    candidate,
                })
            }),
    );
    order.sort_by_key(|item| (item.template.shape(), item.candidate.template));
    order
}

/// Takes `items` by `N`, and those left over one by one; each hash goes to `found` with its item's place.
fn side_by_side<const N: usize, T: Copy>(
    items: &[T],
    hashes: impl Fn([T; N]) -> [[u8; 32]; N],
    hash: impl Fn([T; 1]) -> [[u8; 32]; 1],
    mut found: impl FnMut(usize, [u8; 32]),
) {
    let (full, rest) = items.as_chunks::<N>();
    let full = full.iter().flat_map(|items| hashes(*items));
    let rest = rest.iter().flat_map(|item| hash([*item]));
    for (place, hash) in full.chain(rest).enumerate() {
        found(place, hash);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_of_one_shape_and_of_one_template_stand_together() {
        let template = |levels| Template::new(&[], 8, &[], &[[0; 32]; 3][..levels], [0; 32], 0);
        let templates = [1, 2, 1].map(|levels| template(levels).unwrap());
        let candidates = [0, 1, 2, 9, 0, 1, 2].map(|template| Candidate {
            template,
            ..Candidate::default()
        });
        let order = in_order(&templates, &candidates);
        let places: Vec<usize> = order.iter().map(|item| item.place).collect();
        assert_eq!(places, [0, 4, 2, 6, 1, 5]);
    }
}
