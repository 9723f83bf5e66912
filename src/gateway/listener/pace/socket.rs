//! The socket of a connection, below TLS. It counts for [`Pace`] what it moves, and whether an
//! answer waits for the client.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::Pace;

/// A socket that counts its progress. [`crate::listener::gone::Gone`] has a reference to it.
pub(in crate::listener) struct Paced {
    stream: Arc<TcpStream>,
    pace: Arc<Pace>,
}

impl Paced {
    /// Returns the socket, and a reference that keeps it open after drop.
    pub(in crate::listener) fn new(stream: TcpStream, pace: Arc<Pace>) -> (Self, Arc<TcpStream>) {
        let stream = Arc::new(stream);
        let _first = pace.socket.set(Arc::downgrade(&stream));
        (
            Self {
                stream: Arc::clone(&stream),
                pace,
            },
            stream,
        )
    }

    fn try_until_blocked(
        &self,
        cx: &mut Context<'_>,
        attempt: impl Fn() -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.stream.poll_write_ready(cx))?;
            match attempt() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }

    fn count(&self, written: &Poll<io::Result<usize>>) {
        self.pace.answer_blocked.store(written.is_pending(), SeqCst);
        if let Poll::Ready(Ok(bytes)) = written {
            self.pace.moved.fetch_add(*bytes as u64, SeqCst);
        }
    }
}

impl Drop for Paced {
    fn drop(&mut self) {
        if self.pace.cut.load(SeqCst) {
            // On failure the connection is gone already.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Paced {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.pace.began.get_or_init(Instant::now);
        let read = loop {
            ready!(self.stream.poll_read_ready(cx))?;
            match self.stream.try_read_buf(buf) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => break read?,
            }
        };
        self.pace.moved.fetch_add(read as u64, SeqCst);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Paced {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = self.try_until_blocked(cx, || self.stream.try_write(buf));
        self.count(&written);
        written
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = self.try_until_blocked(cx, || self.stream.try_write_vectored(bufs));
        self.count(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Nothing is buffered here.
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(socket2::SockRef::from(&*self.stream).shutdown(std::net::Shutdown::Write))
    }
}
