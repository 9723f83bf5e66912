//! Reports that an officer enters: by telephone, by letter, in person, or from an old spreadsheet.
//! There is no field for who reported. Each is sealed to its book and stored like a collected tip.

mod hints;
mod spreadsheet;

pub(crate) use hints::in_english;
pub use hints::{EntryHint, NoHints, hints};
pub use spreadsheet::{COLUMNS, NotRead, Sheet, read};

use zeroize::Zeroizing;

use crate::acting::Acting;
use crate::audit::Action;
use crate::book::{Arrival, Book};
use crate::database::Error;
use crate::{keys, open};
use loke_core::answers::{self, Answers};
use loke_core::clock::Day;
use loke_core::random::NoRandomness;
use loke_core::seal::{self, MacKey, Recipients};
use loke_core::signs;
use loke_core::tip::{Channel, HowKnown, Lane, SCHEMA, Tip, TipId, Topic, YesNo, limits};

/// Why a report was not entered.
#[derive(Debug, thiserror::Error)]
pub enum NotEntered {
    /// The main question has no answer.
    #[error("say what was seen. Nothing was stored")]
    NoWords,
    /// An answer is too long.
    #[error("the answer to \"{0}\" has more than {1} characters. Shorten it. Nothing was stored")]
    TooLong(&'static str, usize),
    /// The day is in the future.
    #[error("the day {0} has not come yet. Nothing was stored")]
    Future(Day),
    /// Nobody can read it here.
    #[error(
        "reports about this subject go to a book that you cannot open ({0}). Ask one of its members to enter it. Nothing was stored"
    )]
    NoBook(&'static str),
    /// The book failed.
    #[error(transparent)]
    Database(#[from] Error),
    /// age failed.
    #[error(transparent)]
    Seal(#[from] seal::Error),
    /// The sealed report does not open again.
    #[error(transparent)]
    Open(#[from] open::Error),
    /// A key failed.
    #[error(transparent)]
    Keys(#[from] keys::Error),
    /// The operating system returned no random bytes.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

/// The answers of a report, as an officer entered them.
#[derive(Debug, Clone)]
pub struct Report {
    /// The day it came in.
    pub received: Day,
    /// The language of its words, as a BCP 47 tag.
    pub language: String,
    /// What it is about.
    pub topic: Topic,
    /// What was seen.
    pub what: String,
    /// Where it is.
    pub place: String,
    /// When it happens.
    pub when: String,
    /// Whether it is still going on.
    pub ongoing: Option<YesNo>,
    /// Whether anyone is in danger.
    pub danger: Option<YesNo>,
    /// Whether a child may be at risk.
    pub child: Option<YesNo>,
    /// How it affects the area.
    pub impact: String,
    /// A vehicle.
    pub vehicle: String,
    /// How the person knows.
    pub how_known: Option<HowKnown>,
    /// Signs, by code.
    pub signs: Vec<String>,
    /// Whether graffiti is offensive.
    pub offensive: Option<bool>,
}

impl Report {
    /// A report with one answer.
    #[must_use]
    pub fn about(topic: Topic, what: &str, received: Day) -> Self {
        Self {
            received,
            language: "en".into(),
            topic,
            what: what.to_owned(),
            place: String::new(),
            when: String::new(),
            ongoing: None,
            danger: None,
            child: None,
            impact: String::new(),
            vehicle: String::new(),
            how_known: None,
            signs: Vec::new(),
            offensive: None,
        }
    }

    /// The tip: lane and priority follow from the answers, as at the gateway.
    fn into_tip(self, today: Day) -> Result<Tip, NotEntered> {
        let fits = |label, text: &str, most| match text.trim().chars().count() {
            n if n > most => Err(NotEntered::TooLong(label, most)),
            0 => Ok(None),
            _ => Ok(Some(text.trim().to_owned())),
        };
        if self.received > today {
            return Err(NotEntered::Future(self.received));
        }
        let what = fits("What was seen", &self.what, limits::WHAT)?;
        let answers = Answers {
            topic: self.topic,
            danger: self.danger,
            child: self.child,
            ongoing: self.ongoing,
            offensive: self.offensive,
        };
        Ok(Tip {
            schema: SCHEMA,
            id: TipId::random()?,
            channel: Channel::Desk,
            language: self.language,
            received: self.received.to_string(),
            topic: self.topic,
            lane: answers::lane(&answers),
            priority: answers::priority(&answers),
            what: what.ok_or(NotEntered::NoWords)?,
            place: fits("Where", &self.place, limits::WHERE)?,
            when: fits("When", &self.when, limits::WHEN)?,
            ongoing: self.ongoing,
            danger: self.danger,
            child: self.child,
            impact: fits("How it affects the area", &self.impact, limits::IMPACT)?,
            vehicle: fits("Vehicle", &self.vehicle, limits::VEHICLE)?,
            how_known: self.how_known,
            signs: self
                .signs
                .into_iter()
                .filter(|code| signs::find(code).is_some())
                .take(limits::SIGNS)
                .collect(),
            offensive: self.offensive,
            campaign: None,
            proven: true,
            unproven: None,
            thread: None,
            photos: Vec::new(),
            reply_key: None,
            reply_box: None,
            follow_up: None,
        })
    }
}

/// Enters reports, all or none of each book. Returns their ids in order.
///
/// # Errors
/// [`NotEntered`]. If a report is invalid, nothing is stored.
pub async fn enter(acting: &Acting, reports: Vec<Report>) -> Result<Vec<TipId>, NotEntered> {
    let today = acting.register().clock().today();
    let mac_key = MacKey::random()?;
    let books = acting.register().books().await?;
    let mut sealed = Vec::with_capacity(reports.len());
    for report in reports {
        let tip = report.into_tip(today)?;
        let line = books.iter().find(|book| book.lanes.contains(&tip.lane));
        let open = |name: &str| acting.books().iter().find(|book| book.name() == name);
        let book: &Book = line
            .and_then(|line| open(&line.name))
            .ok_or(NotEntered::NoBook(subject(tip.lane)))?;
        let (bytes, opened) = seal_to(book, &tip, &mac_key, today)?;
        sealed.push((book, tip.id, bytes, opened));
    }
    let source = format!("entered by {}", acting.account().name);
    for book in acting.books() {
        let batch: Vec<Arrival<'_>> = sealed
            .iter()
            .filter(|(of, ..)| of.name() == book.name())
            .map(|(_, id, bytes, opened)| Arrival {
                id: *id,
                sealed: bytes,
                opened,
            })
            .collect();
        if !batch.is_empty() {
            book.keep(&source, &batch, Action::Enter).await?;
        }
    }
    Ok(sealed.into_iter().map(|(_, id, ..)| id).collect())
}

/// Enters reports into this book, whatever their lanes.
///
/// # Errors
/// [`NotEntered`]. Then nothing is stored.
pub(crate) async fn enter_into(book: &Book, reports: Vec<Report>) -> Result<(), NotEntered> {
    let today = book.register().clock().today();
    let mac_key = MacKey::random()?;
    let mut sealed = Vec::with_capacity(reports.len());
    for report in reports {
        let tip = report.into_tip(today)?;
        let (bytes, opened) = seal_to(book, &tip, &mac_key, today)?;
        sealed.push((tip.id, bytes, opened));
    }
    let batch = sealed.iter().map(|(id, bytes, opened)| Arrival {
        id: *id,
        sealed: bytes,
        opened,
    });
    let batch: Vec<Arrival<'_>> = batch.collect();
    book.keep("practice", &batch, Action::Enter).await?;
    Ok(())
}

/// Seals a tip to a book, as the gateway does, and opens it again.
fn seal_to(
    book: &Book,
    tip: &Tip,
    mac_key: &MacKey,
    today: Day,
) -> Result<(Zeroizing<Vec<u8>>, open::Opened), NotEntered> {
    let mut recipients = Recipients::default();
    recipients.add(tip.lane, book.recipient()?);
    let bytes = seal::seal(tip, &[], &recipients, mac_key, today)?.bytes;
    let opened = open::tip(book.identities(), &bytes)?;
    Ok((Zeroizing::new(bytes), opened))
}

fn subject(lane: Lane) -> &'static str {
    match lane {
        Lane::Safeguarding => "a child or an adult at risk",
        Lane::Cuckooing => "homes taken over",
        Lane::Drugs => "drug activity",
        Lane::Graffiti => "graffiti",
        Lane::Other => "other things",
    }
}
