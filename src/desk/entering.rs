//! Reports that an officer enters: by telephone, by letter, in person, or from an old spreadsheet.
//! There is no field for who reported. Each is sealed to its book and stored like a collected tip.

mod dates;
mod hints;
mod spreadsheet;

pub use dates::{BadDates, Order};
pub(crate) use hints::in_english;
pub use hints::{EntryHint, NoHints, hints, hints_by, rules};
pub use spreadsheet::{BadRows, COLUMNS, NotRead, Sheet, read};

use zeroize::Zeroizing;

use crate::acting::Acting;
use crate::book::{Arrival, Beside, Book, Outcome};
use crate::database::Error;
use crate::{keys, open};
use loke_core::answers::{self, Answers};
use loke_core::clock::Day;
use loke_core::random::NoRandomness;
use loke_core::seal::{self, MacKey, Recipients};
use loke_core::signs;
use loke_core::tip::{
    Channel, HowKnown, Lane, Photo, PhotoNote, SCHEMA, Tip, TipId, Topic, YesNo, limits,
};

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
    /// More photos than a tip takes.
    #[error("a report has at most four photos. Nothing was stored")]
    Photos,
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

loke_core::words! {
    /// How a report reached the team. It is a note beside the tip: the tip says only that an officer
    /// entered it.
    Door {
        /// By telephone.
        Telephone = "telephone",
        /// By letter.
        Letter = "letter",
        /// Somebody came.
        InPerson = "in-person",
        /// A warden passed it on.
        Warden = "warden",
        /// A councillor passed it on.
        Councillor = "councillor",
        /// A sheet of Crimestoppers.
        Crimestoppers = "crimestoppers",
    }
}

impl Door {
    /// The note. It names nobody.
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Telephone => "It came by telephone.",
            Self::Letter => "It came by letter.",
            Self::InPerson => "Somebody came in person.",
            Self::Warden => "A warden passed it on.",
            Self::Councillor => "A councillor passed it on.",
            Self::Crimestoppers => "It came on a Crimestoppers sheet. Do not ask who sent it.",
        }
    }
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
    /// Its photos, cleaned.
    pub photos: Vec<Photo>,
    /// How it reached the team.
    pub door: Option<Door>,
    /// Notes that the officer adds to it.
    pub notes: Vec<String>,
    /// How it ended before it was entered, and why; `None` if it is open.
    pub closed: Option<(Outcome, String)>,
}

impl NotEntered {
    /// The reason alone, for a row of many.
    fn in_short(&self) -> String {
        let whole = self.to_string();
        let end = whole.strip_suffix(". Nothing was stored");
        end.unwrap_or(&whole).to_owned()
    }
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
            photos: Vec::new(),
            door: None,
            notes: Vec::new(),
            closed: None,
        }
    }

    /// The parts that are stored beside the tip.
    fn beside(&self) -> Beside {
        let door = self.door.map(|door| door.in_words().to_owned());
        Beside {
            notes: door.into_iter().chain(self.notes.iter().cloned()).collect(),
            closed: self.closed.clone(),
        }
    }

    /// The tip: lane and priority follow from the answers, as at the gateway.
    fn into_tip(self, today: Day) -> Result<(Tip, Vec<Photo>), NotEntered> {
        let fits = |label, text: &str, most| match text.trim().chars().count() {
            n if n > most => Err(NotEntered::TooLong(label, most)),
            0 => Ok(None),
            _ => Ok(Some(text.trim().to_owned())),
        };
        if self.received > today {
            return Err(NotEntered::Future(self.received));
        }
        if self.photos.len() > limits::PHOTOS {
            return Err(NotEntered::Photos);
        }
        let notes = self.photos.iter().zip(1..).map(|(photo, n)| PhotoNote {
            name: open::photo_name(n),
            removed: photo.removed.clone(),
        });
        let what = fits("What was seen", &self.what, limits::WHAT)?;
        let answers = Answers {
            topic: self.topic,
            danger: self.danger,
            child: self.child,
            ongoing: self.ongoing,
            offensive: self.offensive,
        };
        let tip = Tip {
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
            photos: notes.collect(),
            reply_key: None,
            reply_box: None,
            follow_up: None,
        };
        Ok((tip, self.photos))
    }
}

/// A report that is sealed to its book.
struct Entry {
    id: TipId,
    sealed: Zeroizing<Vec<u8>>,
    opened: open::Opened,
    beside: Beside,
}

/// Enters reports, all or none of each book. Returns their ids in order.
///
/// # Errors
/// [`NotEntered`]. If a report is invalid, nothing is stored.
pub async fn enter(acting: &Acting, reports: Vec<Report>) -> Result<Vec<TipId>, NotEntered> {
    let source = format!("entered by {}", acting.account().name);
    let (ids, entries) = seal_all(acting, reports).await?;
    for (book, entries) in entries {
        keep(book, &source, entries).await?;
    }
    Ok(ids)
}

/// Enters the reports of a spreadsheet. `source` names the file: a book that has its part already,
/// because an import broke off between two books, does not get it twice.
///
/// # Errors
/// As [`enter`].
pub async fn enter_once(
    acting: &Acting,
    source: &str,
    reports: Vec<Report>,
) -> Result<(), NotEntered> {
    let (_, entries) = seal_all(acting, reports).await?;
    for (book, entries) in entries {
        if !book.has_tips_from(source).await? {
            keep(book, source, entries).await?;
        }
    }
    Ok(())
}

/// Enters reports into this book, whatever their lanes.
///
/// # Errors
/// [`NotEntered`]. Then nothing is stored.
pub(crate) async fn enter_into(book: &Book, reports: Vec<Report>) -> Result<(), NotEntered> {
    let today = book.register().clock().today();
    let mac_key = MacKey::random()?;
    let entries = reports.into_iter().map(|report| {
        let beside = report.beside();
        seal_to(book, report.into_tip(today)?, beside, &mac_key, today)
    });
    keep(book, "practice", entries.collect::<Result<_, _>>()?).await
}

/// Seals each report to the book of its lane. Returns their ids in order, and the entries by book.
async fn seal_all(
    acting: &Acting,
    reports: Vec<Report>,
) -> Result<(Vec<TipId>, Vec<(&Book, Vec<Entry>)>), NotEntered> {
    let today = acting.register().clock().today();
    let mac_key = MacKey::random()?;
    let lines = acting.register().books().await?;
    let mut entries: Vec<(&Book, Vec<Entry>)> = acting
        .books()
        .iter()
        .map(|book| (book, Vec::new()))
        .collect();
    let mut ids = Vec::with_capacity(reports.len());
    for report in reports {
        let beside = report.beside();
        let (tip, photos) = report.into_tip(today)?;
        let no_book = || NotEntered::NoBook(subject(tip.lane));
        let mut lines = lines.iter();
        let line = lines.find(|line| line.lanes.contains(&tip.lane));
        let line = line.ok_or_else(no_book)?;
        let mut open = entries.iter_mut();
        let open = open.find(|(book, _)| book.name() == line.name);
        let (book, of_book) = open.ok_or_else(no_book)?;
        ids.push(tip.id);
        of_book.push(seal_to(book, (tip, photos), beside, &mac_key, today)?);
    }
    entries.retain(|(_, of_book)| !of_book.is_empty());
    Ok((ids, entries))
}

/// Stores entries in one transaction of their book.
async fn keep(book: &Book, source: &str, entries: Vec<Entry>) -> Result<(), NotEntered> {
    let arrivals = entries.iter().map(|entry| Arrival {
        id: entry.id,
        sealed: &entry.sealed,
        opened: &entry.opened,
    });
    let arrivals: Vec<Arrival<'_>> = arrivals.collect();
    let beside = entries.iter().map(|entry| (entry.id, entry.beside.clone()));
    let beside: Vec<(TipId, Beside)> = beside.collect();
    book.keep_entered(source, &arrivals, &beside).await?;
    Ok(())
}

/// Seals a tip to a book, as the gateway does, and opens it again.
fn seal_to(
    book: &Book,
    (tip, photos): (Tip, Vec<Photo>),
    beside: Beside,
    mac_key: &MacKey,
    today: Day,
) -> Result<Entry, NotEntered> {
    let mut recipients = Recipients::default();
    recipients.add(tip.lane, book.recipient()?);
    let sealed = seal::seal(&tip, &photos, &recipients, mac_key, today)?.bytes;
    let opened = open::tip(book.identities(), &sealed)?;
    Ok(Entry {
        id: tip.id,
        sealed: Zeroizing::new(sealed),
        opened,
        beside,
    })
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
