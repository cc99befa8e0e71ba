//! Processes and figures.

use std::{
    fs,
    net::SocketAddr,
    os::unix::fs::FileExt,
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// This program again, in another role. It ends with its standard input.
pub struct Process {
    child: Child,
    address: SocketAddr,
}

impl Process {
    pub async fn start(role: &[&str]) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(role)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines
            .next_line()
            .await
            .unwrap()
            .expect("it says where it listens");
        Self {
            child,
            address: address.parse().unwrap(),
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    fn proc_file(&self, name: &str) -> String {
        let id = self.child.id().expect("it runs");
        fs::read_to_string(format!("/proc/{id}/{name}")).unwrap()
    }

    /// Processor time so far, of user and system.
    pub fn cpu(&self) -> Duration {
        let stat = self.proc_file("stat");
        let after_name = stat.rsplit_once(')').unwrap().1;
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        // Linux counts in hundredths of a second, whatever the kernel's own tick.
        Duration::from_millis(ticks * 10)
    }

    /// Resident memory of the process; what the kernel holds for its sockets is not in it.
    pub fn memory_kib(&self) -> u64 {
        let status = self.proc_file("status");
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

/// How long a disk takes to make 4 KiB durable in a file that does not grow: what nobody can be faster than.
pub struct Syncs(Vec<u32>);

impl Syncs {
    pub fn of_a_bare_file(times: usize) -> Self {
        let file = tempfile::tempfile_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let block = [7; 4_096];
        for at in 0..256 {
            file.write_all_at(&block, at * 4_096).unwrap();
        }
        file.sync_all().unwrap();
        let took = (0..times as u64).map(|at| {
            let began = Instant::now();
            file.write_all_at(&block, at % 256 * 4_096).unwrap();
            file.sync_data().unwrap();
            u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX)
        });
        Self(took.collect())
    }

    pub fn quantile_ms(&self, at: f64) -> f64 {
        quantile_ms(&self.0, at)
    }
}

/// Of microseconds.
pub fn quantile_ms(micros: &[u32], at: f64) -> f64 {
    let mut sorted = micros.to_vec();
    sorted.sort_unstable();
    f64::from(sorted[((sorted.len() - 1) as f64 * at) as usize]) / 1e3
}

#[derive(Default)]
pub struct Figures {
    rows: Vec<[String; 5]>,
    lines: Vec<String>,
}

impl Figures {
    /// Ours beside the contender's, medians, with the ratio.
    pub fn pair<T>(
        &mut self,
        name: &str,
        ours: &[T],
        theirs: &[T],
        of: impl Fn(&T) -> f64,
        unit: &str,
    ) {
        let pick = |rounds: &[T]| middle(&mut rounds.iter().map(&of).collect::<Vec<_>>());
        let (ours, theirs) = (pick(ours), pick(theirs));
        self.rows.push([
            name.into(),
            number(ours),
            number(theirs),
            number(ours / theirs),
            unit.into(),
        ]);
        self.lines
            .push(format!("figure: {name} {} {unit}", number(ours)));
    }

    pub fn median(&mut self, name: &str, values: &mut [f64], unit: &str) {
        self.one(name, middle(values), unit);
    }

    pub fn one(&mut self, name: &str, value: f64, unit: &str) {
        self.rows.push([
            name.into(),
            number(value),
            "-".into(),
            "-".into(),
            unit.into(),
        ]);
        self.lines
            .push(format!("figure: {name} {} {unit}", number(value)));
    }

    pub fn print(&self) {
        println!(
            "{:<32} {:>12} {:>12} {:>8}  unit",
            "delivery, medians", "assay", "contender", "ratio"
        );
        for [name, ours, theirs, ratio, unit] in &self.rows {
            println!("{name:<32} {ours:>12} {theirs:>12} {ratio:>8}  {unit}");
        }
        self.lines.iter().for_each(|line| println!("{line}"));
    }
}

fn middle(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn number(value: f64) -> String {
    if value >= 1_000.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.2}")
    }
}
