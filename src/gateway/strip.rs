//! The first layer: turns who calls into a [`Caller`] (12 bits, a language, a door) and takes everything else off the request.
//! Behind it nobody can name an address, a browser or a cookie; what it must never do is pass one on, keep one or log one.

use std::net::SocketAddr;

use super::listen::Door;
use super::rotating::{self, RotatingKey};
use super::sms;
use crate::clock::Clock;
use crate::config::gateway::ClientAddress;
use crate::random::NoRandomness;
use axum::http::{HeaderName, HeaderValue, Request, Version, header};

mod header_values;

/// Where those are counted whose network cannot be read, and all who come through the onion. Limits know the onion by its door.
const FIXED_BUCKET: u16 = 0;

/// All that is left of who calls. A request extension.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// 12 bits of a keyed hash of the caller's network: some thousand networks share each value, and the key changes daily.
    pub bucket: u16,
    /// 12 bits of a keyed hash of the network above it (an IPv4 /16, an IPv6 /32), under the same key. 0 for the onion and for texts.
    pub parent: u16,
    /// The best of our languages for them.
    pub language: &'static str,
    /// Where they came in.
    pub door: Door,
}

impl Caller {
    /// Whether they came through the onion service.
    #[must_use]
    pub fn is_onion(&self) -> bool {
        self.door == Door::Onion
    }
}

impl std::fmt::Debug for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Caller({:?})", self.door)
    }
}

/// SHA-256 of the certificate (DER) that a desk showed at [`Door::Pickup`]. A request extension; missing where none was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub [u8; 32]);

/// Strips the requests of one listener.
pub struct Strip {
    clock: Clock,
    client_address: ClientAddress,
    languages: &'static [&'static str],
    /// Turns networks into buckets.
    key: RotatingKey,
}

impl Strip {
    /// A strip with a fresh key. `languages` are the codes that we have pages in; the first is the default.
    ///
    /// # Errors
    /// Where the operating system has no random bytes for the key.
    pub fn new(clock: Clock, client_address: ClientAddress, languages: &'static [&'static str]) -> Result<Self, NoRandomness> {
        let key = RotatingKey::new(clock.now())?;
        Ok(Self { clock, client_address, languages, key })
    }

    /// Takes everything off a request that could tell one caller from another, and leaves a [`Caller`] in its extensions.
    ///
    /// What stays: method, path, query, content-type, content-length, body; at the SMS door also what proves a provider. The kept values are copies, so that nothing holds
    /// on to the memory that the whole head was read into.
    pub fn apply<B>(&self, door: Door, peer: SocketAddr, request: &mut Request<B>) -> Caller {
        let headers = request.headers();
        let address = match (&self.client_address, door) {
            (_, Door::Onion) => None,
            (ClientAddress::Peer, _) => Some(peer.ip()),
            (ClientAddress::Forwarded(name), _) => {
                headers.get_all(name.as_str()).iter().next_back().and_then(|v| v.to_str().ok()).and_then(header_values::last_address)
            }
        };
        let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let bucket = |network: &[u8]| rotating::bucket(&self.key.tag(network, self.clock.now()));
        let caller = Caller {
            bucket: address.map_or(FIXED_BUCKET, |a| bucket(&header_values::network(a))),
            parent: address.map_or(FIXED_BUCKET, |a| bucket(&header_values::parent(a))),
            language: header_values::best_language(asked, self.languages),
            door,
        };

        // What proves a provider's request tells nothing of a resident.
        let proofs = if door == Door::Sms { sms::PROOFS } else { &[] };
        let proofs = proofs.iter().map(|name| HeaderName::from_static(name));
        let kept = [header::CONTENT_TYPE, header::CONTENT_LENGTH]
            .into_iter()
            .chain(proofs)
            .map(|name| headers.get(&name).and_then(|v| HeaderValue::from_bytes(v.as_bytes()).ok()).map(|v| (name, v)));
        let uri = request.uri().path_and_query().and_then(|p| p.as_str().parse().ok()).unwrap_or_default();
        *request.headers_mut() = kept.into_iter().flatten().collect();
        *request.uri_mut() = uri;
        *request.version_mut() = Version::HTTP_11;
        request.extensions_mut().clear();
        request.extensions_mut().insert(caller);
        caller
    }
}
