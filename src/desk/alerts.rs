//! Decides at each mark who is told to look at the desk. A mark is a whole ten minutes: mails leave
//! only then. A true alert and a drill take the same way through this file, so that nobody can tell
//! them apart until they sign in. Time and randomness are parameters.
//!
//! An alert begins when something urgent waits that nobody has taken, or when a drill is due. The
//! people on duty are told one after the other, every 15 minutes, then the supervisors, then all of
//! them again. If nobody is on duty, it waits until somebody is.

use crate::duty::{Contact, Duty};
use crate::register::{Alert, AlertChanges, AlertState, CollectingBook, MailKind, NewMail};
use loke_core::clock::Zone;
use loke_core::random::NoRandomness;

/// Seconds between two marks.
pub const MARK: i64 = 600;
/// Seconds until the next person is told.
const NEXT: i64 = 900;
/// Marks of a day.
const MARKS: u64 = 144;
/// Each day has between one and this many drills.
const MOST_DRILLS: u64 = 2;
/// Minutes between two stages of the alarm about a book that nobody collects.
const STAGE: u16 = 60;
/// Members, supervisors, deputy.
const STAGES: i64 = 3;

/// Draws a random number below another one.
pub type Draw<'a> = &'a mut dyn FnMut(u64) -> Result<u64, NoRandomness>;

/// The changes at `mark`.
///
/// # Errors
/// If the operating system returns no random bytes.
pub(crate) fn decide(
    state: &AlertState,
    duty: &Duty,
    (mark, zone): (i64, &Zone),
    draw: Draw<'_>,
) -> Result<AlertChanges, NoRandomness> {
    let mut changes = AlertChanges::default();
    let due = state.coming.iter().filter(|at| **at <= mark).count();
    let mut planned = state.coming.clone();
    let mut plan = |marks: u64| {
        let mut at = after(mark, marks);
        // One drill at a time: otherwise there would be fewer of them.
        while planned.contains(&at) {
            at = after(at, 1);
        }
        planned.push(at);
        changes.drills.push(at);
    };
    // A drill that reaches nobody would only be in the way.
    if !state.planned && !duty.everybody().is_empty() {
        // Over the rest of the day, at night too: a drill waits until somebody is on duty as a true
        // alert does.
        changes.planned = true;
        let (_, tomorrow) = zone.day_around(mark);
        let left = (tomorrow.saturating_sub(mark) / MARK).unsigned_abs();
        for _ in 0..=draw(MOST_DRILLS)? {
            plan(draw(left)?);
        }
    }
    let mut alert = state.running.clone();
    let waits = state.untaken > 0;
    match &mut alert {
        None if waits || due > 0 => alert = Some(begin(mark, !waits)),
        Some(running) if waits => running.urgent = true,
        Some(running) if !running.drill || running.seen_by.is_some() => {
            running.ended_at = Some(mark);
        }
        _ => {}
    }
    let begins = alert.as_ref().is_some_and(|alert| alert.id == 0);
    // Drills that cannot begin now are put off, and a true alert may need one more.
    let put_off = due - usize::from(begins && !waits);
    let owed = begins && waits && state.true_alerts >= state.drills + state.coming.len();
    for _ in 0..put_off + usize::from(owed) {
        plan(1 + draw(MARKS - 1)?);
    }
    if let Some(alert) = &mut alert
        && alert.ended_at.is_none()
        && let Some(person) = turn(alert, duty, (mark, zone))
    {
        changes.mails.push(mail(person));
    }
    if alert != state.running {
        changes.alert = alert;
    }
    for book in &state.books {
        alarm(book, state, duty, (mark, zone), &mut changes);
    }
    if !state.daily_sent && zone.minute(mark) >= duty.daily_at {
        changes.daily_sent = true;
        changes
            .mails
            .extend(duty.daily_to.iter().map(|person| NewMail {
                kind: MailKind::Daily,
                address: person.address.clone(),
            }));
    }
    Ok(changes)
}

fn after(mark: i64, marks: u64) -> i64 {
    let marks = i64::try_from(marks).unwrap_or_default();
    mark.saturating_add(marks.saturating_mul(MARK))
}

fn begin(mark: i64, drill: bool) -> Alert {
    Alert {
        id: 0,
        drill,
        urgent: !drill,
        began_at: mark,
        next_at: mark,
        told: String::new(),
        seen_by: None,
        ended_at: None,
    }
}

fn mail(person: &Contact) -> NewMail {
    NewMail {
        kind: MailKind::Alert,
        address: person.address.clone(),
    }
}

/// The person whose turn it is at `mark`, if any. Notes it in the alert.
fn turn<'a>(alert: &mut Alert, duty: &'a Duty, (mark, zone): (i64, &Zone)) -> Option<&'a Contact> {
    // A clock that was set back leaves a time in the far future.
    if mark < alert.next_at && alert.next_at <= mark.saturating_add(NEXT) {
        return None;
    }
    let round = |told: &str| {
        let people = duty.on_duty(mark, zone);
        people
            .into_iter()
            .chain(&duty.supervisors)
            .find(|person| !told.lines().any(|told| told == person.address))
    };
    let is_open = duty.is_open(mark, zone);
    // Somebody who began a round finishes it. A new round begins only while the desk is open.
    let going_on = if is_open || !alert.told.is_empty() {
        round(&alert.told)
    } else {
        None
    };
    let person = match going_on {
        Some(person) => person,
        None if is_open => {
            alert.told.clear();
            round("")?
        }
        None => {
            alert.told.clear();
            return None;
        }
    };
    alert.told.push_str(&person.address);
    alert.told.push('\n');
    alert.next_at = alert.next_at.saturating_add(NEXT);
    if alert.next_at <= mark || alert.next_at > mark.saturating_add(NEXT) {
        alert.next_at = mark.saturating_add(NEXT);
    }
    Some(person)
}

/// A book whose lanes nobody collected for a working day: its members are told when the desk opens,
/// an hour later the supervisors, and another hour later the deputy. The next working day it begins
/// again.
fn alarm(
    book: &CollectingBook,
    state: &AlertState,
    duty: &Duty,
    (mark, zone): (i64, &Zone),
    changes: &mut AlertChanges,
) {
    let today = zone.day(mark);
    let Some(opening) = duty.opening(today) else {
        return;
    };
    if !duty.misses_a_working_day(book.last, today) {
        return;
    }
    let done = state.alarms.iter().filter(|(name, _)| *name == book.name);
    let next = done.map(|(_, stage)| stage + 1).max().unwrap_or(0);
    let since = zone.minute(mark).checked_sub(opening);
    let reached = since.map_or(-1, |minutes| i64::from(minutes / STAGE));
    for stage in next..STAGES {
        if stage > reached {
            return;
        }
        changes.alarms.push((book.name.clone(), stage));
        let people: Vec<Contact> = match stage {
            0 => {
                let members = book.members.iter();
                members.filter_map(|name| duty.contact(name)).collect()
            }
            1 => duty.supervisors.clone(),
            _ => duty.deputy.iter().cloned().collect(),
        };
        changes.mails.extend(people.iter().map(mail));
    }
}

#[cfg(test)]
mod tests;
