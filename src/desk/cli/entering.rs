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
use crate::book::Outcome;
use crate::entering::{self, Door, Order, Report, Sheet};
use loke_core::clock::Day;
use loke_core::digest::sha256;
use loke_core::pii_hints::Rules;
use loke_core::private_file;
use loke_core::signs;
use loke_core::terminal::{one_line, say};
use loke_core::tip::{HowKnown, Photo, Topic, YesNo};
use loke_photo::MAX_BYTES;

/// Largest spreadsheet, in bytes.
const SPREADSHEET: u64 = 32 << 20;
/// Rows that the preview shows.
const SHOWN: usize = 5;
/// PII hints that the preview shows.
const HINTS: usize = 20;

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
    /// How it came: telephone, letter, in-person, warden, councillor or crimestoppers
    #[arg(long, value_name = "HOW")]
    door: Option<Door>,
    /// A sign that the person saw, by its word, such as needles. Repeat it for each sign
    #[arg(long = "sign", value_name = "SIGN", value_parser = sign)]
    signs: Vec<String>,
    /// A photo: JPEG, PNG or WebP. It is cleaned like a resident's. Repeat it for each photo
    #[arg(long = "photo", value_name = "FILE")]
    photos: Vec<PathBuf>,
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
    /// The order of dates such as 03/05/2026, if no other row of the column shows it: day-first or
    /// month-first
    #[arg(long, value_name = "ORDER")]
    dates: Option<Order>,
    /// Store the reports. Without it, only the first rows are shown
    #[arg(long)]
    store: bool,
    #[command(flatten)]
    access: Access,
}

fn sign(text: &str) -> Result<String, String> {
    match signs::find(text) {
        Some(code) => Ok(code.to_owned()),
        None => {
            let all: Vec<&str> = Topic::ALL
                .iter()
                .flat_map(|of| signs::of(*of))
                .copied()
                .collect();
            Err(format!("the signs are: {}", all.join(", ")))
        }
    }
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
        door,
        signs,
        photos,
        day,
        language,
        access,
    } = add;
    let photos = photos.iter().map(|file| cleaned(file));
    let photos = photos.collect::<anyhow::Result<Vec<Photo>>>()?;
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
            signs: signs.clone(),
            offensive: offensive.then_some(true),
            photos: photos.clone(),
            door,
            ..Report::about(topic, &what, today)
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
        let today = register.clock().today();
        let sheet = entering::read(&bytes, &import.map, import.dates, today)?;
        if !import.store {
            preview(&sheet, &entering::rules(register.folder())?)?;
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
        let count = sheet.reports.len();
        let reports = sheet.reports.into_iter().map(|(_, report)| report);
        entering::enter_once(&desk.acting, &object, reports.collect()).await?;
        let detail = format!("{count} reports");
        register
            .record(&desk.acting.actor(), Action::Import, &object, &detail)
            .await?;
        say(&format!("{count} reports are stored"))?;
        Ok(ExitCode::SUCCESS)
    })
    .await
}

/// Prints how a spreadsheet is read: columns, dates, first rows, ends, and words that may say who
/// reported.
fn preview(sheet: &Sheet, rules: &Rules) -> anyhow::Result<()> {
    for (question, column) in &sheet.columns {
        say(&format!("{question}: column \"{}\"", one_line(column)))?;
    }
    if !sheet.left_out.is_empty() {
        let names = sheet.left_out.join(", ");
        say(&format!("Left out: {}", one_line(&names)))?;
    }
    if let Some(order) = &sheet.dates {
        say(&format!("Dates are read {order}"))?;
    }
    let days = sheet.reports.iter().map(|(_, report)| report.received);
    if let (Some(first), Some(last)) = (days.clone().min(), days.max()) {
        say(&format!("Days from {first} to {last}"))?;
    }
    for (line, report) in sheet.reports.iter().take(SHOWN) {
        say(&format!("Line {line}: {}", row(report)))?;
    }
    let (mut rows, mut printed) = (0, 0);
    for (line, report) in &sheet.reports {
        let hints = entering::hints_by(rules, report);
        rows += usize::from(!hints.is_empty());
        for hint in hints {
            if printed < HINTS {
                let words = one_line(&hint.shown.concat());
                say(&format!(
                    "Line {line} may say who reported. {}: {words}",
                    hint.reason
                ))?;
            }
            printed += 1;
        }
    }
    if rows > 0 {
        say(&format!(
            "{rows} reports have words that may say who reported. Take them out of the spreadsheet first"
        ))?;
    }
    let closed = |outcome: Outcome| {
        let as_this = |(_, report): &&(u64, Report)| {
            report.closed.as_ref().is_some_and(|(of, _)| *of == outcome)
        };
        sheet.reports.iter().filter(as_this).count()
    };
    for outcome in Outcome::ALL {
        match closed(*outcome) {
            0 => {}
            count => say(&format!(
                "{count} are closed as {outcome}. A second person must agree if one is risky"
            ))?,
        }
    }
    let count = sheet.reports.len();
    say(&format!(
        "{count} reports can be stored. Nothing is stored yet. Run it again with --store"
    ))?;
    Ok(())
}

/// A report of the preview, on one line.
fn row(report: &Report) -> String {
    let mut parts = vec![
        format!("{} {}", report.received, report.topic.word()),
        one_line(&report.place),
        one_line(&report.what),
        one_line(&report.vehicle),
    ];
    parts.extend(report.notes.iter().map(|note| one_line(note)));
    parts.extend(
        report
            .closed
            .iter()
            .map(|(outcome, _)| format!("closed as {outcome}")),
    );
    parts.retain(|part| !part.is_empty());
    parts.join(" | ")
}

/// A photo without anything but its pixels.
fn cleaned(file: &Path) -> anyhow::Result<Photo> {
    let bytes = private_file::read(file, MAX_BYTES as u64 + 1).map_err(|e| anyhow!("{e}"))?;
    let shown = file.display();
    loke_photo::clean_now(bytes.into()).map_err(|e| anyhow!("{shown}: {e}. Nothing was stored"))
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    private_file::read(file, SPREADSHEET).map_err(|e| anyhow!("{e}"))
}
