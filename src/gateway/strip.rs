//! The first layer: turns who calls into a [`Caller`] (12 bits, a language, a door) and takes everything else off the request.
//! Behind it nobody can name an address, a browser or a cookie; what it must never do is pass one on, keep one or log one.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderValue, Request, Uri, Version, header};
use ring::hmac;
use zeroize::Zeroizing;

use super::listen::Door;
use crate::clock::Clock;
use crate::config::gateway::ClientAddress;
use crate::random::{self, NoRandomness};

mod header_values;

/// Seconds that a bucket key lives at least.
const KEY_LIVES_AT_LEAST: i64 = 6 * 3_600;
/// Seconds that a bucket key lives at most.
const KEY_LIVES_AT_MOST: i64 = 24 * 3_600;
/// Where those are counted whose network cannot be read, and all who come through the onion. Limits know the onion by its door.
const FIXED_BUCKET: u16 = 0;

/// All that is left of who calls. A request extension.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// 12 bits of a keyed hash of the caller's network: some thousand networks share each value, and the key changes daily.
    pub bucket: u16,
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
    key: Mutex<BucketKey>,
}

/// The key that turns networks into buckets. In memory only.
struct BucketKey {
    key: hmac::Key,
    made: i64,
    until: i64,
}

impl BucketKey {
    fn fresh(now: i64) -> Result<Self, NoRandomness> {
        let secret = Zeroizing::new(random::bytes::<32>()?);
        let spread = random::below((KEY_LIVES_AT_MOST - KEY_LIVES_AT_LEAST).unsigned_abs())?;
        let until = now.saturating_add(KEY_LIVES_AT_LEAST).saturating_add_unsigned(spread);
        Ok(Self { key: hmac::Key::new(hmac::HMAC_SHA256, &*secret), made: now, until })
    }
}

impl Strip {
    /// A strip with a fresh key. `languages` are the codes that we have pages in; the first is the default.
    ///
    /// # Errors
    /// Where the operating system has no random bytes for the key.
    pub fn new(clock: Clock, client_address: ClientAddress, languages: &'static [&'static str]) -> Result<Self, NoRandomness> {
        let key = Mutex::new(BucketKey::fresh(clock.now())?);
        Ok(Self { clock, client_address, languages, key })
    }

    /// Takes everything off a request that could tell one caller from another, and leaves a [`Caller`] in its extensions.
    ///
    /// What stays: method, path, query, content-type, content-length, body. The kept values are copies, so that nothing holds
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
        let caller = Caller {
            bucket: address.map_or(FIXED_BUCKET, |a| self.bucket(&header_values::network(a))),
            language: header_values::best_language(asked, self.languages),
            door,
        };

        let kept = [header::CONTENT_TYPE, header::CONTENT_LENGTH]
            .map(|name| headers.get(&name).and_then(|v| HeaderValue::from_bytes(v.as_bytes()).ok()).map(|v| (name, v)));
        let uri = request.uri().path_and_query().and_then(|p| p.as_str().parse::<Uri>().ok()).unwrap_or_default();
        *request.headers_mut() = kept.into_iter().flatten().collect();
        *request.uri_mut() = uri;
        *request.version_mut() = Version::HTTP_11;
        request.extensions_mut().clear();
        request.extensions_mut().insert(caller);
        caller
    }

    /// The first 12 bits of HMAC-SHA256 over a network, under a key that changes at random moments every 6 to 24 hours.
    fn bucket(&self, network: &[u8]) -> u16 {
        let now = self.clock.now();
        let mut key = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back must not keep a key alive.
        if now >= key.until || now < key.made {
            // Without randomness the old key serves until there is some: a caller is never refused for it.
            if let Ok(fresh) = BucketKey::fresh(now) {
                *key = fresh;
            }
        }
        let tag = hmac::sign(&key.key, network);
        drop(key);
        match tag.as_ref() {
            [first, second, ..] => u16::from(*first) << 4 | u16::from(*second) >> 4,
            _ => FIXED_BUCKET,
        }
    }
}
