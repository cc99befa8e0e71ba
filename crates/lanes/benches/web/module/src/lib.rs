//! The same shares for each contender, and each contender's way to hash them. JavaScript reads `inputs` for those that
//! are no wasm of ours, and `hashes` to see that all agree.

#[cfg(feature = "lanes")]
use self::ours::Contender;
#[cfg(feature = "tape")]
use self::tape::Contender;
use std::cell::RefCell;

/// Full shares: a coinbase of 250 bytes and 12 branches are 45 compressions.
const COINBASE: usize = 250;
const EXTRANONCE2_AT: usize = 50;
const EXTRANONCE2: usize = 8;
const LEVELS: usize = 12;
const JOBS: usize = 4;

struct Job {
    coinbase: [u8; COINBASE],
    branch: [[u8; 32]; LEVELS],
}

struct Share {
    job: usize,
    coinbase: [u8; COINBASE],
    /// With zeros for the merkle root.
    header: [u8; 80],
}

struct Bench {
    contender: Contender,
    inputs: Vec<u8>,
    hashes: Vec<[u8; 32]>,
}

thread_local! {
    static BENCH: RefCell<Option<Bench>> = const { RefCell::new(None) };
}

/// Makes `count` shares of four jobs, in the order of jobs as records of a bundle are.
#[unsafe(no_mangle)]
pub extern "C" fn prepare(count: usize) {
    let mut state = 1_u64;
    let mut byte = || {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        (state >> 56) as u8
    };
    let jobs: Vec<Job> = (0..JOBS)
        .map(|_| Job {
            coinbase: core::array::from_fn(|_| byte()),
            branch: core::array::from_fn(|_| core::array::from_fn(|_| byte())),
        })
        .collect();
    let shares: Vec<Share> = (0..count)
        .map(|i| {
            let job = i * JOBS / count;
            let mut coinbase = jobs[job].coinbase;
            let extranonce2 = &mut coinbase[EXTRANONCE2_AT..EXTRANONCE2_AT + EXTRANONCE2];
            extranonce2.fill_with(&mut byte);
            let mut header = [job as u8; 80];
            header[36..68].fill(0);
            header[..4].fill_with(&mut byte);
            header[68..72].fill_with(&mut byte);
            header[76..].fill_with(&mut byte);
            Share {
                job,
                coinbase,
                header,
            }
        })
        .collect();
    let mut inputs = Vec::new();
    for share in &shares {
        inputs.push(share.job as u8);
        inputs.extend(share.coinbase);
        inputs.extend(share.header);
    }
    for job in &jobs {
        inputs.extend(job.branch.as_flattened());
    }
    let contender = Contender::new(&jobs, &shares);
    let hashes = vec![[0; 32]; count];
    BENCH.set(Some(Bench {
        contender,
        inputs,
        hashes,
    }));
}

fn with<T>(then: impl FnOnce(&mut Bench) -> T) -> T {
    BENCH.with_borrow_mut(|bench| then(bench.as_mut().expect("prepared")))
}

/// Hashes all shares once.
#[unsafe(no_mangle)]
pub extern "C" fn shares() {
    with(|bench| bench.contender.shares(&mut bench.hashes));
}

/// Hashes all headers once, with the merkle root that they have in the inputs.
#[unsafe(no_mangle)]
pub extern "C" fn headers() {
    with(|bench| bench.contender.headers(&mut bench.hashes));
}

#[unsafe(no_mangle)]
pub extern "C" fn inputs() -> *const u8 {
    with(|bench| bench.inputs.as_ptr())
}

#[unsafe(no_mangle)]
pub extern "C" fn inputs_length() -> usize {
    with(|bench| bench.inputs.len())
}

#[unsafe(no_mangle)]
pub extern "C" fn hashes() -> *const u8 {
    with(|bench| bench.hashes.as_ptr().cast())
}

#[cfg(feature = "lanes")]
mod ours {
    use super::*;
    use lanes::{Candidate, Template};

    pub struct Contender {
        templates: Vec<Template>,
        candidates: Vec<Candidate>,
        headers: Vec<[u8; 80]>,
    }

    impl Contender {
        pub fn new(jobs: &[Job], shares: &[Share]) -> Self {
            let template = |(number, job): (usize, &Job)| {
                let (prefix, rest) = job.coinbase.split_at(EXTRANONCE2_AT);
                let fill = number as u8;
                let nbits = u32::from_le_bytes([fill; 4]);
                let suffix = &rest[EXTRANONCE2..];
                Template::new(prefix, EXTRANONCE2, suffix, &job.branch, [fill; 32], nbits).unwrap()
            };
            let word = |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().unwrap());
            let candidate = |share: &Share| Candidate {
                template: share.job as u32,
                extranonce2: *share.coinbase[EXTRANONCE2_AT..].first_chunk().unwrap(),
                version: word(&share.header[..4]),
                ntime: word(&share.header[68..72]),
                nonce: word(&share.header[76..]),
            };
            Self {
                templates: jobs.iter().enumerate().map(template).collect(),
                candidates: shares.iter().map(candidate).collect(),
                headers: shares.iter().map(|share| share.header).collect(),
            }
        }

        pub fn shares(&mut self, out: &mut Vec<[u8; 32]>) {
            lanes::header_hashes(&self.templates, &self.candidates, out);
        }

        pub fn headers(&mut self, out: &mut Vec<[u8; 32]>) {
            lanes::hash_headers(&self.headers, out);
        }
    }
}

#[cfg(feature = "tape")]
mod tape {
    use super::*;

    pub struct Contender {
        branches: Vec<[[u8; 32]; LEVELS]>,
        jobs: Vec<usize>,
        coinbases: Vec<[u8; COINBASE]>,
        headers: Vec<[u8; 80]>,
        roots: Vec<[u8; 80]>,
        pairs: Vec<[u8; 64]>,
        first: Vec<[u8; 32]>,
    }

    impl Contender {
        pub fn new(jobs: &[Job], shares: &[Share]) -> Self {
            Self {
                branches: jobs.iter().map(|job| job.branch).collect(),
                jobs: shares.iter().map(|share| share.job).collect(),
                coinbases: shares.iter().map(|share| share.coinbase).collect(),
                headers: shares.iter().map(|share| share.header).collect(),
                roots: shares.iter().map(|share| share.header).collect(),
                pairs: vec![[0; 64]; shares.len()],
                first: vec![[0; 32]; shares.len()],
            }
        }

        pub fn shares(&mut self, out: &mut Vec<[u8; 32]>) {
            sha256d(&self.coinbases, &mut self.first, out);
            for level in 0..LEVELS {
                for ((pair, left), job) in self.pairs.iter_mut().zip(&*out).zip(&self.jobs) {
                    pair[..32].copy_from_slice(left);
                    pair[32..].copy_from_slice(&self.branches[*job][level]);
                }
                sha256d(&self.pairs, &mut self.first, out);
            }
            for (header, root) in self.roots.iter_mut().zip(&*out) {
                header[36..68].copy_from_slice(root);
            }
            sha256d(&self.roots, &mut self.first, out);
        }

        pub fn headers(&mut self, out: &mut Vec<[u8; 32]>) {
            sha256d(&self.headers, &mut self.first, out);
        }
    }

    fn sha256d<const N: usize>(messages: &[[u8; N]], first: &mut [[u8; 32]], out: &mut [[u8; 32]]) {
        let slices: Vec<&[u8]> = messages.iter().map(|message| &message[..]).collect();
        tape_sha256::hash_many(&slices, first);
        let slices: Vec<&[u8]> = first.iter().map(|hash| &hash[..]).collect();
        tape_sha256::hash_many(&slices, out);
    }
}
