//! The five sheets of a campaign. Lengths are in millimetres of the A4 poster; the A3 poster is the
//! same, scaled up.

use super::words::Sentences;
use super::{Failed, Site, TextChannel};
use loke_core::campaign::CampaignCode;
use loke_core::tip::Topic;
use loke_print::code::Code;
use loke_print::fonts::Fonts;
use loke_print::paper::{Paper, Sheet, Style};

/// The contents of a sheet.
pub struct Job<'a> {
    /// The campaign's code.
    pub code: CampaignCode,
    /// The topic of the signs to look for.
    pub topic: Topic,
    /// The gateway's address.
    pub site: &'a Site,
    /// The phone number for texts.
    pub texts: Option<&'a TextChannel>,
}

/// The names of the sheets, in printing order.
pub const NAMES: [&str; 5] = ["poster-a4", "poster-a3", "card-a6", "bus-stop", "sticker"];

/// The sheet with this name, in this language.
///
/// # Errors
/// [`Failed::Url`] if the address is too long for a QR code.
pub fn sheet(
    name: &str,
    fonts: &Fonts,
    say: Sentences<'_>,
    job: &Job<'_>,
) -> Result<Sheet, Failed> {
    let scanned = job.site.scanned(job.code);
    let code = Code::of(&scanned).ok_or(Failed::Url(scanned))?;
    let typed = job.site.typed(job.code);
    let hand = Hand {
        say,
        job,
        code: &code,
        typed: &typed,
    };
    let lay = |size: (f32, f32), bottom, draw: &dyn Fn(&mut Paper<'_>) -> f32| {
        Paper::fit(fonts, say.code(), say.right_to_left(), size, bottom, draw)
    };
    Ok(match name {
        "poster-a3" => lay((297.0, 420.0), 404.0, &|paper| {
            hand.poster(paper, std::f32::consts::SQRT_2)
        }),
        "card-a6" => lay((105.0, 148.0), 143.0, &|paper| hand.card(paper)),
        "bus-stop" => lay((140.0, 210.0), 204.0, &|paper| hand.bus_stop(paper)),
        "sticker" => lay((74.0, 105.0), 102.0, &|paper| hand.sticker(paper)),
        _ => lay((210.0, 297.0), 286.0, &|paper| hand.poster(paper, 1.0)),
    })
}

/// The data that every sheet needs.
struct Hand<'a> {
    say: Sentences<'a>,
    job: &'a Job<'a>,
    code: &'a Code,
    typed: &'a str,
}

impl Hand<'_> {
    /// The poster: A4, or A3 if `k` is the square root of two.
    fn poster(&self, paper: &mut Paper<'_>, k: f32) -> f32 {
        let say = self.say;
        let (edge, wide) = (14.0 * k, 182.0 * k);
        let mut y = paper.write(
            edge,
            10.0 * k,
            wide,
            Style::plain(13.5 * k).bold(),
            say.say("heading"),
        );
        y = paper.write(edge, y + k, wide, Style::plain(8.0 * k), say.say("lede"));

        // The white border of the QR code overlaps the margin, so that its modules align with the
        // text.
        let square = 84.0 * k;
        let border = square * 4.0 / self.code.side() as f32;
        paper.code(edge - border, y, square, self.code);
        let end = y + square;
        y += border - 2.0 * k;
        let (x, column) = (edge + square - border, wide - square + border);
        let mut right =
            paper.write(x, y, column, Style::plain(6.5 * k).bold(), say.say("scan")) + 2.0 * k;
        right = self.address(paper, x, right, column, k * 5.2) + 2.5 * k;
        right = paper.write(x, right, column, Style::plain(5.2 * k), say.say("later"));
        right = paper.write(
            x,
            right + k,
            column,
            Style::plain(5.2 * k),
            say.say("phone"),
        );
        y = right.max(end) + 1.5 * k;
        y = self.danger(paper, edge, y, wide, 7.5 * k) + 4.0 * k;

        let (half, gap) = (87.0 * k, 8.0 * k);
        let small = Style::plain(4.3 * k);
        let mut left = y;
        let signs = say.signs(self.job.topic);
        if !signs.is_empty() {
            left = paper.write(
                edge,
                left,
                half,
                Style::plain(5.4 * k).bold(),
                say.say("signs-heading"),
            ) + 0.5 * k;
            left = paper.list(edge, left, half, small, &signs) + 3.0 * k;
        }
        left = self.safe(paper, edge, left, half, 5.4 * k, small) + 3.0 * k;
        let x = edge + half + gap;
        let mut right = y;
        if let Some(texts) = self.job.texts {
            right = self.texts(paper, (x, right, half), texts, 5.4 * k, small) + 3.0 * k;
        }
        right = self.help(paper, x, right, half, 5.4 * k, small);
        paper.write(
            edge,
            left.max(right) + 3.0 * k,
            wide,
            Style::plain(4.0 * k),
            say.say("from"),
        )
    }

    /// The card (A6). People carry it home, where someone may find it: it names no sign, and no
    /// crime except in the name of a helpline.
    fn card(&self, paper: &mut Paper<'_>) -> f32 {
        let say = self.say;
        let (edge, wide) = (7.0, 91.0);
        let mut y = paper.write(
            edge,
            5.0,
            wide,
            Style::plain(6.4).bold(),
            say.say("heading"),
        );
        y = paper.write(edge, y, wide, Style::plain(4.0), say.say("lede"));
        let square = 42.0;
        let border = square * 4.0 / self.code.side() as f32;
        paper.code(edge - border, y, square, self.code);
        let end = y + square;
        y += border - 1.0;
        let (x, column) = (edge + square - border, wide - square + border);
        let mut right = paper.write(x, y, column, Style::plain(3.6).bold(), say.say("scan")) + 0.8;
        right = self.address(paper, x, right, column, 3.1) + 0.8;
        right = paper.write(x, right, column, Style::plain(3.0), say.say("later"));
        right = paper.write(x, right, column, Style::plain(3.0), say.say("phone"));
        y = right.max(end) + 1.2;
        y = self.danger(paper, edge, y, wide, 4.0) + 1.8;
        let small = Style::plain(2.75);
        if let Some(texts) = self.job.texts {
            y = self.texts(paper, (edge, y, wide), texts, 3.2, small) + 1.2;
        }
        y = self.help(paper, edge, y, wide, 3.2, small) + 1.0;
        paper.write(edge, y, wide, small, say.say("from"))
    }

    /// A QR code of 10 cm, for a person on the other side of the glass.
    fn bus_stop(&self, paper: &mut Paper<'_>) -> f32 {
        let (edge, wide) = (8.0, 124.0);
        let mut y = paper.write(
            edge,
            7.0,
            wide,
            Style::plain(9.5).bold().centred(),
            self.say.say("heading"),
        );
        y = paper.write(
            edge,
            y,
            wide,
            Style::plain(5.8).centred(),
            self.say.say("lede"),
        );
        // The modules alone measure 10 cm, without the border.
        let square = 100.0 * self.code.side() as f32 / self.code.dots() as f32;
        paper.code(70.0 - square / 2.0, y, square, self.code);
        y = paper.write(
            edge,
            y + square,
            wide,
            Style::plain(7.0).bold().centred().address(),
            self.typed,
        );
        y = self.code_in_words(paper, (edge, y, wide), 4.8);
        y = paper.write(
            edge,
            y + 0.5,
            wide,
            Style::plain(4.8).centred(),
            self.say.say("later"),
        ) + 1.5;
        self.danger(paper, edge, y, wide, 5.2)
    }

    /// A sticker of 74 by 105 mm.
    fn sticker(&self, paper: &mut Paper<'_>) -> f32 {
        let (edge, wide) = (5.0, 64.0);
        let mut y = paper.write(
            edge,
            3.5,
            wide,
            Style::plain(5.2).bold().centred(),
            self.say.say("heading"),
        );
        let square = 60.0;
        paper.code(37.0 - square / 2.0, y, square, self.code);
        y = paper.write(
            edge,
            y + square,
            wide,
            Style::plain(4.4).bold().centred().address(),
            self.typed,
        );
        y = self.code_in_words(paper, (edge, y, wide), 3.2);
        y = paper.write(
            edge,
            y,
            wide,
            Style::plain(3.2).centred(),
            self.say.say("lede"),
        );
        y = paper.write(
            edge,
            y,
            wide,
            Style::plain(2.9).centred(),
            self.say.say("later"),
        );
        paper.write(
            edge,
            y,
            wide,
            Style::plain(3.2).bold().centred(),
            self.say.say("danger"),
        )
    }

    /// The address and the code as text.
    fn address(&self, paper: &mut Paper<'_>, x: f32, y: f32, width: f32, size: f32) -> f32 {
        let mut y = paper.write(x, y, width, Style::plain(size), self.say.say("type"));
        y = paper.write(
            x,
            y,
            width,
            Style::plain(size * 1.25).bold().address(),
            self.typed,
        );
        y = paper.write(
            x,
            y + size * 0.3,
            width,
            Style::plain(size),
            self.say.say("code"),
        );
        paper.write(
            x,
            y,
            width,
            Style::plain(size * 2.0).bold().address(),
            self.job.code.as_str(),
        )
    }

    /// The code on a line of its own, for people who type only the first part of the address.
    fn code_in_words(
        &self,
        paper: &mut Paper<'_>,
        (x, y, width): (f32, f32, f32),
        size: f32,
    ) -> f32 {
        paper.write(
            x,
            y,
            width,
            Style::plain(size).bold().centred().address(),
            self.job.code.as_str(),
        )
    }

    /// The emergency line, in a frame.
    fn danger(&self, paper: &mut Paper<'_>, x: f32, y: f32, width: f32, size: f32) -> f32 {
        let pad = size * 0.45;
        let end = paper.write(
            x + pad,
            y + pad * 0.6,
            width - 2.0 * pad,
            Style::plain(size).bold().centred(),
            self.say.say("danger"),
        ) + pad * 0.6;
        paper.frame(x, y, width, end - y, size * 0.1);
        end
    }

    /// The phone number, and everything that a text leaves behind.
    fn texts(
        &self,
        paper: &mut Paper<'_>,
        (x, y, width): (f32, f32, f32),
        texts: &TextChannel,
        heading: f32,
        small: Style,
    ) -> f32 {
        let say = self.say;
        let mut y = self.heading(paper, (x, y, width), "text-heading", heading);
        let mut pair = |paper: &mut Paper<'_>, label: &str, value: &str| {
            // Label and value are on one line.
            let half = width * 0.6;
            let end = paper.write(x, y, half, small, say.say(label));
            let value = paper.write(
                x + half,
                y,
                width - half,
                Style::plain(small.size * 1.2).bold().address(),
                value,
            );
            y = end.max(value);
        };
        pair(paper, "text-number", &texts.number);
        if texts.keyword {
            pair(paper, "text-code", self.job.code.as_str());
        }
        let answer = if texts.answers {
            None
        } else {
            Some("text-answer")
        };
        let ours = |name| say.say(name);
        let told = answer
            .into_iter()
            .chain(["text-night"])
            .map(ours)
            .chain([say.network()])
            .chain(["text-stays", "text-cost"].map(ours));
        let told: Vec<&str> = told.collect();
        paper.list(x, y + 0.3, width, small, &told)
    }

    /// How to stay safe.
    fn safe(
        &self,
        paper: &mut Paper<'_>,
        x: f32,
        y: f32,
        width: f32,
        heading: f32,
        small: Style,
    ) -> f32 {
        let y = self.heading(paper, (x, y, width), "safe-heading", heading);
        let told: Vec<&str> = ["safe-near", "safe-name", "safe-night"]
            .map(|name| self.say.say(name))
            .into();
        paper.list(x, y + 0.3, width, small, &told)
    }

    /// Other helplines.
    fn help(
        &self,
        paper: &mut Paper<'_>,
        x: f32,
        y: f32,
        width: f32,
        heading: f32,
        small: Style,
    ) -> f32 {
        let y = self.heading(paper, (x, y, width), "help-heading", heading);
        let told: Vec<&str> = [
            "help-999",
            "help-101",
            "help-crimestoppers",
            "help-childline",
            "help-slavery",
        ]
        .map(|name| self.say.say(name))
        .into();
        paper.list(x, y + 0.3, width, small, &told)
    }

    /// A bold heading of this size. Returns where it ends.
    fn heading(
        &self,
        paper: &mut Paper<'_>,
        (x, y, width): (f32, f32, f32),
        name: &str,
        size: f32,
    ) -> f32 {
        paper.write(x, y, width, Style::plain(size).bold(), self.say.say(name))
    }
}
