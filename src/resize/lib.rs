//! Resizes grey and RGB pixels.
//!
//! A crate of its own for the sake of every build: the convolution of `fast_image_resize` is generic,
//! so the crate that calls it compiles it, and that takes a minute. This one depends on nothing that
//! changes, and both programs and all tests share one copy. It calls the typed function, because the
//! untyped one compiles sixteen types of pixels.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::{InnerPixel, U8, U8x3};
pub use fast_image_resize::{FilterType, ResizeAlg};
use fast_image_resize::{PixelTrait, ResizeOptions, Resizer};

/// Rows of pixels from the top, one or three bytes each.
pub struct Rows<B> {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// The bytes: `width × height`, times three for RGB.
    pub bytes: B,
}

/// The bytes do not fit their width and height, or the part is not inside the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the size of the pixels is not that of their rows")]
pub struct WrongSize;

/// Resizes the upper left part of a grey picture. `part` is its width and height in (fractions of)
/// pixels.
///
/// # Errors
/// [`WrongSize`].
pub fn grey(
    from: &Rows<&[u8]>,
    into: &mut Rows<&mut [u8]>,
    part: (f64, f64),
    how: ResizeAlg,
) -> Result<(), WrongSize> {
    resize::<U8>(from, into, part, how)
}

/// Resizes the upper left part of an RGB picture, as [`grey`].
///
/// # Errors
/// [`WrongSize`].
pub fn rgb(
    from: &Rows<&[u8]>,
    into: &mut Rows<&mut [u8]>,
    part: (f64, f64),
    how: ResizeAlg,
) -> Result<(), WrongSize> {
    resize::<U8x3>(from, into, part, how)
}

fn resize<P: PixelTrait + InnerPixel>(
    from: &Rows<&[u8]>,
    into: &mut Rows<&mut [u8]>,
    (width, height): (f64, f64),
    how: ResizeAlg,
) -> Result<(), WrongSize> {
    let source = TypedImageRef::<P>::from_buffer(from.width, from.height, from.bytes);
    let target = TypedImage::<P>::from_buffer(into.width, into.height, into.bytes);
    let (source, mut target) = (
        source.map_err(|_| WrongSize)?,
        target.map_err(|_| WrongSize)?,
    );
    let options = ResizeOptions::new()
        .resize_alg(how)
        .crop(0.0, 0.0, width, height);
    Resizer::new()
        .resize_typed(&source, &mut target, &options)
        .map_err(|_| WrongSize)
}
