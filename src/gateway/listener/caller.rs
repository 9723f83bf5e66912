//! First step of every request: reduces the client to a [`Caller`] (12 bits, a language, a
//! listener) and removes everything else from the request. Later code cannot name an address, a
//! browser or a cookie. This file must never pass one on, store one or log one.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering::Relaxed};

use crate::listener::Listener;
use crate::memory::daily_key::{self, RotatingKey};
use crate::providers;
use crate::settings::ClientAddress;
use axum::http::{HeaderName, HeaderValue, Request, Version, header};
use loke_core::clock::Clock;
use loke_core::random::NoRandomness;

mod circuit;
mod header_values;

pub use circuit::{CIRCUIT_LINE, read_circuit};

/// Bucket of callers whose network cannot be read, and of the onion's callers if tor does not
/// export circuits.
const FIXED_BUCKET: u16 = 0;
/// Requests without the forwarding header, or without tor's line, before one log line. So no log
/// line belongs to a single request.
const MISSING_BEFORE_LOG: u32 = 16;
const DAY: i64 = 86_400;

/// The data kept about a caller. A request extension.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// 12 bits of a keyed hash of the caller's network: some thousand networks share each value,
    /// and the key changes daily. At the onion listener: of the Tor circuit, if tor exports it
    /// (`[onion] circuits`). For a text: of the phone number, or [`Caller::NO_NUMBER`].
    pub bucket: u16,
    /// 12 bits of a keyed hash of the network above it (an IPv4 /16, an IPv6 /32), under the same
    /// key. 0 for the onion and for texts.
    pub parent: u16,
    /// Whether `bucket` comes from a network or a Tor circuit. If false, it is the fixed bucket,
    /// which all such callers share.
    pub known: bool,
    /// Best match of our languages.
    pub language: &'static str,
    /// The listener that received the request.
    pub listener: Listener,
}

impl Caller {
    /// Bucket of every text without a phone number (an own modem, a masked number). It is outside
    /// the 4,096 buckets of phones, so that quotas count all these texts as one sender.
    pub const NO_NUMBER: u16 = 1 << 12;

    /// Whether this is a text without a phone number.
    #[must_use]
    pub fn has_no_number(&self) -> bool {
        self.listener == Listener::Sms && self.bucket == Self::NO_NUMBER
    }

    /// Whether the request came through the onion service.
    #[must_use]
    pub fn is_onion(&self) -> bool {
        self.listener == Listener::Onion
    }
}

impl std::fmt::Debug for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Caller({:?})", self.listener)
    }
}

/// The browser reports that another site's page sent this request (Fetch Metadata,
/// `Sec-Fetch-Site`). A request extension. It is absent if the browser reports otherwise or sends
/// no such header: old browsers never do, and no browser does on an onion address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FromElsewhere;

/// SHA-256 of the client certificate (DER) of a desk at [`Listener::Pickup`]. A request extension;
/// absent without a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub [u8; 32]);

/// Buckets known before the request is read: of the peer's network, or of a Tor circuit.
#[derive(Clone, Copy)]
pub struct Origin {
    /// See [`Caller::bucket`].
    pub bucket: u16,
    parent: u16,
}

/// Strips the requests of one listener.
pub struct Strip {
    clock: Clock,
    client_address: ClientAddress,
    languages: &'static [&'static str],
    /// Key of the hash that maps networks to buckets.
    key: RotatingKey,
    missing: Missing,
}

impl Strip {
    /// Creates a new instance with a fresh key. `languages` are the codes of our pages; the first
    /// is the default.
    ///
    /// # Errors
    /// If the operating system returns no random bytes for the key.
    pub fn new(
        clock: Clock,
        client_address: ClientAddress,
        languages: &'static [&'static str],
    ) -> Result<Self, NoRandomness> {
        let key = RotatingKey::new(clock.now())?;
        Ok(Self {
            clock,
            client_address,
            languages,
            key,
            missing: Missing::default(),
        })
    }

    /// Buckets of the connection's peer. `None` if the peer is a proxy or tor.
    #[must_use]
    pub fn of_peer(&self, listener: Listener, peer: SocketAddr) -> Option<Origin> {
        (listener != Listener::Onion && self.client_address == ClientAddress::Peer)
            .then(|| self.of_networks(header_values::networks(peer.ip())))
    }

    /// Bucket of the Tor circuit, if the configuration expects tor to report circuits. A circuit
    /// has no parent network.
    #[must_use]
    pub fn of_circuit(&self, circuit: Option<u32>) -> Option<Origin> {
        if self.client_address != ClientAddress::Circuit {
            return None;
        }
        if circuit.is_none() && self.missing.is_worth_a_line(self.clock.now()) {
            tracing::warn!(
                action = "read the circuit",
                listener = "onion",
                "tor reports no circuit, so all onion callers share one limit: set HiddenServiceExportCircuitID in the torrc"
            );
        }
        let [a, b, c, d] = circuit?.to_be_bytes();
        Some(Origin {
            bucket: self.bucket(&[b't', a, b, c, d]),
            parent: FIXED_BUCKET,
        })
    }

    fn of_networks(&self, (network, parent): ([u8; 7], [u8; 5])) -> Origin {
        Origin {
            bucket: self.bucket(&network),
            parent: self.bucket(&parent),
        }
    }

    fn bucket(&self, network: &[u8]) -> u16 {
        daily_key::bucket(&self.key.tag(network, self.clock.now()))
    }

    /// Buckets of the last address in the header that our proxy adds.
    fn of_forwarded<B>(&self, request: &Request<B>) -> Option<Origin> {
        let ClientAddress::Forwarded(name) = &self.client_address else {
            return None;
        };
        let last = request.headers().get_all(name.as_str()).iter().next_back();
        if last.is_none() && self.missing.is_worth_a_line(self.clock.now()) {
            tracing::warn!(
                action = "read the forwarding header",
                "requests arrive without the header that client_address names, so all callers share one limit: run `loke-gateway check`"
            );
        }
        last.and_then(|v| v.to_str().ok())
            .and_then(header_values::last_address)
            .map(|address| self.of_networks(header_values::networks(address)))
    }

    /// Removes everything that could distinguish callers from a request. Adds a [`Caller`] to its
    /// extensions, and [`FromElsewhere`] if another site's page sent the request. `origin` comes
    /// from the connection.
    ///
    /// Kept: method, path, query, content-type, content-length, body; at the SMS listener also the
    /// headers that authenticate a provider. Kept values are copied, so that no reference keeps the
    /// buffer of the whole head alive.
    pub fn apply<B>(
        &self,
        listener: Listener,
        origin: Option<Origin>,
        request: &mut Request<B>,
    ) -> Caller {
        let known = if listener == Listener::Onion {
            origin
        } else {
            origin.or_else(|| self.of_forwarded(request))
        };
        let headers = request.headers();
        let asked = headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|v| v.to_str().ok())
            .unwrap_or_default();
        let caller = Caller {
            bucket: known.map_or(FIXED_BUCKET, |origin| origin.bucket),
            parent: known.map_or(FIXED_BUCKET, |origin| origin.parent),
            known: known.is_some(),
            language: header_values::best_language(asked, self.languages),
            listener,
        };

        let from_elsewhere = headers
            .get("sec-fetch-site")
            .is_some_and(|from| from == "cross-site" || from == "same-site");

        // These headers authenticate a provider and reveal nothing about a resident.
        let proofs = if listener == Listener::Sms {
            providers::PROOFS
        } else {
            &[]
        };
        let proofs = proofs.iter().map(|name| HeaderName::from_static(name));
        let kept = [header::CONTENT_TYPE, header::CONTENT_LENGTH]
            .into_iter()
            .chain(proofs)
            .map(|name| {
                headers
                    .get(&name)
                    .and_then(|v| HeaderValue::from_bytes(v.as_bytes()).ok())
                    .map(|v| (name, v))
            });
        let uri = request
            .uri()
            .path_and_query()
            .and_then(|p| p.as_str().parse().ok())
            .unwrap_or_default();
        *request.headers_mut() = kept.into_iter().flatten().collect();
        *request.uri_mut() = uri;
        *request.version_mut() = Version::HTTP_11;
        request.extensions_mut().clear();
        request.extensions_mut().insert(caller);
        if from_elsewhere {
            request.extensions_mut().insert(FromElsewhere);
        }
        caller
    }
}

/// Counts requests per day that lack the header or line that the configuration expects.
#[derive(Default)]
struct Missing {
    day: AtomicI64,
    count: AtomicU32,
}

impl Missing {
    /// Counts one request. Returns true once a day, at the [`MISSING_BEFORE_LOG`]th.
    fn is_worth_a_line(&self, now: i64) -> bool {
        let today = now.div_euclid(DAY);
        if self.day.swap(today, Relaxed) != today {
            self.count.store(0, Relaxed);
        }
        self.count.fetch_add(1, Relaxed) + 1 == MISSING_BEFORE_LOG
    }
}
