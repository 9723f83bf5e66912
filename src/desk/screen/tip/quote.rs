//! Quoting a resident in a report: the officer ticks passages, and the page adds them to the text and
//! asks who could know all this. It works without script.

use super::route::Tick;
use super::{Typed, broken};
use crate::acting::Acting;
use crate::book::Held;
use crate::database;
use crate::entering::in_english;
use crate::screen::Refusal;
use crate::text::few_know::{Detail, FewKnow, passages};
use loke_core::pii_hints::Rules;
use loke_core::tip::{Tip, TipId};
use loke_core::words::Languages;

/// A resident's words that can be quoted.
pub(super) struct Words {
    tip: TipId,
    language: String,
    texts: Vec<String>,
}

/// A text in pieces, each with why only few could know it.
pub(super) type Pieces = Vec<(String, Option<&'static str>)>;

/// The passages to tick, and those that were quoted now.
pub(super) struct QuotePanel {
    pub(super) passages: Vec<Tick>,
    /// The quoted passages, with the details marked.
    pub(super) asked: Vec<Pieces>,
    /// Whether the desk has patterns for the languages of what was quoted.
    pub(super) covers_all: bool,
    /// The texts before those of the page.
    pub(super) from: i64,
}

/// The words of a tip.
pub(super) fn words(held: &Held) -> Result<Words, Refusal> {
    let tip: Tip = serde_json::from_str(&held.json).map_err(|_| broken(&database::Error::Row))?;
    let parts = [Some(&tip.what), tip.place.as_ref(), tip.when.as_ref()];
    let more = [tip.impact.as_ref(), tip.vehicle.as_ref()];
    let texts = parts.into_iter().chain(more).flatten().cloned();
    Ok(Words {
        tip: held.id,
        language: tip.language.clone(),
        texts: texts.collect(),
    })
}

impl QuotePanel {
    /// The panel. Adds what is to be quoted to the text of the draft.
    pub(super) fn of(
        acting: &Acting,
        words: &[Words],
        typed: &mut Typed,
        from: i64,
    ) -> Result<Self, Refusal> {
        let (mut ticks, mut quoted) = (Vec::new(), Vec::new());
        for one in words {
            let all = one.texts.iter().flat_map(|text| passages(text));
            for (passage, number) in all.zip(1..) {
                let name = format!("quote.{}-{number}", one.tip);
                if typed.quoted.contains(&name) {
                    quoted.push((passage, one));
                }
                ticks.push(Tick {
                    name,
                    label: passage.to_owned(),
                    ticked: false,
                });
            }
        }
        let mut panel = Self {
            passages: ticks,
            asked: Vec::new(),
            covers_all: true,
            from,
        };
        if quoted.is_empty() {
            return Ok(panel);
        }
        let folder = acting.register().folder();
        let languages = quoted.iter().map(|(_, one)| one.language.as_str());
        let few = FewKnow::read(folder, languages).map_err(|e| broken(&e))?;
        let built_in = Languages::read().map_err(|e| broken(&e))?;
        let hints = Rules::read(&built_in, folder).map_err(|e| broken(&e))?;
        panel.covers_all = few.covers_all;
        for (passage, one) in quoted {
            if !typed.draft.text.is_empty() {
                typed.draft.text.push('\n');
            }
            typed
                .draft
                .text
                .push_str(&format!("\u{201c}{passage}\u{201d}"));
            let found = few.find(passage).into_iter();
            let mut marks: Vec<_> = found.map(|(place, why)| (place, in_words(why))).collect();
            for hint in hints.find(passage, &one.language).hints {
                marks.push((hint.place, in_english(hint.reason)));
            }
            panel.asked.push(pieces(passage, marks));
        }
        Ok(panel)
    }

    pub(super) fn has_quoted(&self) -> bool {
        !self.asked.is_empty()
    }
}

fn pieces(text: &str, mut marks: Vec<(std::ops::Range<usize>, &'static str)>) -> Pieces {
    marks.sort_by_key(|(place, _)| (place.start, std::cmp::Reverse(place.end)));
    let mut pieces = Pieces::new();
    let mut at = 0;
    for (place, why) in marks {
        // A mark inside another one adds nothing.
        if place.start < at {
            continue;
        }
        let before = text.get(at..place.start).unwrap_or_default();
        pieces.push((before.to_owned(), None));
        let marked = text.get(place.clone()).unwrap_or_default();
        pieces.push((marked.to_owned(), Some(why)));
        at = place.end;
    }
    pieces.push((text.get(at..).unwrap_or_default().to_owned(), None));
    pieces.retain(|(piece, _)| !piece.is_empty());
    pieces
}

fn in_words(detail: Detail) -> &'static str {
    match detail {
        Detail::Time => "when",
        Detail::Inside => "seen from inside",
        Detail::Speech => "somebody's words",
        Detail::Family => "family words",
    }
}
