//! The resident's pages as typed templates, and the headers that all of them have. A page is one
//! request: the style is inline and allowed by its hash, and there is no script, cookie, font,
//! picture or third party (promise P11).

use std::sync::LazyLock;

use askama::Template;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::web::form::{Mistake, Posted, Typed};
use crate::web::pii_hints::{Hint, Hints, Searched};
use loke_core::campaign::CampaignCode;
use loke_core::digest::sha256;
use loke_core::tip::{Removed, Topic, limits};
use loke_core::words::Words;
use loke_photo::PhotoRefused;

/// The style of every page, as embedded.
pub(crate) static STYLE: LazyLock<String> =
    LazyLock::new(|| include_str!("../../../templates/resident/style.css").replace('\n', ""));

/// The headers of every page. The style's hash (CSP level 2) is computed once.
static HEADERS: LazyLock<Vec<(HeaderName, HeaderValue)>> = LazyLock::new(|| {
    let hash = STANDARD.encode(sha256(STYLE.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    );
    let fixed = [
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("x-robots-tag", "noarchive"),
    ];
    let mut headers: Vec<_> = fixed
        .iter()
        .map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v)))
        .collect();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.push((HeaderName::from_static("content-security-policy"), policy));
    }
    headers
});

/// The values that every page needs.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    /// The language.
    pub t: &'a Words,
    /// All languages, for the links between them.
    pub languages: &'a [Words],
    /// Whether this is a demonstration.
    pub demo: bool,
    /// Whether a desk can answer residents.
    pub answers: bool,
    /// The campaign of the form that linked here.
    pub campaign: Option<CampaignCode>,
}

impl Frame<'_> {
    /// The same frame for a campaign.
    #[must_use]
    pub fn of(self, campaign: Option<CampaignCode>) -> Self {
        Self { campaign, ..self }
    }

    /// The query of a page's links, so that the next page keeps the language and the campaign: `pl`
    /// or `pl&9WQG8P`.
    #[must_use]
    pub fn query(&self) -> String {
        self.campaign.map_or_else(
            || self.t.code.to_owned(),
            |code| format!("{}&{code}", self.t.code),
        )
    }

    /// Path of the form, in this language and for this campaign.
    #[must_use]
    pub fn home(&self) -> String {
        self.campaign.map_or_else(
            || format!("/{}", self.t.code),
            |code| format!("/c/{code}?{}", self.t.code),
        )
    }
}

/// A page's length in bytes is this or twice this, so that the length reveals neither the language
/// nor the content to an eavesdropper. Twice this, with the headers, fits the first flight of
/// packets (P11).
pub const SIZE_CLASS: usize = 6_912;
/// A page that repeats a long text is longer. Its length is a multiple of this.
const SMALL_STEP: usize = 64;

/// A page as a response with the headers of every page.
pub fn answer(status: StatusCode, page: &impl Template) -> Response {
    answer_in(SIZE_CLASS, status, page)
}

/// The same, with a length that is a multiple of `class`. For pages that are shorter than
/// [`SIZE_CLASS`] in some languages and longer in others.
pub fn answer_in(class: usize, status: StatusCode, page: &impl Template) -> Response {
    let mut html = String::with_capacity(2 * SIZE_CLASS);
    match page.render_into(&mut html) {
        Ok(()) => {
            let step = if html.len() > 2 * SIZE_CLASS {
                SMALL_STEP
            } else {
                class
            };
            with_headers((status, Html(fill(html, step))).into_response())
        }
        Err(_) => with_headers(StatusCode::INTERNAL_SERVER_ERROR.into_response()),
    }
}

/// The padding of pages.
static BLANKS: LazyLock<String> = LazyLock::new(|| " ".repeat(2 * SIZE_CLASS));

/// Pads a page with spaces after its end, to a multiple of `class` bytes.
pub(crate) fn fill(mut html: String, class: usize) -> String {
    let whole = html.len().next_multiple_of(class);
    // In one piece: to pad character by character costs as much as rendering the page.
    html.push_str(BLANKS.get(..whole - html.len()).unwrap_or_default());
    html
}

/// Adds the headers of every page.
pub fn with_headers(mut response: Response) -> Response {
    for (name, value) in HEADERS.iter() {
        response.headers_mut().insert(name.clone(), value.clone());
    }
    response
}

/// The form and the check page. They share a template, so that the check page looks like the form.
#[derive(Template)]
#[template(path = "resident/report.html")]
pub struct ReportPage<'a> {
    t: &'a Words,
    languages: &'a [Words],
    demo: bool,
    style: &'static str,
    /// Nothing was typed yet, so a change of language loses no text.
    fresh: bool,
    checking: bool,
    answers: bool,
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

/// A pending photo, and what was removed from it.
struct PhotoLine {
    number: usize,
    removed: Vec<&'static str>,
}

impl<'a> ReportPage<'a> {
    /// The empty form.
    pub fn form(frame: Frame<'a>, typed: &'a Typed, token: String) -> Self {
        Self {
            t: frame.t,
            languages: frame.languages,
            demo: frame.demo,
            style: &STYLE,
            fresh: true,
            checking: false,
            answers: frame.answers,
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
        }
    }

    /// The posted form as a check page, with the notes on each pending photo. If there are
    /// mistakes, it is the form again with a message at each wrong field.
    pub fn check(
        frame: Frame<'a>,
        posted: &'a Posted,
        token: String,
        photos: &[Vec<Removed>],
        ticket: &'a str,
        mut notices: Vec<&'static str>,
    ) -> Self {
        let typed = &posted.typed;
        let mistakes = typed.mistakes(!photos.is_empty());
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
            fresh: false,
            checking: mistakes.is_empty(),
            ticket,
            more_open: asked
                .iter()
                .any(|text| !matches!(text.as_str(), "" | "unsure" | "unsaid"))
                || !typed.signs.is_empty(),
            mistakes,
            notices,
            refused: refused(posted),
            photos: photos
                .iter()
                .zip(1..)
                .map(|(removed, number)| PhotoLine {
                    number,
                    removed: removed.iter().map(|r| r.word()).collect(),
                })
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

/// The message ids of [`Removed`]: each word has a sentence `removed-WORD`. A test checks it.
#[must_use]
pub fn removed_ids() -> Vec<String> {
    Removed::ALL
        .iter()
        .map(|r| format!("removed-{r}"))
        .collect()
}

/// The receipt.
#[derive(Template)]
#[template(path = "resident/receipt.html")]
pub struct ReceiptPage<'a> {
    t: &'a Words,
    demo: bool,
    style: &'static str,
    home: String,
    /// The digits. Empty if the report's digits are not shown again.
    groups: Vec<&'a str>,
    again: bool,
    answers: bool,
    /// The resident ticked danger, or a child at risk.
    urgent: bool,
}

impl<'a> ReceiptPage<'a> {
    /// The page for these groups of digits. `again`: the report was stored before, for example
    /// after a double tap.
    pub fn new(frame: Frame<'a>, groups: Vec<&'a str>, again: bool, urgent: bool) -> Self {
        Self {
            t: frame.t,
            demo: frame.demo,
            style: &STYLE,
            home: frame.home(),
            groups,
            again,
            answers: frame.answers,
            urgent,
        }
    }
}

/// A page of a heading and a few sentences, for errors and notices.
#[derive(Template)]
#[template(path = "resident/notice.html")]
pub struct NoticePage<'a> {
    t: &'a Words,
    home: String,
    demo: bool,
    style: &'static str,
    heading: &'static str,
    lines: Vec<String>,
    back: &'static str,
}

impl<'a> NoticePage<'a> {
    /// A page of these sentences.
    pub fn new(frame: Frame<'a>, heading: &'static str, says: &[&str]) -> Self {
        let lines = says.iter().map(|id| frame.t.say(id).to_owned()).collect();
        Self {
            t: frame.t,
            home: frame.home(),
            demo: frame.demo,
            style: &STYLE,
            heading,
            lines,
            back: "trouble-start",
        }
    }
}

/// The page where a resident reads a reply.
#[derive(Template)]
#[template(path = "resident/messages.html")]
pub struct MessagesPage<'a> {
    t: &'a Words,
    home: String,
    demo: bool,
    style: &'static str,
    says: &'static str,
    /// Whether the message is an error at the field. The digits are not shown again, because they
    /// are a secret (promise P9).
    wrong: bool,
    /// Whether a desk can answer.
    answers_open: bool,
    answers: Vec<Zeroizing<String>>,
}

impl<'a> MessagesPage<'a> {
    /// The page with the replies that were found, or with one sentence.
    pub fn new(frame: Frame<'a>, says: &'static str, answers: Vec<Zeroizing<String>>) -> Self {
        Self {
            t: frame.t,
            home: frame.home(),
            demo: frame.demo,
            style: &STYLE,
            says,
            wrong: false,
            answers_open: frame.answers,
            answers,
        }
    }

    /// The page with an error at the field.
    pub fn mend(frame: Frame<'a>, says: &'static str) -> Self {
        Self {
            wrong: true,
            ..Self::new(frame, says, Vec::new())
        }
    }
}

/// Signs to look for.
#[derive(Template)]
#[template(path = "resident/signs.html")]
pub struct SignsPage<'a> {
    t: &'a Words,
    home: String,
    demo: bool,
    style: &'static str,
    topic: &'static str,
    signs: &'static [&'static str],
}

impl<'a> SignsPage<'a> {
    /// The signs of a topic.
    pub fn new(frame: Frame<'a>, topic: Topic) -> Self {
        Self {
            t: frame.t,
            home: frame.home(),
            demo: frame.demo,
            style: &STYLE,
            topic: topic.word(),
            signs: loke_core::signs::of(topic),
        }
    }
}
