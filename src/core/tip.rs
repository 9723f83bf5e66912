//! A tip: what a resident sent. It exists only in memory: between form and seal, and again at the
//! desk that opened it. Its `Debug` prints no content, and its memory is zeroized on drop. A tip
//! must never be logged, and must never reach `store`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::random::{self, NoRandomness};

/// The format version of `tip.json` that this program writes and reads.
pub const SCHEMA: u8 = 1;

/// Longest answers, in Unicode scalar values. In any script, all of them together fit the text size
/// class.
pub mod limits {
    /// What the resident saw.
    pub const WHAT: usize = 2_000;
    /// How it affects the resident or the area.
    pub const IMPACT: usize = 500;
    /// Where it is.
    pub const WHERE: usize = 300;
    /// When it happens.
    pub const WHEN: usize = 200;
    /// A vehicle.
    pub const VEHICLE: usize = 60;
    /// Ticked signs in one tip.
    pub const SIGNS: usize = 24;
    /// Photos in one tip.
    pub const PHOTOS: usize = 4;
}

/// A word that is not in its fixed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not one of: {allowed}")]
pub struct UnknownWord {
    /// The allowed words.
    pub allowed: &'static str,
}

/// Defines an enum whose values have one word each, for `tip.json`, forms and configuration. The
/// calling crate needs `serde`, `sqlx`, `strum` and `zeroize`.
#[macro_export]
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default,
            ::serde::Serialize, ::serde::Deserialize,
            ::sqlx::Type, ::strum::Display, ::strum::EnumString, ::strum::IntoStaticStr, ::strum::VariantArray,
        )]
        #[strum(parse_err_ty = $crate::tip::UnknownWord, parse_err_fn = Self::unknown)]
        pub enum $name { #[default] $($(#[$vdoc])* #[serde(rename = $word)] #[sqlx(rename = $word)] #[strum(serialize = $word)] $variant),+ }

        impl $name {
            /// Every value, in the order of the list.
            pub const ALL: &'static [Self] = <Self as ::strum::VariantArray>::VARIANTS;

            /// The value's word.
            #[must_use]
            pub fn word(self) -> &'static str {
                self.into()
            }

            fn unknown(_: &str) -> $crate::tip::UnknownWord {
                $crate::tip::UnknownWord { allowed: concat!($($word, " "),+) }
            }
        }

        impl ::zeroize::DefaultIsZeroes for $name {}
    };
}

words! {
    /// How a tip arrived.
    Channel {
        /// The public web form.
        Web = "web",
        /// A text message.
        Sms = "sms",
        /// The onion service.
        Onion = "onion",
        /// An officer entered it: a report by telephone, by letter or in person.
        Desk = "desk",
    }
}
words! {
    /// The topic that the resident chose.
    Topic {
        /// A tag on a wall.
        Graffiti = "graffiti",
        /// A home that dealers have taken over.
        Cuckooing = "cuckooing",
        /// Dealing or using.
        Drugs = "drugs",
        /// Something else.
        Other = "other",
    }
}
words! {
    /// Subject and need to know: each lane has its own recipients.
    Lane {
        /// A child or an adult at risk.
        Safeguarding = "safeguarding",
        /// A home that dealers have taken over.
        Cuckooing = "cuckooing",
        /// Drug activity.
        Drugs = "drugs",
        /// Tags.
        Graffiti = "graffiti",
        /// Everything else.
        Other = "other",
    }
}
words! {
    /// How soon a person should look.
    Priority {
        /// At once: a desk can collect it without waiting for a release time.
        Now = "now",
        /// Within hours.
        Soon = "soon",
        /// Within days.
        Routine = "routine",
    }
}
/// Whether a tip skips the release time and alerts the person on duty: danger to people, and
/// offensive graffiti, which is the only graffiti that is [`Priority::Soon`]. It depends only on what
/// is in the clear beside the seal, so the time of release tells nothing more.
#[must_use]
pub fn is_urgent(lane: Lane, priority: Priority) -> bool {
    priority == Priority::Now || (lane == Lane::Graffiti && priority == Priority::Soon)
}

words! {
    /// How the resident knows.
    HowKnown {
        /// Saw or heard it themselves.
        Saw = "saw",
        /// Was told by someone.
        Told = "told",
        /// Thinks so.
        Guess = "guess",
        /// Chose not to say.
        Unsaid = "unsaid",
    }
}
words! {
    /// What was removed from a photo. The resident sees it, and `tip.json` lists it.
    Removed {
        /// The place where the photo was taken.
        Gps = "gps",
        /// Camera or phone: maker, model, serial number, settings.
        Camera = "camera",
        /// The time when the photo was taken.
        Time = "time",
        /// Names, captions, comments, keywords, edit history.
        Text = "text",
        /// A small copy of the picture, which may show what was cropped away.
        Thumbnail = "thumbnail",
        /// Colour profile.
        Profile = "profile",
        /// Data after the end of the picture, or hidden beside it (a clip, a second picture).
        Trailer = "trailer",
        /// Anything else that was not pixels.
        Other = "other",
    }
}

words! {
    /// A reason to doubt that a person typed the report.
    Unproven {
        /// One network, or the onion service, sent more reports than usual in an hour.
        Burst = "burst",
        /// The form came back faster than anyone types.
        Speed = "speed",
        /// A hidden field was filled in.
        Trap = "trap",
    }
}

words! {
    /// A message by receipt after the first report. It is sealed as a tip of its own.
    FollowUp {
        /// Words: an answer, or more about the same matter.
        Answer = "answer",
        /// It is still happening: another incident, with its day and time in `when`.
        Still = "still",
        /// Forget the replies and the box.
        Forget = "forget",
    }
}

/// An answer to a question that takes yes, no or not sure. In `tip.json` it is `true`, `false` or
/// `"unsure"`. A question that nobody answered has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum YesNo {
    /// Yes.
    Yes,
    /// No.
    No,
    /// The resident chose "not sure".
    Unsure,
}

/// The word of [`YesNo::Unsure`], in forms and in `tip.json`.
const UNSURE: &str = "unsure";

impl From<bool> for YesNo {
    fn from(answer: bool) -> Self {
        if answer { Self::Yes } else { Self::No }
    }
}

impl FromStr for YesNo {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text {
            "yes" => Ok(Self::Yes),
            "no" => Ok(Self::No),
            UNSURE => Ok(Self::Unsure),
            _ => Err(UnknownWord {
                allowed: "yes no unsure ",
            }),
        }
    }
}

impl Serialize for YesNo {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Yes => serializer.serialize_bool(true),
            Self::No => serializer.serialize_bool(false),
            Self::Unsure => serializer.serialize_str(UNSURE),
        }
    }
}

impl<'de> Deserialize<'de> for YesNo {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Known(bool),
            Unsure(Unsure),
        }
        #[derive(Deserialize)]
        enum Unsure {
            #[serde(rename = "unsure")]
            Unsure,
        }
        Ok(match Written::deserialize(deserializer)? {
            Written::Known(answer) => answer.into(),
            Written::Unsure(Unsure::Unsure) => Self::Unsure,
        })
    }
}

/// The memory of an answer is overwritten with "not sure".
impl Zeroize for YesNo {
    fn zeroize(&mut self) {
        *self = Self::Unsure;
        zeroize::optimization_barrier(self);
    }
}

/// A tip's random name: 16 bytes, written as 32 lower-case hex digits. It reveals nothing about the
/// tip.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TipId(pub [u8; 16]);

impl TipId {
    /// A new random id.
    ///
    /// # Errors
    /// If the operating system returns no random bytes.
    pub fn random() -> Result<Self, NoRandomness> {
        random::bytes().map(Self)
    }
}

impl fmt::Display for TipId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for TipId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for TipId {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let mut id = [0; 16];
        hex::decode_to_slice(text, &mut id).map_err(|_| UnknownWord {
            allowed: "32 hex digits",
        })?;
        Ok(Self(id))
    }
}

impl Serialize for TipId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// From a column of 16 bytes.
impl TryFrom<Vec<u8>> for TipId {
    type Error = UnknownWord;
    fn try_from(bytes: Vec<u8>) -> Result<Self, UnknownWord> {
        let id = bytes.try_into();
        id.map(Self).map_err(|_| UnknownWord {
            allowed: "16 bytes",
        })
    }
}

impl<'de> Deserialize<'de> for TipId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A tip: `tip.json` in the seal (schema 1). Absent answers are null.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct Tip {
    /// The format version.
    pub schema: u8,
    /// The tip's random id.
    #[zeroize(skip)]
    pub id: TipId,
    /// How it arrived.
    pub channel: Channel,
    /// The page's language, as a BCP 47 tag (`en`, `pl`).
    pub language: String,
    /// The day it arrived, `YYYY-MM-DD`; never more precise.
    pub received: String,
    /// What it is about.
    pub topic: Topic,
    /// Who may read it.
    pub lane: Lane,
    /// How soon a person should look.
    pub priority: Priority,
    /// What the resident saw.
    pub what: String,
    /// Where it is.
    #[serde(rename = "where")]
    pub place: Option<String>,
    /// When it happens, in the resident's words.
    pub when: Option<String>,
    /// Whether it is still going on.
    pub ongoing: Option<YesNo>,
    /// Whether anyone is in danger.
    pub danger: Option<YesNo>,
    /// Whether a child may be at risk.
    pub child: Option<YesNo>,
    /// How it affects the resident or the area.
    pub impact: Option<String>,
    /// A vehicle.
    pub vehicle: Option<String>,
    /// How the resident knows.
    pub how_known: Option<HowKnown>,
    /// The ticked signs, by code.
    pub signs: Vec<String>,
    /// Whether the graffiti is offensive or threatening.
    pub offensive: Option<bool>,
    /// The campaign of the poster that the resident used, by code.
    pub campaign: Option<String>,
    /// False if the report came over the limits, too fast, or otherwise unlike a person's.
    /// Otherwise true.
    pub proven: bool,
    /// Why it is not proven. Null for a proven tip; tips of older gateways lack this field.
    #[serde(default)]
    pub unproven: Option<Vec<Unproven>>,
    /// The random id of a thread: texts that one phone sent in a row.
    pub thread: Option<String>,
    /// The photos that follow in the tar, in order.
    pub photos: Vec<PhotoNote>,
    /// The reply key: 64 hex digits (32 bytes, ChaCha20-Poly1305).
    pub reply_key: Option<String>,
    /// The reply box: 32 hex digits (16 bytes).
    pub reply_box: Option<String>,
    /// The kind of a message by receipt. Null for a first report; older gateways send no such
    /// field.
    #[serde(default)]
    pub follow_up: Option<FollowUp>,
}

/// One photo's entry in `tip.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize)]
pub struct PhotoNote {
    /// Its name in the tar: `photo-1.jpg` …
    pub name: String,
    /// What was removed from it.
    pub removed: Vec<Removed>,
}

/// A cleaned photo: a JPEG that contains pixels and nothing else.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Photo {
    /// The JPEG's bytes.
    pub jpeg: Vec<u8>,
    /// What was removed from the resident's file.
    pub removed: Vec<Removed>,
    /// A small JPEG for the check page. It is never sealed. Empty if there is none.
    pub thumbnail: Vec<u8>,
}

impl fmt::Debug for Photo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Photo(…)")
    }
}

impl fmt::Debug for Tip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tip(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_off_the_list_is_refused_without_repeating_it() {
        let error = "secret-canary".parse::<Lane>().unwrap_err().to_string();
        assert!(
            error.contains("safeguarding") && !error.contains("canary"),
            "{error}"
        );
    }

    #[test]
    fn not_sure_and_not_answered_stay_apart_in_json() {
        for (answer, written) in [
            (Some(YesNo::Yes), "true"),
            (Some(YesNo::No), "false"),
            (Some(YesNo::Unsure), "\"unsure\""),
            (None, "null"),
        ] {
            assert_eq!(serde_json::to_string(&answer).unwrap(), written);
            assert_eq!(
                serde_json::from_str::<Option<YesNo>>(written).unwrap(),
                answer
            );
        }
        for other in ["\"yes\"", "1", "\"\"", "[]"] {
            assert!(
                serde_json::from_str::<Option<YesNo>>(other).is_err(),
                "{other}"
            );
        }
    }

    #[test]
    fn every_word_reads_back() {
        for lane in Lane::ALL {
            assert_eq!(lane.word().parse(), Ok(*lane));
        }
    }
}
