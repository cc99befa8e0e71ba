#![doc = include_str!("../README.md")]
#![no_std]
#![warn(missing_docs)]
#![cfg_attr(
    not(any(all(target_arch = "x86_64", feature = "std"), target_arch = "wasm32")),
    allow(
        dead_code,
        unused_imports,
        unused_macros,
        reason = "this target has the scalar path alone"
    )
)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod constants;
mod each;
mod groups;
mod known;
mod machine;
mod path;
mod rounds;
mod scalar;
#[cfg(target_arch = "wasm32")]
mod simd128;
mod stages;
mod template;
#[cfg(all(target_arch = "x86_64", feature = "std"))]
mod x86;

pub use path::{NO_HASH, Path};
pub use template::{Candidate, EXTRANONCE2_MAX, Template};

use alloc::vec::Vec;

/// Header hashes (SHA-256d, header byte order) of `candidates` under their templates, in the candidates' order. What was
/// in `out` is replaced. A candidate whose template `templates` has not got is answered by [`NO_HASH`].
pub fn header_hashes(templates: &[Template], candidates: &[Candidate], out: &mut Vec<[u8; 32]>) {
    Path::best(candidates.len()).header_hashes(templates, candidates, out);
}

/// [`header_hashes`] by the path that needs nothing of the processor.
pub fn header_hashes_scalar(
    templates: &[Template],
    candidates: &[Candidate],
    out: &mut Vec<[u8; 32]>,
) {
    Path::SCALAR.header_hashes(templates, candidates, out);
}

/// SHA-256d of `headers`, in their order. What was in `out` is replaced.
pub fn hash_headers(headers: &[[u8; 80]], out: &mut Vec<[u8; 32]>) {
    Path::best(headers.len()).hash_headers(headers, out);
}

/// The path that [`header_hashes`] takes for large batches on this processor.
#[must_use]
pub fn backend() -> &'static str {
    Path::best(usize::MAX).name()
}
