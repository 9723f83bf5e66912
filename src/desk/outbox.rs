//! The outbox stores each partner's copy until it arrives. A failed delivery is retried after one
//! minute, then two, then four, up to an hour.

use super::database;
use super::register::{DueDelivery, Failure, Outcome, Register};
use crate::settings::DeskSettings;
use crate::ways;

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
    /// Copies that arrived.
    pub arrived: usize,
    /// Copies that will be retried automatically.
    pub waiting: usize,
    /// Copies that wait for an officer to fix the cause.
    pub stuck: usize,
}

/// Tries every copy in the outbox that is due at `now` (seconds since 1970-01-01 UTC), and records
/// each result. Uses the partners in the current `desk`, so a corrected address or folder also
/// applies to waiting copies.
///
/// # Errors
/// If the register fails. A copy that was sent but not recorded is sent again under the same name.
pub async fn send_due(
    register: &Register,
    desk: &DeskSettings,
    now: i64,
) -> Result<Sent, database::Error> {
    let mut sent = Sent::default();
    loop {
        let due = register.due_deliveries(now).await?;
        if due.is_empty() {
            return Ok(sent);
        }
        for DueDelivery { delivery, sealed } in due {
            let partner = desk.partners.iter().find(|p| p.name == delivery.partner);
            let handed = match partner {
                Some(partner) => ways::send(desk, partner, &delivery.reference, &sealed, now).await,
                None => Err(partner_gone(&delivery.partner)),
            };
            let outcome = match handed {
                Ok(()) => {
                    sent.arrived += 1;
                    Outcome::Done
                }
                Err(failure) => {
                    tracing::warn!(action = "deliver", partner = %delivery.partner, code = %failure.code, "a partner's copy did not arrive yet");
                    if failure.needs_officer {
                        sent.stuck += 1
                    } else {
                        sent.waiting += 1
                    }
                    Outcome::Failed {
                        again: now.saturating_add(wait_after(delivery.attempts)),
                        failure,
                    }
                }
            };
            register.note_attempt(&delivery, &outcome).await?;
        }
    }
}

fn partner_gone(name: &str) -> Failure {
    Failure {
        code: "partner".into(),
        what: format!(
            "desk.toml no longer has the partner \"{name}\": add it again, with the same key"
        ),
        needs_officer: true,
    }
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
