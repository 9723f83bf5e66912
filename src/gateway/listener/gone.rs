//! Whether a client is still there, for pages that wait while they hold a resident's words.
//!
//! hyper does not look at the socket while a page works, since it serves clients that close their
//! sending side and still read (`half_close`). The system says of the socket itself that the other
//! side closed it, whatever of its bytes was read.

use std::future::pending;
use std::sync::Weak;

use tokio::io::Interest;
use tokio::net::TcpStream;

/// Knows when the client has closed its side of the connection: it left, or it has nothing more to
/// send. A request extension; the default never ends. What is waited for must then end as if its
/// time were up: who only closed the sending side gets an honest page, and the words of who left
/// are dropped. See [`crate::web::patience::Patience`].
#[derive(Clone, Default)]
pub struct Gone(Option<Weak<TcpStream>>);

impl Gone {
    pub(super) fn of(socket: Weak<TcpStream>) -> Self {
        Self(Some(socket))
    }

    /// Ends when the client has closed its side, or the connection failed.
    pub async fn gone(&self) {
        let Some(stream) = &self.0 else {
            return pending().await;
        };
        let Some(stream) = stream.upgrade() else {
            return;
        };
        // PRIORITY alone: it wakes for the end of input, and not for input.
        while stream
            .ready(Interest::PRIORITY)
            .await
            .is_ok_and(|ready| !ready.is_read_closed())
        {
            // Urgent data, which nobody sends.
            tokio::task::yield_now().await;
        }
    }
}
