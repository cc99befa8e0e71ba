//! `cargo xtask bench pow`: shares and headers a second and core, of each path that this processor has and of the plain
//! `sha2` crate. All take turns in short slices, so that what else the machine does meets them alike.
#![expect(clippy::disallowed_methods, reason = "a bench needs a clock")]
#![expect(clippy::print_stdout, reason = "what a bench finds is its output")]

use lanes::{Candidate, Path, Template};
use sha2::{Digest, Sha256};
use std::hint::black_box;
use std::time::Instant;

/// A full share: 250 bytes of coinbase and 12 branches are 45 compressions.
const PREFIX: usize = 50;
const EXTRANONCE2: usize = 8;
const COINBASE: usize = 250;
const LEVELS: usize = 12;
const JOBS: u32 = 4;
/// Shares a second and core that a path is to reach.
const TARGETS: [(&str, f64); 2] = [("avx512", 1_000_000.0), ("sha-ni", 600_000.0)];
/// So many shares are a slice.
const SHARES: u32 = 1024;
const ROUNDS: usize = 200;

/// What is hashed: the same for all contenders.
struct Shares {
    templates: Vec<Template>,
    candidates: Vec<Candidate>,
    headers: Vec<[u8; 80]>,
}

/// Everything of a job is filled with its number.
fn fill(job: u32) -> u8 {
    job.to_le_bytes()[0]
}

impl Shares {
    fn new() -> Self {
        let template = |job| {
            let fill = fill(job);
            let suffix = [fill; COINBASE - PREFIX - EXTRANONCE2];
            let branch = [[fill; 32]; LEVELS];
            Template::new(
                &[fill; PREFIX],
                EXTRANONCE2,
                &suffix,
                &branch,
                [fill; 32],
                job,
            )
            .unwrap()
        };
        let candidate = |i: u32| Candidate {
            template: i * JOBS / SHARES,
            extranonce2: (u64::from(i) << 32 | 0xabcd_ef01).to_be_bytes(),
            version: i,
            ntime: !i,
            nonce: i.rotate_left(9),
        };
        let candidates: Vec<Candidate> = (0..SHARES).map(candidate).collect();
        let header = |candidate: &Candidate| {
            let mut header = [fill(candidate.template); 80];
            header[..4].copy_from_slice(&candidate.version.to_le_bytes());
            header[68..72].copy_from_slice(&candidate.ntime.to_le_bytes());
            header[72..76].copy_from_slice(&candidate.template.to_le_bytes());
            header[76..].copy_from_slice(&candidate.nonce.to_le_bytes());
            header
        };
        Self {
            templates: (0..JOBS).map(template).collect(),
            headers: candidates.iter().map(header).collect(),
            candidates,
        }
    }

    fn by_sha2(&self, out: &mut Vec<[u8; 32]>) {
        let share = |(candidate, header): (&Candidate, &[u8; 80])| {
            let fill = fill(candidate.template);
            let mut coinbase = [fill; COINBASE];
            coinbase[PREFIX..PREFIX + EXTRANONCE2].copy_from_slice(&candidate.extranonce2);
            let mut root = sha256d(&coinbase);
            for _ in 0..LEVELS {
                let mut pair = [fill; 64];
                pair[..32].copy_from_slice(&root);
                root = sha256d(&pair);
            }
            let mut header = *header;
            header[36..68].copy_from_slice(&root);
            sha256d(&header)
        };
        out.clear();
        out.extend(self.candidates.iter().zip(&self.headers).map(share));
    }

    fn headers_by_sha2(&self, out: &mut Vec<[u8; 32]>) {
        out.clear();
        out.extend(self.headers.iter().map(|header| sha256d(header)));
    }
}

fn sha256d(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(Sha256::digest(bytes)).into()
}

/// A contender with the rates of its slices, hashes a second.
#[derive(Clone)]
struct Contender {
    name: &'static str,
    path: Option<Path>,
    shares: Vec<f64>,
    headers: Vec<f64>,
}

impl Contender {
    fn slice(&mut self, input: &Shares, out: &mut Vec<[u8; 32]>) {
        let rate = |start: Instant| f64::from(SHARES) / start.elapsed().as_secs_f64();
        let start = Instant::now();
        match self.path {
            Some(path) => path.header_hashes(&input.templates, &input.candidates, out),
            None => input.by_sha2(out),
        }
        self.shares.push(rate(start));
        let start = Instant::now();
        match self.path {
            Some(path) => path.hash_headers(&input.headers, black_box(out)),
            None => input.headers_by_sha2(black_box(out)),
        }
        self.headers.push(rate(start));
    }
}

/// The rate that `hundredths` of the slices stay below.
fn quantile(rates: &[f64], hundredths: usize) -> f64 {
    let mut rates = rates.to_vec();
    rates.sort_by(f64::total_cmp);
    rates[(rates.len() - 1) * hundredths / 100]
}

fn main() {
    let input = Shares::new();
    let (mut expected, mut out) = (Vec::new(), Vec::new());
    input.by_sha2(&mut expected);
    let contender = |path: Option<Path>| Contender {
        name: path.map_or("sha2 0.10", Path::name),
        path,
        shares: Vec::new(),
        headers: Vec::new(),
    };
    let mut contenders: Vec<Contender> = [None]
        .into_iter()
        .chain(Path::all().map(Some))
        .map(contender)
        .collect();
    for path in Path::all() {
        path.header_hashes(&input.templates, &input.candidates, &mut out);
        assert_eq!(out, expected, "{} hashes differently", path.name());
    }
    for _ in 0..ROUNDS {
        for contender in &mut contenders {
            contender.slice(&input, &mut out);
        }
    }
    let [sha2, ours @ ..] = &contenders[..] else {
        return;
    };
    println!(
        "a second and core, {ROUNDS} slices      shares                headers        shares to sha2"
    );
    println!("                              median        p90      median        p90      (p90)");
    for contender in &contenders {
        let [shares, best_shares] = [50, 90].map(|q| quantile(&contender.shares, q));
        let [headers, best_headers] = [50, 90].map(|q| quantile(&contender.headers, q));
        let ratio = best_shares / quantile(&sha2.shares, 90);
        println!(
            "{:24} {shares:11.0} {best_shares:10.0} {headers:11.0} {best_headers:10.0} {ratio:10.2}",
            contender.name
        );
    }
    println!();
    for contender in ours {
        let (rate, name) = (
            quantile(&contender.shares, 90),
            contender.name.replace('-', "_"),
        );
        println!("figure: native_shares_per_s_{name} {rate:.0} 1/s");
        if let Some((_, least)) = TARGETS.iter().find(|(path, _)| *path == contender.name) {
            let missed = (1.0 - rate / least) * 100.0;
            let words = if rate >= *least {
                "met".into()
            } else {
                format!("missed by {missed:.1} %")
            };
            println!("target: native_shares_per_s_{name} at least {least:.0} 1/s: {words}");
        }
    }
    if let Some(best) = ours.first() {
        let rate = quantile(&best.shares, 90);
        println!("figure: native_shares_per_s {rate:.0} 1/s");
        println!(
            "figure: native_share_ratio_sha2 {:.2} x",
            rate / quantile(&sha2.shares, 90)
        );
        println!(
            "figure: native_headers_per_s {:.0} 1/s",
            quantile(&best.headers, 90)
        );
    }
}
