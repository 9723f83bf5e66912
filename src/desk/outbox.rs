//! The outbox keeps each sealed report until its batch leaves and it arrives. A failed delivery is
//! retried after one minute, then two, then four, up to an hour.

use std::io::Read;

use super::database;
use super::open;
use super::register::{Delivery, DueDelivery, Failure, Outcome, Register};
use crate::book::Book;
use crate::partners::Way;
use crate::settings::DeskSettings;
use crate::ways::{self, mail, needs_officer};

/// Seconds before the second attempt.
const FIRST_WAIT: i64 = 60;
/// Most seconds between two attempts.
const LONGEST_WAIT: i64 = 3_600;

/// Seconds to wait after a failure, after `attempts` earlier ones.
fn wait_after(attempts: i64) -> i64 {
    (FIRST_WAIT << attempts.clamp(0, 6)).min(LONGEST_WAIT)
}

/// The result of [`send_due`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sent {
    /// Reports that arrived.
    pub arrived: usize,
    /// Reports that will be retried automatically.
    pub waiting: usize,
    /// Reports that wait for an officer to fix the cause.
    pub stuck: usize,
}

impl Sent {
    /// Counts an attempt. Returns it for the register, a failure with its next time.
    fn count(&mut self, tried: Result<(), Failure>, delivery: &Delivery, now: i64) -> Outcome {
        match tried {
            Ok(()) => {
                self.arrived += 1;
                Outcome::Done
            }
            Err(failure) => {
                tracing::warn!(action = "deliver", partner = %delivery.partner, code = %failure.code, "a report did not arrive yet");
                if failure.needs_officer {
                    self.stuck += 1;
                } else {
                    self.waiting += 1;
                }
                Outcome::Failed {
                    again: now.saturating_add(wait_after(delivery.attempts)),
                    failure,
                }
            }
        }
    }
}

/// The failure of a relay that stalled in this run. Each further mail would wait as long, and the reports of
/// other ways behind it.
#[derive(Default)]
struct Stalled(Option<Failure>);

impl Stalled {
    /// The failure of a mail that is not tried any more.
    fn of(&self, delivery: &Delivery) -> Option<Failure> {
        let is_mail = matches!(delivery.way.as_str(), "mail" | "open-mail");
        self.0.clone().filter(|_| is_mail)
    }

    /// Remembers that the relay stalled.
    fn note(&mut self, tried: &Result<(), Failure>) {
        if let Err(failure) = tried
            && failure.code == mail::TIMEOUT
        {
            self.0 = Some(failure.clone());
        }
    }
}

/// Tries every report in the outbox that is due at `now` (seconds since 1970-01-01 UTC), and records
/// each result. Uses the partners of the directory as they are now, so a corrected address or folder
/// also applies to waiting reports.
///
/// # Errors
/// If the register fails. A report that was sent but not recorded is sent again under the same name.
pub async fn send_due(
    register: &Register,
    desk: &DeskSettings,
    now: i64,
) -> Result<Sent, database::Error> {
    let (mut sent, mut stalled) = (Sent::default(), Stalled::default());
    loop {
        let due = register.due_deliveries(now).await?;
        if due.is_empty() {
            return Ok(sent);
        }
        for due in due {
            let tried = match stalled.of(&due.delivery) {
                Some(failure) => Err(failure),
                None => hand_over(register, desk, &due, now).await?,
            };
            stalled.note(&tried);
            let outcome = sent.count(tried, &due.delivery, now);
            register.note_attempt(&due.delivery, &outcome).await?;
        }
    }
}

/// Tries the reports about tips of this book that leave in the clear and are due. They are sealed to
/// the book until then, so this works only while somebody has it open.
///
/// # Errors
/// As [`send_due`].
pub async fn send_open(
    book: &Book,
    desk: &DeskSettings,
    now: i64,
) -> Result<Sent, database::Error> {
    let (register, mut sent) = (book.register(), Sent::default());
    let mut stalled = Stalled::default();
    loop {
        let due = register.due_open_mails(book.name(), now).await?;
        if due.is_empty() {
            return Ok(sent);
        }
        for due in due {
            let tried = match stalled.of(&due.delivery) {
                Some(failure) => Err(failure),
                None => hand_over_open(book, desk, &due, now).await?,
            };
            stalled.note(&tried);
            let outcome = sent.count(tried, &due.delivery, now);
            register.note_attempt(&due.delivery, &outcome).await?;
        }
    }
}

/// One attempt in the clear.
async fn hand_over_open(
    book: &Book,
    desk: &DeskSettings,
    due: &DueDelivery,
    now: i64,
) -> Result<Result<(), Failure>, database::Error> {
    let DueDelivery {
        delivery, sealed, ..
    } = due;
    let register = book.register();
    let partner = register.partner(&delivery.partner).await?;
    let Some((partner, Way::OpenMail(address))) = partner.map(|partner| {
        let way = partner.way.clone();
        (partner, way)
    }) else {
        let what = "the partner does not get its reports in the clear any more: take this one back, and send it again";
        return Ok(Err(needs_officer("partner", what)));
    };
    let Some(mail) = &desk.mail else {
        let what = "desk.toml has no [mail]: add it with smtp, from and tls_domains";
        return Ok(Err(needs_officer("config", what)));
    };
    let allowed = partner
        .may_be_told(delivery.replaces.is_some(), register.clock().today())
        .and_then(|()| partner.has_forced_tls(&mail.tls_domains));
    if let Err(withheld) = allowed {
        return Ok(Err(needs_officer("withheld", withheld.to_string())));
    }
    let pdf = open::plain(book.identities(), sealed)
        .ok()
        .and_then(|plain| document(&plain));
    let Some(pdf) = pdf else {
        let what = "the report does not open with the book's keys: take it back, and send it again";
        return Ok(Err(needs_officer("key", what)));
    };
    Ok(mail::send_open(mail, &address, &delivery.reference, pdf, now).await)
}

/// The document in the file that was previewed.
fn document(plain: &[u8]) -> Option<Vec<u8>> {
    let mut archive = tar::Archive::new(plain);
    for entry in archive.entries().ok()? {
        let mut entry = entry.ok()?;
        if entry.path_bytes().as_ref() == b"report.pdf" {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).ok()?;
            return Some(bytes);
        }
    }
    None
}

/// One attempt. What changed since the officer sent the report can still keep it back.
async fn hand_over(
    register: &Register,
    desk: &DeskSettings,
    due: &DueDelivery,
    now: i64,
) -> Result<Result<(), Failure>, database::Error> {
    let DueDelivery {
        delivery,
        sealed,
        sealed_to,
    } = due;
    let name = &delivery.partner;
    let Some(partner) = register.partner(name).await? else {
        let what = format!("the directory no longer has the partner \"{name}\": import it again");
        return Ok(Err(needs_officer("partner", what)));
    };
    if !partner.has_keys(sealed_to.as_deref()) {
        let what = "the partner has another key now, and this report is sealed to the old one: take it back, and send it again";
        return Ok(Err(needs_officer("key", what)));
    }
    let today = register.clock().today();
    if let Err(withheld) = partner.may_be_told(delivery.replaces.is_some(), today) {
        return Ok(Err(needs_officer("withheld", withheld.to_string())));
    }
    Ok(ways::send(desk, &partner, &delivery.reference, sealed, now).await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_from_a_minute_to_an_hour() {
        let waits: Vec<_> = [0, 1, 2, 5, 6, 60, i64::MAX]
            .into_iter()
            .map(wait_after)
            .collect();
        assert_eq!(waits, [60, 120, 240, 1_920, 3_600, 3_600, 3_600]);
    }
}
