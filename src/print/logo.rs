//! The logo of an organisation, from an SVG or a PNG file. The file comes from anybody: it is
//! bounded before it is read, refers to nothing outside itself, and becomes paths in flat colours or
//! pixels. No other part of it reaches a sheet.

mod drawing;
mod pixels;

use std::panic::{AssertUnwindSafe, catch_unwind};

pub use drawing::Shape;
pub use pixels::Pixels;

/// Largest file, in bytes.
pub const MAX_BYTES: u64 = 2 << 20;
/// Most that the longer side may be of the shorter one.
const LONGEST: f32 = 8.0;

/// Why a logo was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogoRefused {
    /// Not one of the two formats.
    #[error("it is neither an SVG nor a PNG file. Save the logo as one of them")]
    Format,
    /// The SVG is not well-formed.
    #[error("the SVG cannot be read ({0}). Save it again, or save it as a PNG")]
    Xml(String),
    /// It refers to another file or address.
    #[error(
        "the SVG refers to something outside itself, and a sheet must need nothing else. Embed it as paths, or save the logo as a PNG"
    )]
    Outside,
    /// It has an element that cannot be printed. The name comes from a fixed list.
    #[error(
        "the SVG contains <{0}>, which is not printed. Convert it to paths in flat colours, or save the logo as a PNG"
    )]
    Element(&'static str),
    /// It has an effect that cannot be printed. The name comes from a fixed list.
    #[error(
        "the SVG uses {0}, which is not printed. Use flat colours without effects, or save the logo as a PNG"
    )]
    Effect(&'static str),
    /// Parts of it are outside its page.
    #[error(
        "parts of the SVG are outside its page. Fit the page to the drawing, and save it again"
    )]
    OffPage,
    /// More than can be drawn.
    #[error("the SVG has too many parts. Simplify it, or save the logo as a PNG")]
    Complex,
    /// Nothing to see.
    #[error("the logo is empty. Choose another file")]
    Empty,
    /// Too long for its height, or too high.
    #[error("the logo is more than 8 times as long as it is wide. Choose another form of it")]
    Narrow,
    /// The PNG is damaged.
    #[error("the PNG is damaged. Save it again")]
    Png,
    /// More pixels than are decoded.
    #[error("the PNG has more than 16 million pixels. Save a smaller one")]
    Large,
    /// Too few pixels for paper.
    #[error(
        "the PNG is too small for paper. Save it with at least 300 pixels along its longer side"
    )]
    Small,
}

/// A logo that can be printed.
#[derive(Debug, Clone, PartialEq)]
pub struct Logo {
    /// Its width, in units of its own.
    pub width: f32,
    /// Its height, in the same units.
    pub height: f32,
    /// What is drawn.
    pub art: Art,
}

/// The contents of a logo.
#[derive(Debug, Clone, PartialEq)]
pub enum Art {
    /// From an SVG: filled paths, the lowest first, in the logo's units.
    Shapes(Vec<Shape>),
    /// From a PNG.
    Pixels(Pixels),
}

impl Logo {
    /// Reads a logo. The bytes decide the format.
    ///
    /// # Errors
    /// [`LogoRefused`].
    pub fn read(bytes: &[u8]) -> Result<Self, LogoRefused> {
        // The parsers are memory-safe, but they index and assert. A panic becomes an error.
        let logo = catch_unwind(AssertUnwindSafe(|| {
            if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
                pixels::read(bytes)
            } else {
                drawing::read(std::str::from_utf8(bytes).map_err(|_| LogoRefused::Format)?)
            }
        }))
        .unwrap_or(Err(LogoRefused::Format))?;
        if logo.width > logo.height * LONGEST || logo.height > logo.width * LONGEST {
            return Err(LogoRefused::Narrow);
        }
        Ok(logo)
    }
}
