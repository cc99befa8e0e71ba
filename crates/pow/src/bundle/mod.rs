//! Bundles: a contract's terms, upstream sessions, jobs, workers, target assignments, shares and sealed epochs in one
//! streamable file. The format is specified in `docs/bundle.md`.
//!
//! Writing and verifying share one set of rules, [`State`]: the server's share log is the bundle itself, and it cannot
//! admit what a verifier would refuse.

mod fault;
mod frame;
mod record;
mod state;
mod verdict;
mod verifier;
mod writer;

pub use fault::{Code, Fault};
pub use record::{Assignment, End, Epoch, JobRecord, Record, ShareRecord, Terms, Upstream, Worker};
pub use state::{Admitted, State};
pub use verdict::{EpochLine, HashrateLine, InvalidCount, TermsLine, Verdict, WorkerLine};
pub use verifier::{Progress, Verifier};
pub use writer::Writer;

/// The first eight bytes of a bundle: `ASSAY`, a zero, and the version as a big-endian 16-bit number.
pub const MAGIC: [u8; 8] = *b"ASSAY\0\0\x01";
