//! The worker that reads the bundle, has its shares hashed by others, and judges them in the bundle's order.

use crate::pool::{Pool, Ticket};
use pow::bundle::{Progress, Verdict, Verifier};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, mem, num::NonZeroU32};

/// Shares in a full batch; so many for each batch that the hash workers may have are read ahead.
const BATCH: usize = 1_024;
/// Lines of a list that the page reads at once: about 2 ms.
const LINES: usize = 256;

/// What the coordinator wants posted.
#[derive(Debug, PartialEq, Eq)]
pub enum Post {
    /// JSON for the page.
    Page(String),
    /// A batch for the hash worker of this number.
    Hasher(usize, Vec<u8>),
}

/// Why the worker is of no use any more: one of the others does not speak this protocol.
#[derive(Debug, PartialEq, Eq)]
pub struct Broken(
    /// One sentence for whoever opens the browser's console.
    pub &'static str,
);

/// What the page asks for.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Order {
    Begin { run: u32, sample: Option<Sample> },
    End,
    Reset,
}

#[derive(Deserialize)]
struct Sample {
    one_in: NonZeroU32,
    seed: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Progress {
        run: u32,
        progress: Progress,
        /// Chunks that it acknowledges: one, or none where hashes came back and nothing else is under way.
        chunks: u32,
        /// Nothing that comes later changes the verdict.
        lost: bool,
    },
    Verdict {
        run: u32,
        verdict: Box<Verdict>,
    },
}

/// A part of one of the verdict's lists.
#[derive(Serialize)]
struct Part<'a, T> {
    run: u32,
    lines: &'a [T],
}

/// One bundle after another: bytes and hashes in, posts out.
pub struct Coordinator {
    pool: Pool,
    run: Option<Run>,
}

/// A bundle being verified.
struct Run {
    number: u32,
    verifier: Verifier,
    /// What the page was told last.
    told: Option<Progress>,
    /// Chunks that were read and not acknowledged.
    unacknowledged: usize,
    ending: bool,
}

impl Coordinator {
    /// With so many hash workers; without any it hashes itself.
    #[must_use]
    pub fn new(hashers: usize) -> Self {
        Self {
            pool: Pool::new(hashers),
            run: None,
        }
    }

    /// The page said something: JSON.
    ///
    /// # Errors
    /// `Broken`.
    pub fn order(&mut self, json: &str) -> Result<Vec<Post>, Broken> {
        match serde_json::from_str(json) {
            Ok(Order::Begin { run, sample }) => {
                self.run = Some(Run::new(run, sample.as_ref()));
                return Ok(Vec::new());
            }
            Ok(Order::End) => self.run.iter_mut().for_each(|run| run.ending = true),
            Ok(Order::Reset) => self.run = None,
            Err(_) => return Err(Broken("The page asked for something unknown.")),
        }
        self.advance()
    }

    /// The next bytes of the bundle. It is acknowledged, with the progress, once there is room for more; of a verification that
    /// was reset it is passed over.
    ///
    /// # Errors
    /// `Broken`.
    pub fn chunk(&mut self, bytes: &[u8]) -> Result<Vec<Post>, Broken> {
        let Some(run) = self.run.as_mut() else {
            return Ok(Vec::new());
        };
        match self.pool.is_empty() {
            true => run.verifier.push(bytes),
            false => run.verifier.read(bytes),
        }
        run.unacknowledged = run.unacknowledged.saturating_add(1);
        self.advance()
    }

    /// A hash worker answered the oldest batch that it has: 32 bytes a share.
    ///
    /// # Errors
    /// `Broken`.
    pub fn hashed(&mut self, hasher: usize, bytes: &[u8]) -> Result<Vec<Post>, Broken> {
        let ticket = self.pool.answered(hasher);
        let ticket = ticket.ok_or(Broken("A hash worker answered without being asked."))?;
        let (hashes, rest) = bytes.as_chunks();
        if hashes.len() != ticket.shares || !rest.is_empty() {
            return Err(Broken("A hash worker answered something else."));
        }
        match self.run.as_mut() {
            Some(run) if run.number == ticket.run => {
                run.verifier.hashed(ticket.batch, hashes.to_vec());
            }
            // Of a verification that was given up.
            _ => {}
        }
        self.advance()
    }

    /// Keeps the hash workers busy, and tells the page what there is to tell.
    fn advance(&mut self) -> Result<Vec<Post>, Broken> {
        let mut posts = Vec::new();
        let Some(run) = self.run.as_mut() else {
            return Ok(posts);
        };
        while let Some((hasher, idle)) = self.pool.free() {
            // Where the bytes come slowly, one that has nothing to do takes what there is.
            let Some(batch) = run.verifier.next_batch(idle || run.ending) else {
                break;
            };
            let ticket = Ticket {
                run: run.number,
                batch: batch.number(),
                shares: batch.len(),
            };
            self.pool.send(hasher, ticket);
            posts.push(Post::Hasher(hasher, batch.to_bytes()));
        }
        let ahead = self.pool.room().max(1).saturating_mul(BATCH);
        while run.unacknowledged > 0 && run.verifier.waiting() < ahead {
            run.unacknowledged = run.unacknowledged.saturating_sub(1);
            posts.push(run.tell(1)?);
        }
        let caught_up = run.verifier.waiting() == 0 && !run.ending;
        if caught_up && run.told != Some(run.verifier.progress()) {
            posts.push(run.tell(0)?);
        }
        if let Some(Run {
            number, verifier, ..
        }) = self
            .run
            .take_if(|run| run.ending && run.verifier.waiting() == 0)
        {
            posts.extend(conclude(number, verifier.finish())?);
        }
        Ok(posts)
    }
}

impl Run {
    fn new(number: u32, sample: Option<&Sample>) -> Self {
        Self {
            number,
            verifier: sample.map_or_else(Verifier::new, |sample| {
                Verifier::sampling(sample.one_in, sample.seed)
            }),
            told: None,
            unacknowledged: 0,
            ending: false,
        }
    }

    fn tell(&mut self, chunks: u32) -> Result<Post, Broken> {
        let progress = self.verifier.progress();
        self.told = Some(progress);
        page(&Answer::Progress {
            run: self.number,
            progress,
            chunks,
            lost: self.verifier.is_lost(),
        })
    }
}

/// The verdict, after its longest lists in parts: the page reads each message in a task of its own, and never stands still.
fn conclude(run: u32, mut verdict: Verdict) -> Result<Vec<Post>, Broken> {
    let mut posts = parts(run, "epochs", &mut verdict.epochs)?;
    posts.extend(parts(run, "built_on", &mut verdict.chain.built_on)?);
    if let Some(statistics) = &mut verdict.statistics {
        posts.extend(parts(run, "hours", &mut statistics.hours)?);
    }
    let verdict = Box::new(verdict);
    posts.push(page(&Answer::Verdict { run, verdict })?);
    Ok(posts)
}

/// Leaves a list as it is where the page can read it at once.
fn parts<T: Serialize>(run: u32, name: &str, list: &mut Vec<T>) -> Result<Vec<Post>, Broken> {
    if list.len() <= LINES {
        return Ok(Vec::new());
    }
    let list = mem::take(list);
    let parts = list.chunks(LINES).map(|lines| Part { run, lines });
    parts
        .map(|part| page(&BTreeMap::from([(name, part)])))
        .collect()
}

fn page(answer: &impl Serialize) -> Result<Post, Broken> {
    let json = serde_json::to_string(answer);
    json.map(Post::Page)
        .map_err(|_| Broken("An answer could not be written."))
}

#[cfg(test)]
mod tests;
