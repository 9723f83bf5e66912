//! Reading a posted form: words and photos, whatever state they come in. Words are never lost to a broken upload, and nothing
//! that was sent is logged or repeated in an error. What is too long is read to its end and dropped, so that the page that
//! says so arrives.

use axum::body::Body;
use bytes::Bytes;
use http_body_util::BodyExt;
use zeroize::{Zeroize, Zeroizing};

use super::photo::{self, Refused};
use super::site::Site;
use super::strip::Caller;
use crate::campaign::CampaignCode;
use crate::characters::visible;
use crate::tip::{HowKnown, Photo, Topic, limits};

/// Bytes of one text field that are kept; the rest is read and dropped.
const TEXT_KEPT: usize = 32 << 10;
/// Bytes of a form without photos.
const URLENCODED: usize = 256 << 10;
/// Bytes that are read at all before the connection is given up.
const READ_AT_MOST: usize = 256 << 20;

/// What a resident typed, as it was typed but for control characters and line ends. Wiped on drop.
#[derive(Default, Clone)]
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

impl Drop for Typed {
    fn drop(&mut self) {
        for text in [&mut self.topic, &mut self.what, &mut self.place, &mut self.when, &mut self.ongoing, &mut self.danger, &mut self.child]
            .into_iter()
            .chain([&mut self.impact, &mut self.vehicle, &mut self.how_known, &mut self.offensive, &mut self.campaign])
            .chain([&mut self.language, &mut self.token, &mut self.ticket, &mut self.honeypot])
        {
            text.zeroize();
        }
        self.signs.zeroize();
        self.drop.zeroize();
    }
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
}

/// A form that could not be read at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// Neither of the two content types of a form.
    NotAForm,
    /// More bytes than are read.
    TooLarge,
}

/// Reads a posted form to its end. Each photo is cleaned as it comes in, so that at most one lies here in its raw state.
///
/// # Errors
/// Where it is no form, or larger than anything that is read.
pub async fn read(site: &Site, caller: &Caller, content_type: &str, body: Body) -> Result<Posted, Unreadable> {
    let kind = content_type.trim().to_ascii_lowercase();
    if kind.starts_with("application/x-www-form-urlencoded") {
        return read_urlencoded(body).await;
    }
    match multer::parse_boundary(content_type) {
        Ok(boundary) => read_multipart(site, caller, body, boundary).await,
        Err(_) => {
            drain(body, READ_AT_MOST).await?;
            Err(Unreadable::NotAForm)
        }
    }
}

async fn read_urlencoded(mut body: Body) -> Result<Posted, Unreadable> {
    let mut posted = Posted::default();
    let mut raw = Zeroizing::new(Vec::with_capacity(8 << 10));
    let mut seen = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map(|f| f.into_data().unwrap_or_default()) else {
            posted.broken = true;
            break;
        };
        seen += data.len();
        if seen > READ_AT_MOST {
            return Err(Unreadable::TooLarge);
        }
        let room = URLENCODED - raw.len();
        posted.cut |= data.len() > room;
        raw.extend_from_slice(data.get(..room).unwrap_or(&data));
    }
    for (name, value) in form_urlencoded::parse(&raw) {
        posted.take(&name, value.into_owned());
    }
    Ok(posted)
}

async fn read_multipart(site: &Site, caller: &Caller, body: Body, boundary: String) -> Result<Posted, Unreadable> {
    let mut posted = Posted::default();
    let mut seen = 0;
    let mut chosen = 0;
    let mut parts = multer::Multipart::new(body.into_data_stream(), boundary);
    loop {
        let mut field = match parts.next_field().await {
            Ok(Some(field)) => field,
            Ok(None) => break,
            Err(_) => {
                posted.broken = true;
                break;
            }
        };
        let name = field.name().unwrap_or_default().to_owned();
        let is_photo = name == "photos";
        // Before a photo is read it needs a place: this is what bounds the bytes that wait.
        let place = if is_photo { site.uploads.acquire().await.ok() } else { None };
        let keep = if is_photo { photo::MAX_BYTES + 1 } else { TEXT_KEPT };
        let mut value = Zeroizing::new(Vec::new());
        let mut dropped = false;
        let whole = loop {
            match field.chunk().await {
                Ok(Some(chunk)) => {
                    seen += chunk.len();
                    if seen > READ_AT_MOST {
                        return Err(Unreadable::TooLarge);
                    }
                    dropped |= !extend(&mut value, &chunk, keep);
                }
                Ok(None) => break true,
                Err(_) => break false,
            }
        };
        if is_photo {
            if whole && !value.is_empty() {
                chosen += 1;
                posted.take_photo(site, caller, chosen, value, dropped).await;
            }
        } else {
            posted.cut |= dropped;
            posted.take(&name, String::from_utf8_lossy(&value).into_owned());
        }
        drop(place);
        if !whole {
            posted.broken = true;
            break;
        }
    }
    Ok(posted)
}

/// Appends as much of `chunk` as fits `keep` bytes without leaving an unwiped copy behind. False where some was dropped.
fn extend(value: &mut Zeroizing<Vec<u8>>, chunk: &Bytes, keep: usize) -> bool {
    let room = keep - value.len();
    let part = chunk.get(..room).unwrap_or(chunk);
    if value.capacity() < value.len() + part.len() {
        let mut larger = Zeroizing::new(Vec::with_capacity((value.len() + part.len()).next_power_of_two().min(keep)));
        larger.extend_from_slice(value);
        std::mem::swap(value, &mut larger);
    }
    value.extend_from_slice(part);
    part.len() == chunk.len()
}

/// Reads a body to its end and drops it.
async fn drain(mut body: Body, at_most: usize) -> Result<(), Unreadable> {
    let mut seen = 0;
    while let Some(Ok(frame)) = body.frame().await {
        seen += frame.into_data().map_or(0, |d| d.len());
        if seen > at_most {
            return Err(Unreadable::TooLarge);
        }
    }
    Ok(())
}

impl Posted {
    async fn take_photo(&mut self, site: &Site, caller: &Caller, number: usize, bytes: Zeroizing<Vec<u8>>, dropped: bool) {
        if self.photos.len() == limits::PHOTOS {
            self.too_many = true;
            return;
        }
        let cleaned = match dropped {
            true => Err(Refused::TooManyBytes),
            false if !site.limit.takes_photo(caller) => Err(Refused::Busy),
            false => site.cleaner.clean(bytes).await,
        };
        match cleaned {
            Ok(photo) => self.photos.push(photo),
            Err(why) => self.refused.push((number, why)),
        }
    }

    fn take(&mut self, name: &str, mut value: String) {
        let text = visible(&value);
        value.zeroize();
        let t = &mut self.typed;
        let field = match name {
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
            "signs" if t.signs.len() < limits::SIGNS => return t.signs.push(text),
            "drop" if t.drop.len() < limits::PHOTOS => return t.drop.push(text),
            _ => return,
        };
        *field = text;
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
            mistakes.push(Mistake { field: "topic", says: "problem-topic", over: 0 });
        }
        if self.what.is_empty() && !has_photos {
            mistakes.push(Mistake { field: "what", says: "problem-what", over: 0 });
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
                mistakes.push(Mistake { field, says: "problem-long", over });
            }
        }
        mistakes
    }

    /// The fields that a resident fills in with words of their own, by name.
    #[must_use]
    pub fn free_texts(&self) -> [(&'static str, &str); 5] {
        [("what", &self.what), ("where", &self.place), ("when", &self.when), ("impact", &self.impact), ("vehicle", &self.vehicle)]
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

    /// The campaign's code in upper case, where it is one that could have been printed: no word of anyone's making. Which codes
    /// exist is known at the desk alone.
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
        assert_eq!(typed.mistakes(false), vec![Mistake { field: "what", says: "problem-long", over: 1 }]);
    }
}
