//! A contract's log as the next start would find it: its segments, and over the open ones what the write-ahead log holds.

use super::contract::Finding;
use crate::{
    commands::verify::source::{Piece, Source},
    sharelog::{
        layout::{self, Layout, Segment},
        scan::{EPOCH, Found, Scan},
        wal::Held,
    },
};
use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// Bytes that are read at once.
const PIECE: u64 = 1 << 16;

/// Reads the segments one after the other.
pub(super) struct Overlaid<'a> {
    folder: PathBuf,
    log: String,
    held: &'a Held,
    left: VecDeque<Segment>,
    current: Option<(Segment, File)>,
    at: u64,
    scan: Scan,
    /// As the next start would find them.
    pub layout: Layout,
    /// Where epochs end.
    pub ends: Vec<u64>,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// What the next start makes good.
    pub notes: Vec<Finding>,
}

impl<'a> Overlaid<'a> {
    /// `log` is the folder's name in the write-ahead log.
    pub(super) fn new(data: &Path, log: &str, mut layout: Layout, held: &'a Held) -> Self {
        for segment in layout.segments.iter_mut().filter(|segment| !segment.sealed) {
            segment.bytes = segment.bytes.max(held_to(held, log, segment.number));
        }
        // Files whose names were lost in a power cut.
        let next = layout.segments.last().map_or(0, |last| last.number + 1);
        for number in next.. {
            let bytes = held_to(held, log, number);
            if bytes == 0 {
                break;
            }
            layout.segments.push(Segment {
                number,
                sealed: false,
                bytes,
            });
        }
        Self {
            folder: data.join(log),
            log: log.to_owned(),
            held,
            left: layout.segments.iter().copied().collect(),
            current: None,
            at: 0,
            scan: Scan::default(),
            layout,
            ends: Vec::new(),
            findings: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn piece(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            if self.current.is_none() {
                let Some(next) = self.left.pop_front() else {
                    return Ok(None);
                };
                let file = match layout::open_to_read(&self.folder, next.number) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound && !next.sealed => {
                        File::open("/dev/null")?
                    }
                    file => file?,
                };
                (self.current, self.at) = (Some((next, file)), 0);
            }
            let Some((segment, file)) = &mut self.current else {
                continue;
            };
            let wanted = PIECE.min(segment.bytes.saturating_sub(self.at));
            if wanted == 0 {
                self.current = None;
                continue;
            }
            let mut bytes = Vec::new();
            file.take(wanted).read_to_end(&mut bytes)?;
            let (segment, read) = (*segment, bytes.len());
            // Behind the file's end only the write-ahead log knows.
            bytes.resize(usize::try_from(wanted).unwrap_or(read), 0);
            self.overlay(segment, &mut bytes, read);
            self.at += wanted;
            return Ok(Some(bytes));
        }
    }

    /// Compares what stands in the file with the frames, and puts these over it.
    fn overlay(&mut self, segment: Segment, bytes: &mut [u8], read: usize) {
        let key = (self.log.clone(), segment.number);
        let frames = self.held.frames.get(&key).map_or(&[][..], Vec::as_slice);
        for (offset, frame) in frames {
            let from = self.at.max(*offset);
            let to = (self.at + bytes.len() as u64).min(offset + frame.len() as u64);
            if from >= to {
                continue;
            }
            let within = |start: u64| (from - start) as usize..(to - start) as usize;
            let (Some(here), Some(there)) =
                (bytes.get_mut(within(self.at)), frame.get(within(*offset)))
            else {
                continue;
            };
            let known = read.saturating_sub((from - self.at) as usize);
            let mut both = here.iter().zip(there).take(known);
            if let Some(differs) = both.position(|(here, there)| here != there) {
                let finding = |message: &str| Finding {
                    file: format!("{}/{}", self.log, segment.name()),
                    offset: from + differs as u64,
                    message: message.into(),
                };
                if segment.sealed {
                    let message = "the write-ahead log holds another byte";
                    self.findings.push(finding(message));
                    continue;
                }
                let message = "the write-ahead log holds another byte, which the next start writes";
                self.notes.push(finding(message));
            }
            if !segment.sealed {
                here.copy_from_slice(there);
            }
        }
    }
}

impl Source for Overlaid<'_> {
    fn size(&self) -> Option<u64> {
        Some(self.layout.bytes())
    }

    fn next(&mut self) -> io::Result<Piece> {
        let piece = self
            .piece()
            .map_err(|why| io::Error::new(why.kind(), format!("{}: {why}", self.log)))?;
        let Some(bytes) = piece else {
            return Ok(Piece::End);
        };
        let ends = &mut self.ends;
        self.scan.push(&bytes, &mut |Found { kind, end, .. }| {
            if kind == EPOCH {
                ends.push(end);
            }
        });
        Ok(Piece::Bytes(bytes))
    }
}

fn held_to(held: &Held, log: &str, number: u32) -> u64 {
    let frames = held.frames.get(&(log.to_owned(), number));
    let ends = frames.into_iter().flatten();
    let ends = ends.map(|(offset, bytes)| offset + bytes.len() as u64);
    ends.max().unwrap_or(0)
}
