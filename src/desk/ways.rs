//! The ways that a report travels. A report is sealed before it gets here: no way sees a tip.

pub mod folder;
pub mod mail;
pub mod page;

use crate::partners::{Partner, Way};
use crate::register::Failure;
use crate::settings::DeskSettings;

/// Sends one sealed report by the partner's way. `now` is in seconds since 1970-01-01 UTC.
///
/// # Errors
/// [`Failure`] if it did not arrive.
pub async fn send(
    desk: &DeskSettings,
    partner: &Partner,
    reference: &str,
    sealed: &[u8],
    now: i64,
) -> Result<(), Failure> {
    match (&partner.way, &desk.mail) {
        (Way::Folder(path), _) => folder::put(path, reference, sealed),
        (Way::Mail(address), Some(mail)) => mail::send(mail, address, reference, sealed, now).await,
        (Way::Mail(_), None) => Err(needs_officer(
            "config",
            "desk.toml has no [mail]: add it with smtp and from",
        )),
        (Way::OpenMail(_), _) => Err(needs_officer(
            "open-mail",
            "its reports leave in the clear now: take this one back, and send it again",
        )),
        (Way::Page, _) => page::send(desk, partner, reference, sealed, now),
        (Way::Print, _) => Err(needs_officer(
            "print",
            "its reports leave on paper now: take this one back, and print it",
        )),
    }
}

/// A failure that only a person can mend.
pub(crate) fn needs_officer(code: &str, what: impl Into<String>) -> Failure {
    Failure {
        code: code.into(),
        what: what.into(),
        needs_officer: true,
    }
}
