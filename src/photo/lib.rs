//! Cleans photos: the result is pixels, upright, and nothing else (promise P10). A file is never
//! edited in place: only the pieces that make its pixels reach a decoder, and the resulting JPEG is
//! encoded again from the decoded picture.
//!
//! The steps for one photo: [`kind`] detects the format. A walk ([`jpeg`], [`png`], [`webp`])
//! checks the header against the limits, picks out the pieces and decodes them. [`told`] records
//! what was dropped. [`colour`] converts to sRGB. [`pixels`] shrinks, turns and encodes. The code
//! must never panic on any input, never write a photo anywhere, and never pass on metadata.
//!
//! [`cover`] paints over parts of a photo that is cleaned already.

mod cleaner;
mod colour;
pub mod cover;
mod jpeg;
mod kind;
mod pixels;
mod png;
mod told;
mod upright;
mod webp;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use zeroize::Zeroizing;

pub use cleaner::{Cleaner, Turn};
use kind::Kind;
use loke_core::tip::{Photo, Removed};
use upright::Orientation;

/// Largest accepted file, in bytes.
pub const MAX_BYTES: usize = 24 << 20;
/// Largest cleaned photo, in bytes: four of them and the text fit the 8 MiB size class.
pub const MAX_CLEAN_BYTES: usize = 2_000_000;
/// Largest thumbnail, in bytes: less than 2 kB as base64.
pub const THUMBNAIL_BYTES: usize = 1_500;
/// Pixels of a cleaned photo, as many as 2,048 by 1,536. A long picture gets more, so that text in
/// it stays readable.
const MAX_CLEAN_PIXELS: usize = 2_048 * 1_536;
/// Longest side of a picture in a file, in pixels.
const MAX_SIDE: u32 = 65_535;
/// Most pixels of a picture in a file. Phones take pictures of 108 million.
const MAX_PIXELS: u64 = 120_000_000;
/// Most memory for one photo, in bytes, computed from its header. With the memory of the thread
/// this is under 100 MiB.
const MAX_MEMORY: usize = 92 << 20;

/// Why a file was refused. It never repeats anything of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhotoRefused {
    /// Not a known picture format.
    #[error("this file is not a photo: choose a JPEG, PNG or WebP picture")]
    NotAnImage,
    /// The format in which iPhones store photos.
    #[error(
        "this photo is in the HEIC format: take a screenshot of it, or send it to yourself as JPEG, and choose that"
    )]
    Heic,
    /// A known format that is not supported. The word comes from a fixed list.
    #[error("this is {0}, which is not supported: choose a JPEG, PNG or WebP picture")]
    OtherFormat(&'static str),
    /// More than [`MAX_BYTES`].
    #[error("this photo is larger than 24 MB: choose a smaller one")]
    TooManyBytes,
    /// More pixels than can be decoded safely.
    #[error("this picture has too many pixels: take a screenshot of it, and choose that")]
    TooManyPixels,
    /// The format is supported, but the contents are not valid.
    #[error("this photo is damaged or of a rare kind: open it, take a screenshot, and choose that")]
    Broken,
    /// A file without bytes: the phone sent the name of a photo that is stored elsewhere.
    #[error("this photo arrived empty: open it on the phone first, then choose it again")]
    Empty,
    /// Too many photos are waiting.
    #[error("too many photos are being sent right now: try again in a minute")]
    Busy,
}

/// Whether a file's first bytes belong to a supported format.
///
/// # Errors
/// [`PhotoRefused`] with the reason.
pub fn kind_of(first: &[u8]) -> Result<(), PhotoRefused> {
    kind::of(first).map(drop)
}

/// Cleans one photo on this thread, without a limit on parallel calls (for benches and fuzzing).
///
/// # Errors
/// [`PhotoRefused`] with the reason.
pub fn clean_now(bytes: Zeroizing<Vec<u8>>) -> Result<Photo, PhotoRefused> {
    // The decoders are memory-safe, but they index and assert. A panic in one becomes an error.
    catch_unwind(AssertUnwindSafe(|| clean(bytes))).unwrap_or(Err(PhotoRefused::Broken))
}

fn clean(bytes: Zeroizing<Vec<u8>>) -> Result<Photo, PhotoRefused> {
    if bytes.len() > MAX_BYTES {
        return Err(PhotoRefused::TooManyBytes);
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
        .unwrap_or_default();
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
    let whole = small.turned(upright)?;
    Ok(Photo {
        thumbnail: whole.thumbnail(),
        jpeg: whole.into_jpeg(pixels::QUALITIES)?,
        removed: removed.into_iter().collect(),
    })
}

/// How the pieces are decoded.
enum Picture {
    Jpeg(jpeg::Jpeg),
    Png,
    /// Drawn on this canvas, if the file has one.
    Webp(Option<webp::Canvas>),
}

/// The result of a walk through a file.
struct Walk<'a> {
    /// The same picture as a separate file, with only the pieces that make its pixels.
    bare: Zeroizing<Vec<u8>>,
    /// Width in pixels, from the header.
    width: u32,
    /// Height in pixels, from the header.
    height: u32,
    /// How the pieces are decoded.
    picture: Picture,
    /// The file's colour profile.
    profile: Option<colour::Profile>,
    /// The EXIF block, from its TIFF header on.
    exif: Option<&'a [u8]>,
    /// What was dropped. EXIF contents are added later.
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

    /// Keeps the first EXIF block. Only records that there is another.
    fn found_exif(&mut self, block: &'a [u8]) {
        let block = block.strip_prefix(b"Exif\0\0").unwrap_or(block);
        if self.exif.is_none() {
            self.exif = Some(block);
        } else {
            self.removed.insert(Removed::Other);
        }
    }

    /// Records bytes after the end of the picture. Zeros are padding and carry no information.
    fn found_trailer(&mut self, rest: &[u8]) {
        if rest.iter().any(|byte| *byte != 0) {
            self.removed.insert(Removed::Trailer);
        }
    }

    /// Checks the header against the limits before anything large is allocated.
    fn within_limits(&self) -> Result<(), PhotoRefused> {
        let pixels = u64::from(self.width) * u64::from(self.height);
        if pixels == 0 {
            Err(PhotoRefused::Broken)
        } else if self.width.max(self.height) > MAX_SIDE || pixels > MAX_PIXELS {
            Err(PhotoRefused::TooManyPixels)
        } else {
            Ok(())
        }
    }
}
