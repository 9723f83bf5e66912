//! The sheets to carry or to stick: card, bus stop, sticker. People carry a card home, where someone
//! may find it: it names no sign, and no crime except in the name of a helpline.

use super::Hand;
use loke_print::paper::{Paper, Style};

impl Hand<'_> {
    /// The card (A6).
    pub(super) fn card(&self, paper: &mut Paper<'_>) -> f32 {
        let say = self.say;
        let (edge, wide) = (7.0, 91.0);
        let mut y = self.sender(paper, (edge, 5.0, wide), 8.5);
        let title = Style::plain(6.4).title();
        y = paper.write(edge, y, wide, title, say.say("heading"));
        y = paper.write(edge, y, wide, Style::plain(4.0), say.say("lede"));
        let square = 40.0;
        let border = square * 4.0 / self.code.side() as f32;
        self.square(paper, edge - border, y, square);
        let end = y + square;
        y += border - 1.0;
        let (x, column) = (edge + square - border, wide - square + border);
        let scan = Style::plain(3.6).bold();
        let mut right = paper.write(x, y, column, scan, say.say("scan")) + 0.8;
        right = self.address(paper, (x, right, column), 3.1) + 0.8;
        right = paper.write(x, right, column, Style::plain(3.0), say.say("later"));
        right = paper.write(x, right, column, Style::plain(3.0), say.say("phone"));
        y = right.max(end) + 0.3;
        y = self.danger(paper, (edge, y, wide), 4.0) + 1.5;
        let small = Style::plain(2.65);
        if let Some(texts) = self.job.texts {
            y = self.texts(paper, (edge, y, wide), texts, small, false) + 1.0;
        }
        y = self.any_help(paper, (edge, y, wide), small) + 0.8;
        paper.write(edge, y, wide, small, say.say("from"))
    }

    /// A QR code of 10 cm on A5, for a person on the other side of the glass.
    pub(super) fn bus_stop(&self, paper: &mut Paper<'_>) -> f32 {
        let (edge, wide) = (9.0, 130.0);
        let say = self.say;
        let mut y = self.sender(paper, (edge, 7.0, wide), 11.0);
        let title = Style::plain(9.0).title().centred();
        y = paper.write(edge, y, wide, title, say.say("heading"));
        let lede = Style::plain(5.6).centred();
        y = paper.write(edge, y, wide, lede, say.say("lede"));
        // The modules alone measure 10 cm, without the border.
        let square = 100.0 * self.code.side() as f32 / self.code.dots() as f32;
        self.square(paper, 74.0 - square / 2.0, y, square);
        // The border below the code is white enough between it and the address.
        let address = Style::plain(7.0).bold().centred().address();
        y = paper.write(edge, y + square, wide, address, &self.typed);
        let later = Style::plain(4.8).centred();
        y = paper.write(edge, y + 0.5, wide, later, say.say("later")) + 1.5;
        self.danger(paper, (edge, y, wide), 5.2)
    }

    /// A sticker (A7).
    pub(super) fn sticker(&self, paper: &mut Paper<'_>) -> f32 {
        let (edge, wide) = (5.0, 64.0);
        let say = self.say;
        let mut y = self.sender(paper, (edge, 4.0, wide), 7.5);
        let title = Style::plain(5.2).title().centred();
        y = paper.write(edge, y, wide, title, say.say("heading"));
        let square = if self.job.sender.is_nobody() {
            52.0
        } else {
            46.0
        };
        self.square(paper, 37.0 - square / 2.0, y, square);
        let address = Style::plain(4.4).bold().centred().address();
        y = paper.write(edge, y + square, wide, address, &self.typed);
        let small = Style::plain(3.2).centred();
        y = paper.write(edge, y, wide, small, say.say("lede"));
        let later = Style::plain(2.9).centred();
        y = paper.write(edge, y, wide, later, say.say("later"));
        paper.write(edge, y, wide, small.bold(), say.say("danger"))
    }
}
