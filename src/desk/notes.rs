//! The mails to staff. Two of one kind have the same subject and the same size, so that whoever
//! carries them learns nothing: an alert's words are the same for a drill, and a daily mail differs
//! only in its day, in the end of the audit log, in who was let into a book, in incidents that are open, and
//! in how many deliveries failed.

use crate::alerts::MARK;
use crate::audit::{Head, Row};
use crate::database::Error;
use crate::incidents;
use crate::register::{Failure, MailKind, Register, StaffMail};
use crate::settings::Mail;
use crate::ways;
use loke_core::clock::Day;

const ALERT_SUBJECT: &str = "Please look at the desk";
const DAILY_SUBJECT: &str = "Daily mail of the desk";
const REMINDER_SUBJECT: &str = "Something is due at the desk";

/// No line is longer than 76 characters, so none is encoded.
const ALERT: &str = "Please sign in at the desk now.\r\n\r\n\
    Every mail like this says the same. It may be a drill: the desk tells you\r\n\
    after you sign in. If nobody acts there, the next person gets this mail in\r\n\
    15 minutes.\r\n";

const REMINDER: &str = "Something that you look after at the desk is due soon, or over its time.\r\n\
    Please sign in and look at your list. Replies to residents that wait for a\r\n\
    second person are on the page Replies.\r\n\r\n\
    Every mail like this says the same, whatever it is about. What is over its\r\n\
    time is in one each working day, until somebody decides.\r\n";

/// Lines of a daily mail about who can read. The rest is in the log.
const GRANTS: usize = 8;
/// Characters of such a line. A shorter one is filled with dots.
const GRANT: usize = 64;

/// The changes of who can read, without the names of books: always as many lines, each as long.
fn grants(rows: &[Row]) -> String {
    let mut lines: Vec<String> = rows
        .iter()
        .map(|row| format!("{}: {}", row.who, row.detail))
        .collect();
    if lines.len() > GRANTS {
        let more = lines.len() - (GRANTS - 1);
        lines.truncate(GRANTS - 1);
        lines.push(format!("{more} more: see the audit log"));
    }
    lines.resize(GRANTS, String::new());
    let lines = lines.iter().map(|line| {
        let text: String = line.chars().filter(char::is_ascii).take(GRANT).collect();
        format!("    grant {text:.<GRANT$}\r\n")
    });
    lines.collect()
}

fn daily(
    day: Day,
    head: &Head,
    rows: &[Row],
    incidents: &str,
    (failed, to_fix): (i64, i64),
) -> String {
    format!(
        "The audit log of the desk ends here on {day}:\r\n\r\n    \
         row   {:012}\r\n    \
         hash  {}\r\n\r\n\
         Who was let into a book, or removed, since the last daily mail:\r\n\r\n{}\r\n\
         If you know nothing of one of these, ask a supervisor today.\r\n\r\n\
         Incidents, each of them open until a supervisor closes it:\r\n\r\n{incidents}\r\n\
         Deliveries that failed, each of them here until it arrives or is taken back:\r\n\r\n    \
         failed {:03}, of these {:03} wait until somebody at the desk acts\r\n\r\n\
         Keep this mail where nobody at the desk can change it. An auditor compares\r\n\
         it with the log:\r\n\r\n    \
         loke-desk audit verify --mailed FILE\r\n\r\n\
         This mail comes every day at the same time, also when nothing happened.\r\n\
         If it does not come, tell the person who runs the desk.\r\n",
        head.seq,
        hex::encode(head.hash),
        grants(rows),
        failed.min(999),
        to_fix.min(999)
    )
}

/// Sends one mail and records the outcome. Its date is the mark, whenever it leaves.
///
/// # Errors
/// If the register fails.
pub(crate) async fn send(
    register: &Register,
    mail: Option<&Mail>,
    note: &StaffMail,
    mark: i64,
) -> Result<(), Error> {
    let head = register.head().await?;
    let text = match note.kind {
        MailKind::Alert => (ALERT_SUBJECT, ALERT.to_owned()),
        MailKind::Reminder => (REMINDER_SUBJECT, REMINDER.to_owned()),
        MailKind::Daily => {
            let before = register.mailed_before(note.id).await?;
            let rows = register.grants_between(before, head.seq).await?;
            let day = register.clock().zone().day(mark);
            let incidents = incidents::mail_line(register).await?;
            let failed = register.failed_deliveries().await?;
            let text = daily(day, &head, &rows, &incidents, failed);
            (DAILY_SUBJECT, text)
        }
    };
    let sent = match mail {
        Some(mail) => ways::mail::tell(mail, &note.address, &note.reference, text, mark).await,
        None => Err(Failure {
            code: "config".into(),
            what: "desk.toml has no [mail]: add it with smtp and from".into(),
            needs_officer: false,
        }),
    };
    match sent {
        Ok(()) => register.note_mail_left(note, &head).await,
        Err(failure) => {
            tracing::error!(action = "mail to staff", code = %failure.code, "a mail did not leave");
            register
                .note_mail_failed(note, &failure, mark.saturating_add(MARK))
                .await
        }
    }
}
