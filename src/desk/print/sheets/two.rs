//! The A4 poster in two languages: one code, and a column for each language. Signs would not fit in
//! letters of a useful size; the page behind the code has them.

use super::Hand;
use super::parts::Column;
use loke_print::paper::{Paper, Style};

const EDGE: f32 = 12.0;
const WIDE: f32 = 186.0;
const HALF: f32 = 89.0;
const SQUARE: f32 = 66.0;

/// Draws the poster of the first hand's language on the left and the second's on the right.
pub(super) fn poster(hands: &[Hand<'_>; 2], paper: &mut Paper<'_>) -> f32 {
    let [first, _] = hands;
    let right = EDGE + WIDE - HALF;
    let mut y = first.sender(paper, (EDGE, 9.0, WIDE), 16.0);
    y = row(
        hands,
        paper,
        [(EDGE, y, HALF), (right, y, HALF)],
        |hand, paper, (x, y, width)| {
            let title = Style::plain(9.0).title();
            let y = paper.write(x, y, width, title, hand.say.say("heading"));
            let y = paper.write(x, y + 0.5, width, Style::plain(5.6), hand.say.say("lede"));
            paper.write(x, y, width, Style::plain(4.6), hand.say.say("from"))
        },
    ) + 1.0;

    let square = EDGE + (WIDE - SQUARE) / 2.0;
    first.square(paper, square, y, SQUARE);
    let border = SQUARE * 4.0 / first.code.side() as f32;
    let side = square - EDGE - 1.0;
    let top = y + border - 1.0;
    let beside = [(EDGE, top, side), (EDGE + WIDE - side, top, side)];
    let end = row(hands, paper, beside, |hand, paper, (x, y, width)| {
        let scan = Style::plain(5.4).bold();
        let y = paper.write(x, y, width, scan, hand.say.say("scan")) + 1.5;
        let y = paper.write(x, y, width, Style::plain(4.8), hand.say.say("later")) + 1.0;
        paper.write(x, y, width, Style::plain(4.8), hand.say.say("phone"))
    });
    y = end.max(y + SQUARE);
    y = paper.write(
        EDGE,
        y,
        WIDE,
        Style::plain(8.0).bold().centred().address(),
        &first.typed,
    ) + 1.5;
    y = row(
        hands,
        paper,
        [(EDGE, y, HALF), (right, y, HALF)],
        |hand, paper, column| hand.danger(paper, column, 5.6),
    ) + 2.5;
    row(
        hands,
        paper,
        [(EDGE, y, HALF), (right, y, HALF)],
        |hand, paper, (x, mut y, width)| {
            let small = Style::plain(4.2);
            if let Some(texts) = hand.job.texts {
                y = hand.texts(paper, (x, y, width), texts, small, true) + 1.5;
            }
            y = hand.safe(paper, (x, y, width), small) + 1.5;
            hand.help(paper, (x, y, width), small)
        },
    )
}

/// Draws the same block in both languages. Returns the lower end.
fn row(
    hands: &[Hand<'_>; 2],
    paper: &mut Paper<'_>,
    columns: [Column; 2],
    draw: impl Fn(&Hand<'_>, &mut Paper<'_>, Column) -> f32,
) -> f32 {
    let mut end = 0.0_f32;
    for (hand, column) in hands.iter().zip(columns) {
        paper.speak(hand.say.language());
        end = end.max(draw(hand, paper, column));
    }
    let [first, _] = hands;
    paper.speak(first.say.language());
    end
}
