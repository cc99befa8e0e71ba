//! A machine that speaks Stratum line by line, as the test tells it.

use pow::Share;
use std::{net::SocketAddr, time::Duration};
use stratum::{Event, Upstream, UpstreamJob};
use tokio::{
    io::{
        AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader, ReadHalf, WriteHalf,
        split,
    },
    net::TcpStream,
    time::timeout,
};

pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

pub struct Machine {
    lines: tokio::io::Lines<BufReader<ReadHalf<Box<dyn Stream>>>>,
    to: WriteHalf<Box<dyn Stream>>,
    /// Understands what the server says; a machine is the same kind of client as we are at a pool.
    protocol: Upstream,
    pub extranonce1: Vec<u8>,
    pub jobs: Vec<UpstreamJob>,
    /// Every line so far.
    pub heard: Vec<String>,
}

impl Machine {
    pub async fn connect(server: SocketAddr) -> Self {
        let connected = TcpStream::connect(server).await;
        Self::over(connected.expect("the server listens"))
    }

    pub fn over(stream: impl Stream + 'static) -> Self {
        let stream: Box<dyn Stream> = Box::new(stream);
        let (from, to) = split(stream);
        Self {
            lines: BufReader::new(from).lines(),
            to,
            protocol: Upstream::new("", "", "test"),
            extranonce1: Vec::new(),
            jobs: Vec::new(),
            heard: Vec::new(),
        }
    }

    /// Connected, subscribed and logged in, as a machine without `mining.configure` does it; has a job.
    pub async fn mining(server: SocketAddr, login: &str) -> Self {
        let mut machine = Self::connect(server).await;
        machine.begin(login).await;
        machine
    }

    /// Subscribes and logs in, until there is a job.
    pub async fn begin(&mut self, login: &str) {
        self.log_in(login).await;
        self.job_after(0).await;
    }

    /// Subscribes and logs in.
    pub async fn log_in(&mut self, login: &str) {
        // Pipelined, and with the ids that `Upstream` expects of its own requests.
        let hello = format!(
            "{{\"id\":2,\"method\":\"mining.subscribe\",\"params\":[]}}\n\
             {{\"id\":3,\"method\":\"mining.authorize\",\"params\":[\"{login}\",\"x\"]}}\n"
        );
        self.send_raw(hello.as_bytes()).await;
    }

    pub async fn send_raw(&mut self, bytes: &[u8]) {
        // The server may close while a long line is still being sent.
        let _ = self.to.write_all(bytes).await;
        let _ = self.to.flush().await;
    }

    pub async fn send(&mut self, line: &str) {
        self.send_raw(format!("{line}\n").as_bytes()).await;
    }

    /// The next line; `None` where the server closed.
    pub async fn line(&mut self) -> Option<String> {
        let line = timeout(Duration::from_secs(60), self.lines.next_line()).await;
        let line = line.expect("the server says something").unwrap_or(None);
        self.heard.extend(line.clone());
        line
    }

    /// The next line, with jobs and extranonce taken note of.
    pub async fn hear(&mut self) -> Option<String> {
        let line = self.line().await?;
        for event in self.protocol.receive(&line).unwrap_or_default() {
            match event {
                Event::Subscribed { extranonce1, .. }
                | Event::ExtranonceChanged { extranonce1, .. } => self.extranonce1 = extranonce1,
                Event::Job(job) => self.jobs.push(job),
                _ => {}
            }
        }
        Some(line)
    }

    /// The next line that answers something.
    pub async fn answer(&mut self) -> Option<String> {
        loop {
            let line = self.hear().await?;
            if !line.contains("\"method\"") {
                return Some(line);
            }
        }
    }

    /// Says a line, hears its answer.
    pub async fn ask(&mut self, line: &str) -> String {
        self.send(line).await;
        self.answer().await.expect("an answer")
    }

    /// Hears until there is a job later than the first `known` ones.
    pub async fn job_after(&mut self, known: usize) {
        while self.jobs.len() <= known {
            self.hear().await.expect("a job comes");
        }
    }

    /// Hears until the latest job is of the pool's session with this extranonce1.
    pub async fn job_in(&mut self, extranonce1: &[u8]) {
        let of_session = |job: &UpstreamJob| {
            // Two bytes of padding follow it.
            let before = job.job.coinbase1.split_last_chunk::<2>();
            before.is_some_and(|(before, _)| before.ends_with(extranonce1))
        };
        while !self.jobs.last().is_some_and(of_session) {
            self.hear().await.expect("a job comes");
        }
    }

    /// Finds a share of the latest job and submits it; the answer.
    pub async fn mine(&mut self, login: &str, from_nonce: u32) -> String {
        let (_, line) = self.find_share(login, from_nonce);
        self.ask(&line).await
    }

    /// Hears until there is another job than the last.
    pub async fn next_job(&mut self) -> &UpstreamJob {
        let jobs = self.jobs.len();
        self.job_after(jobs).await;
        &self.jobs[jobs]
    }

    /// Searches a share of the latest job from this nonce on; the nonce, and the line that submits it with id 4.
    pub fn find_share(&self, login: &str, from_nonce: u32) -> (u32, String) {
        let job = self.jobs.last().expect("a job");
        let extranonce2 = [0, 0, 0, 1];
        for nonce in from_nonce.. {
            let share = Share {
                ntime: job.job.ntime,
                nonce,
                version_bits: 0,
            };
            let parts = [&self.extranonce1[..], &extranonce2];
            if job
                .job
                .check(&parts, share, pow::VERSION_ROLLING_MASK, &job.target)
                .is_ok()
            {
                let (id, ntime) = (&job.id, job.job.ntime);
                let params =
                    format!("\"{login}\",\"{id}\",\"00000001\",\"{ntime:08x}\",\"{nonce:08x}\"");
                return (
                    nonce,
                    format!("{{\"id\":4,\"method\":\"mining.submit\",\"params\":[{params}]}}"),
                );
            }
        }
        unreachable!("four billion nonces hold a share of this difficulty")
    }
}
