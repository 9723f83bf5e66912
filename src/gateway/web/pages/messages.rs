//! The page where a resident reads a reply and answers it.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use super::{Frame, SIZE_CLASS, STYLE, with_headers};
use loke_core::clock::Day;
use loke_core::random;
use loke_core::tip::Topic;
use loke_core::words::Words;

/// Answers with one size, whatever the page says: random characters in a comment after its end fill
/// it. Only a page that repeats a long answer is longer.
pub fn answer_alike(status: StatusCode, page: &MessagesPage<'_>) -> Response {
    let mut html = String::with_capacity(3 * SIZE_CLASS);
    let filled = page.render_into(&mut html).ok().and_then(|()| fill(html));
    let Some(html) = filled else {
        return with_headers(StatusCode::INTERNAL_SERVER_ERROR.into_response());
    };
    with_headers((status, Html(html)).into_response())
}

const COMMENT: (&str, &str) = ("<!--", "-->");

/// Fills a page up to twice the size class. `None` if the operating system returns no random bytes.
fn fill(mut html: String) -> Option<String> {
    let around = COMMENT.0.len() + COMMENT.1.len();
    let step = (html.len() + around).next_multiple_of(SIZE_CLASS);
    let length = (step.max(2 * SIZE_CLASS) - html.len()).saturating_sub(around);
    let mut bytes = vec![0; length.div_ceil(4) * 3];
    random::fill(&mut bytes).ok()?;
    let noise = STANDARD.encode(&bytes);
    html.push_str(COMMENT.0);
    html.push_str(noise.get(..length).unwrap_or_default());
    html.push_str(COMMENT.1);
    Some(html)
}

/// The part of the page about an open box.
pub struct OpenBox {
    /// The hidden field of its forms.
    pub visit: Zeroizing<String>,
    /// Id of the sentence on the stage. Empty if no row was found.
    pub stage: &'static str,
    /// The reply, and its day.
    pub reply: Option<Zeroizing<String>>,
    /// The reply's day.
    pub day: Option<Day>,
    /// The number of the next older reply.
    pub next: Option<u8>,
    /// Whether an answer needs the topic: no reply says who can open it.
    pub asks_topic: bool,
    /// An answer that was not sent, to be sent again.
    pub typed: Zeroizing<String>,
}

impl OpenBox {
    /// A page that gives the words back.
    #[must_use]
    pub fn unsent(visit: Zeroizing<String>, typed: Zeroizing<String>, asks_topic: bool) -> Self {
        Self {
            visit,
            stage: "",
            reply: None,
            day: None,
            next: None,
            asks_topic,
            typed,
        }
    }
}

/// The page: it asks for the digits, or it shows an open box.
#[derive(Template)]
#[template(path = "resident/messages.html")]
pub struct MessagesPage<'a> {
    t: &'a Words,
    home: String,
    demo: bool,
    style: &'static str,
    says: Vec<&'static str>,
    /// Whether what it says is about something that went wrong.
    bad: bool,
    /// Id of the error at the field of the digits.
    wrong: &'static str,
    /// The digits that were typed, to be corrected. They open nothing: a receipt that opens a box
    /// is not shown.
    digits: Zeroizing<String>,
    /// An answer that came with digits that open nothing.
    kept: Zeroizing<String>,
    /// Whether a desk can answer.
    answers_open: bool,
    open: Option<OpenBox>,
    /// The day of the reply, in words.
    day: String,
    topics: &'static [Topic],
}

impl<'a> MessagesPage<'a> {
    /// The page that asks for the digits.
    pub fn asking(frame: Frame<'a>, says: &[&'static str]) -> Self {
        Self {
            t: frame.t,
            home: frame.home(),
            demo: frame.demo,
            style: &STYLE,
            says: says.to_vec(),
            bad: false,
            wrong: "",
            digits: Zeroizing::default(),
            kept: Zeroizing::default(),
            answers_open: frame.answers,
            open: None,
            day: String::new(),
            topics: Topic::ALL,
        }
    }

    /// The page with an error at the field of the digits.
    pub fn mend(
        frame: Frame<'a>,
        wrong: &'static str,
        digits: Zeroizing<String>,
        kept: &str,
    ) -> Self {
        Self {
            wrong,
            digits,
            kept: Zeroizing::new(kept.to_owned()),
            ..Self::asking(frame, &[])
        }
    }

    /// The page of an open box.
    pub fn opened(frame: Frame<'a>, says: &[&'static str], open: OpenBox) -> Self {
        Self {
            day: open.day.map(|day| frame.t.say_day(day)).unwrap_or_default(),
            open: Some(open),
            ..Self::asking(frame, says)
        }
    }

    /// The same page, about something that went wrong.
    #[must_use]
    pub fn bad(self) -> Self {
        Self { bad: true, ..self }
    }
}
