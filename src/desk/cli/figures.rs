//! `loke-desk figures` and `loke-desk answer`: what became of tips, and what partners said.

use std::process::ExitCode;

use clap::Args;

use super::Access;
use super::signed_in::SignedIn;
use crate::answers::Choice;
use crate::book::{NewTold, SaidBy};
use crate::figures::{Days, Figures, USUAL};
use loke_core::clock::Day;
use loke_core::terminal::{say, say_json};

/// The options of `figures`.
#[derive(Args)]
pub(super) struct FiguresOf {
    /// The first day, as YYYY-MM-DD. Default: 91 days ago
    #[arg(long, value_name = "DAY")]
    from: Option<Day>,
    /// The last day, as YYYY-MM-DD. Default: today
    #[arg(long, value_name = "DAY")]
    until: Option<Day>,
    /// Print JSON, for programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    access: Access,
}

/// The options of `answer`.
#[derive(Args)]
pub(super) struct Answer {
    /// The tip's name, its id, or the id's first digits
    id: String,
    /// The partner
    #[arg(long, value_name = "PARTNER")]
    partner: String,
    /// What they said: acknowledged, refused, done, warrant, arrest, section-8-letter, closure,
    /// possession, property-secured, moved, cleaned, support-given, no-action
    #[arg(long, value_name = "ANSWER")]
    said: Choice,
    /// How they said it: telephone, mail, in-person
    #[arg(long, value_name = "HOW")]
    how: SaidBy,
    /// The person at the partner. The name stays in the book
    #[arg(long, value_name = "NAME")]
    by: String,
    /// The day on which they said it, as YYYY-MM-DD. Default: today
    #[arg(long, value_name = "DAY")]
    on: Option<Day>,
    /// The reference of the report that they spoke of
    #[arg(long, value_name = "REFERENCE")]
    reference: Option<String>,
    /// Why nobody acts. It is needed for refused and no-action
    #[arg(long, value_name = "TEXT", default_value = "")]
    why: String,
    #[command(flatten)]
    access: Access,
}

pub(super) async fn answer(answer: &Answer) -> anyhow::Result<ExitCode> {
    SignedIn::during(&answer.access, async |desk| {
        let (book, tip) = desk.acting.find(&answer.id).await?;
        let today = desk.acting.register().clock().today();
        let new = NewTold {
            partner: &answer.partner,
            reference: answer.reference.as_deref(),
            choice: answer.said,
            way: answer.how,
            said_by: &answer.by,
            said_on: answer.on.unwrap_or(today),
            why: &answer.why,
        };
        book.record_told(tip, new).await?;
        say("It is written down. The tip stays as it is: close it if nothing is left to do")?;
        Ok(ExitCode::SUCCESS)
    })
    .await
}

pub(super) async fn figures(of: &FiguresOf) -> anyhow::Result<ExitCode> {
    SignedIn::during(&of.access, async |desk| {
        let today = desk.acting.register().clock().today();
        let last = of.until.unwrap_or(today);
        let first = of.from.unwrap_or(last.plus(-USUAL));
        anyhow::ensure!(first <= last, "--from is after --until. Swap them");
        let figures = desk.acting.figures(first, last).await?;
        if of.json {
            say_json(&serde_json::to_string(&figures)?)?;
        } else {
            say(&in_words(&figures))?;
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

fn in_words(figures: &Figures) -> String {
    let mut lines = vec![format!("{} to {}", figures.first, figures.last)];
    for (lane, of) in &figures.lanes {
        lines.push(format!(
            "{lane}: {} tips in {} matters, {} sent to partners. Days to the report: {}. Days to the action: {}",
            of.tips,
            of.matters,
            of.routed,
            days(&of.days_to_route),
            days(&of.days_to_act)
        ));
    }
    for (target, clock) in &figures.clocks {
        lines.push(format!(
            "{target}: {} in time, {} too late, {} open, {} overdue. Reported: {} in time, {} too late",
            clock.met,
            clock.missed,
            clock.open,
            clock.overdue,
            clock.sent_in_time,
            clock.sent_late
        ));
    }
    for (choice, count) in &figures.dispositions {
        lines.push(format!("{choice}: {count}"));
    }
    for (outcome, count) in &figures.closed {
        lines.push(format!("closed as {outcome}: {count}"));
    }
    lines.push(format!(
        "reports: {} left, {} of them withdrawn or corrected. Incidents: {}",
        figures.reports, figures.taken_from, figures.incidents
    ));
    lines.join("\n")
}

fn days(days: &Days) -> String {
    match (days.half, days.nine_of_ten) {
        (Some(half), Some(most)) => {
            format!(
                "half at most {half}, nine of ten at most {most} (of {})",
                days.of
            )
        }
        _ => "not known of any".to_owned(),
    }
}
