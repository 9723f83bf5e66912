//! Sockets of the listeners. Either the service manager opens and passes one (systemd's socket
//! activation), or this file binds it. If all are passed, the process needs no network access and
//! can run without a network, so that an attacker in it cannot call out. A socket without a
//! listener must never stay open: its clients would wait forever.

use std::io;
use std::net::SocketAddr;

use listenfd::ListenFd;
use tokio::net::TcpListener;

use super::Error;
use crate::listener::Listener;

/// Passed sockets that no listener has taken yet.
#[derive(Default)]
pub struct HandedOver(Vec<(SocketAddr, std::net::TcpListener)>);

impl HandedOver {
    /// Takes the sockets named in `LISTEN_FDS` and unsets it. Call it only while the program has
    /// one thread: all threads share the environment.
    ///
    /// # Errors
    /// If something other than a listening TCP socket was passed.
    pub fn take() -> Result<Self, Error> {
        let mut given = ListenFd::from_env();
        let mut taken = Vec::new();
        for place in 0..given.len() {
            let socket = given
                .take_tcp_listener(place)
                .and_then(|socket| socket.ok_or_else(|| io::ErrorKind::NotFound.into()));
            let socket = socket.and_then(|socket| {
                socket2::SockRef::from(&socket)
                    .is_listener()?
                    .then_some(socket)
                    .ok_or_else(no_listener)
            });
            let at = socket
                .and_then(|socket| Ok((socket.local_addr()?, socket)))
                .map_err(|_| Error::NoSocket(place))?;
            taken.push(at);
        }
        Ok(Self(taken))
    }

    /// Checks that each passed socket belongs to a listener at one of these addresses.
    pub(super) fn all_among(&self, listeners: &[SocketAddr]) -> Result<(), Error> {
        match self
            .0
            .iter()
            .find(|(address, _)| !listeners.contains(address))
        {
            None => Ok(()),
            Some((address, _)) => Err(Error::NoSuchListener(*address)),
        }
    }

    /// The socket of one listener: the one passed with exactly this address, or else a newly bound
    /// one.
    pub(super) async fn socket(
        &mut self,
        listener: Listener,
        at: SocketAddr,
    ) -> Result<TcpListener, Error> {
        let socket = match self.0.iter().position(|(address, _)| *address == at) {
            Some(place) => {
                tracing::info!(action = "use the passed socket", listener = listener.name(), address = %at);
                let (_, socket) = self.0.swap_remove(place);
                socket
                    .set_nonblocking(true)
                    .and_then(|()| TcpListener::from_std(socket))
            }
            None => TcpListener::bind(at).await,
        };
        socket.map_err(|e| Error::Bind(listener.name(), at, e.kind()))
    }
}

fn no_listener() -> io::Error {
    io::ErrorKind::InvalidInput.into()
}
