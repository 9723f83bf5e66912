//! Turns a picture upright by its Exif orientation (CIPA DC-008, tag 0x0112).

/// How the stored picture must be turned. The values are Exif's, 1 to 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Orientation {
    /// Rows become columns.
    transposed: bool,
    /// Columns are stored from right to left.
    from_right: bool,
    /// Rows are stored from bottom to top.
    from_bottom: bool,
}

impl Orientation {
    /// Reads Exif's value. `None` if it is not 1 to 8.
    pub(super) fn from_exif(value: u8) -> Option<Self> {
        let (transposed, from_right, from_bottom) = match value {
            1 => (false, false, false),
            2 => (false, true, false),
            3 => (false, true, true),
            4 => (false, false, true),
            5 => (true, false, false),
            6 => (true, false, true),
            7 => (true, true, true),
            8 => (true, true, false),
            _ => return None,
        };
        Some(Self {
            transposed,
            from_right,
            from_bottom,
        })
    }

    /// Whether the stored picture is upright.
    pub(super) fn is_upright(self) -> bool {
        self == Self::default()
    }

    /// The upright size of a stored picture.
    pub(super) fn size(self, width: usize, height: usize) -> (usize, usize) {
        if self.transposed {
            (height, width)
        } else {
            (width, height)
        }
    }

    /// Turns rows of `N` bytes per pixel.
    pub(super) fn turn<const N: usize>(self, bytes: &[u8], width: usize, height: usize) -> Vec<u8> {
        let stored = bytes.as_chunks::<N>().0;
        let (across, down) = self.size(width, height);
        let mut out = Vec::with_capacity(bytes.len());
        for y in 0..down {
            for x in 0..across {
                let (mut column, mut row) = if self.transposed { (y, x) } else { (x, y) };
                if self.from_right {
                    column = width - 1 - column;
                }
                if self.from_bottom {
                    row = height - 1 - row;
                }
                out.extend(stored.get(row * width + column).into_iter().flatten());
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The eight pictures of the standard: where row 0 and column 0 of the stored picture are shown.
    #[test]
    fn every_value_shows_the_first_row_and_column_where_the_standard_says() {
        // 1 2 3
        // 4 5 6
        let shown = |value| {
            Orientation::from_exif(value)
                .unwrap()
                .turn::<1>(&[1, 2, 3, 4, 5, 6], 3, 2)
        };
        assert_eq!(shown(1), [1, 2, 3, 4, 5, 6], "top, left");
        assert_eq!(shown(2), [3, 2, 1, 6, 5, 4], "top, right");
        assert_eq!(shown(3), [6, 5, 4, 3, 2, 1], "bottom, right");
        assert_eq!(shown(4), [4, 5, 6, 1, 2, 3], "bottom, left");
        assert_eq!(shown(5), [1, 4, 2, 5, 3, 6], "left, top");
        assert_eq!(shown(6), [4, 1, 5, 2, 6, 3], "right, top");
        assert_eq!(shown(7), [6, 3, 5, 2, 4, 1], "right, bottom");
        assert_eq!(shown(8), [3, 6, 2, 5, 1, 4], "left, bottom");
        assert_eq!(Orientation::from_exif(0), None);
        assert_eq!(Orientation::from_exif(9), None);
    }
}
