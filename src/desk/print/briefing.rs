//! The briefing: one page that tells an organisation's staff, contractors or councillors what to
//! look for and how to report. It uses the signs from the resident's page. It names nobody, and
//! tells councillors to omit the names of the people who told them.

use super::words::{Sentences, read, read_briefing};
use super::{Failed, Site};
use crate::campaign::Role;
use loke_core::campaign::CampaignCode;
use loke_core::tip::Topic;
use loke_core::words::Words;
use loke_print::code::Code;
use loke_print::fonts::Fonts;
use loke_print::paper::{Language, Paper, Style};
use loke_print::sheet::Sheet;

/// The briefing for an organisation's code.
///
/// # Errors
/// If the address is too long for a QR code, or a built-in file is damaged.
pub fn sheet(
    fonts: &Fonts,
    organisation: &str,
    role: Role,
    code: CampaignCode,
    site: &Site,
) -> Result<Sheet, Failed> {
    let (briefing, languages) = (read_briefing()?, read()?);
    let print = Sentences::of(&languages, "en").ok_or(Failed::Words)?;
    let scanned = site.scanned(code);
    let square = Code::of(&scanned).ok_or_else(|| Failed::Url(scanned.clone()))?;
    let page = BriefingPage {
        briefing: &briefing,
        print,
        organisation,
        role,
        code,
        square: &square,
        scanned: &scanned,
        typed: site.typed(code),
    };
    Ok(Paper::fit(
        fonts,
        Language::ENGLISH,
        false,
        (210.0, 297.0),
        288.0,
        |paper| page.draw(paper),
    ))
}

struct BriefingPage<'a> {
    briefing: &'a Words,
    print: Sentences<'a>,
    organisation: &'a str,
    role: Role,
    code: CampaignCode,
    square: &'a Code,
    scanned: &'a str,
    typed: String,
}

impl BriefingPage<'_> {
    fn draw(&self, paper: &mut Paper<'_>) -> f32 {
        let say = |name: &str| self.briefing.say(name);
        let (edge, wide, half, gap) = (14.0, 182.0, 87.0, 8.0);
        let (head, small) = (Style::plain(5.0).heading(), Style::plain(3.9));
        let mut y = paper.write(edge, 10.0, wide, Style::plain(8.5).title(), say("heading"));
        y = paper.write(
            edge,
            y,
            wide,
            Style::plain(4.6).bold(),
            &format!(
                "{} {}",
                say(&format!("for-{}", self.role)),
                self.organisation
            ),
        );
        y = paper.write(edge, y + 1.0, wide, small, say("lede")) + 3.0;

        let mut left = y;
        for (name, topic) in [
            ("county", Topic::Drugs),
            ("cuckooing", Topic::Cuckooing),
            ("tags", Topic::Graffiti),
        ] {
            left = paper.write(edge, left, half, head, say(&format!("{name}-heading")));
            left = paper.write(edge, left, half, small, say(&format!("{name}-about"))) + 0.8;
            left = paper.list(edge, left, half, small, &self.print.signs(topic)) + 2.5;
        }

        let x = edge + half + gap;
        let mut right = paper.write(x, y, half, head, say("how-heading"));
        let width = 50.0;
        let border = width * 4.0 / self.square.side() as f32;
        paper.code(x - border, right, width, self.square, self.scanned);
        let beside = x + width - border;
        let text = half - width + border;
        let number = paper.write(beside, right + border, text, small, say("number"));
        paper.write(
            beside,
            number,
            text,
            Style::plain(8.0).bold().address(),
            self.code.as_str(),
        );
        right = paper.write(
            x,
            right + width,
            half,
            Style::plain(5.0).bold().address(),
            &self.typed,
        ) + 1.0;
        right = self.list(
            paper,
            x,
            right,
            half,
            small,
            &[
                "how-scan",
                "how-code",
                "how-name",
                "how-saw",
                "how-photo",
                "how-own",
            ],
        ) + 2.5;
        if self.role == Role::Councillor {
            right = paper.write(x, right, half, head, say("resident-heading"));
            right = self.list(
                paper,
                x,
                right,
                half,
                small,
                &[
                    "resident-details",
                    "resident-words",
                    "resident-told",
                    "resident-self",
                ],
            ) + 2.5;
        }
        right = paper.write(x, right, half, head, say("safe-heading"));
        right = self.list(
            paper,
            x,
            right,
            half,
            small,
            &["safe-danger", "safe-near", "safe-child"],
        ) + 2.5;
        right = paper.write(x, right, half, head, say("help-heading"));
        let help = [
            "help-101",
            "help-crimestoppers",
            "help-childline",
            "help-slavery",
        ]
        .map(|name| self.print.say(name));
        right = paper.list(x, right, half, small, &help);
        left.max(right)
    }

    fn list(
        &self,
        paper: &mut Paper<'_>,
        x: f32,
        y: f32,
        width: f32,
        style: Style,
        names: &[&str],
    ) -> f32 {
        let told: Vec<&str> = names.iter().map(|name| self.briefing.say(name)).collect();
        paper.list(x, y, width, style, &told)
    }
}
