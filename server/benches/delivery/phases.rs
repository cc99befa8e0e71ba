//! What is measured, one phase after the other.

use crate::{
    machines::Machines,
    measure::{Figures, Process, Syncs},
    pool::Pool,
};
use std::time::Duration;

const THROUGHPUT: Duration = Duration::from_secs(8);
const LATENCY: Duration = Duration::from_secs(10);
const SYNCS: usize = 1_000;
const MACHINES: usize = 10_000;
const BLOCKS: usize = 5;

/// The phases of these names, or all.
pub fn run(phases: &[&str]) {
    let wants = |phase| phases.iter().all(|word| *word == "--bench") || phases.contains(&phase);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut figures = Figures::default();
    runtime.block_on(async {
        let pool = Pool::start().await;
        let server = Process::start(&["serve", &pool.address().to_string()]).await;
        let contender = Process::start(&["contender"]).await;
        if wants("throughput") {
            throughput(&server, &contender, &mut figures).await;
        }
        if wants("latency") {
            latency(&server, &contender, &mut figures).await;
        }
        if wants("machines") {
            machines(&server, &pool, &mut figures).await;
        }
    });
    figures.print();
}

/// Rounds of one and the other in turn: the machine's mood is the same for both.
async fn throughput(server: &Process, contender: &Process, figures: &mut Figures) {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        for (process, rounds) in [(server, &mut ours), (contender, &mut theirs)] {
            let mut machines = Machines::connect(process.address(), 50).await;
            let before = process.cpu();
            let round = machines.flood(16, THROUGHPUT).await;
            let cpu = process.cpu() - before;
            rounds.push((
                round.per_second(),
                cpu.as_secs_f64() * 1e6 / round.accepted as f64,
            ));
            if round.refused > 0 {
                println!(
                    "note: {} of {} shares refused, one with {}",
                    round.refused,
                    round.refused + round.accepted,
                    round.refusal.unwrap_or_default().trim()
                );
            }
        }
    }
    figures.pair(
        "delivery_accepted_per_s",
        &ours,
        &theirs,
        |round| round.0,
        "shares/s",
    );
    figures.pair(
        "delivery_cpu_us_per_share",
        &ours,
        &theirs,
        |round| round.1,
        "us",
    );
}

async fn latency(server: &Process, contender: &Process, figures: &mut Figures) {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let mut disk = Vec::new();
    for _ in 0..3 {
        disk.push(Syncs::of_a_bare_file(SYNCS));
        for (process, rounds) in [(server, &mut ours), (contender, &mut theirs)] {
            let mut machines = Machines::connect(process.address(), 100).await;
            rounds.push(machines.pace(10_000, LATENCY).await);
        }
    }
    for (name, at) in [("delivery_p50_ms", 0.5), ("delivery_p99_ms", 0.99)] {
        figures.pair(name, &ours, &theirs, |round| round.quantile_ms(at), "ms");
    }
    figures.pair(
        "delivery_sender_late_p99_ms",
        &ours,
        &theirs,
        |round| round.late_quantile_ms(0.99),
        "ms",
    );
    // No answer is sooner than the disk, which the contender does not ask.
    for (name, at) in [("disk_sync_p50_ms", 0.5), ("disk_sync_p99_ms", 0.99)] {
        let mut rounds: Vec<f64> = disk.iter().map(|syncs| syncs.quantile_ms(at)).collect();
        figures.median(name, &mut rounds, "ms");
    }
}

async fn machines(server: &Process, pool: &Pool, figures: &mut Figures) {
    let empty = server.memory_kib();
    let mut machines = Machines::connect(server.address(), MACHINES).await;
    // Every machine has sent shares: buffers are as they are in use.
    machines.each_submits(4).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let used = server.memory_kib().saturating_sub(empty) as f64;
    figures.one("delivery_kib_per_connection", used / MACHINES as f64, "KiB");
    let mut spread = Vec::new();
    for _ in 0..BLOCKS {
        machines.drain().await;
        spread.push(machines.new_block(pool).await.as_secs_f64() * 1e3);
    }
    figures.median("delivery_new_block_ms", &mut spread, "ms");
}
