//! The built-in fonts of the sheets: Noto Sans for Latin, Arabic and Simplified Chinese, in two
//! weights. No font of the machine is used, so a sheet looks the same everywhere.
//! templates/print/fonts/subset makes these files.

use harfrust::{FontRef, ShaperData};
use krilla::text::Font;
use skrifa::MetadataProvider;

/// Regular and bold of each script, in search order.
const FILES: [&[u8]; 6] = [
    include_bytes!("../../templates/print/fonts/NotoSans-Regular.ttf"),
    include_bytes!("../../templates/print/fonts/NotoSans-Bold.ttf"),
    include_bytes!("../../templates/print/fonts/NotoSansArabic-Regular.ttf"),
    include_bytes!("../../templates/print/fonts/NotoSansArabic-Bold.ttf"),
    include_bytes!("../../templates/print/fonts/NotoSansSC-Regular.otf"),
    include_bytes!("../../templates/print/fonts/NotoSansSC-Bold.otf"),
];

/// One font file.
pub struct Face {
    /// The font that the PDF embeds.
    pub pdf: Font,
    /// The font's tables.
    pub font: FontRef<'static>,
    /// The data for shaping.
    pub shaper: ShaperData,
    /// Units per em.
    pub em: f32,
}

/// A built-in font file cannot be read: the build is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a built-in font cannot be read. This build is broken: use another version")]
pub struct BadFont;

/// All built-in fonts.
pub struct Fonts(Vec<Face>);

impl Fonts {
    /// Reads the built-in fonts.
    ///
    /// # Errors
    /// If a file is damaged; a test rules this out.
    pub fn load() -> Result<Self, BadFont> {
        let face = |bytes: &&'static [u8]| {
            let font = FontRef::new(bytes).map_err(|_| BadFont)?;
            let em = f32::from(
                font.metrics(
                    skrifa::instance::Size::unscaled(),
                    skrifa::instance::LocationRef::default(),
                )
                .units_per_em,
            );
            let pdf = Font::new((*bytes).into(), 0).ok_or(BadFont)?;
            Ok(Face {
                pdf,
                shaper: ShaperData::new(&font),
                font,
                em,
            })
        };
        FILES.iter().map(face).collect::<Result<_, _>>().map(Self)
    }

    /// A font by its number.
    #[must_use]
    pub fn face(&self, number: usize) -> Option<&Face> {
        self.0.get(number)
    }

    /// The font for a character. Prefers `before`, the font of the previous character.
    #[must_use]
    pub fn find(&self, c: char, bold: bool, before: Option<usize>) -> Option<usize> {
        let weight = usize::from(bold);
        before
            .into_iter()
            .chain([weight, weight + 2, weight + 4])
            .find(|number| self.has(*number, c))
    }

    fn has(&self, number: usize, c: char) -> bool {
        self.0.get(number).is_some_and(|face| {
            face.font
                .charmap()
                .map(c)
                .is_some_and(|glyph| glyph.to_u32() != 0)
        })
    }
}
