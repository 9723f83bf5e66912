//! A report that reached the wrong partner: it is withdrawn, and an incident with 72 hours from the
//! hour at which somebody found it stays in sight of the book's supervisors, and in the daily mail,
//! until a supervisor closes it.

use crate::acting::Acting;
use crate::book::{IncidentWords, NotOpened, Previewed};
use crate::database::Error;
use crate::register::{AccountRole, Ended, IllegalPicture, Incident, Register};
use crate::route::NotSent;
use loke_core::clock::Zone;

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    /// The incident was not opened or closed.
    #[error(transparent)]
    Incident(#[from] NotOpened),
    /// There is no such report, or its withdrawal could not be made.
    #[error(transparent)]
    Report(#[from] NotSent),
}

impl From<Error> for NotDone {
    fn from(e: Error) -> Self {
        Self::Incident(NotOpened::Database(e))
    }
}

impl Acting {
    /// Opens an incident about a report that reached the wrong partner, and prepares its withdrawal.
    ///
    /// # Errors
    /// [`NotDone`].
    pub async fn wrong_partner(
        &self,
        reference: &str,
        found_at: i64,
        why: &str,
    ) -> Result<Previewed, NotDone> {
        let (book, _) = self.report(reference).await?;
        book.open_incident(reference, found_at, why).await?;
        Ok(self.replace(reference, None).await?)
    }

    /// Closes an incident.
    ///
    /// # Errors
    /// [`NotDone`].
    pub async fn close_incident(
        &self,
        reference: &str,
        ended: Ended,
        why: &str,
    ) -> Result<(), NotDone> {
        let (book, _) = self.report(reference).await?;
        if !self.account().is(AccountRole::Supervisor) {
            self.note_refused("an incident").await?;
            return Err(NotOpened::Role.into());
        }
        Ok(book.close_incident(reference, ended, why).await?)
    }

    /// The incidents about tips of the open books, each with its words: those that are open first.
    ///
    /// # Errors
    /// If a database fails.
    pub async fn incidents(&self) -> Result<Vec<(Incident, IncidentWords)>, Error> {
        let mut found = Vec::new();
        for incident in self.register().incidents().await? {
            for book in self.books() {
                if let Some(words) = book.incident(&incident.reference).await? {
                    found.push((incident, words));
                    break;
                }
            }
        }
        Ok(found)
    }
}

/// The page's sentences on open incidents: for the supervisors who may open the book.
///
/// # Errors
/// If the register fails.
pub(crate) async fn notices(register: &Register) -> Result<Vec<(Vec<String>, String)>, Error> {
    let (now, zone) = (register.clock().now(), register.clock().zone());
    let mut notices = Vec::new();
    for incident in register.incidents().await? {
        let book = match incident.ended {
            None => register.book_with(incident.tip).await?,
            Some(_) => None,
        };
        let Some(book) = book else { continue };
        let supervisors = supervisors_of(register, &book).await?;
        notices.push((supervisors, sentence(&incident, &zone, now)));
    }
    Ok(notices)
}

/// The supervisors who can open a book.
async fn supervisors_of(register: &Register, book: &str) -> Result<Vec<String>, Error> {
    let mut supervisors = Vec::new();
    for member in register.book(book).await?.members {
        let account = register.account(&member.account).await?;
        if account.is(AccountRole::Supervisor) && account.disabled_on.is_none() {
            supervisors.push(account.name);
        }
    }
    Ok(supervisors)
}

/// The marks of illegal pictures that no supervisor has seen yet, and who is told: the supervisors of
/// the book, or every supervisor if the book has none.
///
/// # Errors
/// If the register fails.
pub(crate) async fn illegal_pictures(
    register: &Register,
) -> Result<Vec<(Vec<String>, IllegalPicture)>, Error> {
    let mut told = Vec::new();
    for picture in register.unseen_illegal_pictures().await? {
        let mut supervisors = match register.book_with(picture.tip).await? {
            Some(book) => supervisors_of(register, &book).await?,
            None => continue,
        };
        if supervisors.is_empty() {
            let all = register.accounts().await?.into_iter();
            let all = all.filter(|account| {
                account.is(AccountRole::Supervisor) && account.disabled_on.is_none()
            });
            supervisors = all.map(|account| account.name).collect();
        }
        told.push((supervisors, picture));
    }
    Ok(told)
}

/// A mark, as a sentence without content.
pub(crate) fn illegal_sentence(picture: &IllegalPicture, zone: &Zone) -> String {
    format!(
        "A photo of {} was marked as an illegal picture on {}. The police fetch the original. See the page Alerts.",
        picture.name,
        zone.day(picture.marked_at)
    )
}

/// An open incident, as a sentence without content.
#[must_use]
pub fn sentence(incident: &Incident, zone: &Zone, now: i64) -> String {
    format!(
        "Incident: report {} reached {}, which was wrong. {}. See the page Incidents.",
        incident.reference,
        incident.partner,
        clock(incident, zone, now)
    )
}

/// How much of the 72 hours is left, such as "20 of 72 hours are left, until 14:05 on 2026-11-24".
#[must_use]
pub fn clock(incident: &Incident, zone: &Zone, now: i64) -> String {
    let due = incident.due_at();
    let end = format!("{} on {}", zone.time(due), zone.day(due));
    match due - now {
        left if left > 0 => format!("{} of 72 hours are left, until {end}", left / 3_600),
        over => format!("The 72 hours ended {} hours ago, at {end}", -over / 3_600),
    }
}

/// The lines of the daily mail about open incidents: how many there are, and when the first one's 72
/// hours end. Always as long.
///
/// # Errors
/// If the register fails.
pub(crate) async fn mail_line(register: &Register) -> Result<String, Error> {
    let zone = register.clock().zone();
    let all = register.incidents().await?;
    let open: Vec<&Incident> = all.iter().filter(|one| one.ended.is_none()).collect();
    let ends = open.iter().map(|incident| incident.due_at()).min();
    let ends = ends.map(|due| format!("{} {}", zone.day(due), zone.time(due)));
    Ok(format!(
        "    incidents {:03}, the first 72 hours end {:.<16}\r\n",
        open.len().min(999),
        ends.unwrap_or_default()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use loke_core::tip::TipId;

    #[test]
    fn the_clock_runs_from_the_hour_at_which_somebody_found_it() {
        let zone = Zone::named("UTC").unwrap();
        let incident = Incident {
            reference: "0123456789abcdef".into(),
            tip: TipId([1; 16]),
            partner: "cleansing".into(),
            opened_by: "ann".into(),
            opened_at: 7_200,
            found_at: 3_600,
            ended: None,
            closed_by: None,
        };
        let at = |hours: i64| clock(&incident, &zone, hours * 3_600);
        assert_eq!(at(2), "71 of 72 hours are left, until 01:00 on 1970-01-04");
        assert!(at(72).starts_with("1 of 72"));
        assert!(at(74).starts_with("The 72 hours ended 1 hours ago"));
    }
}
