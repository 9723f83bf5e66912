//! The last two steps of every channel: seal a tip and store it in the queue. It must never answer
//! before the tip is durably committed (promise P6), nor leave anything outside the seal that
//! reveals the channel (promise P12).

use std::sync::Arc;

use crate::listener::Listener;
use crate::listener::caller::Caller;
use crate::state::Gateway;
use crate::store::{self, Once, QueueEntry, Taker};
use loke_core::clock::Day;
use loke_core::seal::{self, Recipient, Sealed, fuzz_expiry};
use loke_core::tip::{Photo, Tip, is_urgent};

/// Days that the queue keeps the `once` value of a tip, the same for every channel. A form is valid
/// for one day. A provider returns polled texts for seven days; two more allow for clock
/// differences.
pub const REMEMBER: i32 = 9;

/// How a tip enters the queue.
#[derive(Clone, Copy)]
pub struct By {
    /// Deduplication value: the same for a repeat of the report.
    pub once: [u8; 16],
    /// The sender that the slot is counted against.
    pub taker: Taker,
    /// As [`QueueEntry::proven`]. The mark in the tip, which staff see, may differ: a second tap is
    /// enough proof for a slot.
    pub proven: bool,
}

/// The sender against whose quota a caller's report counts.
#[must_use]
pub fn taker(caller: &Caller) -> Taker {
    match caller.listener {
        Listener::Onion => Taker::Onion {
            circuit: caller.known.then_some(caller.bucket),
        },
        Listener::Sms if caller.has_no_number() => Taker::Texts,
        Listener::Sms => Taker::Phone {
            bucket: caller.bucket,
        },
        Listener::Web | Listener::Pickup => Taker::Network {
            bucket: caller.bucket,
            parent: caller.parent,
        },
    }
}

/// Seals a tip to its lane's recipients and stores it. A tip with photos is sealed on a blocking
/// thread, so that it does not delay other tasks.
///
/// # Errors
/// If nothing was stored, or if that is unknown. A retry with the same [`By::once`] stores it only
/// once.
pub async fn keep(
    gateway: &Arc<Gateway>,
    tip: Tip,
    photos: Vec<Photo>,
    by: By,
) -> Result<store::Put, store::Error> {
    let expiry = fuzz_expiry(gateway.clock.today(), gateway.config.retention_days)?;
    let urgent = is_urgent(tip.lane, tip.priority);
    let sealed = if photos.is_empty() {
        seal_tip(gateway, &tip, &[], expiry)
    } else {
        let gateway = Arc::clone(gateway);
        tokio::task::spawn_blocking(move || seal_tip(&gateway, &tip, &photos, expiry))
            .await
            .unwrap_or(Err(seal::Error::Encrypt))
    };
    put(gateway, sealed, urgent, by).await
}

/// Seals a tip without photos so that one key alone opens it, and stores it. Without a key: as
/// [`keep`].
///
/// # Errors
/// As [`keep`].
pub async fn keep_for(
    gateway: &Arc<Gateway>,
    tip: Tip,
    alone: Option<Recipient>,
    by: By,
) -> Result<store::Put, store::Error> {
    let Some(key) = alone else {
        return keep(gateway, tip, Vec::new(), by).await;
    };
    let expiry = fuzz_expiry(gateway.clock.today(), gateway.config.retention_days)?;
    let to = gateway.config.recipients.alone(tip.lane, &key)?;
    let sealed = seal::seal(&tip, &[], &to, &gateway.mac_key, expiry);
    put(gateway, sealed, is_urgent(tip.lane, tip.priority), by).await
}

async fn put(
    gateway: &Gateway,
    sealed: Result<Sealed, seal::Error>,
    urgent: bool,
    by: By,
) -> Result<store::Put, store::Error> {
    let at_once = urgent
        || gateway
            .config
            .pickup
            .as_ref()
            .is_some_and(|p| p.release_minutes == 0);
    let entry = QueueEntry {
        once: Once {
            value: by.once,
            until: gateway.clock.today().plus(REMEMBER),
        },
        proven: by.proven,
        taker: by.taker,
        released: at_once,
    };
    let sealed = sealed.map_err(|why| {
        tracing::error!(problem = %why, "could not seal a tip; it was not received");
        store::Error::Unusable("sealing failed".to_owned())
    })?;
    gateway.store.put(sealed, entry).await
}

fn seal_tip(
    gateway: &Gateway,
    tip: &Tip,
    photos: &[Photo],
    expiry: Day,
) -> Result<Sealed, seal::Error> {
    seal::seal(
        tip,
        photos,
        &gateway.config.recipients,
        &gateway.mac_key,
        expiry,
    )
}
