//! The fonts of the sheets, built in: Noto Sans for Latin, Arabic and Simplified Chinese, in two
//! weights. Nothing is taken from the machine, so that a sheet looks the same everywhere.
//! templates/print/fonts/subset makes the files again.

use harfrust::{FontRef, ShaperData};
use krilla::text::Font;
use skrifa::MetadataProvider;

/// Regular and bold of each script, in the order in which a character is looked for.
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
    /// As the PDF embeds it.
    pub pdf: Font,
    /// As its tables are read.
    pub font: FontRef<'static>,
    /// As text is shaped with it.
    pub shaper: ShaperData,
    /// Units to the em.
    pub em: f32,
}

/// A font file that is built in cannot be read: the program was built wrongly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a font that is built in cannot be read. This build is broken: use another")]
pub struct BadFont;

/// All of them.
pub struct Fonts(Vec<Face>);

impl Fonts {
    /// Reads the built-in fonts.
    ///
    /// # Errors
    /// Where a file is damaged, which a test rules out.
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

    /// The font for a character: `before`, that of the character before it, where it has it too.
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
