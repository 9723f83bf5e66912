//! The poster: A4, and the same as A3 and A5.

use super::Hand;
use loke_print::paper::{Paper, Style};

impl Hand<'_> {
    /// The poster; `k` is its width as a share of A4's.
    pub(super) fn poster(&self, paper: &mut Paper<'_>, k: f32) -> f32 {
        let say = self.say;
        let (edge, wide) = (14.0 * k, 182.0 * k);
        let mut y = self.sender(paper, (edge, 9.0 * k, wide), 15.0 * k);
        let title = Style::plain(11.8 * k).title();
        y = paper.write(edge, y, wide, title, say.say("heading"));
        y = paper.write(edge, y + k, wide, Style::plain(7.2 * k), say.say("lede"));
        y = paper.write(edge, y, wide, Style::plain(4.9 * k), say.say("from")) + k;

        // The white border of the QR code overlaps the margin, so that its modules align with the
        // text.
        let square = 71.0 * k;
        let border = square * 4.0 / self.code.side() as f32;
        self.square(paper, edge - border, y, square);
        let end = y + square;
        y += border - 2.0 * k;
        let (x, column) = (edge + square - border, wide - square + border);
        let scan = Style::plain(6.5 * k).bold();
        let mut right = paper.write(x, y, column, scan, say.say("scan")) + 2.0 * k;
        right = self.address(paper, (x, right, column), 5.4 * k) + 2.5 * k;
        let later = Style::plain(5.4 * k);
        right = paper.write(x, right, column, later, say.say("later"));
        right = paper.write(x, right + k, column, later, say.say("phone"));
        y = right.max(end) + 0.5 * k;
        y = self.danger(paper, (edge, y, wide), 7.0 * k) + 3.0 * k;

        // Two columns of about equal length.
        let (half, gap) = (87.0 * k, 8.0 * k);
        let small = Style::plain(4.8 * k);
        let x = edge + half + gap;
        let (mut left, mut right) = (self.signs(paper, (edge, y, half), small), y);
        let apart = |at: f32| if at > y { at + 2.5 * k } else { at };
        if let Some(texts) = self.job.texts {
            left = self.safe(paper, (edge, apart(left), half), small);
            right = self.texts(paper, (x, right, half), texts, small, true);
            right = self.help(paper, (x, apart(right), half), small);
        } else if left > y {
            right = self.safe(paper, (x, right, half), small);
            right = self.help(paper, (x, apart(right), half), small);
        } else {
            left = self.safe(paper, (edge, y, half), small);
            right = self.help(paper, (x, y, half), small);
        }
        left.max(right)
    }
}
