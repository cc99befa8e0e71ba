//! Bundles: a contract's terms, upstream sessions, jobs, workers, target assignments, shares, pools' answers and sealed
//! epochs in one
//! streamable file. The format is specified in `docs/bundle.md`.
//!
//! Writing and verifying share one set of rules, [`State`]: the server's share log is the bundle itself, and it cannot
//! admit what a verifier would refuse.

mod answers;
mod batch;
mod coinbases;
mod ending;
mod fault;
mod findings;
mod frame;
mod hasher;
mod reader;
mod record;
mod sample;
mod state;
mod verdict;
mod verifier;
mod worked;
mod workers;
mod writer;

pub use answers::{AnswersLine, CountLine, PoolAnswersLine, PoolLine, RefusalLine};
pub use batch::Batch;
pub use coinbases::{CoinbasesLine, PayoutLine, TagLine};
pub use ending::{Ending, EndingLine, GuaranteeLine};
pub use fault::{Code, Fault};
pub use record::{
    Answer, Assignment, End, Epoch, Extranonce2, JobRecord, PoolLogin, PoolWord, Record,
    ShareRecord, Terms, Upstream, Worker,
};
pub use sample::SampleLine;
pub use state::{Admitted, Blocks, BuiltOn, State, Times};
pub use verdict::{
    BlockLine, BuiltOnLine, ChainLine, Doubt, DoubtLine, EpochLine, HashrateLine, InvalidCount,
    LoginLine, TermsLine, Verdict, WorkerLine, WorkersLeftOut,
};
pub use verifier::{Progress, Verifier};
pub use worked::WorkedShare;
pub use writer::Writer;

/// The first eight bytes of a bundle: `ASSAY`, a zero, and the version as a big-endian 16-bit number.
pub const MAGIC: [u8; 8] = *b"ASSAY\0\0\x01";
