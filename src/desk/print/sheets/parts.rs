//! Blocks that several sheets have.

use super::Hand;
use crate::print::TextChannel;
use loke_core::tip::Topic;
use loke_print::paper::{Paper, Style};

/// A column: its left, its top and its width.
pub(super) type Column = (f32, f32, f32);

/// The signs on a poster: the clearest of the resident's page, where the others are. More lines
/// would need smaller letters.
fn on_paper(topic: Topic) -> &'static [&'static str] {
    match topic {
        Topic::Cuckooing => &["visitors", "unseen", "scared", "door", "litter", "care"],
        Topic::Drugs => &["deals", "needles", "phones", "missing", "injured"],
        Topic::Graffiti => &["repeated", "crossed", "names", "fresh"],
        Topic::Other => &[],
    }
}

/// The helplines for a topic.
fn helplines(topic: Topic) -> &'static [&'static str] {
    match topic {
        Topic::Cuckooing => &["help-101", "help-crimestoppers", "help-slavery"],
        Topic::Graffiti => &["help-101", "help-crimestoppers"],
        Topic::Drugs | Topic::Other => &["help-101", "help-crimestoppers", "help-childline"],
    }
}

impl Hand<'_> {
    /// Who asks: the logo, and the names beside it. Returns the top of what comes next.
    pub(super) fn sender(&self, paper: &mut Paper<'_>, (x, y, width): Column, high: f32) -> f32 {
        let sender = self.job.sender;
        let style = Style::plain(high * 0.36).bold().name();
        let (mut at, mut room) = (x, width);
        let mut bottom = y;
        if let Some(logo) = &sender.logo {
            let names = sender.names.join(", ");
            let wide = paper.logo((x, y), (width * 0.45, high), logo, &names);
            (at, room) = (x + wide + high * 0.25, width - wide - high * 0.25);
            bottom = y + high;
        }
        let tall: f32 = sender
            .names
            .iter()
            .map(|name| {
                let (wide, line) = paper.measure(style, name);
                line * (wide / room).ceil().max(1.0)
            })
            .sum();
        let mut top = y + ((bottom - y - tall) / 2.0).max(0.0);
        for name in &sender.names {
            top = paper.write(at, top, room, style, name);
        }
        if sender.is_nobody() {
            y
        } else {
            top.max(bottom) + high * 0.15
        }
    }

    /// The QR code in a square of this width.
    pub(super) fn square(&self, paper: &mut Paper<'_>, x: f32, y: f32, width: f32) {
        paper.code(x, y, width, &self.code, &self.scanned);
    }

    /// The address as text. It contains the poster's number, which is therefore not printed alone.
    pub(super) fn address(&self, paper: &mut Paper<'_>, (x, y, width): Column, size: f32) -> f32 {
        let y = paper.write(x, y, width, Style::plain(size), self.say.say("type"));
        let style = Style::plain(size * 1.25).bold().address();
        paper.write(x, y, width, style, &self.typed)
    }

    /// The emergency line, in a frame.
    pub(super) fn danger(&self, paper: &mut Paper<'_>, (x, y, width): Column, size: f32) -> f32 {
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

    /// The signs of the topic.
    pub(super) fn signs(&self, paper: &mut Paper<'_>, column: Column, small: Style) -> f32 {
        let signs: Vec<&str> = on_paper(self.job.topic)
            .iter()
            .map(|sign| self.say.sign(sign))
            .collect();
        if signs.is_empty() {
            return column.1;
        }
        self.list(paper, column, "signs-heading", small, &signs)
    }

    /// The phone number, and everything that a text leaves behind. `nights` if the sheet says
    /// elsewhere that nobody reads at night.
    pub(super) fn texts(
        &self,
        paper: &mut Paper<'_>,
        (x, y, width): Column,
        texts: &TextChannel,
        small: Style,
        nights: bool,
    ) -> f32 {
        let say = self.say;
        let heading = Style::plain(small.size * 1.2).heading();
        let mut y = paper.write(x, y, width, heading, say.say("text-heading"));
        y = self.pair(paper, (x, y, width), small, "text-number", &texts.number);
        if texts.keyword {
            let number = self.job.code.as_str();
            y = self.pair(paper, (x, y, width), small, "text-code", number);
        }
        let ours = |name| say.say(name);
        let told: Vec<&str> = (!texts.answers)
            .then_some("text-answer")
            .into_iter()
            .chain((!nights).then_some("text-night"))
            .map(ours)
            .chain([say.network()])
            .chain(["text-stays", "text-cost"].map(ours))
            .collect();
        paper.list(x, y + small.size * 0.1, width, small, &told)
    }

    /// A label and its value: on one line if both fit with a space between, else on two.
    fn pair(
        &self,
        paper: &mut Paper<'_>,
        (x, y, width): Column,
        small: Style,
        label: &str,
        value: &str,
    ) -> f32 {
        let (label, strong) = (self.say.say(label), Style::plain(small.size * 1.2).bold());
        let ((wide, line), (needs, tall)) = (
            paper.measure(small, label),
            paper.measure(strong.address(), value),
        );
        let apart = line * 0.5;
        if wide + apart + needs > width {
            let y = paper.write(x, y, width, small, label);
            return paper.write(x, y, width, strong.address(), value);
        }
        let (at, room) = paper.inset(x, width, wide + apart);
        // The taller line decides, and both have the same middle.
        paper.write(x, y + (tall - line) / 2.0, width, small, label);
        paper.write(at, y, room, strong.address(), value)
    }

    /// How to stay safe.
    pub(super) fn safe(&self, paper: &mut Paper<'_>, column: Column, small: Style) -> f32 {
        let told = ["safe-near", "safe-name", "safe-night"].map(|name| self.say.say(name));
        self.list(paper, column, "safe-heading", small, &told)
    }

    /// Other helplines. 999 is in its frame.
    pub(super) fn help(&self, paper: &mut Paper<'_>, column: Column, small: Style) -> f32 {
        self.helplines(paper, column, small, helplines(self.job.topic))
    }

    /// The helplines of a sheet that does not name its topic.
    pub(super) fn any_help(&self, paper: &mut Paper<'_>, column: Column, small: Style) -> f32 {
        self.helplines(paper, column, small, helplines(Topic::Other))
    }

    fn helplines(
        &self,
        paper: &mut Paper<'_>,
        column: Column,
        small: Style,
        names: &[&str],
    ) -> f32 {
        let told: Vec<&str> = names.iter().map(|name| self.say.say(name)).collect();
        self.list(paper, column, "help-heading", small, &told)
    }

    fn list(
        &self,
        paper: &mut Paper<'_>,
        (x, y, width): Column,
        heading: &str,
        small: Style,
        told: &[&str],
    ) -> f32 {
        let style = Style::plain(small.size * 1.2).heading();
        let y = paper.write(x, y, width, style, self.say.say(heading));
        paper.list(x, y + small.size * 0.1, width, small, told)
    }
}
