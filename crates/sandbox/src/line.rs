//! Lines over TCP, bounded, both ways.

use futures::{SinkExt, StreamExt};
use std::io;
use tokio::net::TcpStream;
use tokio_util::codec::{Framed, LinesCodec, LinesCodecError};

/// One connection.
pub(crate) struct Lines(Framed<TcpStream, LinesCodec>);

impl Lines {
    pub(crate) fn new(stream: TcpStream, limit: usize) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self(Framed::new(
            stream,
            LinesCodec::new_with_max_length(limit),
        )))
    }

    /// The next line; `None` at the end. Cancel-safe.
    pub(crate) async fn next(&mut self) -> io::Result<Option<String>> {
        self.0.next().await.transpose().map_err(into_io)
    }

    pub(crate) async fn send(&mut self, line: String) -> io::Result<()> {
        self.0.send(line).await.map_err(into_io)
    }
}

fn into_io(error: LinesCodecError) -> io::Error {
    match error {
        LinesCodecError::Io(error) => error,
        LinesCodecError::MaxLineLengthExceeded => {
            io::Error::new(io::ErrorKind::InvalidData, "a line passes the limit")
        }
    }
}
