//! The error page for a request whose head cannot be parsed. hyper answers such a request itself,
//! with a bare status. This file discards that answer and sends our error page, so that a resident
//! with a broken connection or browser gets the same help as everybody.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tower::ServiceExt;

use super::Shared;
use super::pace::Pace;

/// Extension of the internal request for this page: the status to answer with.
#[derive(Debug, Clone, Copy)]
pub struct BadHead(pub StatusCode);

/// The status for a request that hyper could not parse. `None`: the client is gone.
pub(super) fn status_of(error: &hyper::Error) -> Option<StatusCode> {
    match error {
        error if error.is_parse_too_large() => Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE),
        error if error.is_parse() => Some(StatusCode::BAD_REQUEST),
        _ => None,
    }
}

/// Writes the page for that status.
pub(super) async fn answer<S: AsyncWrite + Unpin>(
    stream: &mut S,
    shared: &Shared,
    status: StatusCode,
) -> io::Result<()> {
    let mut request = Request::new(Body::empty());
    shared.strip.apply(shared.listener, None, &mut request);
    request.extensions_mut().insert(BadHead(status));
    let Ok(page) = shared.app.clone().oneshot(request).await;
    let (head, body) = page.into_parts();
    let body = body
        .collect()
        .await
        .map(|body| body.to_bytes())
        .unwrap_or_default();
    let mut all = format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    )
    .into_bytes();
    for (name, value) in head
        .headers
        .iter()
        .filter(|(name, _)| **name != header::CONTENT_LENGTH && **name != header::CONNECTION)
    {
        all.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    all.extend_from_slice(b"\r\n");
    all.extend_from_slice(&body);
    stream.write_all(&all).await?;
    stream.flush().await
}

/// A stream that discards writes until a request arrives: until then hyper writes only such a bare
/// status.
pub(super) struct Unanswered<S> {
    pub(super) stream: S,
    pub(super) pace: Arc<Pace>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Unanswered<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Unanswered<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.pace.awaits_request() {
            return Poll::Ready(Ok(buf.len()));
        }
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.pace.awaits_request() {
            return Poll::Ready(Ok(bufs.iter().map(|buf| buf.len()).sum()));
        }
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
