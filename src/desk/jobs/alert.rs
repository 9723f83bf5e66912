//! Tells people to look at the desk, reminds them of deadlines, and sends the end of the audit log away each day. It runs with
//! nobody signed in. Mails leave at marks only, which are whole ten minutes.

use std::path::Path;

use super::Step;
use crate::alerts::{self, Draw, MARK};
use crate::duty;
use crate::notes;
use crate::register::Register;
use crate::reminders;
use crate::settings::DeskSettings;

/// Seconds after a mark in which it is handled. A desk that starts later waits for the next one.
const WINDOW: i64 = 120;

/// Handles the mark of this moment, if it is one and was not handled before.
pub async fn step(register: &Register, config: &Path, draw: Draw<'_>) -> Step {
    let now = register.clock().now();
    let mark = now - now.rem_euclid(MARK);
    if now - mark < WINDOW
        && let Err(problem) = handle(register, config, mark, draw).await
    {
        return Step::Failed(problem);
    }
    Step::Retry(mark + MARK)
}

async fn handle(
    register: &Register,
    config: &Path,
    mark: i64,
    draw: Draw<'_>,
) -> Result<(), String> {
    let state = register.alert_state(mark).await.map_err(in_words)?;
    if state.mark == mark {
        return Ok(());
    }
    let (duty, wrong) = duty::current(register).await.map_err(in_words)?;
    if let Some(problem) = wrong {
        tracing::error!(%problem, "the duty list is wrong, and the last good one counts");
    }
    let zone = register.clock().zone();
    let mut changes = alerts::decide(&state, &duty, (mark, &zone), draw).map_err(in_words)?;
    let open = register.due_tips(mark).await.map_err(in_words)?;
    let clocks = register.clocks();
    let (reminded, mails) = reminders::decide(&open, &duty, &clocks, (mark, &zone));
    changes.reminded = reminded;
    let replies = register.due_replies(mark).await.map_err(in_words)?;
    let (reminded, more) = reminders::decide(&replies, &duty, &clocks, (mark, &zone));
    changes.reminded_replies = reminded;
    let more = more.into_iter().filter(|mail| !mails.contains(mail));
    changes.mails.extend(more.collect::<Vec<_>>());
    changes.mails.extend(mails);
    register
        .apply_alerts(mark, &changes)
        .await
        .map_err(in_words)?;
    let due = register.due_mails(mark).await.map_err(in_words)?;
    if due.is_empty() {
        return Ok(());
    }
    let desk = DeskSettings::read(config).map_err(in_words)?;
    for mail in &due {
        notes::send(register, desk.mail.as_ref(), mail, mark)
            .await
            .map_err(in_words)?;
    }
    Ok(())
}

fn in_words(problem: impl std::fmt::Display) -> String {
    problem.to_string()
}
