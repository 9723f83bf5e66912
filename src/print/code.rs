//! The QR code: the short address in upper case (which needs the fewest modules), at error
//! correction level Q, so a quarter of it may be unreadable. Readers need the white border of four
//! modules.

use qrcode::{Color, EcLevel, QrCode};

/// Width of the white border, in modules.
const BORDER: usize = 4;

/// A QR code.
pub struct Code {
    dots: Vec<Color>,
    width: usize,
}

impl Code {
    /// The QR code of this address; `None` if the address is too long for any.
    #[must_use]
    pub fn of(address: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(address, EcLevel::Q).ok()?;
        Some(Self {
            width: code.width(),
            dots: code.into_colors(),
        })
    }

    /// Its width in modules, including the border.
    #[must_use]
    pub fn side(&self) -> usize {
        self.width + 2 * BORDER
    }

    /// Its width in modules, without the border.
    #[must_use]
    pub fn dots(&self) -> usize {
        self.width
    }

    /// The black strokes: column, row and length of each, in modules, counted with the border.
    pub fn rows(&self) -> impl Iterator<Item = [f32; 3]> {
        self.dots
            .chunks(self.width)
            .enumerate()
            .flat_map(|(y, row)| {
                let mut strokes: Vec<[f32; 3]> = Vec::new();
                let mut black_before = false;
                for (x, dot) in row.iter().enumerate() {
                    let black = *dot == Color::Dark;
                    match strokes.last_mut() {
                        Some(stroke) if black && black_before => stroke[2] += 1.0,
                        _ if black => strokes.push([(x + BORDER) as f32, (y + BORDER) as f32, 1.0]),
                        _ => {}
                    }
                    black_before = black;
                }
                strokes
            })
    }
}
