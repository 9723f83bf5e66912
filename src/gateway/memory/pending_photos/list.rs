//! Encryption of photos and of the list of their keys. Each photo has its own key.

use std::sync::Arc;

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroizing;

use super::PhotoShown;
use loke_core::random;
use loke_core::tip::{Photo, Removed};

/// Bytes of a key, a nonce and a tag (RFC 8439).
pub(super) const KEY: usize = 32;
pub(super) const NONCE: usize = 12;
const TAG: usize = 16;

/// A sealed photo or list: nonce, ciphertext, tag. Zeroized when the last reference drops.
pub(super) type Sealed = Arc<Zeroizing<Vec<u8>>>;

/// A photo as listed in an entry.
pub(super) struct PhotoLine {
    pub(super) key: Zeroizing<[u8; KEY]>,
    pub(super) shown: PhotoShown,
    pub(super) sealed: Sealed,
}

pub(super) fn cipher(key: &[u8; KEY]) -> Option<LessSafeKey> {
    UnboundKey::new(&CHACHA20_POLY1305, key)
        .ok()
        .map(LessSafeKey::new)
}

/// Returns the nonce and the ChaCha20-Poly1305 ciphertext. Encrypts in place: there is no other
/// plaintext copy.
pub(super) fn seal(key: &LessSafeKey, plain: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let nonce = random::bytes::<NONCE>().ok()?;
    let mut out = Zeroizing::new(Vec::with_capacity(NONCE + plain.len() + TAG));
    out.extend_from_slice(&nonce);
    out.extend_from_slice(plain);
    let (_, inside) = out.split_at_mut_checked(NONCE)?;
    let tag = key
        .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), inside)
        .ok()?;
    out.extend_from_slice(tag.as_ref());
    Some(out)
}

/// Seals a photo under a new key.
pub(super) fn seal_photo(photo: &Photo) -> Option<PhotoLine> {
    let key = Zeroizing::new(random::bytes::<KEY>().ok()?);
    let sealed = Arc::new(seal(&cipher(&key)?, &photo.jpeg)?);
    Some(PhotoLine {
        key,
        shown: PhotoShown {
            removed: photo.removed.clone(),
            thumbnail: photo.thumbnail.clone(),
        },
        sealed,
    })
}

/// For each photo: its key, the number of removed items, their indexes in [`Removed::ALL`], the
/// length of the thumbnail (two bytes, big endian), and the thumbnail.
pub(super) fn write_list(lines: &[PhotoLine]) -> Option<Zeroizing<Vec<u8>>> {
    let size = lines
        .iter()
        .map(|line| KEY + 3 + line.shown.removed.len() + line.shown.thumbnail.len())
        .sum();
    let mut list = Zeroizing::new(Vec::with_capacity(size));
    for line in lines {
        list.extend_from_slice(&*line.key);
        let PhotoShown { removed, thumbnail } = &line.shown;
        list.push(u8::try_from(removed.len()).ok()?);
        for word in removed {
            list.push(u8::try_from(Removed::ALL.iter().position(|other| other == word)?).ok()?);
        }
        list.extend_from_slice(&u16::try_from(thumbnail.len()).ok()?.to_be_bytes());
        list.extend_from_slice(thumbnail);
    }
    Some(list)
}

pub(super) fn read_list(mut list: &[u8], photos: Vec<Sealed>) -> Option<Vec<PhotoLine>> {
    let mut lines = Vec::with_capacity(photos.len());
    for sealed in photos {
        let (key, rest) = list.split_first_chunk::<KEY>()?;
        let (count, rest) = rest.split_first()?;
        let (words, rest) = rest.split_at_checked(usize::from(*count))?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let (thumbnail, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        let removed = words
            .iter()
            .map(|word| Removed::ALL.get(usize::from(*word)).copied())
            .collect::<Option<_>>()?;
        lines.push(PhotoLine {
            key: Zeroizing::new(*key),
            shown: PhotoShown {
                removed,
                thumbnail: thumbnail.to_vec(),
            },
            sealed,
        });
        list = rest;
    }
    list.is_empty().then_some(lines)
}
