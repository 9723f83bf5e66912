//! The start of a connection at the onion listener: tor's line with the circuit number, if the
//! torrc enables it. A report must never be lost because the torrc does not: without the line, the
//! caller is served in the fixed bucket.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use zeroize::Zeroizing;

use crate::listener::caller::{CIRCUIT_LINE, read_circuit};

/// Prefix of tor's line.
const BEGINNING: &[u8] = b"PROXY ";

/// A stream with some bytes already read.
pub(super) struct Ahead<S> {
    ahead: Zeroizing<Vec<u8>>,
    given: usize,
    stream: S,
}

impl<S> Ahead<S> {
    pub(super) fn into_inner(self) -> S {
        self.stream
    }
}

/// Reads tor's line from a stream. Returns the circuit number, if any, and the stream with all that
/// follows.
pub(super) async fn take_circuit<S: AsyncRead + Unpin>(mut stream: S) -> (Ahead<S>, Option<u32>) {
    let mut ahead = Zeroizing::new(Vec::with_capacity(CIRCUIT_LINE));
    let (mut circuit, mut given) = (None, 0);
    while ahead.len() < CIRCUIT_LINE
        && (ahead.starts_with(BEGINNING) || BEGINNING.starts_with(&ahead))
    {
        let room = (CIRCUIT_LINE - ahead.len()) as u64;
        // The request reader sees a broken connection again.
        let Ok(1..) = (&mut stream).take(room).read_buf(&mut *ahead).await else {
            break;
        };
        if let Some(end) = ahead.windows(2).position(|pair| pair == b"\r\n") {
            circuit = ahead.get(..end).and_then(read_circuit);
            given = if circuit.is_some() { end + 2 } else { 0 };
            break;
        }
    }
    (
        Ahead {
            ahead,
            given,
            stream,
        },
        circuit,
    )
}

impl<S: AsyncRead + Unpin> AsyncRead for Ahead<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self {
            ahead,
            given,
            stream,
        } = &mut *self;
        let left = ahead.get(*given..).unwrap_or_default();
        if left.is_empty() {
            return Pin::new(stream).poll_read(cx, buf);
        }
        let now = left.get(..buf.remaining()).unwrap_or(left);
        buf.put_slice(now);
        *given += now.len();
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Ahead<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
