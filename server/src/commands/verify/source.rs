//! Where a bundle comes from: a thread of its own reads ahead, a few pieces far.

mod download;

use download::Download;
use std::{
    fs::File,
    io::{self, ErrorKind, Read},
    path::Path,
    sync::mpsc::{Receiver, sync_channel},
    thread,
};

/// Bytes that are read at once.
const PIECE: usize = 1 << 16;
/// Pieces that may wait to be verified.
const AHEAD: usize = 4;

/// The next thing that came.
pub(in crate::commands) enum Piece {
    /// More of the bundle.
    Bytes(Vec<u8>),
    /// The bundle begins again from its first byte, and may be another.
    Anew,
    /// That was all.
    End,
}

/// A bundle's bytes.
pub(in crate::commands) trait Source {
    /// Bytes in all, where that is known; a hint.
    fn size(&self) -> Option<u64>;

    /// Waits for the next piece.
    ///
    /// # Errors
    /// One sentence, where the bundle cannot be read.
    fn next(&mut self) -> io::Result<Piece>;
}

/// Opens what the command line names.
///
/// # Errors
/// One sentence, where it cannot be opened.
pub(super) fn open(bundle: &Path) -> io::Result<Box<dyn Source>> {
    let text = bundle.to_str().unwrap_or_default();
    if text.starts_with("http://") || text.starts_with("https://") {
        return Ok(Box::new(Download::start(text)?));
    }
    let name = if text == "-" {
        "standard input".to_owned()
    } else {
        bundle.display().to_string()
    };
    let (size, pieces) = if text == "-" {
        (None, read_ahead(io::stdin())?)
    } else {
        let file = File::open(bundle).map_err(|why| failed(&name, "opened", &why))?;
        let length = file.metadata().ok().filter(std::fs::Metadata::is_file);
        (length.map(|file| file.len()), read_ahead(file)?)
    };
    Ok(Box::new(Local { name, size, pieces }))
}

/// A file or standard input.
struct Local {
    name: String,
    size: Option<u64>,
    pieces: Receiver<io::Result<Vec<u8>>>,
}

impl Source for Local {
    fn size(&self) -> Option<u64> {
        self.size
    }

    fn next(&mut self) -> io::Result<Piece> {
        match self.pieces.recv() {
            Ok(Ok(bytes)) => Ok(Piece::Bytes(bytes)),
            Ok(Err(why)) => Err(failed(&self.name, "read", &why)),
            Err(_) => Ok(Piece::End),
        }
    }
}

fn failed(name: &str, done: &str, why: &io::Error) -> io::Error {
    io::Error::new(why.kind(), format!("{name} cannot be {done}: {why}"))
}

/// The queue ends with the input, or with why it cannot be read. The thread ends when the queue is dropped.
fn read_ahead(mut input: impl Read + Send + 'static) -> io::Result<Receiver<io::Result<Vec<u8>>>> {
    let (sender, pieces) = sync_channel(AHEAD);
    let read = move || {
        loop {
            let mut piece = vec![0; PIECE];
            let read = match input.read(&mut piece) {
                Ok(0) => return,
                Ok(length) => {
                    piece.truncate(length);
                    Ok(piece)
                }
                Err(why) if why.kind() == ErrorKind::Interrupted => continue,
                Err(why) => Err(why),
            };
            let last = read.is_err();
            if sender.send(read).is_err() || last {
                return;
            }
        }
    };
    thread::Builder::new().name("reading".into()).spawn(read)?;
    Ok(pieces)
}
