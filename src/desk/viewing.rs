//! Shows tips and photos to an officer: each view is in the audit log before anything is shown.

use time::Date;
use time::macros::format_description;

use super::audit::Action;
use super::book::Book;
use super::database;
use super::open;
use loke_core::tip::{HowKnown, Priority, Tip, TipId, Unproven, YesNo};

/// Why nothing can be shown.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The book failed.
    #[error(transparent)]
    Database(#[from] database::Error),
    /// The tip's age file did not open.
    #[error("the tip's file does not open: {0}")]
    Open(#[from] open::Error),
    /// A photo of the tip is an illegal picture.
    #[error(
        "a colleague marked a photo of this tip as an illegal picture, so nobody opens its photos here. Ring the police on 101 and give the tip's name"
    )]
    Illegal,
    /// The tip has no such photo.
    #[error("this tip has {0} photos. Give a number from 1 to that")]
    NoPhoto(usize),
}

/// Photo `n` (from 1) of a tip, as a JPEG.
///
/// # Errors
/// If there is no such photo, or the view could not be written to the audit log.
pub async fn photo(book: &Book, id: TipId, n: usize) -> Result<open::Jpeg, Error> {
    let jpeg = original(book, id, n).await?;
    book.record(Action::Photo, &id.to_string(), &open::photo_name(n))
        .await?;
    Ok(jpeg)
}

/// The photo as it is in the sealed tip. The caller writes the audit row.
pub(crate) async fn original(book: &Book, id: TipId, n: usize) -> Result<open::Jpeg, Error> {
    if book.is_illegal(id).await? {
        return Err(Error::Illegal);
    }
    let mut photos = open::tip(book.identities(), &book.sealed(id).await?)?.photos;
    if n == 0 || n > photos.len() {
        return Err(Error::NoPhoto(photos.len()));
    }
    Ok(photos.swap_remove(n - 1))
}

/// Why a tip is not proven, for an officer; `None` if it is.
#[must_use]
pub fn why_unproven(tip: &Tip) -> Option<String> {
    if tip.proven {
        return None;
    }
    let reason = |why: &Unproven| match why {
        Unproven::Burst => "came in during a burst of reports",
        Unproven::Speed => "was sent faster than a person types",
        Unproven::Trap => "filled in a field that no person sees",
    };
    let reasons: Vec<&str> = tip.unproven.iter().flatten().map(reason).collect();
    // A tip of an older gateway has no reason.
    Some(if reasons.is_empty() {
        "it did not arrive like a person's report".to_owned()
    } else {
        format!("it {}", reasons.join(" and "))
    })
}

/// The grade that the desk proposes for a tip, one sentence each. An anonymous report is always an
/// untested source (2) whose knowledge is not known (D) in the 3x5x2 system of the College of Policing. The
/// police grade it; partners do not.
#[must_use]
pub fn proposed_grade(tip: &Tip) -> Vec<String> {
    let how = match tip.how_known {
        Some(HowKnown::Saw) => "They say that they saw or heard it.",
        Some(HowKnown::Told) => "They say that somebody told them.",
        Some(HowKnown::Guess) => "They say that they think so.",
        Some(HowKnown::Unsaid) | None => "They do not say how they know.",
    };
    let risk = match (tip.priority, tip.danger, tip.child) {
        (Priority::Now, ..) | (_, Some(YesNo::Yes), _) | (.., Some(YesNo::Yes)) => "high",
        (Priority::Soon, ..) => "medium",
        (Priority::Routine, ..) => "standard",
    };
    vec![
        "Source 2, untested. Assessment D, not known.".to_owned(),
        how.to_owned(),
        format!("Risk: {risk}."),
    ]
}

/// Formats a day as people read it: `Sat 21 Nov 2026`. The day inside a tip is text that nobody
/// checked: it stays as it is if it is not a date.
#[must_use]
pub(crate) fn day_in_words(day: &(impl ToString + ?Sized)) -> String {
    let iso = day.to_string();
    let date = Date::parse(&iso, format_description!("[year]-[month]-[day]"));
    let read = date.ok().and_then(|date| {
        date.format(format_description!(
            "[weekday repr:short] [day padding:none] [month repr:short] [year]"
        ))
        .ok()
    });
    read.unwrap_or(iso)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tip that an older gateway wrote.
    const OLDER: &str = r#"{"schema":1,"id":"00000000000000000000000000000000","channel":"web","language":"en","received":"2026-11-21",
        "topic":"drugs","lane":"drugs","priority":"routine","what":"x","where":null,"when":null,"ongoing":null,"danger":null,"child":null,
        "impact":null,"vehicle":null,"how_known":"unsaid","signs":[],"offensive":null,"campaign":null,"proven":false,"thread":null,
        "photos":[],"reply_key":null,"reply_box":null}"#;

    #[test]
    fn each_reason_is_told_and_a_tip_of_an_older_gateway_opens_without_one() {
        let why = |json: &str| why_unproven(&serde_json::from_str(json).unwrap());
        assert_eq!(
            why(OLDER).as_deref(),
            Some("it did not arrive like a person's report")
        );
        assert_eq!(
            why(&OLDER.replace("\"proven\":false", "\"proven\":true")),
            None,
            "the control"
        );
        let with = |reasons: &str| {
            why(&OLDER.replace("\"thread\"", &format!("\"unproven\":{reasons},\"thread\"")))
                .unwrap()
        };
        assert_eq!(with("[\"burst\"]"), "it came in during a burst of reports");
        assert_eq!(
            with("[\"speed\",\"trap\"]"),
            "it was sent faster than a person types and filled in a field that no person sees"
        );
        assert_eq!(with("null"), "it did not arrive like a person's report");
    }
}
