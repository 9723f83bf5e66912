//! A running gateway: every configured listener, one queue, one housekeeping task. All sockets are
//! bound before the first answer, so that a half-started gateway never accepts a report.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::housekeeping;
use crate::listener::caller::Strip;
use crate::listener::{self, BoundListener, Listener};
use crate::mac_key;
use crate::pickup::{self, desks::Desks, tls};
use crate::settings::{ClientAddress, GatewaySettings};
use crate::sms::{self, TextMessages};
use crate::state::Gateway;
use crate::store::{self, Store};
use crate::web::{self, Site};
use loke_core::clock::Clock;
use loke_core::config::ConfigError;
use loke_core::random::NoRandomness;
use loke_core::tls::TlsTrouble;
use loke_core::words;

pub mod shared;
mod sockets;

use shared::Shared;
pub use sockets::HandedOver;

/// Why the gateway cannot start, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration has no listener.
    #[error(
        "the configuration names no listener. Add at least one of [web], [onion], [sms] and [pickup]"
    )]
    NoListener,
    /// An address cannot be bound.
    #[error(
        "[{0}] cannot listen on {1} ({2}). Stop the program that uses this address, or change `listen` (and ListenStream= of the socket unit, if there is one)"
    )]
    Bind(&'static str, SocketAddr, std::io::ErrorKind),
    /// The service manager passed something other than a listening TCP socket.
    #[error(
        "the service manager passed number {0} (from 0), which is not a listening TCP socket. \
         In the socket unit use ListenStream= with an address and port, and Accept=no"
    )]
    NoSocket(usize),
    /// The service manager passed a socket that is not in the configuration.
    #[error(
        "the service manager passed a socket for {0}, but no listener in the configuration has this address. \
         Write the same address in `listen` and in ListenStream= of the socket unit"
    )]
    NoSuchListener(SocketAddr),
    /// The public certificate or key is unusable.
    #[error(transparent)]
    PublicTls(#[from] TlsTrouble),
    /// The pickup's certificate or key is unusable.
    #[error("[pickup] cannot set up TLS: {0}. {mend}", mend = tls::MEND)]
    PickupTls(#[from] tls::PickupTlsError),
    /// The SMS channel cannot start.
    #[error("[sms] cannot start: {0}")]
    Sms(#[from] sms::SmsError),
    /// A file beside the configuration is missing or unusable: the queue's MAC key, or the
    /// operator's own rules.
    #[error(transparent)]
    File(#[from] ConfigError),
    /// The database is not a usable queue.
    #[error("{0}")]
    Unusable(String),
    /// The queue does not answer.
    #[error(
        "{0}. Check that the database runs, that its disk has room and that `database` in the configuration is right"
    )]
    Queue(store::Error),
    /// The operating system returned no random bytes.
    #[error("{0}")]
    Random(#[from] NoRandomness),
    /// The pages cannot be created.
    #[error("the pages cannot be created: {0}. Report this as a bug")]
    Pages(String),
}

impl Error {
    fn of_pages(error: anyhow::Error) -> Self {
        error
            .downcast()
            .map_or_else(|e| Self::Pages(e.to_string()), Self::File)
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Unusable(said) => Self::Unusable(said),
            other => Self::Queue(other),
        }
    }
}

/// A running gateway.
pub struct Serving {
    store: Store,
    addresses: Vec<(Listener, SocketAddr)>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

/// Binds the listeners, opens the queue, and starts serving.
///
/// # Errors
/// [`Error`]: nothing is served, and every socket is closed again.
pub async fn start(config: GatewaySettings, clock: Clock) -> Result<Serving, Error> {
    start_on(HandedOver::default(), config, clock).await
}

/// Like [`start`], on sockets passed by the service manager.
///
/// # Errors
/// As [`start`], and if a passed socket belongs to no listener.
pub async fn start_on(
    handed_over: HandedOver,
    config: GatewaySettings,
    clock: Clock,
) -> Result<Serving, Error> {
    // For every listener and every task, a day is the residents' day.
    let clock = clock.in_zone(config.zone.clone());
    let bound = bind(handed_over, &config, &clock).await?;
    let mac_key = mac_key::read(&config.folder)?;
    let store = Store::open(&config.database, config.capacity).await?;
    store.count_from(clock.today()).await?;
    // Only the process with [pickup] releases stored tips; other processes must not choose other
    // times.
    let release_minutes = config.pickup.as_ref().map_or(0, |p| p.release_minutes);
    let lease_seconds = config.pickup.as_ref().map_or(0, |p| p.lease_seconds);
    let pickup = pickup::router(&config, lease_seconds, store.clone(), clock.clone());
    let settings = config.sms.clone();
    let gateway = Gateway::new(config, store, mac_key, clock).map_err(Error::of_pages)?;
    let site = Site::new(Arc::clone(&gateway)).map_err(Error::of_pages)?;
    announce(&gateway).await;
    let store = gateway.store.clone();
    let pages = web::router(site);
    let texts = settings
        .map(|settings| TextMessages::new(settings, Arc::clone(&gateway)))
        .transpose()?;
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    if let Some(texts) = &texts {
        texts.go_round(&mut tasks, &stopped);
    }
    let addresses = bound
        .iter()
        .filter_map(|l| Some((l.listener, l.socket.local_addr().ok()?)))
        .collect();
    for one in bound {
        let app = match (one.listener, &texts) {
            (Listener::Pickup, _) => pickup.clone(),
            (Listener::Sms, Some(texts)) => sms::router(Arc::clone(texts)),
            _ => pages.clone(),
        };
        tasks.spawn(listener::serve(one, app, stopped.clone()));
    }
    tasks.spawn(housekeeping::run(gateway, texts, release_minutes, stopped));
    let serving = Serving {
        store,
        addresses,
        stop,
        tasks,
    };
    for (listener, address) in &serving.addresses {
        tracing::info!(action = "listen", listener = listener.name(), %address);
    }
    Ok(serving)
}

impl Serving {
    /// Address of a listener. If the configured port was 0, it has the port that the system chose.
    #[must_use]
    pub fn address(&self, listener: Listener) -> Option<SocketAddr> {
        self.addresses
            .iter()
            .find(|(d, _)| *d == listener)
            .map(|(_, address)| *address)
    }

    /// Accepts no new connections, lets open requests finish, and stops.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        while self.tasks.join_next().await.is_some() {}
        let listeners: Vec<Listener> = self.addresses.iter().map(|(one, _)| *one).collect();
        if let Err(problem) = self.store.withdraw(&shared::codes(&listeners)).await {
            tracing::warn!(action = "stop", %problem);
        }
    }
}

/// Tells the other processes of this queue the settings that all must share, and logs each
/// difference. The pages stay up: `check` fails until both files agree and both processes run with
/// them.
async fn announce(gateway: &Gateway) {
    let shared = Shared::of(&gateway.config, &gateway.mac_key, &gateway.reading_days);
    let own = shared::listeners(&gateway.config);
    let compared = match shared.announce(&gateway.store, &own).await {
        Ok(()) => shared.differences(&gateway.store, &own).await,
        Err(problem) => Err(problem),
    };
    match compared {
        Ok(differences) => {
            for problem in differences {
                tracing::error!(action = "compare settings", %problem);
            }
        }
        Err(problem) => tracing::warn!(action = "compare settings", %problem),
    }
}

/// Signals that request a stop. Created before the gateway starts, so that no signal during the
/// start kills it midway.
pub struct Signals(Signal, Signal);

impl Signals {
    /// Handles SIGTERM and SIGINT from now on.
    ///
    /// # Errors
    /// If the operating system rejects a handler.
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self(
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
        ))
    }

    /// Returns when one of them arrives.
    pub async fn come(mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
        }
    }
}

/// Binds every configured listener, or uses the socket that the service manager passed for it.
async fn bind(
    mut sockets: HandedOver,
    config: &GatewaySettings,
    clock: &Clock,
) -> Result<Vec<BoundListener>, Error> {
    let addresses = [
        config.web.as_ref().map(|w| w.listen),
        config.onion.as_ref().map(|o| o.listen),
        config.sms.as_ref().map(|s| s.listen),
        config.pickup.as_ref().map(|p| p.listen),
    ];
    sockets.all_among(&addresses.into_iter().flatten().collect::<Vec<_>>())?;
    let mut bound = Vec::new();
    if let Some(web) = &config.web {
        let tls = own_tls(web.tls_cert.as_ref(), web.tls_key.as_ref())?;
        let socket = sockets.socket(Listener::Web, web.listen).await?;
        bound.push(on_socket(
            Listener::Web,
            socket,
            tls,
            web.client_address.clone(),
            clock,
        )?);
    }
    if let Some(onion) = &config.onion {
        let socket = sockets.socket(Listener::Onion, onion.listen).await?;
        let caller = if onion.circuits {
            ClientAddress::Circuit
        } else {
            ClientAddress::Peer
        };
        bound.push(on_socket(Listener::Onion, socket, None, caller, clock)?);
    }
    if let Some(sms) = &config.sms {
        let tls = own_tls(sms.tls_cert.as_ref(), sms.tls_key.as_ref())?;
        let socket = sockets.socket(Listener::Sms, sms.listen).await?;
        bound.push(on_socket(
            Listener::Sms,
            socket,
            tls,
            ClientAddress::Peer,
            clock,
        )?);
    }
    if let Some(pickup) = &config.pickup {
        let (certificate, key) = (
            config.folder.join(tls::CERTIFICATE),
            config.folder.join(tls::KEY),
        );
        let tls = tls::server(&certificate, &key, Desks::of(&config.folder))?;
        let socket = sockets.socket(Listener::Pickup, pickup.listen).await?;
        bound.push(on_socket(
            Listener::Pickup,
            socket,
            Some(tls),
            ClientAddress::Peer,
            clock,
        )?);
    }
    if bound.is_empty() {
        Err(Error::NoListener)
    } else {
        Ok(bound)
    }
}

/// TLS configuration of this process, if both files are configured.
fn own_tls(
    cert: Option<&PathBuf>,
    key: Option<&PathBuf>,
) -> Result<Option<Arc<rustls::ServerConfig>>, TlsTrouble> {
    cert.zip(key)
        .map(|(cert, key)| loke_core::tls::server(cert, key))
        .transpose()
}

fn on_socket(
    listener: Listener,
    socket: TcpListener,
    tls: Option<Arc<rustls::ServerConfig>>,
    caller: ClientAddress,
    clock: &Clock,
) -> Result<BoundListener, Error> {
    let strip = Arc::new(Strip::new(clock.clone(), caller, words::CODES)?);
    Ok(BoundListener {
        listener,
        socket,
        tls,
        strip,
    })
}
