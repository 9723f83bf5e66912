//! The outbox keeps each sealed report until its batch leaves and it arrives. A failed delivery is
//! retried after one minute, then two, then four, up to an hour.

use super::database;
use super::register::{DueDelivery, Failure, Outcome, Register};
use crate::settings::DeskSettings;
use crate::ways::{self, needs_officer};

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
    let mut sent = Sent::default();
    loop {
        let due = register.due_deliveries(now).await?;
        if due.is_empty() {
            return Ok(sent);
        }
        for due in due {
            let delivery = &due.delivery;
            let outcome = match hand_over(register, desk, &due, now).await? {
                Ok(()) => {
                    sent.arrived += 1;
                    Outcome::Done
                }
                Err(failure) => {
                    tracing::warn!(action = "deliver", partner = %delivery.partner, code = %failure.code, "a report did not arrive yet");
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
            register.note_attempt(delivery, &outcome).await?;
        }
    }
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
    if partner.key.as_ref().map(ToString::to_string) != *sealed_to {
        let what = "the partner has another key now, and this report is sealed to the old one: take it back, and send it again";
        return Ok(Err(needs_officer("key", what)));
    }
    if let Err(withheld) = partner.may_receive_today(register.clock().today()) {
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
