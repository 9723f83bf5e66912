//! The resident's pages as typed templates, and the headers they all carry. A page is one request:
//! the style is inline and allowed by its hash, and there is no script, cookie, font, picture or
//! third party (promise P11).

use std::sync::LazyLock;

use askama::Template;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::web::form::{Mistake, Posted, Typed};
use crate::web::pii_hints::{Hint, Hints};
use loke_core::campaign::CampaignCode;
use loke_core::digest::sha256;
use loke_core::tip::{Removed, Topic, limits};
use loke_core::words::Words;
use loke_photo::Refused;

/// The style of every page, as it stands in the page.
pub(crate) static STYLE: LazyLock<String> =
    LazyLock::new(|| include_str!("../../../templates/resident/style.css").replace('\n', ""));

/// The headers of every page. The style's hash (CSP level 2) is made once.
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

/// What every page has.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    /// The language.
    pub t: &'a Words,
    /// All languages, for the links between them.
    pub languages: &'a [Words],
    /// Whether this is a demonstration.
    pub demo: bool,
    /// The campaign whose form led here.
    pub campaign: Option<CampaignCode>,
}

impl Frame<'_> {
    /// The same in the setting of a campaign.
    #[must_use]
    pub fn of(self, campaign: Option<CampaignCode>) -> Self {
        Self { campaign, ..self }
    }

    /// What links of a page end with, so that the next one keeps to its language and campaign: `pl`
    /// or `pl&9WQG8P`.
    #[must_use]
    pub fn query(&self) -> String {
        self.campaign.map_or_else(
            || self.t.code.to_owned(),
            |code| format!("{}&{code}", self.t.code),
        )
    }

    /// Where the form is, in this language and setting.
    #[must_use]
    pub fn home(&self) -> String {
        self.campaign.map_or_else(
            || format!("/{}", self.t.code),
            |code| format!("/c/{code}?{}", self.t.code),
        )
    }
}

/// A page's length on the line is this or twice this, in bytes, so that it tells who listens
/// neither the language nor what the page says. Twice this fits the first flight of bytes with the
/// headers (P11).
pub const SIZE_CLASS: usize = 6_912;
/// A page that much was typed on is longer, and its length is a multiple of this.
const SMALL_STEP: usize = 64;

/// A page's answer with the headers of every page.
pub fn answer(status: StatusCode, page: &impl Template) -> Response {
    answer_in(SIZE_CLASS, status, page)
}

/// The same, of a length that is a multiple of `class`: for pages whose languages would fall on
/// both sides of [`SIZE_CLASS`].
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

/// The blanks that pages are filled up with.
static BLANKS: LazyLock<String> = LazyLock::new(|| " ".repeat(2 * SIZE_CLASS));

/// Fills a page up with spaces behind its end, to a multiple of `class` bytes.
pub(crate) fn fill(mut html: String, class: usize) -> String {
    let whole = html.len().next_multiple_of(class);
    // As one piece: character by character it costs as much as the page.
    html.push_str(BLANKS.get(..whole - html.len()).unwrap_or_default());
    html
}

/// An answer with the headers of every page.
pub fn with_headers(mut response: Response) -> Response {
    for (name, value) in HEADERS.iter() {
        response.headers_mut().insert(name.clone(), value.clone());
    }
    response
}

/// The form and the check page: one template, so that what is checked looks like what was typed.
#[derive(Template)]
#[template(path = "resident/report.html")]
pub struct ReportPage<'a> {
    t: &'a Words,
    languages: &'a [Words],
    demo: bool,
    style: &'static str,
    /// Nothing was typed yet, so that another language costs no words.
    fresh: bool,
    checking: bool,
    problem_heading: &'static str,
    typed: &'a Typed,
    campaign: Option<CampaignCode>,
    query: String,
    token: String,
    ticket: &'a str,
    /// The signs of each topic that has some.
    signs: Vec<(&'static str, &'static [&'static str])>,
    more_open: bool,
    mistakes: Vec<Mistake>,
    notices: Vec<&'static str>,
    refused: Vec<RefusedLine>,
    hints: Vec<Reason<'a>>,
    /// Whether there are more hints than are shown.
    more_hints: bool,
    /// Whether the words were not read for hints, or not all of them.
    unread: bool,
    photos: Vec<PhotoLine>,
}

/// Says that more photos came than a tip may have. Also said where more were refused than the page
/// names.
const TOO_MANY: &str = "problem-photos-many";

/// The hints of one reason, which is said once.
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
}

/// Photos that could not be taken, and the sentence that says why.
struct RefusedLine {
    numbers: Vec<usize>,
    says: &'static str,
}

/// A photo that waits, and what was taken off it.
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
            unread: false,
            photos: Vec::new(),
        }
    }

    /// The posted form, to be looked at before it is sent, with the notes on each photo that waits.
    /// With mistakes it is the form again, with them at their fields.
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
        // What nobody answered comes back as what the page ticks: some text browsers tick the first
        // answer where the page ticks none.
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

    /// With what may tell who wrote, for a page that can be sent.
    pub fn with_hints(self, hints: &Hints) -> Self {
        Self {
            hints: by_reason(self.typed, &hints.found),
            more_hints: hints.more,
            unread: !hints.read,
            ..self
        }
    }

    /// With another heading over what went wrong.
    pub fn headed(self, heading: &'static str) -> Self {
        Self {
            problem_heading: heading,
            ..self
        }
    }

    /// Whether this field has a mistake.
    fn is_wrong(&self, field: &str) -> bool {
        self.mistakes.iter().any(|mistake| mistake.field == field)
    }

    /// Whether it can be sent as it is.
    pub fn can_be_sent(&self) -> bool {
        self.checking
    }
}

/// The hints by their reason, in the order in which each is first met.
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

/// The sentence that says why a photo was not taken.
fn say(why: Refused) -> &'static str {
    match why {
        Refused::NotAnImage => "photo-not-an-image",
        Refused::Heic => "photo-heic",
        Refused::OtherFormat(_) => "photo-format",
        Refused::TooManyBytes => "photo-bytes",
        Refused::TooManyPixels => "photo-pixels",
        Refused::Broken => "photo-broken",
        Refused::Empty => "photo-empty",
        Refused::Busy => "photo-busy",
    }
}

/// The photos that could not be taken, those of one reason together: as many as a tip may have.
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

/// Every word of [`Removed`] has a sentence `removed-WORD`: a test holds it.
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
    /// The digits; none on a page for a report whose digits are not shown again.
    groups: Vec<&'a str>,
    again: bool,
}

impl<'a> ReceiptPage<'a> {
    /// The page for these groups of digits. `again`: the report was stored before, as after a
    /// double tap.
    pub fn new(frame: Frame<'a>, groups: Vec<&'a str>, again: bool) -> Self {
        Self {
            t: frame.t,
            demo: frame.demo,
            style: &STYLE,
            home: frame.home(),
            groups,
            again,
        }
    }
}

/// A page of a heading and a few sentences: errors, and what this place is.
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

/// Where a resident looks for an answer.
#[derive(Template)]
#[template(path = "resident/messages.html")]
pub struct MessagesPage<'a> {
    t: &'a Words,
    home: String,
    demo: bool,
    style: &'static str,
    says: &'static str,
    /// Whether what it says is what to mend in the field. The digits themselves are not shown
    /// again: they are a secret (promise P9).
    wrong: bool,
    answers: Vec<Zeroizing<String>>,
}

impl<'a> MessagesPage<'a> {
    /// The page with what was found, or one sentence.
    pub fn new(frame: Frame<'a>, says: &'static str, answers: Vec<Zeroizing<String>>) -> Self {
        Self {
            t: frame.t,
            home: frame.home(),
            demo: frame.demo,
            style: &STYLE,
            says,
            wrong: false,
            answers,
        }
    }

    /// The page with what to mend in the field.
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
