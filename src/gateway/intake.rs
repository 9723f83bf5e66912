//! Sealing a tip and putting it into the queue: the last two steps of every channel. It must never
//! answer before the tip is durably committed (promise P6), nor leave anything beside the seal that
//! tells one channel from another (promise P12).

use std::sync::Arc;

use crate::listener::Door;
use crate::listener::caller::Caller;
use crate::site::Site;
use crate::store::{self, Entry, Once, Taker};
use loke_core::clock::Day;
use loke_core::seal::{self, Sealed, fuzz_expiry};
use loke_core::tip::{Photo, Priority, Tip};

/// Days that the queue remembers what a tip was known by, for every channel alike. A form is open
/// for one; a provider's polled texts come again for seven, and two are for clocks that differ.
pub const REMEMBER: i32 = 9;

/// How a tip enters the queue.
#[derive(Clone, Copy)]
pub struct By {
    /// The value by which the same report is known when it comes again.
    pub once: [u8; 16],
    /// The taker of the place.
    pub taker: Taker,
    /// As [`Entry::proven`]. The tip's own mark, which staff see, may differ: a second tap proves
    /// enough for a place.
    pub proven: bool,
}

/// The taker in whose share of the queue a caller's report counts.
#[must_use]
pub fn taker(caller: &Caller) -> Taker {
    match caller.door {
        Door::Onion => Taker::Onion {
            circuit: caller.known.then_some(caller.bucket),
        },
        Door::Sms if caller.has_no_number() => Taker::Texts,
        Door::Sms => Taker::Phone {
            bucket: caller.bucket,
        },
        Door::Web | Door::Pickup => Taker::Network {
            bucket: caller.bucket,
            parent: caller.parent,
        },
    }
}

/// Seals and stores. A tip with photos is sealed on a thread of its own, so that it holds up
/// nobody.
///
/// # Errors
/// If nothing was stored, or nobody knows: the same [`By::once`] again is stored once.
pub async fn keep(
    site: &Arc<Site>,
    tip: Tip,
    photos: Vec<Photo>,
    by: By,
) -> Result<store::Put, store::Error> {
    let today = site.clock.today();
    let expiry = fuzz_expiry(today, site.config.retention_days)?;
    let at_once = tip.priority == Priority::Now
        || site
            .config
            .pickup
            .as_ref()
            .is_some_and(|p| p.release_minutes == 0);
    let once = Once {
        value: by.once,
        until: today.plus(REMEMBER),
    };
    let entry = Entry {
        once,
        proven: by.proven,
        taker: by.taker,
        released: at_once,
    };
    let sealed = if photos.is_empty() {
        seal_tip(site, &tip, &[], expiry)
    } else {
        let site = Arc::clone(site);
        tokio::task::spawn_blocking(move || seal_tip(&site, &tip, &photos, expiry))
            .await
            .unwrap_or(Err(seal::Error::Encrypt))
    };
    let sealed = sealed.map_err(|why| {
        tracing::error!(problem = %why, "a tip could not be sealed and was not received");
        store::Error::Unusable("sealing failed".to_owned())
    })?;
    site.store.put(sealed, entry).await
}

fn seal_tip(site: &Site, tip: &Tip, photos: &[Photo], expiry: Day) -> Result<Sealed, seal::Error> {
    seal::seal(tip, photos, &site.config.recipients, &site.mac_key, expiry)
}
