//! The form and the check page: the values of their template.

use askama::Template;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use super::help::help;
use super::summary::{Given, shorter_by, summary};
use super::{BLANKS, Frame, SIZE_CLASS, STYLE, fill, with_headers};
use crate::memory::pending_photos::PhotoShown;
use crate::reading_days::Status;
use crate::web::form::{Mistake, Posted, Typed};
use crate::web::pii_hints::{Hint, Hints, Searched};
use loke_core::campaign::CampaignCode;
use loke_core::tip::{Removed, Topic, limits};
use loke_core::words::Words;
use loke_photo::{PhotoRefused, THUMBNAIL_BYTES};

/// An addition to the policy of a page with thumbnails.
const WITH_THUMBNAILS: &str = "; img-src data:";

/// Answers with the form or the check page. Each thumbnail adds the same number of bytes, whatever
/// it shows.
pub fn answer_report(status: StatusCode, page: &ReportPage<'_>) -> Response {
    let thumbnails = page.thumbnails();
    let extra = thumbnails * THUMBNAIL_ROOM;
    let mut html = String::with_capacity(2 * SIZE_CLASS + extra);
    if page.render_into(&mut html).is_err() {
        return with_headers(StatusCode::INTERNAL_SERVER_ERROR.into_response());
    }
    let mut response =
        with_headers((status, Html(fill(html, 2 * SIZE_CLASS, extra))).into_response());
    let headers = response.headers_mut();
    let policy = headers
        .get(CONTENT_SECURITY_POLICY)
        .and_then(|policy| policy.to_str().ok())
        .map(|policy| HeaderValue::from_str(&format!("{policy}{WITH_THUMBNAILS}")));
    if let (true, Some(Ok(policy))) = (thumbnails > 0, policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// The form and the check page. They share a template, so that the check page looks like the form.
#[derive(Template)]
#[template(path = "resident/report.html")]
pub struct ReportPage<'a> {
    t: &'a Words,
    /// The other languages, in the order of the form.
    languages: Vec<&'a Words>,
    demo: bool,
    style: &'static str,
    /// The form, and not a page about a report: it has a footer.
    fresh: bool,
    checking: bool,
    controller: Option<&'a str>,
    frame: Frame<'a>,
    /// The summary of the check page.
    given: Vec<Given<'a>>,
    help: String,
    answers: bool,
    you_said: bool,
    /// Nobody has collected messages of this kind for days.
    nobody_reads: bool,
    next_read: String,
    problem_heading: &'static str,
    typed: &'a Typed,
    campaign: Option<CampaignCode>,
    query: String,
    token: String,
    ticket: &'a str,
    /// The signs of each topic that has signs.
    signs: Vec<(&'static str, &'static [&'static str])>,
    more_open: bool,
    mistakes: Vec<Mistake>,
    notices: Vec<&'static str>,
    refused: Vec<RefusedLine>,
    hints: Vec<Reason<'a>>,
    /// Whether there are more hints than the page shows.
    more_hints: bool,
    /// Id of the message that words were not searched for hints. Empty if all were.
    unsearched: &'static str,
    photos: Vec<PhotoLine>,
    /// The metadata removed from the photos, all together.
    removed: Vec<&'static str>,
}

/// Id of the message that there are more photos than a tip may have. Also shown if more photos were
/// rejected than the page lists.
const TOO_MANY: &str = "problem-photos-many";

/// The hints with one reason, which the page shows once.
struct Reason<'a> {
    reason: &'static str,
    hints: Vec<Extract<'a>>,
}

/// A hint with the words around it.
struct Extract<'a> {
    field: &'static str,
    before: &'a str,
    marked: &'a str,
    after: &'a str,
    /// Whether the line begins before these words, and ends after them.
    cut: (bool, bool),
}

/// Rejected photos, and the id of the message with the reason.
struct RefusedLine {
    numbers: Vec<usize>,
    says: &'static str,
}

/// A pending photo.
struct PhotoLine {
    number: usize,
    /// A small JPEG, as base64. Empty if it has none.
    thumbnail: Zeroizing<String>,
    /// Blanks, so that every thumbnail takes the same room.
    room: &'static str,
}

/// Bytes of a thumbnail in a page: base64, and the blanks after it.
pub const THUMBNAIL_ROOM: usize = THUMBNAIL_BYTES.div_ceil(3) * 4;

impl PhotoLine {
    fn new(number: usize, shown: &PhotoShown) -> Self {
        let thumbnail = Zeroizing::new(STANDARD.encode(&shown.thumbnail));
        let room = THUMBNAIL_ROOM.saturating_sub(thumbnail.len());
        Self {
            number,
            room: BLANKS.get(..room).unwrap_or_default(),
            thumbnail,
        }
    }
}

impl<'a> ReportPage<'a> {
    /// The empty form.
    pub fn form(frame: Frame<'a>, typed: &'a Typed, token: String) -> Self {
        Self {
            t: frame.t,
            languages: frame.others(),
            demo: frame.demo,
            style: &STYLE,
            fresh: true,
            checking: false,
            controller: frame.controller,
            frame,
            given: Vec::new(),
            help: String::new(),
            answers: frame.answers,
            you_said: frame.you_said,
            nobody_reads: frame.status == Status::Unread,
            next_read: frame.t.say_day(frame.next_read),
            problem_heading: "problem-heading",
            typed,
            campaign: typed.campaign(),
            query: frame.of(typed.campaign()).query(),
            token,
            ticket: "",
            signs: Topic::ALL
                .iter()
                .map(|topic| (topic.word(), loke_core::signs::of(*topic)))
                .filter(|(_, signs)| !signs.is_empty())
                .collect(),
            more_open: false,
            mistakes: Vec::new(),
            notices: Vec::new(),
            refused: Vec::new(),
            hints: Vec::new(),
            more_hints: false,
            unsearched: "",
            photos: Vec::new(),
            removed: Vec::new(),
        }
    }

    /// The posted form as a check page, with the notes on each pending photo. If there are
    /// mistakes, it is the form again with a message at each wrong field.
    pub fn check(
        frame: Frame<'a>,
        posted: &'a Posted,
        token: String,
        photos: &[PhotoShown],
        ticket: &'a str,
        notices: Vec<&'static str>,
    ) -> Self {
        let typed = &posted.typed;
        let mistakes = typed.mistakes(!photos.is_empty());
        let checking = mistakes.is_empty();
        let page = Self {
            fresh: false,
            mistakes,
            ..Self::again(frame, posted, token, photos, ticket, notices)
        };
        if !checking {
            return page;
        }
        let mut help = help(&page.frame, typed.topic(), !photos.is_empty());
        help.push_str(
            BLANKS
                .get(..shorter_by(page.t, typed.topic()))
                .unwrap_or_default(),
        );
        Self {
            checking,
            given: summary(page.t, typed),
            help,
            ..page
        }
    }

    /// The form again with what was posted, for example in another language.
    pub fn again(
        frame: Frame<'a>,
        posted: &'a Posted,
        token: String,
        photos: &[PhotoShown],
        ticket: &'a str,
        mut notices: Vec<&'static str>,
    ) -> Self {
        let typed = &posted.typed;
        let asked = [
            &typed.ongoing,
            &typed.impact,
            &typed.vehicle,
            &typed.how_known,
            &typed.offensive,
        ];
        if posted.refused.len() > limits::PHOTOS && !notices.contains(&TOO_MANY) {
            notices.push(TOO_MANY);
        }
        Self {
            ticket,
            more_open: asked.iter().any(|text| !text.is_empty()) || !typed.signs.is_empty(),
            notices,
            refused: refused(posted),
            removed: Removed::ALL
                .iter()
                .filter(|what| photos.iter().any(|photo| photo.removed.contains(what)))
                .map(|what| what.word())
                .collect(),
            photos: photos
                .iter()
                .zip(1..)
                .map(|(shown, number)| PhotoLine::new(number, shown))
                .collect(),
            ..Self::form(frame, typed, token)
        }
    }

    /// Adds PII hints, for a page that can be sent.
    pub fn with_hints(self, hints: &Hints) -> Self {
        Self {
            hints: by_reason(self.typed, &hints.found),
            more_hints: hints.more,
            unsearched: match hints.searched {
                Searched::Nothing => "check-busy",
                Searched::Partly => "check-unread",
                Searched::Fully => "",
            },
            ..self
        }
    }

    /// Replaces the heading above the problems.
    pub fn headed(self, heading: &'static str) -> Self {
        Self {
            problem_heading: heading,
            ..self
        }
    }

    fn is_wrong(&self, field: &str) -> bool {
        self.mistakes.iter().any(|mistake| mistake.field == field)
    }

    /// Whether the report can be sent as it is.
    pub fn can_be_sent(&self) -> bool {
        self.checking
    }

    /// Whether the fields below the summary are unfolded: something in them needs a look.
    fn change_open(&self) -> bool {
        !self.hints.is_empty() || !self.refused.is_empty()
    }

    fn thumbnails(&self) -> usize {
        let shown = |photo: &&PhotoLine| !photo.thumbnail.is_empty();
        self.photos.iter().filter(shown).count()
    }
}

/// Groups the hints by reason, in the order of first occurrence.
fn by_reason<'a>(typed: &'a Typed, found: &[(usize, Hint)]) -> Vec<Reason<'a>> {
    let texts = typed.free_texts();
    let mut all: Vec<Reason<'a>> = Vec::new();
    for (at, hint) in found {
        let Some((field, text)) = texts.get(*at) else {
            continue;
        };
        let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
        let extract = Extract {
            field,
            before: part(hint.shown.start, hint.place.start),
            marked: part(hint.place.start, hint.place.end),
            after: part(hint.place.end, hint.shown.end),
            cut: hint.cut(text),
        };
        match all.iter_mut().find(|group| group.reason == hint.reason) {
            Some(group) => group.hints.push(extract),
            None => all.push(Reason {
                reason: hint.reason,
                hints: vec![extract],
            }),
        }
    }
    all
}

/// The id of the message with the reason.
fn say(why: PhotoRefused) -> &'static str {
    match why {
        PhotoRefused::NotAnImage => "photo-not-an-image",
        PhotoRefused::Heic => "photo-heic",
        PhotoRefused::OtherFormat(_) => "photo-format",
        PhotoRefused::TooManyBytes => "photo-bytes",
        PhotoRefused::TooManyPixels => "photo-pixels",
        PhotoRefused::Broken => "photo-broken",
        PhotoRefused::Empty => "photo-empty",
        PhotoRefused::Busy => "photo-busy",
    }
}

/// Groups the rejected photos by reason: at most as many photos as a tip may have.
fn refused(posted: &Posted) -> Vec<RefusedLine> {
    let mut lines: Vec<RefusedLine> = Vec::new();
    for (number, why) in posted.refused.iter().take(limits::PHOTOS) {
        let says = say(*why);
        match lines.iter_mut().find(|line| line.says == says) {
            Some(line) => line.numbers.push(*number),
            None => lines.push(RefusedLine {
                numbers: vec![*number],
                says,
            }),
        }
    }
    lines
}
