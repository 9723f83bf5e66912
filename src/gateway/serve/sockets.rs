//! The sockets that a gateway listens on: those that the service manager opened and handed over
//! (systemd's socket activation), and for every other listener one that is bound here. With all of
//! them handed over, the process needs no right to the network and can run where there is none, so
//! that nothing in it can call out. A socket that no listener asked for must never stay open:
//! callers would wait on it for ever.

use std::io;
use std::net::SocketAddr;

use listenfd::ListenFd;
use tokio::net::TcpListener;

use super::{Error, name};
use crate::listener::Door;

/// The sockets that were handed over and are not taken yet.
#[derive(Default)]
pub struct HandedOver(Vec<(SocketAddr, std::net::TcpListener)>);

impl HandedOver {
    /// Takes what the environment says was handed over (`LISTEN_FDS`), and the saying off the
    /// environment. Only to be called while the program has one thread: the environment is read by
    /// all of them.
    ///
    /// # Errors
    /// Where something was handed over that no TCP caller can come in by.
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

    /// Each must be asked for by a listener at one of these addresses.
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

    /// The socket for one listener: the one that was handed over with its very address, else one
    /// bound now.
    pub(super) async fn socket(
        &mut self,
        door: Door,
        at: SocketAddr,
    ) -> Result<TcpListener, Error> {
        let socket = match self.0.iter().position(|(address, _)| *address == at) {
            Some(place) => {
                tracing::info!(action = "take what was handed over", listener = name(door), address = %at);
                let (_, socket) = self.0.swap_remove(place);
                socket
                    .set_nonblocking(true)
                    .and_then(|()| TcpListener::from_std(socket))
            }
            None => TcpListener::bind(at).await,
        };
        socket.map_err(|e| Error::Bind(name(door), at, e.kind()))
    }
}

fn no_listener() -> io::Error {
    io::ErrorKind::InvalidInput.into()
}
