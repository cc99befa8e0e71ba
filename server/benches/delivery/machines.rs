//! Machines that only submit. Every share has an extranonce2 of its own, as with hardware, so no merkle root repeats.

use crate::{
    measure::quantile_ms,
    pace::{Paced, Pacer},
    pool::Pool,
    served::HOST,
};
use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::mpsc::{Receiver, TryRecvError},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

pub struct Machines(Vec<Machine>);

struct Machine {
    socket: TcpStream,
    login: String,
    job: String,
    ntime: String,
    next: u32,
    /// What has come and is not a whole line yet.
    rest: Vec<u8>,
    sent: VecDeque<Instant>,
    /// What another thread sends for it, with the times that it was due.
    paced: Option<Receiver<Instant>>,
    notified: Option<Instant>,
    round: Round,
}

/// What came of a round.
#[derive(Default)]
pub struct Round {
    pub accepted: u64,
    pub refused: u64,
    /// One of those answers.
    pub refusal: Option<String>,
    took: Duration,
    micros: Vec<u32>,
    late: Vec<u32>,
}

impl Round {
    pub fn per_second(&self) -> f64 {
        self.accepted as f64 / self.took.as_secs_f64()
    }

    pub fn quantile_ms(&self, at: f64) -> f64 {
        quantile_ms(&self.micros, at)
    }

    /// Of the sender alone.
    pub fn late_quantile_ms(&self, at: f64) -> f64 {
        quantile_ms(&self.late, at)
    }
}

impl Machines {
    /// Connected, logged in, each with a job. Some at a time, as a server's backlog has an end.
    pub async fn connect(server: SocketAddr, count: usize) -> Self {
        let mut all = Vec::with_capacity(count);
        for first in (0..count).step_by(200) {
            let mut starting = JoinSet::new();
            for number in first..count.min(first + 200) {
                starting.spawn(Machine::connect(server, number));
            }
            all.extend(starting.join_all().await);
        }
        Self(all)
    }

    /// As many shares as are answered, with so many unanswered on each connection.
    pub async fn flood(&mut self, in_flight: usize, time: Duration) -> Round {
        let started = Instant::now();
        self.each(move |mut machine| async move {
            machine.flood(in_flight, started + time).await;
            machine
        })
        .await;
        self.collect(started)
    }

    /// So many shares a second over all machines, sent when due whether or not earlier ones were answered.
    pub async fn pace(&mut self, per_second: u32, time: Duration) -> Round {
        let mut pacer = Pacer::default();
        for machine in &mut self.0 {
            machine.paced = Some(pacer.add(&machine.socket, machine.shares()));
        }
        let started = Instant::now();
        let sender = std::thread::spawn(move || pacer.run(per_second, time));
        self.each(|mut machine| async move {
            machine
                .hear_until(|machine| machine.paced.is_none() && machine.sent.is_empty())
                .await;
            machine
        })
        .await;
        Round {
            late: sender.join().unwrap(),
            ..self.collect(started)
        }
    }

    /// Each machine sends so many shares, one after the other.
    pub async fn each_submits(&mut self, shares: u64) {
        self.each(move |mut machine| async move {
            for answered in 1..=shares {
                machine.submit(1).await;
                machine
                    .hear_until(|machine| machine.round.answered() >= answered)
                    .await;
            }
            machine.round = Round::default();
            machine
        })
        .await;
    }

    /// Reads what is there.
    pub async fn drain(&mut self) {
        tokio::time::sleep(Duration::from_millis(500)).await;
        for machine in &mut self.0 {
            machine.drain();
        }
    }

    /// From the pool's word to the last machine's ear.
    pub async fn new_block(&mut self, pool: &Pool) -> Duration {
        self.0
            .iter_mut()
            .for_each(|machine| machine.notified = None);
        let started = Instant::now();
        pool.new_block();
        self.each(|mut machine| async move {
            machine
                .hear_until(|machine| machine.notified.is_some())
                .await;
            machine
        })
        .await;
        self.0
            .iter()
            .filter_map(|machine| machine.notified)
            .max()
            .unwrap()
            - started
    }

    async fn each<F, G>(&mut self, run: F)
    where
        F: Fn(Machine) -> G,
        G: Future<Output = Machine> + Send + 'static,
    {
        let mut tasks = JoinSet::new();
        for machine in self.0.drain(..) {
            tasks.spawn(run(machine));
        }
        self.0 = tasks.join_all().await;
    }

    fn collect(&mut self, started: Instant) -> Round {
        let mut all = Round {
            took: started.elapsed(),
            ..Round::default()
        };
        for machine in &mut self.0 {
            let round = std::mem::take(&mut machine.round);
            all.accepted += round.accepted;
            all.refused += round.refused;
            all.refusal = all.refusal.or(round.refusal);
            all.micros.extend(round.micros);
        }
        all
    }
}

impl Round {
    fn answered(&self) -> u64 {
        self.accepted + self.refused
    }
}

impl Machine {
    async fn connect(server: SocketAddr, number: usize) -> Self {
        let socket = TcpStream::connect(server).await.unwrap();
        socket.set_nodelay(true).unwrap();
        let mut machine = Self {
            socket,
            login: format!("{HOST}.{number}"),
            job: String::new(),
            ntime: String::new(),
            next: 0,
            rest: Vec::new(),
            sent: VecDeque::new(),
            paced: None,
            notified: None,
            round: Round::default(),
        };
        let login = &machine.login;
        let hello = format!(
            "{{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[\"bench/1\"]}}\n\
             {{\"id\":2,\"method\":\"mining.authorize\",\"params\":[\"{login}\",\"x\"]}}\n"
        );
        machine.socket.write_all(hello.as_bytes()).await.unwrap();
        machine
            .hear_until(|machine| machine.notified.is_some())
            .await;
        machine.round = Round::default();
        machine
    }

    fn shares(&self) -> Paced {
        Paced {
            login: self.login.clone(),
            job: self.job.clone(),
            ntime: self.ntime.clone(),
            next: self.next,
        }
    }

    async fn flood(&mut self, in_flight: usize, end: Instant) {
        self.submit(in_flight).await;
        while Instant::now() < end {
            let before = self.round.answered();
            self.hear().await;
            self.submit((self.round.answered() - before) as usize).await;
        }
        self.hear_until(|machine| machine.sent.is_empty()).await;
    }

    async fn submit(&mut self, shares: usize) {
        let mut of = self.shares();
        let text: String = (0..shares).map(|_| of.share()).collect();
        self.next = of.next;
        let now = Instant::now();
        self.sent.extend((0..shares).map(|_| now));
        self.socket.write_all(text.as_bytes()).await.unwrap();
    }

    async fn hear_until(&mut self, done: impl Fn(&Self) -> bool) {
        while !done(self) {
            self.hear().await;
        }
    }

    /// Reads once.
    async fn hear(&mut self) {
        let read = self.socket.read_buf(&mut self.rest).await.unwrap();
        assert!(read > 0, "the server closed the connection");
        self.note_paced();
        self.understand();
    }

    fn note_paced(&mut self) {
        while let Some(paced) = &self.paced {
            match paced.try_recv() {
                Ok(due) => self.sent.push_back(due),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => self.paced = None,
            }
        }
    }

    fn drain(&mut self) {
        while self
            .socket
            .try_read_buf(&mut self.rest)
            .is_ok_and(|read| read > 0)
        {}
        self.understand();
    }

    fn understand(&mut self) {
        let rest = std::mem::take(&mut self.rest);
        let mut lines = rest.split_inclusive(|byte| *byte == b'\n');
        let mut partial = Vec::new();
        for line in &mut lines {
            if line.ends_with(b"\n") {
                self.line(std::str::from_utf8(line).unwrap());
            } else {
                partial = line.to_vec();
            }
        }
        self.rest = partial;
    }

    fn line(&mut self, line: &str) {
        if let Some(at) = line.find("\"method\":\"mining.notify\"") {
            let strings: Vec<&str> = line[at..].split('"').collect();
            self.job = strings[7].to_owned();
            // The last string before `clean`.
            self.ntime = strings[strings.len() - 2].to_owned();
            if !line.contains("\"params\":[") || self.ntime.len() != 8 {
                panic!("a notification that this bench cannot read: {line}");
            }
            self.notified = Some(Instant::now());
        } else if line.contains("\"id\":4") {
            let sent = self.sent.pop_front().expect("an answer to a share");
            let micros = sent.elapsed().as_micros();
            self.round
                .micros
                .push(u32::try_from(micros).unwrap_or(u32::MAX));
            if line.contains("\"result\":true") {
                self.round.accepted += 1;
            } else {
                self.round.refused += 1;
                self.round.refusal.get_or_insert_with(|| line.to_owned());
            }
        }
    }
}
