//! The fields of the messages page. Nothing of them is logged, and only digits and the resident's
//! own answer are shown again.

use axum::body::Body;
use http_body_util::{BodyExt, Limited};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use loke_core::characters::{digit, is_invisible, visible};
use loke_core::reply_rows::LETTERS;
use loke_core::tip::{FollowUp, Topic, limits};

/// Maximum size in bytes of this form: the longest answer in any script, percent-encoded.
const FORM: usize = 32 << 10;
/// Most digits that a page shows again.
const DIGITS_SHOWN: usize = 40;
/// Most characters of a day or a time, also from a browser that has no field for them.
const DAY_TIME: usize = 40;

/// The fields as typed, without control characters. Zeroized on drop.
#[derive(Default, Zeroize, ZeroizeOnDrop)]
pub(super) struct Posted {
    pub(super) receipt: String,
    pub(super) language: Option<String>,
    /// The hidden field: see [`super::visit`].
    pub(super) visit: String,
    pub(super) answer: String,
    pub(super) day: String,
    pub(super) time: String,
    topic: String,
    danger: String,
    child: String,
    act: String,
    letter: String,
    /// The answer was too long, and its end was dropped.
    cut: bool,
}

/// The act that the resident chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Look,
    Older,
    Send(FollowUp),
}

impl Posted {
    /// Reads the form. A form that cannot be read has empty fields.
    pub(super) async fn read(body: Body) -> Self {
        let mut posted = Self::default();
        let Ok(body) = Limited::new(body, FORM).collect().await else {
            return posted;
        };
        for (name, value) in form_urlencoded::parse(&body.to_bytes()) {
            let value = Zeroizing::new(value.into_owned());
            let short = |most: usize| visible(&value).chars().take(most).collect::<String>();
            match name.as_ref() {
                "code" | "receipt" => posted.receipt = value.as_str().to_owned(),
                "language" => posted.language = Some(short(DAY_TIME)),
                "visit" => posted.visit = value.as_str().to_owned(),
                "answer" => {
                    let answer = Zeroizing::new(visible(&value));
                    posted.cut = answer.chars().count() > limits::WHAT;
                    posted.answer = answer.trim().chars().take(limits::WHAT).collect();
                }
                "topic" => posted.topic = short(DAY_TIME),
                "danger" => posted.danger = short(DAY_TIME),
                "child" => posted.child = short(DAY_TIME),
                "day" => posted.day = short(DAY_TIME),
                "time" => posted.time = short(DAY_TIME),
                "act" => posted.act = short(DAY_TIME),
                "letter" => posted.letter = short(DAY_TIME),
                _ => {}
            }
        }
        posted
    }

    pub(super) fn forget_all_but_language(&mut self) {
        let language = self.language.take();
        self.zeroize();
        self.language = language;
    }

    /// The act of the button that was pressed. An answer without a button was sent by Enter.
    pub(super) fn act(&self) -> Act {
        match self.act.as_str() {
            "older" => Act::Older,
            "still" => Act::Send(FollowUp::Still),
            "forget" => Act::Send(FollowUp::Forget),
            "answer" => Act::Send(FollowUp::Answer),
            _ if !self.answer.is_empty() => Act::Send(FollowUp::Answer),
            _ => Act::Look,
        }
    }

    /// The older reply that was asked for; 0 for the newest.
    pub(super) fn letter(&self) -> u8 {
        let asked = self.letter.parse().unwrap_or(0);
        if self.act() == Act::Older && asked < LETTERS {
            asked
        } else {
            0
        }
    }

    /// Id of what keeps this from being sent.
    pub(super) fn mistake(&self, what: FollowUp) -> Option<&'static str> {
        match what {
            FollowUp::Answer if self.cut => Some("problem-cut"),
            FollowUp::Answer if self.answer.is_empty() => Some("messages-empty"),
            FollowUp::Still if self.day.is_empty() => Some("messages-day-missing"),
            FollowUp::Answer | FollowUp::Still | FollowUp::Forget => None,
        }
    }

    pub(super) fn topic(&self) -> Option<Topic> {
        self.topic.parse().ok()
    }

    pub(super) fn is_danger(&self) -> bool {
        self.danger == "yes"
    }

    pub(super) fn is_child(&self) -> bool {
        self.child == "yes"
    }

    /// The day and the time of another incident.
    pub(super) fn when(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{} {}", self.day, self.time).trim().to_owned())
    }

    /// The answer as typed, for a page that could not send it.
    pub(super) fn typed(&self) -> Zeroizing<String> {
        Zeroizing::new(self.answer.clone())
    }

    /// The digits of a mistyped receipt, in groups as they were typed. Only digits are repeated, so
    /// the page cannot be made to show words.
    pub(super) fn digits(&self) -> Zeroizing<String> {
        let mut digits = Zeroizing::new(String::with_capacity(2 * DIGITS_SHOWN));
        let mut gap = false;
        for c in self.receipt.chars().filter(|c| !is_invisible(*c)) {
            let Some(digit) = digit(c) else {
                gap = true;
                continue;
            };
            if digits.len() >= DIGITS_SHOWN {
                break;
            }
            if gap && !digits.is_empty() {
                digits.push(' ');
            }
            gap = false;
            digits.push(digit);
        }
        digits
    }
}
