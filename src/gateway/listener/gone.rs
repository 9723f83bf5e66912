//! Detects that a client is gone, for pages that wait while a resident's text is in memory.
//!
//! hyper does not read the socket while a page works, since it serves clients that close their
//! sending side and still read (`half_close`). The kernel reports the close of the other side even
//! while bytes are unread.

use std::future::pending;
use std::sync::Weak;

use tokio::io::Interest;
use tokio::net::TcpStream;

/// Resolves when the client closes its side of the connection: it left, or it has nothing more to
/// send. A request extension; the default never resolves. The page must then stop waiting as after
/// a timeout: a client that closed only its sending side gets an honest page, and the text of a
/// client that left is dropped. See [`crate::web::patience::Patience`].
#[derive(Clone, Default)]
pub struct Gone(Option<Weak<TcpStream>>);

impl Gone {
    pub(super) fn of(socket: Weak<TcpStream>) -> Self {
        Self(Some(socket))
    }

    /// Resolves when the client has closed its side or the connection failed.
    pub async fn gone(&self) {
        let Some(stream) = &self.0 else {
            return pending().await;
        };
        let Some(stream) = stream.upgrade() else {
            return;
        };
        // PRIORITY alone wakes at the end of input, but not for input.
        while stream
            .ready(Interest::PRIORITY)
            .await
            .is_ok_and(|ready| !ready.is_read_closed())
        {
            // Urgent data; no client sends it.
            tokio::task::yield_now().await;
        }
    }
}
