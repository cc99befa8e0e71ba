//! A machine's socket: whole lines in, bytes out. It holds no buffer while nothing is under way, because ten thousand
//! machines are silent most of the time.

use std::{
    cell::RefCell,
    future::poll_fn,
    io,
    pin::Pin,
    task::{Context, Poll},
};
use stratum::DOWNSTREAM_LINE_LIMIT;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};

/// Read at once at most: a hundred shares. One buffer a thread, since what is read is taken out of it at once.
const READ: usize = 16 << 10;

/// Spare room that a silent connection may keep.
const KEPT: usize = 1 << 10;

thread_local! {
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; READ]);
}

/// What happened on a wire.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// So many bytes were taken.
    Wrote(usize),
    /// The whole lines that have come, each with its newline; none where the first has not ended yet.
    Read(Vec<u8>),
}

/// Why nothing more can come or go.
#[derive(Debug)]
pub(super) enum WireError {
    Closed,
    LineTooLong,
    Io(io::Error),
}

/// Reads lines and writes bytes.
pub(super) struct Wire<S> {
    stream: S,
    /// A line that has not ended yet.
    partial: Vec<u8>,
    /// Something was written and may still be in the stream's own buffer: TLS has one.
    unflushed: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    pub(super) const fn new(stream: S) -> Self {
        Self {
            stream,
            partial: Vec::new(),
            unflushed: false,
        }
    }

    /// Writes some of `bytes` or, where `may_read`, reads once, whatever is possible first. Nothing is lost where the
    /// future is dropped.
    ///
    /// # Errors
    /// [`WireError`]; `LineTooLong` once a line passes the limit, ended or not.
    pub(super) async fn turn(&mut self, bytes: &[u8], may_read: bool) -> Result<Turn, WireError> {
        let (stream, partial) = (&mut self.stream, &mut self.partial);
        let unflushed = &mut self.unflushed;
        poll_fn(|context| {
            if !bytes.is_empty()
                && let Poll::Ready(written) = Pin::new(&mut *stream).poll_write(context, bytes)
            {
                *unflushed = true;
                return Poll::Ready(written.map(Turn::Wrote).map_err(WireError::Io));
            }
            if *unflushed && let Poll::Ready(flushed) = Pin::new(&mut *stream).poll_flush(context) {
                *unflushed = false;
                if let Err(error) = flushed {
                    return Poll::Ready(Err(WireError::Io(error)));
                }
            }
            if may_read {
                return read(Pin::new(&mut *stream), context, partial);
            }
            Poll::Pending
        })
        .await
    }

    /// Sends what the stream holds back, and says that nothing comes after it.
    pub(super) async fn finish(&mut self) -> io::Result<()> {
        self.stream.flush().await?;
        self.stream.shutdown().await
    }
}

fn read<S: AsyncRead>(
    stream: Pin<&mut S>,
    context: &mut Context<'_>,
    partial: &mut Vec<u8>,
) -> Poll<Result<Turn, WireError>> {
    SCRATCH.with_borrow_mut(|scratch| {
        let mut buffer = ReadBuf::new(scratch);
        stream
            .poll_read(context, &mut buffer)
            .map(|read| match read {
                Err(error) => Err(WireError::Io(error)),
                Ok(()) if buffer.filled().is_empty() => Err(WireError::Closed),
                Ok(()) => take_lines(partial, buffer.filled()).map(Turn::Read),
            })
    })
}

/// The whole lines of what was there before and what came now; the rest stays for the next time.
fn take_lines(partial: &mut Vec<u8>, came: &[u8]) -> Result<Vec<u8>, WireError> {
    let end = came.iter().rposition(|byte| *byte == b'\n');
    let (ended, rest) = came.split_at(end.map_or(0, |at| at + 1));
    let mut lines = Vec::new();
    if !ended.is_empty() {
        lines = std::mem::take(partial);
        lines.reserve_exact(ended.len());
        lines.extend_from_slice(ended);
    }
    if partial.len() + rest.len() > DOWNSTREAM_LINE_LIMIT {
        return Err(WireError::LineTooLong);
    }
    partial.extend_from_slice(rest);
    if partial.is_empty() && partial.capacity() > KEPT {
        *partial = Vec::new();
    }
    let mut all = lines.split_inclusive(|byte| *byte == b'\n');
    if all.any(|line| line.len() > DOWNSTREAM_LINE_LIMIT + 1) {
        return Err(WireError::LineTooLong);
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, DuplexStream, duplex};

    async fn read(wire: &mut Wire<DuplexStream>) -> Result<Vec<u8>, WireError> {
        match wire.turn(b"", true).await? {
            Turn::Read(lines) => Ok(lines),
            Turn::Wrote(_) => unreachable!("there was nothing to write"),
        }
    }

    #[tokio::test]
    async fn lines_come_whole_however_they_are_cut() {
        let (mut there, here) = duplex(1 << 16);
        let mut wire = Wire::new(here);
        there.write_all(b"first\nsec").await.unwrap();
        assert_eq!(read(&mut wire).await.unwrap(), b"first\n");
        there.write_all(b"on").await.unwrap();
        assert_eq!(read(&mut wire).await.unwrap(), b"");
        there.write_all(b"d\r\n\nlast\n").await.unwrap();
        assert_eq!(read(&mut wire).await.unwrap(), b"second\r\n\nlast\n");
        assert_eq!(wire.partial.capacity(), 0, "a silent wire holds nothing");
        drop(there);
        assert!(matches!(read(&mut wire).await, Err(WireError::Closed)));
    }

    #[tokio::test]
    async fn a_wire_writes_while_it_may_not_read() {
        let (mut there, here) = duplex(4);
        let mut wire = Wire::new(here);
        there.write_all(b"x\n").await.unwrap();
        assert_eq!(wire.turn(b"hello", false).await.unwrap(), Turn::Wrote(4));
        assert_eq!(
            wire.turn(b"o", true).await.unwrap(),
            Turn::Read(b"x\n".to_vec())
        );
    }

    #[tokio::test]
    async fn a_line_has_an_end_or_the_wire_has() {
        for text in [
            vec![b'a'; DOWNSTREAM_LINE_LIMIT + 1],
            [&vec![b'a'; DOWNSTREAM_LINE_LIMIT + 1][..], b"\n"].concat(),
        ] {
            let (mut there, here) = duplex(1 << 16);
            let mut wire = Wire::new(here);
            for part in text.chunks(1_000) {
                there.write_all(part).await.unwrap();
            }
            let error = loop {
                if let Err(error) = read(&mut wire).await {
                    break error;
                }
            };
            assert!(matches!(error, WireError::LineTooLong));
        }
        let (mut there, here) = duplex(1 << 16);
        let mut wire = Wire::new(here);
        let longest = [&vec![b'a'; DOWNSTREAM_LINE_LIMIT][..], b"\n"].concat();
        there.write_all(&longest).await.unwrap();
        assert_eq!(read(&mut wire).await.unwrap(), longest);
    }

    /// Gives on what it takes only when it is flushed, as TLS may.
    struct Held(DuplexStream, Vec<u8>);

    impl AsyncRead for Held {
        fn poll_read(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            Pin::new(&mut self.0).poll_read(context, buffer)
        }
    }

    impl AsyncWrite for Held {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            self.1.extend_from_slice(bytes);
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
            let Self(stream, held) = &mut *self;
            while !held.is_empty() {
                match Pin::new(&mut *stream).poll_write(context, held) {
                    Poll::Ready(Ok(written)) => drop(held.drain(..written)),
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                    Poll::Pending => return Poll::Pending,
                }
            }
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<io::Result<()>> {
            Pin::new(&mut self.0).poll_shutdown(context)
        }
    }

    #[tokio::test]
    async fn what_a_stream_holds_back_goes_out_while_nothing_more_is_to_be_written() {
        let (mut there, here) = duplex(4);
        let mut wire = Wire::new(Held(here, Vec::new()));
        assert_eq!(
            wire.turn(b"last answer", true).await.unwrap(),
            Turn::Wrote(11)
        );
        let mut answer = [0; 11];
        tokio::select! {
            _ = wire.turn(b"", false) => unreachable!("nothing is to be written or read"),
            read = there.read_exact(&mut answer) => assert_eq!(read.unwrap(), 11),
        }
        assert_eq!(&answer, b"last answer");
        assert_eq!(wire.turn(b"bye", true).await.unwrap(), Turn::Wrote(3));
        let mut rest = String::new();
        let (finished, read) = tokio::join!(wire.finish(), there.read_to_string(&mut rest));
        finished.unwrap();
        read.unwrap();
        assert_eq!(rest, "bye");
    }
}
