//! One thread reads and judges, all of them hash; the verdict is the same to the last byte however many they are.

use super::{
    progress::Progress,
    source::{Piece, Source},
};
use pow::bundle::{Batch, Verdict, Verifier};
use std::{
    io,
    num::NonZeroU32,
    sync::{
        Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread,
};

/// Batches that wait for a hashing thread each: while it takes one, the next is there.
const QUEUED_PER_THREAD: usize = 2;
/// Shares that may wait to be judged, for each thread: beyond that nothing is read.
const WAITING_PER_THREAD: usize = 8_192;

/// How to verify.
#[derive(Clone, Copy, Debug)]
pub(in crate::commands) struct Settings {
    /// Threads that hash, this one among them; at least one.
    pub threads: usize,
    /// One share in so many, chosen by this seed.
    pub sample: Option<(NonZeroU32, u64)>,
}

type Hashed = (u64, Vec<[u8; 32]>);

/// Where hashing threads take batches from and bring hashes to.
struct Crew {
    batches: SyncSender<Batch>,
    hashes: Receiver<Hashed>,
    /// Batches that are with the threads.
    away: usize,
    most_away: usize,
}

/// Verifies what the source gives.
///
/// # Errors
/// Where the source cannot be read.
pub(super) fn run(settings: Settings, source: &mut dyn Source) -> io::Result<Verdict> {
    Ok(judge(settings, source)?.finish())
}

/// Judges what the source gives, and leaves it open whether that is all.
///
/// # Errors
/// Where the source cannot be read.
pub(in crate::commands) fn judge(
    settings: Settings,
    source: &mut dyn Source,
) -> io::Result<Verifier> {
    let others = settings.threads.saturating_sub(1);
    let most_away = others * QUEUED_PER_THREAD;
    let (batches, queue) = sync_channel(most_away);
    // As many as are away: no thread ever waits to answer.
    let (answers, hashes) = sync_channel(most_away);
    let queue = &Mutex::new(queue);
    thread::scope(move |scope| {
        for _ in 0..others {
            let answers = answers.clone();
            thread::Builder::new()
                .name("hashing".into())
                .spawn_scoped(scope, move || hash(queue, &answers))?;
        }
        // Theirs are the only ones: where no thread is left, nobody waits for an answer.
        drop(answers);
        let crew = Crew {
            batches,
            hashes,
            away: 0,
            most_away,
        };
        coordinate(settings, source, crew)
    })
}

fn hash(queue: &Mutex<Receiver<Batch>>, answers: &SyncSender<Hashed>) {
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(batch) = next else { return };
        if answers.send((batch.number(), batch.hashes())).is_err() {
            return;
        }
    }
}

/// The threads end when the crew is dropped, at every return.
fn coordinate(settings: Settings, source: &mut dyn Source, mut crew: Crew) -> io::Result<Verifier> {
    let most_waiting = settings.threads * WAITING_PER_THREAD;
    let mut verifier = settings.verifier();
    let mut progress = Progress::new(source.size());
    let mut ended = false;
    loop {
        crew.exchange(&mut verifier);
        if ended || verifier.waiting() >= most_waiting {
            if crew.work(&mut verifier) {
                progress.tell(verifier.progress());
                continue;
            }
            if ended {
                break;
            }
        }
        match source.next()? {
            Piece::Bytes(bytes) => {
                verifier.read(&bytes);
                ended = verifier.is_lost();
            }
            Piece::Anew => {
                crew.forget();
                verifier = settings.verifier();
            }
            Piece::End => ended = true,
        }
        progress.tell(verifier.progress());
    }
    progress.end();
    Ok(verifier)
}

impl Settings {
    fn verifier(self) -> Verifier {
        self.sample.map_or_else(Verifier::new, |(one_in, seed)| {
            Verifier::sampling(one_in, seed)
        })
    }
}

impl Crew {
    /// Takes what came back, and gives out what is full while there is room.
    fn exchange(&mut self, verifier: &mut Verifier) {
        while let Ok(hashed) = self.hashes.try_recv() {
            self.take(verifier, hashed);
        }
        while self.away < self.most_away
            && let Some(batch) = verifier.next_batch(false)
        {
            self.give(verifier, batch);
        }
    }

    /// Gets on without reading: hashes a batch here, or waits for one that is away. False where there is neither.
    fn work(&mut self, verifier: &mut Verifier) -> bool {
        // A batch that is not full is worth it only where nothing else is left to do.
        let rest = self.away < self.most_away.max(1);
        if let Some(batch) = verifier.next_batch(rest) {
            let hashes = batch.hashes();
            verifier.hashed(batch.number(), hashes);
            return true;
        }
        if self.away == 0 {
            return false;
        }
        match self.hashes.recv() {
            Ok(hashed) => self.take(verifier, hashed),
            // No thread is left, which none of them can bring about: `finish` hashes what is missing.
            Err(_) => self.away = 0,
        }
        true
    }

    fn give(&mut self, verifier: &mut Verifier, batch: Batch) {
        match self.batches.try_send(batch) {
            Ok(()) => self.away += 1,
            Err(TrySendError::Full(batch) | TrySendError::Disconnected(batch)) => {
                let hashes = batch.hashes();
                verifier.hashed(batch.number(), hashes);
            }
        }
    }

    fn take(&mut self, verifier: &mut Verifier, (batch, hashes): Hashed) {
        self.away = self.away.saturating_sub(1);
        verifier.hashed(batch, hashes);
    }

    /// Lets the batches of a verification that is given up come back, so that none is taken for the next one's.
    fn forget(&mut self) {
        while self.away > 0 && self.hashes.recv().is_ok() {
            self.away -= 1;
        }
        self.away = 0;
    }
}
