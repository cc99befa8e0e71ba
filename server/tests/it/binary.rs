//! The real `assay` binary as a process of its own.

use server::cli::DemoArgs;
use std::{
    net::{SocketAddr, TcpListener},
    process::Stdio,
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

pub struct Running {
    process: Child,
    pub pages: SocketAddr,
    pub stratum: SocketAddr,
}

pub fn assay() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_assay"));
    command.kill_on_drop(true);
    command
}

/// An address that is free now, and stays the same over restarts.
pub fn free_address() -> SocketAddr {
    let socket = TcpListener::bind("127.0.0.1:0").expect("a free port");
    socket.local_addr().expect("its address")
}

pub fn demo(args: &DemoArgs) -> Command {
    demo_by(assay(), args)
}

/// The same by a command that runs `assay` with what follows.
pub fn demo_by(mut command: Command, args: &DemoArgs) -> Command {
    command.arg("demo");
    command
        .arg("--data")
        .arg(&args.data)
        .arg("--dist")
        .arg(&args.dist);
    command.arg("--listen").arg(args.listen.to_string());
    command.arg("--stratum").arg(args.stratum.to_string());
    command
        .arg("--block-seconds")
        .arg(args.block_seconds.to_string());
    command
        .arg("--epoch-seconds")
        .arg(args.epoch_seconds.to_string());
    if let Some(metrics) = args.metrics {
        command.arg("--metrics").arg(metrics.to_string());
    }
    let shares = &args.shares;
    let reserve = shares.disk_reserve.to_string();
    command.arg("--disk-reserve").arg(reserve);
    if let Some(days) = shares.keep_shares {
        command.arg("--keep-shares").arg(days.to_string());
    }
    if let Some(bytes) = shares.shares_max_bytes {
        command.arg("--shares-max-bytes").arg(bytes.to_string());
    }
    if args.overbooked {
        command.arg("--overbooked");
    }
    command
}

impl Running {
    pub async fn start(args: &DemoArgs) -> Self {
        Self::run(demo(args)).await
    }

    /// What a command runs that ends as `assay demo`.
    pub async fn run(mut command: Command) -> Self {
        let mut process = command
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut lines = BufReader::new(process.stdout.take().expect("its output")).lines();
        let ready = async {
            while let Some(line) = lines.next_line().await.expect("its output") {
                if let Some(addresses) = line.strip_prefix("ready: http://") {
                    let (pages, stratum) = addresses
                        .split_once(" stratum+tcp://")
                        .expect("both addresses");
                    return (
                        pages.parse().expect("an address"),
                        stratum.parse().expect("an address"),
                    );
                }
            }
            panic!("the binary ended before it was ready");
        };
        let (pages, stratum) = timeout(Duration::from_secs(60), ready)
            .await
            .expect("it gets ready");
        Self {
            process,
            pages,
            stratum,
        }
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.process.id().expect("it runs")
    }

    /// SIGKILL: no last words.
    pub async fn kill(mut self) {
        self.process.kill().await.expect("it dies");
    }
}
