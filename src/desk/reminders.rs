//! Decides at each mark who is reminded of a deadline. A reminder leaves inside working hours only, once
//! an hour of work before the deadline, and again on each working day while the tip is over its time. It
//! goes to the person who has the tip, or to whoever is on duty. It says nothing of the tip: every
//! reminder has the same words (`notes.rs`). Time is a parameter.

use crate::clocks::Clocks;
use crate::duty::{Contact, Duty};
use crate::register::{DueTip, MailKind, NewMail};
use loke_core::clock::Zone;
use loke_core::tip::TipId;

/// Working seconds between the reminder and the deadline.
const BEFORE: i64 = 3_600;

/// The tips whose people are told at `mark`, and their mails: one to each person.
pub(crate) fn decide(
    open: &[DueTip],
    duty: &Duty,
    clocks: &Clocks,
    (mark, zone): (i64, &Zone),
) -> (Vec<TipId>, Vec<NewMail>) {
    let (mut told, mut mails) = (Vec::new(), Vec::new());
    if !clocks.is_working_time(zone, mark) {
        return (told, mails);
    }
    for tip in open.iter().filter(|tip| is_due(tip, clocks, mark, zone)) {
        // Without anybody who can be told, it stays due.
        let Some(person) = person(tip, duty, mark, zone) else {
            continue;
        };
        told.push(tip.tip);
        let mail = NewMail {
            kind: MailKind::Reminder,
            address: person.address,
        };
        if !mails.contains(&mail) {
            mails.push(mail);
        }
    }
    (told, mails)
}

/// Whether the person of an open tip must be told now.
fn is_due(tip: &DueTip, clocks: &Clocks, mark: i64, zone: &Zone) -> bool {
    let is_over = tip.due_at <= mark;
    match tip.reminded_at {
        None => is_over || clocks.working_between(zone, mark, tip.due_at) <= BEFORE,
        // A clock that was set back leaves a time in the future.
        Some(at) => is_over && zone.day(at) != zone.day(mark),
    }
}

/// The owner if the duty list has an address, otherwise the first person on duty, or a supervisor.
fn person(tip: &DueTip, duty: &Duty, mark: i64, zone: &Zone) -> Option<Contact> {
    let owner = tip.owner.as_deref().and_then(|owner| duty.contact(owner));
    let on_duty = || duty.on_duty(mark, zone).into_iter().next();
    owner.or_else(|| on_duty().or(duty.supervisors.first()).cloned())
}

#[cfg(test)]
mod tests;
