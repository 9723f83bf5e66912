//! The parts of a text that the provider stores: texts, photos and other files. Texts and photos
//! are fetched from the provider's own hosts, and photos are cleaned as always. Parts that are left
//! out are counted by kind, and the tip lists them. They must never cause the loss of the words
//! that arrived.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use zeroize::Zeroizing;

use super::charset;
use super::untaken::{Thing, Untaken};
use crate::listener::caller::Caller;
use crate::providers::call::{Calls, Failed, Fetched};
use crate::providers::provider::{Media, Provider};
use crate::state::Gateway;
use loke_core::characters::visible;
use loke_core::tip::{Photo, limits};
use loke_core::zeroing_alloc::scrub_stack;
use loke_photo::PhotoRefused;

/// Media types that phones add to a picture message without content: the layout of its parts on a
/// screen.
const LAYOUT: [&str; 2] = ["application/smil", "application/smil+xml"];
/// Bytes of a part that are read as words. The limit of phones (OMA MMS conformance) is 30 kB.
const MOST_OF_A_PART: usize = 32 << 10;
/// Bytes of all its parts together.
const MOST_OF_ALL: usize = 64 << 10;
/// Parts of one message that are fetched because they may contain words.
const MOST_PARTS: usize = 16;

/// The parts beside the words of a text.
#[derive(Default)]
pub(super) struct Gathered {
    /// The words of its parts, in order.
    pub(super) words: Vec<Zeroizing<String>>,
    /// Its photos, in order.
    pub(super) photos: Vec<Photo>,
    /// Everything else.
    pub(super) untaken: Untaken,
}

/// How to read a part, by its media type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum As {
    Layout,
    Words,
    Photo,
    /// No media type: words or a photo.
    Either,
    Nothing,
}

/// The media type without its parameters.
fn essence(kind: &str) -> &str {
    kind.split(';').next().unwrap_or_default().trim()
}

fn way_of(kind: &str) -> As {
    let kind = essence(kind);
    if LAYOUT.contains(&kind) {
        return As::Layout;
    }
    match (kind.split('/').next().unwrap_or_default(), Thing::of(kind)) {
        _ if !kind.contains('/') => As::Either,
        // Some hosts use this type for content of unknown type.
        ("application" | "binary", _) if kind.ends_with("/octet-stream") => As::Either,
        ("text", Thing::Contact | Thing::Calendar) => As::Nothing,
        ("text", _) => As::Words,
        ("image", Thing::Broken) => As::Photo,
        _ => As::Nothing,
    }
}

/// Fetches the parts of a text. Words come first: they are small, and the time is limited.
pub(super) async fn gather(
    gateway: &Gateway,
    calls: &Calls,
    provider: &dyn Provider,
    media: &[Media],
    caller: &Caller,
    patience: Duration,
) -> Gathered {
    let source = Source {
        gateway,
        calls,
        provider,
        caller,
        until: Instant::now() + patience,
    };
    let mut gathered = Gathered::default();
    let mut photos: Vec<(usize, Photo)> = Vec::new();
    let (mut parts, mut room) = (0, MOST_OF_ALL);
    for (at, one) in media.iter().enumerate() {
        let way = way_of(&one.kind);
        if matches!(way, As::Words | As::Either) {
            parts += 1;
            let most = if parts > MOST_PARTS {
                0
            } else {
                room.min(MOST_OF_A_PART)
            };
            match source.words(one, way, most).await {
                Part::Words(words, whole) => {
                    room = room.saturating_sub(words.len());
                    gathered.words.extend((!words.is_empty()).then_some(words));
                    gathered.untaken.unread += usize::from(!whole);
                }
                Part::File(bytes) => match source.clean(bytes, photos.len()).await {
                    Ok(photo) => photos.push((at, photo)),
                    // Of unknown type, and neither words nor a photo.
                    Err(Thing::Other) => gathered.untaken.unread += 1,
                    Err(thing) => gathered.untaken.add(thing),
                },
                Part::Layout => {}
                Part::Other(thing) => gathered.untaken.add(thing),
                Part::Unread => gathered.untaken.unread += 1,
            }
        }
    }
    for (at, one) in media.iter().enumerate() {
        match way_of(&one.kind) {
            As::Photo => match source.photo(one, photos.len()).await {
                Ok(photo) => photos.push((at, photo)),
                Err(thing) => gathered.untaken.add(thing),
            },
            As::Nothing => gathered.untaken.add(Thing::of(essence(&one.kind))),
            As::Layout | As::Words | As::Either => {}
        }
    }
    photos.sort_by_key(|(at, _)| *at);
    gathered.photos = photos.into_iter().map(|(_, photo)| photo).collect();
    gathered
}

/// What a part turned out to be.
enum Part {
    /// Words, and whether they are complete.
    Words(Zeroizing<String>, bool),
    /// Of unknown type, and not words.
    File(Zeroizing<Vec<u8>>),
    Layout,
    Other(Thing),
    /// It may be words, but it could not be fetched.
    Unread,
}

/// Where the parts of one text come from, and the deadline.
struct Source<'a> {
    gateway: &'a Gateway,
    calls: &'a Calls,
    provider: &'a dyn Provider,
    caller: &'a Caller,
    until: Instant,
}

impl Source<'_> {
    async fn fetch(&self, media: &Media, most: usize) -> Result<Fetched, Failed> {
        let origins = self.provider.media().ok_or(Failed::Elsewhere)?;
        timeout_at(self.until, self.calls.fetch(origins, &media.url, most))
            .await
            .unwrap_or(Err(Failed::TooSlow))
    }

    async fn words(&self, media: &Media, way: As, most: usize) -> Part {
        if most == 0 {
            return Part::Unread;
        }
        // Room first, to limit the bytes in memory.
        let _room = match way {
            As::Either => timeout_at(
                self.until,
                self.gateway
                    .uploads
                    .hold(loke_photo::MAX_BYTES, self.gateway.clock.now()),
            )
            .await
            .ok(),
            _ => None,
        };
        let Ok(mut fetched) = self
            .fetch(
                media,
                if way == As::Words {
                    most
                } else {
                    loke_photo::MAX_BYTES
                },
            )
            .await
        else {
            return Part::Unread;
        };
        let named = if way == As::Words {
            media.kind.as_str()
        } else {
            fetched.kind.as_str()
        };
        let found = way_of(named);
        match found {
            As::Either if is_layout(&fetched.bytes) => Part::Layout,
            As::Either | As::Photo if !looks_like_words(&fetched.bytes) => {
                if fetched.is_cut {
                    Part::Other(Thing::TooLarge)
                } else {
                    Part::File(fetched.bytes)
                }
            }
            // The provider's error page.
            As::Words if essence(&fetched.kind) == "text/html" && essence(named) != "text/html" => {
                Part::Unread
            }
            As::Words | As::Either | As::Photo => {
                let whole = !fetched.is_cut && fetched.bytes.len() <= most;
                fetched.bytes.truncate(most);
                let words = charset::decoded(&[named, &fetched.kind], &fetched.bytes)
                    .map(|words| Zeroizing::new(visible(&words)));
                scrub_stack();
                words.map_or(Part::Unread, |words| Part::Words(words, whole))
            }
            As::Layout => Part::Layout,
            As::Nothing => Part::Other(Thing::of(essence(named))),
        }
    }

    async fn photo(&self, media: &Media, have: usize) -> Result<Photo, Thing> {
        self.room(have)?;
        // Room first, to limit the bytes in memory.
        let held = self
            .gateway
            .uploads
            .hold(loke_photo::MAX_BYTES, self.gateway.clock.now());
        let _room = timeout_at(self.until, held)
            .await
            .map_err(|_| Thing::NoRoom)?;
        match self.fetch(media, loke_photo::MAX_BYTES).await {
            Ok(fetched) if fetched.is_cut => Err(Thing::TooLarge),
            Ok(fetched) => self.cleaned(fetched.bytes).await.map_err(|thing| {
                if thing == Thing::Other {
                    Thing::Broken
                } else {
                    thing
                }
            }),
            Err(_) => Err(Thing::NotGiven),
        }
    }

    async fn clean(&self, bytes: Zeroizing<Vec<u8>>, have: usize) -> Result<Photo, Thing> {
        self.room(have)?;
        self.cleaned(bytes).await
    }

    /// Whether this text may have one more photo.
    fn room(&self, have: usize) -> Result<(), Thing> {
        if have >= limits::PHOTOS {
            Err(Thing::Beyond)
        } else if self.gateway.limit.takes_photo(self.caller) {
            Ok(())
        } else {
            Err(Thing::NoRoom)
        }
    }

    async fn cleaned(&self, bytes: Zeroizing<Vec<u8>>) -> Result<Photo, Thing> {
        let cleaned = timeout_at(self.until, self.gateway.cleaner.clean(bytes))
            .await
            .unwrap_or(Err(PhotoRefused::Busy));
        cleaned.map_err(|why| match why {
            PhotoRefused::Busy => Thing::NoRoom,
            PhotoRefused::Heic => Thing::Heic,
            PhotoRefused::TooManyBytes | PhotoRefused::TooManyPixels => Thing::TooLarge,
            PhotoRefused::NotAnImage => Thing::Other,
            PhotoRefused::OtherFormat("GIF") => Thing::Gif,
            PhotoRefused::OtherFormat("video") => Thing::Video,
            PhotoRefused::OtherFormat("PDF" | "a document") => Thing::Document,
            _ => Thing::Broken,
        })
    }
}

/// Whether bytes of unknown type are words: UTF-8 without control characters.
fn looks_like_words(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| {
        text.chars()
            .all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'))
    })
}

fn is_layout(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"<smil")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_taken_by_its_kind_and_one_of_no_kind_is_looked_at() {
        let of = |kind| way_of(kind);
        assert!(
            [
                "text/plain",
                "text/plain; charset=utf-16",
                "text/html",
                "text/richtext"
            ]
            .into_iter()
            .all(|kind| of(kind) == As::Words)
        );
        assert!(
            ["image/jpeg", "image/png", "image/webp", "image/jpg"]
                .into_iter()
                .all(|kind| of(kind) == As::Photo)
        );
        assert!(
            ["", "7", "application/octet-stream", "binary/octet-stream"]
                .into_iter()
                .all(|kind| of(kind) == As::Either)
        );
        assert!(
            [
                "application/smil",
                "application/smil+xml",
                "application/smil; start=x"
            ]
            .into_iter()
            .all(|kind| of(kind) == As::Layout)
        );
        for kind in [
            "video/mp4",
            "audio/amr",
            "text/x-vcard",
            "text/vcard",
            "text/calendar",
            "application/pdf",
            "image/gif",
            "image/heic",
            "x/y",
        ] {
            assert!(of(kind) == As::Nothing, "{kind}");
        }
    }
}
