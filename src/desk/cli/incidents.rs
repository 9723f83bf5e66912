//! `loke-desk incident`: reports that reached the wrong partner.

use std::process::ExitCode;

use clap::Subcommand;

use super::Access;
use super::signed_in::SignedIn;
use crate::incidents;
use crate::register::Ended;
use loke_core::terminal::{say, say_json};

#[derive(Subcommand)]
pub(super) enum IncidentCommand {
    /// List the incidents about tips of your books: those that are open first
    List {
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        access: Access,
    },
    /// Close an incident, as a supervisor
    Close {
        /// The report's reference
        reference: String,
        /// How it ends: told (the commissioner was told), no-risk (no risk follows)
        #[arg(long, value_name = "HOW")]
        ended: Ended,
        /// What was found and done. It stays in the book
        #[arg(long, value_name = "TEXT")]
        why: String,
        #[command(flatten)]
        access: Access,
    },
}

pub(super) async fn run(command: &IncidentCommand) -> anyhow::Result<ExitCode> {
    match command {
        IncidentCommand::List { json, access } => list(access, *json).await,
        IncidentCommand::Close {
            reference,
            ended,
            why,
            access,
        } => {
            SignedIn::during(access, async |desk| {
                desk.acting.close_incident(reference, *ended, why).await?;
                say(&format!("The incident about report {reference} is closed"))?;
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
    }
}

async fn list(access: &Access, json: bool) -> anyhow::Result<ExitCode> {
    SignedIn::during(access, async |desk| {
        let found = desk.acting.incidents().await?;
        if json {
            let lines: Vec<_> = found.iter().map(|(incident, _)| incident).collect();
            say_json(&serde_json::to_string(&lines)?)?;
            return Ok(ExitCode::SUCCESS);
        }
        if found.is_empty() {
            say("There is no incident")?;
        }
        let clock = desk.acting.register().clock();
        for (incident, words) in &found {
            let state = match incident.ended {
                Some(ended) => format!("closed as {ended}"),
                None => incidents::clock(incident, &clock.zone(), clock.now()),
            };
            say(&format!(
                "{}  {}  {state}: {}",
                incident.reference, incident.partner, words.why
            ))?;
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}
