//! Reading a posted form: words and photos, whatever state they come in. Words are never lost to a
//! broken upload, and nothing that was sent is logged or repeated in an error. What is too long is
//! read to its end and dropped, so that the page that says so arrives.

use zeroize::{Zeroize, ZeroizeOnDrop};

use loke_core::campaign::CampaignCode;
use loke_core::characters::visible;
use loke_core::signs;
use loke_core::tip::{HowKnown, Photo, Topic, limits};
use loke_photo::Refused;

mod head;
pub mod multipart;
mod read;
pub mod room;
mod texts;
mod urlencoded;

pub use head::Head;
pub use read::read;
use texts::Text;

/// Bytes that are read at all before the connection is given up.
const READ_AT_MOST: usize = 256 << 20;

/// What a resident typed, as it was typed but for control characters and line ends. Wiped on drop.
#[derive(Default, Clone, Zeroize, ZeroizeOnDrop)]
pub struct Typed {
    /// The word of a [`Topic`], or empty.
    pub topic: String,
    /// What they saw.
    pub what: String,
    /// Where it is.
    pub place: String,
    /// When it happens.
    pub when: String,
    /// `yes`, `no` or anything else.
    pub ongoing: String,
    /// `yes`, `no` or anything else.
    pub danger: String,
    /// `yes`, `no` or anything else.
    pub child: String,
    /// How it affects them.
    pub impact: String,
    /// A vehicle.
    pub vehicle: String,
    /// The word of a [`HowKnown`], or empty.
    pub how_known: String,
    /// Codes of signs.
    pub signs: Vec<String>,
    /// `yes` where ticked.
    pub offensive: String,
    /// A campaign's code.
    pub campaign: String,
    /// The page's language.
    pub language: String,
    /// The form's token.
    pub token: String,
    /// The ticket of photos that wait.
    pub ticket: String,
    /// Filled by machines only.
    pub honeypot: String,
    /// Numbers, from 1, of waiting photos that shall not be sent.
    pub drop: Vec<String>,
}

/// A posted form.
#[derive(Default)]
pub struct Posted {
    /// The words.
    pub typed: Typed,
    /// The photos that came with it, cleaned.
    pub photos: Vec<Photo>,
    /// The photos that could not be taken: their number among those chosen, and why.
    pub refused: Vec<(usize, Refused)>,
    /// More photos came than a tip may have.
    pub too_many: bool,
    /// The upload broke off or made no sense part of the way.
    pub broken: bool,
    /// A text was so long that its end was dropped.
    pub cut: bool,
    /// Something came that has no place in the form, and was not taken.
    pub odd: bool,
}

/// A form that could not be read at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// Neither of the two content types of a form.
    NotAForm,
    /// More bytes than are read.
    TooLarge,
}

impl Posted {
    /// Whether this is the name of a field with words, shown or hidden.
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

    /// Takes a field. What has no place is noted: it must not be left out in silence.
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
        let known = text.is_empty() || can_be_sent(name, &text);
        *field = if known { text } else { String::new() };
        self.odd |= twice || !known;
    }
}

/// A mistake that the resident can mend, at its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mistake {
    /// The field's name.
    pub field: &'static str,
    /// The sentence's name in the language files.
    pub says: &'static str,
    /// Characters too many, for `problem-long`.
    pub over: usize,
}

impl Typed {
    /// What must be mended before this can be sent.
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

    /// The fields that a resident fills in with words of their own, by name.
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

    /// The topic, `Other` where none was chosen.
    #[must_use]
    pub fn topic(&self) -> Topic {
        self.topic.parse().unwrap_or(Topic::Other)
    }

    /// How they know.
    #[must_use]
    pub fn how_known(&self) -> HowKnown {
        self.how_known.parse().unwrap_or(HowKnown::Unsaid)
    }

    /// An empty form in the setting of a campaign.
    #[must_use]
    pub fn of_campaign(code: &str) -> Self {
        let mut typed = Self::default();
        typed.campaign.push_str(code);
        typed
    }

    /// The campaign's code in upper case, where it is one that could have been printed: no word of
    /// anyone's making. Which codes exist is known at the desk alone.
    #[must_use]
    pub fn campaign(&self) -> Option<CampaignCode> {
        self.campaign.parse().ok()
    }

    /// Whether this sign was ticked.
    #[must_use]
    pub fn ticks(&self, sign: &str) -> bool {
        self.signs.iter().any(|s| s == sign)
    }

    /// Whether the waiting photo of this number, from 1, was ticked to be left out.
    #[must_use]
    pub fn drops(&self, number: usize) -> bool {
        self.drop.iter().any(|d| d.parse() == Ok(number))
    }
}

/// Whether a page of ours can send this value in this field.
fn can_be_sent(name: &str, value: &str) -> bool {
    match name {
        "topic" => value.parse::<Topic>().is_ok(),
        "how_known" => value.parse::<HowKnown>().is_ok(),
        "ongoing" | "danger" | "child" => matches!(value, "yes" | "no" | "unsure"),
        "offensive" => value == "yes",
        "campaign" => value.parse::<CampaignCode>().is_ok(),
        _ => true,
    }
}

/// `yes` and `no` are answers, anything else is none.
#[must_use]
pub fn answer(text: &str) -> Option<bool> {
    match text {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
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
