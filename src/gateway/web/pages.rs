//! The resident's pages as typed templates, and the headers that all of them have. A page is one
//! request: the style is inline and allowed by its hash, and there is no script, cookie, font or
//! third party, and no picture except the resident's own thumbnails (promise P11).

use std::sync::LazyLock;

use askama::Template;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use base64::{Engine, engine::general_purpose::STANDARD};

use crate::reading_days::Status;
use crate::settings::Help;
use crate::web::form::Typed;
use loke_core::campaign::CampaignCode;
use loke_core::clock::Day;
use loke_core::digest::sha256;
use loke_core::tip::{Removed, Topic};
use loke_core::words::Words;

mod help;
mod messages;
mod report;
mod summary;

use help::help;
pub use messages::{MessagesPage, OpenBox, answer_alike};
pub use report::{ReportPage, THUMBNAIL_ROOM, answer_report};

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
        headers.push((CONTENT_SECURITY_POLICY, policy));
    }
    headers
});

/// The values that every page needs.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    /// The language.
    pub t: &'a Words,
    /// All languages, for the choice of the form.
    pub languages: &'a [Words],
    /// Their codes, in the order of the form.
    pub order: &'a [&'static str],
    /// The controller, as the form names it.
    pub controller: Option<&'a str>,
    /// How residents reach them.
    pub contact: Option<&'a str>,
    /// Signposts for residents.
    pub help: &'a Help,
    /// Whether this is a demonstration.
    pub demo: bool,
    /// Whether a desk can answer residents.
    pub answers: bool,
    /// Whether there are pages of "You said, we did".
    pub you_said: bool,
    /// The campaign of the form that linked here.
    pub campaign: Option<CampaignCode>,
    /// The day on which a message that is sent now is read.
    pub next_read: Day,
    /// Whether messages are read.
    pub status: Status,
}

impl<'a> Frame<'a> {
    /// The same frame for a campaign.
    #[must_use]
    pub fn of(self, campaign: Option<CampaignCode>) -> Self {
        Self { campaign, ..self }
    }

    /// The same frame for a message of a lane with this status.
    #[must_use]
    pub fn with(self, status: Status) -> Self {
        Self { status, ..self }
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

    /// The languages to change to: those with a place in the order first.
    fn others(&self) -> Vec<&'a Words> {
        let place = |words: &&Words| {
            let at = self.order.iter().position(|code| *code == words.code);
            at.unwrap_or(self.order.len())
        };
        let mut others: Vec<&Words> = self
            .languages
            .iter()
            .filter(|words| words.code != self.t.code)
            .collect();
        others.sort_by_key(place);
        others
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
        Ok(()) => with_headers((status, Html(fill(html, class, 0))).into_response()),
        Err(_) => with_headers(StatusCode::INTERNAL_SERVER_ERROR.into_response()),
    }
}

/// The padding of pages.
static BLANKS: LazyLock<String> = LazyLock::new(|| " ".repeat(2 * SIZE_CLASS));

/// Pads a page with spaces after its end, so that its length without `extra` is a multiple of
/// `class`, or of [`SMALL_STEP`] for a long page.
pub(crate) fn fill(mut html: String, class: usize, extra: usize) -> String {
    let length = html.len().saturating_sub(extra);
    let step = if length > 2 * SIZE_CLASS {
        SMALL_STEP
    } else {
        class
    };
    let blanks = length.next_multiple_of(step) - length;
    // In one piece: to pad character by character costs as much as rendering the page.
    html.push_str(BLANKS.get(..blanks).unwrap_or_default());
    html
}

/// Adds the headers of every page.
pub fn with_headers(mut response: Response) -> Response {
    for (name, value) in HEADERS.iter() {
        response.headers_mut().insert(name.clone(), value.clone());
    }
    response
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
    nobody_reads: bool,
    /// The resident ticked danger, or a child at risk.
    urgent: bool,
    help: String,
}

impl<'a> ReceiptPage<'a> {
    /// The page for these groups of digits. `again`: the report was stored before, for example
    /// after a double tap.
    pub fn new(frame: Frame<'a>, groups: Vec<&'a str>, again: bool, typed: &Typed) -> Self {
        Self {
            t: frame.t,
            demo: frame.demo,
            style: &STYLE,
            home: frame.home(),
            groups,
            again,
            answers: frame.answers,
            nobody_reads: frame.status == Status::Unread,
            urgent: typed.is_urgent(),
            help: help(&frame, typed.topic(), false),
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

    /// Adds a line that is not one of the sentences.
    pub fn with_line(mut self, line: Option<&str>) -> Self {
        self.lines.extend(line.map(str::to_owned));
        self
    }

    /// Leaves out the button that leads back to the form.
    pub fn without_way_back(self) -> Self {
        Self { back: "", ..self }
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
    query: String,
    topic: &'static str,
    signs: &'static [&'static str],
    help: String,
    /// The other lists: path and topic.
    lists: Vec<(&'static str, &'static str)>,
}

/// The lists of signs, by path.
const SIGN_LISTS: [(&str, Topic); 3] = [
    ("/s/1", Topic::Graffiti),
    ("/s/2", Topic::Cuckooing),
    ("/s/3", Topic::Drugs),
];

impl<'a> SignsPage<'a> {
    /// The signs of a topic.
    pub fn new(frame: Frame<'a>, topic: Topic) -> Self {
        Self {
            t: frame.t,
            home: frame.home(),
            demo: frame.demo,
            style: &STYLE,
            query: frame.query(),
            topic: topic.word(),
            signs: loke_core::signs::of(topic),
            help: help(&frame, topic, false),
            lists: SIGN_LISTS
                .iter()
                .filter(|(_, other)| *other != topic)
                .map(|(path, other)| (*path, other.word()))
                .collect(),
        }
    }
}
