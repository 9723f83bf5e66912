//! Photos that came with a text: fetched from the provider's own hosts, cleaned like any other photo. What cannot be had is counted, so
//! that the tip says so; it is never a reason to lose the words.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::call::Calls;
use super::provider::{Media, Provider};
use crate::gateway::photo;
use crate::gateway::site::Site;
use crate::gateway::strip::Caller;
use crate::tip::{Photo, limits};

/// Kinds that phones add to a picture message and that hold nothing of it: its layout, and the words, which come as the text.
const LAYOUT: [&str; 2] = ["application/smil", "text/plain"];

/// The photos of a text, and how many things that came with it could not be kept.
pub(super) async fn gather(
    site: &Site,
    calls: &Calls,
    provider: &dyn Provider,
    media: &[Media],
    caller: &Caller,
    patience: Duration,
) -> (Vec<Photo>, usize) {
    let until = Instant::now() + patience;
    let mut photos = Vec::new();
    let mut lost = 0;
    for one in media.iter().filter(|one| !LAYOUT.iter().any(|kind| one.kind.starts_with(kind))) {
        let wanted = photos.len() < limits::PHOTOS && one.kind.starts_with("image/") && site.limit.takes_photo(caller);
        let photo = if wanted { timeout_at(until, fetch(site, calls, provider, one)).await.unwrap_or(None) } else { None };
        match photo {
            Some(photo) => photos.push(photo),
            None => lost += 1,
        }
    }
    (photos, lost)
}

async fn fetch(site: &Site, calls: &Calls, provider: &dyn Provider, media: &Media) -> Option<Photo> {
    let origins = provider.media()?;
    // Room first, so that the bytes that lie in memory are bounded.
    let _room = site.uploads.hold(photo::MAX_BYTES, site.clock.now()).await;
    let bytes = calls.fetch(origins, &media.url, photo::MAX_BYTES).await.ok()?;
    site.cleaner.clean(bytes).await.ok()
}
