//! The queue: one view of the tips, danger first, then those due first, then the oldest day.

use std::sync::Arc;

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use indicatif::ProgressBar;
use serde::Deserialize;

use super::{Frame, NoFields, OurForm, Refusal, Screen, broken, page, refusal, words};
use crate::acting::Acting;
use crate::book::{self, Filter, QueueRow, View};
use crate::partners::Partner;
use crate::pull::{self, Collector, Tally};
use crate::session::Signed;
use loke_core::clock::Day;
use loke_core::tip::{Lane, Priority, Topic};

/// Rows on a page.
const PAGE: u32 = 50;

/// The view and its filters, as they stand in the URL.
#[derive(Deserialize, Default, Clone)]
pub(super) struct Asked {
    view: Option<String>,
    #[serde(default)]
    lane: String,
    #[serde(default)]
    topic: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    after: String,
}

struct ViewLink {
    label: &'static str,
    word: &'static str,
    count: i64,
    current: bool,
}

struct Choice {
    word: &'static str,
    label: &'static str,
    chosen: bool,
}

struct Row {
    name: String,
    version: i64,
    topic: &'static str,
    lane: &'static str,
    priority: Priority,
    urgency: &'static str,
    day: String,
    status: String,
    unread: bool,
    done: bool,
    danger: bool,
    child: bool,
    awake: bool,
    second_look: bool,
    folded: i64,
    photos: i64,
    language: Option<String>,
    /// The language as a tag, if it is not English.
    tag: Option<String>,
    place: Option<String>,
    left: Option<String>,
    /// The time left for a translation that somebody asked for.
    translation: Option<String>,
    open_at: Option<String>,
    first_words: String,
}

#[derive(Template)]
#[template(path = "desk/queue.html")]
struct Queue {
    frame: Frame,
    heading: &'static str,
    view: View,
    /// The view with its filters.
    shown: String,
    views: Vec<ViewLink>,
    lanes: Vec<Choice>,
    topics: Vec<Choice>,
    language: String,
    filtered: bool,
    /// The name of a tip whose report failed to arrive, and whether an officer must fix the cause.
    stuck: Option<(String, bool)>,
    /// Sharing agreements that end soon or have ended, in a sentence.
    agreements: Option<String>,
    /// Replies and wishes to forget that wait for this person.
    letters: i64,
    rows: Vec<Row>,
    /// The query of the next page.
    next: Option<String>,
    first_page: bool,
}

/// `GET /queue?view=…`, and `GET /` for all open tips.
pub(super) async fn show(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Refusal> {
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    let filter = Filter {
        most: PAGE + 1,
        ..filter(&asked)?
    };
    let percent = screen.desk().map_err(|e| broken(&e))?.sample_percent;
    for book in acting.books() {
        let today = screen.clock.today();
        book.end_waits(today).await.map_err(|e| broken(&e))?;
        let drawn = book.draw_sample(today, percent).await;
        drawn.map_err(|e| broken(&e))?;
    }
    let mut rows = acting.queue(&filter).await.map_err(|e| broken(&e))?;
    let counts = acting.counts().await.map_err(|e| broken(&e))?;
    let more = rows.len() > PAGE as usize;
    rows.truncate(PAGE as usize);
    let next = rows
        .last()
        .filter(|_| more)
        .map(|last| query(&filter, Some(last)));
    let views = SHOWN.iter().map(|view| ViewLink {
        label: label(*view),
        word: view.word(),
        count: counts.get(view).copied().unwrap_or(0),
        current: *view == filter.view,
    });
    let names: Vec<String> = acting.books().iter().map(|b| b.name().to_owned()).collect();
    let stuck = acting.register().stuck_report(&names).await;
    let stuck = match stuck.map_err(|e| broken(&e))? {
        Some((tip, needs_officer)) => Some((words::name_of(&acting, tip).await?, needs_officer)),
        None => None,
    };
    let partners = acting.register().partners().await.map_err(|e| broken(&e))?;
    page(&Queue {
        heading: label(filter.view),
        view: filter.view,
        shown: word_of(&filter),
        views: views.collect(),
        lanes: choices(Lane::ALL, filter.lane, Lane::word, words::lane),
        topics: choices(Topic::ALL, filter.topic, Topic::word, words::topic),
        language: filter.language.clone().unwrap_or_default(),
        filtered: filter.lane.is_some() || filter.topic.is_some() || filter.language.is_some(),
        stuck,
        agreements: agreements(&partners, screen.clock().today()),
        letters: acting.letters_waiting().await.map_err(|e| broken(&e))?,
        rows: rows.iter().map(|row| screen.row(row, &signed)).collect(),
        next,
        first_page: filter.after.is_none(),
        frame: screen.frame(Some(&signed)),
    })
}

/// The sharing agreements that end soon or have ended, in a sentence.
fn agreements(partners: &[Partner], today: Day) -> Option<String> {
    let warned = partners.iter().filter_map(|p| p.agreement_warning(today));
    let mut warned: Vec<String> = warned.collect();
    match warned.len() {
        0 => None,
        1 => warned.pop(),
        n => Some(format!("{n} sharing agreements end soon or have ended.")),
    }
}

/// The views on the page, in the order of its links.
const SHOWN: [View; 16] = [
    View::RingFirst,
    View::Danger,
    View::TwoHours,
    View::SecondLook,
    View::Mine,
    View::NoOwner,
    View::Changed,
    View::Waiting,
    View::CannotRead,
    View::NeedsTranslation,
    View::Overdue,
    View::Open,
    View::Answered,
    View::Sent,
    View::Closed,
    View::ReadAgain,
];

fn label(view: View) -> &'static str {
    match view {
        View::Open => "All open",
        View::Danger => "Danger",
        View::RingFirst => "Ring first",
        View::TwoHours => "Two hours",
        View::SecondLook => "Second look",
        View::Mine => "Mine",
        View::NoOwner => "No owner",
        View::Changed => "Changed since I looked",
        View::Waiting => "Waiting for others",
        View::CannotRead => "Cannot read yet",
        View::NeedsTranslation => "Needs translation",
        View::Overdue => "Overdue",
        View::Answered => "Partners answered",
        View::Sent => "Sent",
        View::Closed => "Closed this week",
        View::ReadAgain => "Read again",
        View::All => "All",
    }
}

/// Reads the view and the filters of a URL.
pub(super) fn filter(asked: &Asked) -> Result<Filter, Refusal> {
    let unknown = |()| {
        refusal(
            StatusCode::NOT_FOUND,
            "Not here",
            "There is no such view. Choose one of the links.",
        )
    };
    let mut filter = match asked.view.as_deref() {
        None | Some("") => Filter::default(),
        Some(word) => of_word(word).ok_or(()).map_err(unknown)?,
    };
    if !asked.lane.is_empty() {
        filter.lane = Some(asked.lane.parse().ok().ok_or(()).map_err(unknown)?);
    }
    if !asked.topic.is_empty() {
        filter.topic = Some(asked.topic.parse().ok().ok_or(()).map_err(unknown)?);
    }
    if !asked.language.is_empty() {
        filter.language = Some(asked.language.clone());
    }
    // A place of another version begins at the first page.
    filter.after = asked.after.parse().ok();
    Ok(filter)
}

/// A view with its filters as one word of a URL: `open`, or `open.drugs..pl`.
pub(super) fn word_of(filter: &Filter) -> String {
    let lane = filter.lane.map_or("", Lane::word);
    let topic = filter.topic.map_or("", Topic::word);
    let language = filter.language.as_deref().unwrap_or_default();
    let language = language
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-');
    let word = format!(
        "{}.{lane}.{topic}.{}",
        filter.view.word(),
        language.collect::<String>()
    );
    word.trim_end_matches('.').to_owned()
}

/// The view and the filters of such a word.
pub(super) fn of_word(word: &str) -> Option<Filter> {
    let mut parts = word.splitn(4, '.');
    let view = parts.next()?.parse().ok()?;
    let mut given = || parts.next().filter(|part| !part.is_empty());
    Some(Filter {
        view,
        lane: given().map(str::parse).transpose().ok()?,
        topic: given().map(str::parse).transpose().ok()?,
        language: given().map(str::to_owned),
        ..Filter::default()
    })
}

/// The query of a page: the view, its filters, and the row after which it begins.
pub(super) fn query(filter: &Filter, after: Option<&QueueRow>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("view", filter.view.word());
    if let Some(lane) = filter.lane {
        query.append_pair("lane", lane.word());
    }
    if let Some(topic) = filter.topic {
        query.append_pair("topic", topic.word());
    }
    if let Some(language) = &filter.language {
        query.append_pair("language", language);
    }
    if let Some(row) = after {
        query.append_pair("after", &row.place_in_queue().to_string());
    }
    query.finish()
}

fn choices<T: Copy + PartialEq>(
    all: &[T],
    chosen: Option<T>,
    word: impl Fn(T) -> &'static str,
    label: impl Fn(T) -> &'static str,
) -> Vec<Choice> {
    all.iter()
        .map(|value| Choice {
            word: word(*value),
            label: label(*value),
            chosen: chosen == Some(*value),
        })
        .collect()
}

impl Screen {
    fn row(&self, row: &QueueRow, signed: &Signed) -> Row {
        let now = self.clock.now();
        let clocks = self.open.register().clocks();
        let zone = self.clock.zone();
        Row {
            name: row.name.clone(),
            version: row.version,
            topic: words::topic(row.topic),
            lane: words::lane(row.lane),
            priority: row.priority,
            urgency: words::urgency(row.priority),
            day: words::day(&row.newest.unwrap_or(row.received)),
            status: status(row),
            unread: row.unseen,
            done: matches!(row.state, book::State::Closed | book::State::Routed),
            danger: row.ticked,
            child: row.child,
            awake: row.awake,
            second_look: row.proposed_by.is_some(),
            folded: row.folded,
            photos: row.photos,
            language: (row.language != "en").then(|| words::language(&row.language).to_owned()),
            tag: (row.language != "en").then(|| row.language.clone()),
            place: row.place.clone().filter(|place| !place.trim().is_empty()),
            left: row.deadline.map(|at| clocks.left(&zone, now, at)),
            translation: row
                .translation_due
                .map(|at| format!("needs translation, {}", clocks.left(&zone, now, at))),
            open_at: self.presence.others(row.id, &signed.account, now),
            first_words: words::first_words(&row.words),
        }
    }
}

/// A tip's state in words, with who works on it or is awaited.
fn status(row: &QueueRow) -> String {
    if let Some(by) = &row.proposed_by {
        return format!("{by} decided, a second person must agree");
    }
    match row.state {
        _ if row.sent > 0
            && row.state != book::State::Routed
            && row.state != book::State::Closed =>
        {
            "Sent in part".into()
        }
        book::State::New if row.unseen => "Unread".into(),
        book::State::New => "Nobody has it".into(),
        book::State::Taken => words::taken_by(row.owner.as_deref()),
        book::State::Waiting => words::waits(row.waiting_for.as_deref(), row.waiting_until),
        book::State::Routed => "Sent".into(),
        book::State::Closed => "Closed".into(),
    }
}

/// `POST /collect`
pub(super) async fn collect(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    OurForm(NoFields {}): OurForm<NoFields>,
) -> Result<Response, Refusal> {
    let into = Collector::of(&acting).await.map_err(|e| broken(&e))?;
    let outcome = pull::once(&into, &ProgressBar::hidden()).await;
    screen.note_collected(&outcome);
    // A failure is on every page, in red: no sentence may contradict it.
    if let Ok(tally) = &outcome
        && (tally.collected > 0 || !tally.needs_a_person())
    {
        screen.sessions.say(&signed, collected(tally), false);
    }
    Ok(Redirect::to("/").into_response())
}

/// The number of new tips, as a sentence.
fn collected(tally: &Tally) -> String {
    match tally.collected {
        0 => "Nothing new.".to_owned(),
        1 => "1 new tip.".to_owned(),
        n => format!("{n} new tips."),
    }
}
