//! Cleaning photos: what comes out is pixels, upright, and nothing else (promise P10). A file is
//! never edited in place: only the pieces that make its pixels reach a decoder, and the JPEG that
//! goes on is written anew from the decoded picture.
//!
//! The story of one photo: [`kind`] names the format, a walk ([`jpeg`], [`png`], [`webp`]) checks
//! the header against the limits, picks out the pieces and decodes them, [`told`] notes what was
//! left behind, [`colour`] converts to sRGB, [`pixels`] shrinks, turns and encodes. It must never
//! panic on any input, never write a photo anywhere, and never let what a file says about itself
//! pass.

mod cleaner;
mod colour;
mod jpeg;
mod kind;
mod pixels;
mod png;
mod told;
mod webp;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::metadata::Orientation;
use zeroize::Zeroizing;

pub use cleaner::{Cleaner, Turn};
use kind::Kind;
use loke_core::tip::{Photo, Removed};

/// Largest file that is taken, in bytes.
pub const MAX_BYTES: usize = 24 << 20;
/// Largest cleaned photo, in bytes: four of them fit the 8 MiB size class with room for the words.
pub const MAX_CLEAN_BYTES: usize = 2_000_000;
/// Pixels of a cleaned photo: as many as 2,048 by 1,536 has. A long one has more, so that its words
/// can be read.
const MAX_CLEAN_PIXELS: usize = 2_048 * 1_536;
/// Longest side of a file's picture, in pixels.
const MAX_SIDE: u32 = 65_535;
/// Most pixels in a file's picture: phones take 108 million.
const MAX_PIXELS: u64 = 120_000_000;
/// Most memory that one photo may take, in bytes, worked out from its header: with what the thread
/// needs, under 100 MiB.
const MAX_MEMORY: usize = 92 << 20;

/// Why a file gave no photo. It never repeats anything of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No picture format that we know.
    #[error("this file is not a photo: choose a JPEG, PNG or WebP picture")]
    NotAnImage,
    /// The format that iPhones keep photos in.
    #[error(
        "this photo is in the HEIC format: take a screenshot of it, or send it to yourself as JPEG, and choose that"
    )]
    Heic,
    /// A known format that is not taken. The word comes from a fixed list.
    #[error("this is {0}, not a photo that can be taken: choose a JPEG, PNG or WebP picture")]
    OtherFormat(&'static str),
    /// Over [`MAX_BYTES`].
    #[error("this photo is larger than 24 MB: choose a smaller one")]
    TooManyBytes,
    /// More pixels than can be decoded safely.
    #[error("this picture has too many pixels: take a screenshot of it, and choose that")]
    TooManyPixels,
    /// The format is right and the contents are not.
    #[error("this photo is damaged or of a rare kind: open it, take a screenshot, and choose that")]
    Broken,
    /// A file of no bytes: a phone that gave a name for a photo which lies elsewhere.
    #[error("this photo arrived empty: open it on the phone first, then choose it again")]
    Empty,
    /// Too many photos are waiting.
    #[error("too many photos are being sent right now: try again in a minute")]
    Busy,
}

/// Whether a file's first bytes are those of a photo that is decoded.
///
/// # Errors
/// [`Refused`] says why not.
pub fn kind_of(first: &[u8]) -> Result<(), Refused> {
    kind::of(first).map(drop)
}

/// Cleans one photo on this thread, with no limit on how many do so at once (for measuring and
/// fuzzing).
///
/// # Errors
/// [`Refused`] says why.
pub fn clean_now(bytes: Zeroizing<Vec<u8>>) -> Result<Photo, Refused> {
    // The decoders are memory-safe, but they index and assert: a panic of theirs is an answer, not
    // an end.
    catch_unwind(AssertUnwindSafe(|| clean(bytes))).unwrap_or(Err(Refused::Broken))
}

fn clean(bytes: Zeroizing<Vec<u8>>) -> Result<Photo, Refused> {
    if bytes.len() > MAX_BYTES {
        return Err(Refused::TooManyBytes);
    }
    let kind = kind::of(&bytes)?;
    let walk = match kind {
        Kind::Jpeg => jpeg::walk(&bytes),
        Kind::Png => png::walk(&bytes),
        Kind::Webp => webp::walk(&bytes),
    }?;
    let Walk {
        bare,
        picture,
        profile,
        exif,
        mut removed,
        ..
    } = walk;
    let upright = exif
        .and_then(told::orientation)
        .and_then(Orientation::from_exif)
        .unwrap_or(Orientation::NoTransforms);
    if let Some(exif) = exif {
        told::exif(exif, &mut removed);
    }
    drop(bytes);
    let decoded = match picture {
        Picture::Jpeg(jpeg) => jpeg.decode(&bare),
        Picture::Png => png::decode(&bare),
        Picture::Webp(canvas) => webp::decode(&bare, canvas),
    }?;
    drop(bare);
    let (width, height) = decoded.size();
    let mut small = decoded.fit(pixels::clean_size(width, height))?;
    if let Some(profile) = profile {
        small = profile.apply(small)?;
    }
    Ok(Photo {
        jpeg: small.turned(upright)?.into_jpeg()?,
        removed: removed.into_iter().collect(),
    })
}

/// How the pieces are decoded.
enum Picture {
    Jpeg(jpeg::Jpeg),
    Png,
    /// On this canvas, if it has one of its own.
    Webp(Option<webp::Canvas>),
}

/// What a walk through a file found.
struct Walk<'a> {
    /// The same picture as a file of its own, with only the pieces that make its pixels.
    bare: Zeroizing<Vec<u8>>,
    /// Pixels across, from the header.
    width: u32,
    /// Pixels down, from the header.
    height: u32,
    /// How the pieces are decoded.
    picture: Picture,
    /// The file's colour profile.
    profile: Option<colour::Profile>,
    /// The EXIF block, from its TIFF header on.
    exif: Option<&'a [u8]>,
    /// What was left behind, EXIF's contents not counted yet.
    removed: BTreeSet<Removed>,
}

impl<'a> Walk<'a> {
    fn new(file: &'a [u8]) -> Self {
        let bare = Zeroizing::new(Vec::with_capacity(file.len() + 64));
        Self {
            bare,
            width: 0,
            height: 0,
            picture: Picture::Png,
            profile: None,
            exif: None,
            removed: BTreeSet::new(),
        }
    }

    /// Keeps the first EXIF block; a further one is only noted.
    fn found_exif(&mut self, block: &'a [u8]) {
        let block = block.strip_prefix(b"Exif\0\0").unwrap_or(block);
        if self.exif.is_none() {
            self.exif = Some(block);
        } else {
            self.removed.insert(Removed::Other);
        }
    }

    /// Notes bytes after the picture's end. Padding with zeros tells nothing.
    fn found_trailer(&mut self, rest: &[u8]) {
        if rest.iter().any(|byte| *byte != 0) {
            self.removed.insert(Removed::Trailer);
        }
    }

    /// Holds the header to the limits before anything large is allocated.
    fn within_limits(&self) -> Result<(), Refused> {
        let pixels = u64::from(self.width) * u64::from(self.height);
        if pixels == 0 {
            Err(Refused::Broken)
        } else if self.width.max(self.height) > MAX_SIDE || pixels > MAX_PIXELS {
            Err(Refused::TooManyPixels)
        } else {
            Ok(())
        }
    }
}
