//! Reads a posted form: texts and photos, even from a damaged request. A broken upload never loses
//! texts. No content is logged or repeated in an error. A text or photo that is too long is read to
//! its end and dropped, so that the client receives the page that reports it.

use zeroize::{Zeroize, ZeroizeOnDrop};

use loke_core::campaign::CampaignCode;
use loke_core::characters::visible;
use loke_core::signs;
use loke_core::tip::{HowKnown, Photo, Topic, YesNo, limits};
use loke_photo::PhotoRefused;

mod head;
pub mod multipart;
mod read;
mod texts;
mod urlencoded;

pub use head::Head;
pub use read::read;
use texts::Text;

/// Bytes of a body that are read. A longer body is rejected.
const READ_AT_MOST: usize = 256 << 20;

/// The form's values as the resident typed them, without control characters and with plain line
/// ends. Zeroized on drop.
#[derive(Default, Clone, Zeroize, ZeroizeOnDrop)]
pub struct Typed {
    /// The word of a [`Topic`], or empty.
    pub topic: String,
    /// What the resident saw.
    pub what: String,
    /// Where it happens.
    pub place: String,
    /// When it happens.
    pub when: String,
    /// `yes`, `no`, `unsure`, or empty.
    pub ongoing: String,
    /// `yes`, `no`, `unsure`, or empty.
    pub danger: String,
    /// `yes`, `no`, `unsure`, or empty.
    pub child: String,
    /// How it affects the resident.
    pub impact: String,
    /// A vehicle.
    pub vehicle: String,
    /// The word of a [`HowKnown`], or empty.
    pub how_known: String,
    /// Codes of the ticked signs.
    pub signs: Vec<String>,
    /// `yes` if ticked.
    pub offensive: String,
    /// A campaign's code.
    pub campaign: String,
    /// The page's language.
    pub language: String,
    /// The form's token.
    pub token: String,
    /// The ticket of the pending photos.
    pub ticket: String,
    /// A hidden field that only bots fill.
    pub honeypot: String,
    /// Numbers, from 1, of pending photos to leave out.
    pub drop: Vec<String>,
}

/// A posted form.
#[derive(Default)]
pub struct Posted {
    /// The texts.
    pub typed: Typed,
    /// The photos of this request, cleaned.
    pub photos: Vec<Photo>,
    /// The rejected photos: their number among the chosen photos, and the reason.
    pub refused: Vec<(usize, PhotoRefused)>,
    /// The request had more photos than a tip may have.
    pub too_many: bool,
    /// The upload broke off, or its rest could not be parsed.
    pub broken: bool,
    /// A text was too long, and its end was dropped.
    pub cut: bool,
    /// The request had an unknown field, a repeated field, or too many values of one.
    pub odd: bool,
}

/// Why a form could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// The content type is neither of the two that a form has.
    NotAForm,
    /// More bytes than the limit.
    TooLarge,
}

impl Posted {
    /// Whether a text field has this name, shown or hidden.
    fn has_text(name: &str) -> bool {
        Self::default().field(name).is_some() || matches!(name, "signs" | "drop")
    }

    fn field(&mut self, name: &str) -> Option<&mut String> {
        let t = &mut self.typed;
        Some(match name {
            "topic" => &mut t.topic,
            "what" => &mut t.what,
            "where" => &mut t.place,
            "when" => &mut t.when,
            "ongoing" => &mut t.ongoing,
            "danger" => &mut t.danger,
            "child" => &mut t.child,
            "impact" => &mut t.impact,
            "vehicle" => &mut t.vehicle,
            "how_known" => &mut t.how_known,
            "offensive" => &mut t.offensive,
            "campaign" => &mut t.campaign,
            "language" => &mut t.language,
            "token" => &mut t.token,
            "ticket" => &mut t.ticket,
            "website" => &mut t.honeypot,
            _ => return None,
        })
    }

    /// Stores a field. An unknown field is noted: it must not be dropped silently.
    fn take(&mut self, name: &str, text: Text) {
        self.cut |= text.is_cut();
        let mut value = text.into_string();
        let text = visible(&value);
        value.zeroize();
        let list = match name {
            "signs" => Some((
                &mut self.typed.signs,
                limits::SIGNS,
                signs::find(&text).is_some(),
            )),
            "drop" => Some((&mut self.typed.drop, limits::PHOTOS, true)),
            _ => None,
        };
        if let Some((list, most, is_ours)) = list {
            match list.len() < most && is_ours {
                true => list.push(text),
                false => self.odd |= !text.is_empty(),
            }
            return;
        }
        let Some(field) = self.field(name) else {
            self.odd |= !text.is_empty();
            return;
        };
        let twice = !field.is_empty() && *field != text;
        let known = text.is_empty() || is_offered(name, &text);
        *field = if known { text } else { String::new() };
        self.odd |= twice || !known;
    }
}

/// A mistake in a field, which the resident can correct.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mistake {
    /// The field's name.
    pub field: &'static str,
    /// The message's id in the language files.
    pub says: &'static str,
    /// Characters too many, for `problem-long`.
    pub over: usize,
}

impl Typed {
    /// The mistakes that block sending.
    #[must_use]
    pub fn mistakes(&self, has_photos: bool) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        if self.topic.parse::<Topic>().is_err() {
            mistakes.push(Mistake {
                field: "topic",
                says: "problem-topic",
                over: 0,
            });
        }
        if self.what.is_empty() && !has_photos {
            mistakes.push(Mistake {
                field: "what",
                says: "problem-what",
                over: 0,
            });
        }
        for (field, text, limit) in [
            ("what", &self.what, limits::WHAT),
            ("where", &self.place, limits::WHERE),
            ("when", &self.when, limits::WHEN),
            ("impact", &self.impact, limits::IMPACT),
            ("vehicle", &self.vehicle, limits::VEHICLE),
        ] {
            let over = text.chars().count().saturating_sub(limit);
            if over > 0 {
                mistakes.push(Mistake {
                    field,
                    says: "problem-long",
                    over,
                });
            }
        }
        mistakes
    }

    /// Whether the resident ticked that someone is in danger, or a child at risk.
    #[must_use]
    pub fn is_urgent(&self) -> bool {
        answer(&self.danger) == Some(YesNo::Yes) || answer(&self.child) == Some(YesNo::Yes)
    }

    /// The free-text fields, by name.
    #[must_use]
    pub fn free_texts(&self) -> [(&'static str, &str); 5] {
        [
            ("what", &self.what),
            ("where", &self.place),
            ("when", &self.when),
            ("impact", &self.impact),
            ("vehicle", &self.vehicle),
        ]
    }

    /// The topic, or `Other` if none was chosen.
    #[must_use]
    pub fn topic(&self) -> Topic {
        self.topic.parse().unwrap_or(Topic::Other)
    }

    /// How the resident knows.
    #[must_use]
    pub fn how_known(&self) -> Option<HowKnown> {
        self.how_known.parse().ok()
    }

    /// An empty form for a campaign.
    #[must_use]
    pub fn of_campaign(code: &str) -> Self {
        let mut typed = Self::default();
        typed.campaign.push_str(code);
        typed
    }

    /// The campaign's code in upper case, if it has the form of a printed code; free text is
    /// rejected. Only the desk has the list of codes.
    #[must_use]
    pub fn campaign(&self) -> Option<CampaignCode> {
        self.campaign.parse().ok()
    }

    /// Whether this sign was ticked.
    #[must_use]
    pub fn ticks(&self, sign: &str) -> bool {
        self.signs.iter().any(|s| s == sign)
    }

    /// Whether the pending photo with this number, from 1, was ticked to be left out.
    #[must_use]
    pub fn drops(&self, number: usize) -> bool {
        self.drop.iter().any(|d| d.parse() == Ok(number))
    }
}

/// Whether our pages offer this value in this field.
fn is_offered(name: &str, value: &str) -> bool {
    match name {
        "topic" => value.parse::<Topic>().is_ok(),
        "how_known" => value.parse::<HowKnown>().is_ok(),
        "ongoing" | "danger" | "child" => answer(value).is_some(),
        "offensive" => value == "yes",
        "campaign" => value.parse::<CampaignCode>().is_ok(),
        _ => true,
    }
}

/// Parses `yes`, `no` and `unsure`. Any other text is no answer.
#[must_use]
pub fn answer(text: &str) -> Option<YesNo> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_counted_in_characters_of_any_script() {
        let mut typed = Typed::default();
        typed.topic.push_str("drugs");
        typed.what.push_str(&"灰".repeat(limits::WHAT));
        assert_eq!(typed.mistakes(false), vec![]);
        typed.what.push('灰');
        assert_eq!(
            typed.mistakes(false),
            vec![Mistake {
                field: "what",
                says: "problem-long",
                over: 1
            }]
        );
    }
}
