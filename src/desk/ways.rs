//! The ways that a partner's copy travels. A copy is sealed before it gets here: no way sees a tip.

pub mod folder;
pub mod mail;

use crate::register::Failure;
use crate::settings::{DeskSettings, Partner, Way};

/// Sends one sealed copy by the partner's way. `now` is in seconds since 1970-01-01 UTC.
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
        (Way::Mail(_), None) => Err(Failure {
            code: "config".into(),
            what: "desk.toml has no [mail]: add it with smtp and from".into(),
            needs_officer: true,
        }),
    }
}
