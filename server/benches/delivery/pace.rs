//! Sends shares when they are due, from a thread of its own: an asynchronous timer is a millisecond late, which is what is
//! to be measured.

use std::{
    fmt::Write as _,
    io::Write,
    net::TcpStream,
    os::fd::AsFd,
    sync::mpsc::{Receiver, Sender, channel},
    thread,
    time::{Duration, Instant},
};

/// A machine's shares.
pub struct Paced {
    pub login: String,
    pub job: String,
    pub ntime: String,
    /// Its last share's extranonce2.
    pub next: u32,
}

/// Who sends them in turn.
#[derive(Default)]
pub struct Pacer(Vec<(TcpStream, Paced, Sender<Instant>)>);

impl Pacer {
    /// Another machine; answers where the times come when its shares were due, each before it is sent.
    pub fn add(&mut self, socket: &tokio::net::TcpStream, shares: Paced) -> Receiver<Instant> {
        let socket = socket.as_fd().try_clone_to_owned().unwrap();
        let (due, sent) = channel();
        self.0.push((socket.into(), shares, due));
        sent
    }

    /// So many a second over all machines. The last share of each is sent with nothing more to come. Answers by how much
    /// each was late, in microseconds: what this machine does to whoever runs on it.
    pub fn run(self, per_second: u32, time: Duration) -> Vec<u32> {
        let Self(mut machines) = self;
        let rounds = per_second * time.as_secs() as u32 / machines.len() as u32;
        let gap = Duration::from_secs(1) / per_second;
        let mut due = Instant::now();
        let mut late = Vec::new();
        for round in 1..=rounds {
            let mut paced = Vec::with_capacity(machines.len());
            for (mut socket, mut shares, sent) in machines {
                let text = shares.share();
                thread::sleep(due.saturating_duration_since(Instant::now()));
                // Counted from when it was due: a late sender is part of the waiting.
                sent.send(due).unwrap();
                late.push(u32::try_from(due.elapsed().as_micros()).unwrap_or(u32::MAX));
                due += gap;
                if round < rounds {
                    socket.write_all(text.as_bytes()).unwrap();
                    paced.push((socket, shares, sent));
                } else {
                    drop(sent);
                    socket.write_all(text.as_bytes()).unwrap();
                }
            }
            machines = paced;
        }
        late
    }
}

impl Paced {
    /// The next share's line.
    pub fn share(&mut self) -> String {
        self.next += 1;
        let Self {
            login,
            job,
            ntime,
            next,
        } = self;
        let nonce = next.wrapping_mul(0x9e37_79b9);
        let mut text = String::with_capacity(160);
        writeln!(
            text,
            "{{\"params\":[\"{login}\",\"{job}\",\"{next:08x}\",\"{ntime}\",\"{nonce:08x}\"],\"id\":4,\"method\":\"mining.submit\"}}"
        )
        .unwrap();
        text
    }
}
