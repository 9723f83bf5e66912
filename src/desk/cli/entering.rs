//! `add` and `import-csv`: reports that an officer enters.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{anyhow, bail};
use clap::Args;

use super::Access;
use super::signed_in::SignedIn;
use super::triage::names;
use crate::audit::Action;
use crate::entering::{self, Report};
use loke_core::clock::Day;
use loke_core::digest::sha256;
use loke_core::private_file;
use loke_core::terminal::{one_line, say};
use loke_core::tip::{HowKnown, Topic, YesNo};

/// Largest spreadsheet, in bytes.
const SPREADSHEET: u64 = 32 << 20;
/// Rows that the preview shows.
const SHOWN: usize = 5;

/// The options of `add`.
#[derive(Args)]
pub(super) struct Add {
    /// graffiti, cuckooing, drugs or other
    #[arg(long, value_name = "TOPIC")]
    topic: Topic,
    /// What the person saw
    #[arg(long, value_name = "TEXT")]
    what: String,
    /// Where it is
    #[arg(long = "where", value_name = "TEXT", default_value = "")]
    place: String,
    /// When it happens
    #[arg(long, value_name = "TEXT", default_value = "")]
    when: String,
    /// Whether it is still going on: yes, no or unsure
    #[arg(long, value_name = "ANSWER")]
    ongoing: Option<YesNo>,
    /// Whether anyone is in danger: yes, no or unsure
    #[arg(long, value_name = "ANSWER")]
    danger: Option<YesNo>,
    /// Whether a child may be at risk: yes, no or unsure
    #[arg(long, value_name = "ANSWER")]
    child: Option<YesNo>,
    /// How it affects the area
    #[arg(long, value_name = "TEXT", default_value = "")]
    impact: String,
    /// A vehicle
    #[arg(long, value_name = "TEXT", default_value = "")]
    vehicle: String,
    /// How the person knows: saw, told, guess or unsaid
    #[arg(long, value_name = "HOW")]
    how_known: Option<HowKnown>,
    /// The graffiti is offensive or threatening
    #[arg(long)]
    offensive: bool,
    /// The day of the report (YYYY-MM-DD). Default: today
    #[arg(long, value_name = "DAY")]
    day: Option<Day>,
    /// The language of the words, such as pl
    #[arg(long, value_name = "CODE", default_value = "en")]
    language: String,
    #[command(flatten)]
    access: Access,
}

/// The options of `import-csv`.
#[derive(Args)]
pub(super) struct ImportCsv {
    /// The spreadsheet, saved as CSV
    file: PathBuf,
    /// Which column answers a question: what=Details. Repeat it for each question
    #[arg(long, value_name = "QUESTION=COLUMN", value_parser = pair)]
    map: Vec<(String, String)>,
    /// Store the reports. Without it, only the first rows are shown
    #[arg(long)]
    store: bool,
    #[command(flatten)]
    access: Access,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (question, column) = text
        .split_once('=')
        .ok_or("write QUESTION=COLUMN, such as what=Details")?;
    Ok((question.trim().to_owned(), column.trim().to_owned()))
}

pub(super) async fn add(add: Add) -> anyhow::Result<ExitCode> {
    let Add {
        topic,
        what,
        place,
        when,
        ongoing,
        danger,
        child,
        impact,
        vehicle,
        how_known,
        offensive,
        day,
        language,
        access,
    } = add;
    SignedIn::during(&access, async |desk| {
        let today = desk.acting.register().clock().today();
        let mut may_tell = false;
        let report = Report {
            received: day.unwrap_or(today),
            language: language.clone(),
            topic,
            what: what.clone(),
            place: place.clone(),
            when: when.clone(),
            ongoing,
            danger,
            child,
            impact: impact.clone(),
            vehicle: vehicle.clone(),
            how_known,
            signs: Vec::new(),
            offensive: offensive.then_some(true),
        };
        let folder = desk.acting.register().folder();
        for hint in entering::hints(folder, &report)? {
            let line = format!("{}: {}", hint.reason, one_line(&hint.shown.concat()));
            say(&line)?;
            may_tell = true;
        }
        if may_tell && !stores_anyway()? {
            say("Nothing is stored")?;
            return Ok(ExitCode::SUCCESS);
        }
        let ids = entering::enter(&desk.acting, vec![report]).await?;
        say(&format!("Stored as {}", names(&desk.acting, &ids).await?))?;
        Ok(ExitCode::SUCCESS)
    })
    .await
}

/// Asks whether a report is stored whose words may say who it was. Without a terminal it is stored:
/// the hints are printed.
fn stores_anyway() -> anyhow::Result<bool> {
    let input = std::io::stdin();
    if !input.is_terminal() {
        return Ok(true);
    }
    say("These words may say who reported. Store the report as it is? Type yes or no")?;
    let mut answer = String::new();
    input.read_line(&mut answer)?;
    Ok(answer.trim().eq_ignore_ascii_case("yes"))
}

pub(super) async fn import_csv(import: &ImportCsv) -> anyhow::Result<ExitCode> {
    let bytes = read(&import.file)?;
    SignedIn::during(&import.access, async |desk| {
        let register = desk.acting.register();
        let sheet = entering::read(&bytes, &import.map, register.clock().today())?;
        let count = sheet.reports.len();
        if !sheet.left_out.is_empty() {
            say(&format!(
                "Left out: {}",
                one_line(&sheet.left_out.join(", "))
            ))?;
        }
        if !import.store {
            for report in sheet.reports.iter().take(SHOWN) {
                say(&format!(
                    "{} {:<9} {} | {}",
                    report.received,
                    report.topic.word(),
                    one_line(&report.place),
                    one_line(&report.what)
                ))?;
            }
            say(&format!(
                "{count} reports can be stored. Nothing is stored yet. Run it again with --store"
            ))?;
            return Ok(ExitCode::SUCCESS);
        }
        // Once: the same file again would double every report.
        let object = format!("spreadsheet {}", hex::encode(sha256(&bytes)));
        let before = register.trail().await?;
        if before.iter().any(|row| row.object == object) {
            bail!(
                "this file was imported before, so nothing was stored. Its reports are in the list"
            );
        }
        entering::enter(&desk.acting, sheet.reports).await?;
        let detail = format!("{count} reports");
        register
            .record(&desk.acting.actor(), Action::Import, &object, &detail)
            .await?;
        say(&format!("{count} reports are stored"))?;
        Ok(ExitCode::SUCCESS)
    })
    .await
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    private_file::read(file, SPREADSHEET).map_err(|e| anyhow!("{e}"))
}
