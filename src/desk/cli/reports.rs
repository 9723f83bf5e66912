//! `loke-desk route` and `outbox`: reports to partners.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, anyhow};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use serde::Serialize;

use super::Access;
use super::deliver;
use super::signed_in::SignedIn;
use crate::acting::Acting;
use crate::book::{Previewed, WhyWithdraw};
use crate::documents;
use crate::partners::Field;
use crate::register::Delivery;
use crate::report::{CAN_STAY, Draft, PhotoOf};
use crate::route::{NotSent, Order};
use crate::welfare::moment;
use loke_core::clock::Zone;
use loke_core::private_file;
use loke_core::terminal::{say, say_json, trouble};

/// Largest text of a report, in bytes.
const TEXT_BYTES: u64 = 64 << 10;
/// Most reports of a book that `outbox` lists.
const LISTED: u32 = 10_000;

#[derive(Args)]
pub(super) struct Route {
    /// The tip's name, its id, or the id's first digits
    id: String,
    /// The partner's name in the directory
    #[arg(long, value_name = "PARTNER")]
    to: String,
    /// The file with the report, in your own words
    #[arg(long, value_name = "FILE", required_unless_present = "as_written")]
    text: Option<PathBuf>,
    /// Send the resident's own words. This needs --reason
    #[arg(long, requires = "reason", conflicts_with = "text")]
    as_written: bool,
    /// Why the resident's own words must leave. The reason is in the book's audit log
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// The place, in your own words
    #[arg(long, value_name = "TEXT", default_value = "")]
    place: String,
    /// Send this photo of the tip too: N, or NAME:N of a tip that is shown with it. It counts from 1,
    /// and can be given several times
    #[arg(long, value_name = "N")]
    photo: Vec<PhotoArg>,
    /// The request to the partner. Default: the usual one for this partner
    #[arg(long, value_name = "TEXT", default_value = "")]
    ask: String,
    /// The conditions for the partner. Default: the usual ones for this partner
    #[arg(long, value_name = "TEXT", default_value = "")]
    conditions: String,
    /// A word of the safety sentences, such as needles. It can be given several times
    #[arg(long, value_name = "WORD")]
    safety: Vec<String>,
    /// A word of the sentences about the property of a work order: hold, consent or planned. It can be given several times
    #[arg(long, value_name = "WORD")]
    work: Vec<String>,
    /// Send the proposed grade too. The police get it with each intelligence report
    #[arg(long)]
    grade: bool,
    /// Leave this out, although the partner may have it. It can be given several times
    #[arg(long, value_name = "FIELD", value_parser = can_stay())]
    leave_out: Vec<Field>,
    /// As the dated basis of a section 8 letter: without an answer code and the resident's words
    #[arg(long = "section-8", conflicts_with = "as_written")]
    section_eight: bool,
    /// The partner gets it for information alone: another one acts
    #[arg(long)]
    information: bool,
    /// Send it at once, and not with the next batch
    #[arg(long)]
    now: bool,
    /// Print the report as it would leave, and send nothing
    #[arg(long, conflicts_with = "now")]
    preview: bool,
    #[command(flatten)]
    access: Access,
}

/// A photo of the tip, or of one that is shown with it.
#[derive(Clone)]
struct PhotoArg {
    /// The other tip's name.
    of: Option<String>,
    number: usize,
}

impl std::str::FromStr for PhotoArg {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (of, number) = match text.rsplit_once(':') {
            Some((of, number)) => (Some(of.to_owned()), number),
            None => (None, text),
        };
        let number = number.parse().map_err(|_| "expected N, or NAME:N")?;
        Ok(Self { of, number })
    }
}

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Outbox {
    /// Print JSON, for programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    access: Access,
    #[command(subcommand)]
    command: Option<OutboxCommand>,
}

#[derive(Subcommand)]
pub(super) enum OutboxCommand {
    /// Take a report back that has not left
    TakeBack {
        /// The report's reference
        reference: String,
        #[command(flatten)]
        access: Access,
    },
    /// Withdraw a report that left. The partner gets a report that asks for deletion
    Withdraw {
        /// The report's reference
        reference: String,
        #[command(flatten)]
        access: Access,
    },
    /// Correct a report that left. The partner gets a report that replaces it
    Correct {
        /// The report's reference
        reference: String,
        /// The file with the correction, in your own words
        #[arg(long, value_name = "FILE")]
        text: PathBuf,
        #[command(flatten)]
        access: Access,
    },
    /// Answer a partner's question about a report that left. The answer is a report of its own
    Answer {
        /// The report's reference
        reference: String,
        /// The file with the answer, in your own words
        #[arg(long, value_name = "FILE")]
        text: PathBuf,
        #[command(flatten)]
        access: Access,
    },
    /// A report reached the wrong partner: opens an incident with 72 hours, and withdraws the report
    WrongPartner {
        /// The report's reference
        reference: String,
        /// The day and the time at which somebody found it: "2026-05-03 10:20"
        #[arg(long, value_name = "DAY TIME")]
        found: String,
        /// What happened. It stays in the book
        #[arg(long, value_name = "TEXT")]
        why: String,
        #[command(flatten)]
        access: Access,
    },
    /// Say why a report stays that the desk proposes to withdraw
    Stays {
        /// The report's reference
        reference: String,
        /// Why. It stays in the book
        #[arg(long, value_name = "TEXT")]
        why: String,
        #[command(flatten)]
        access: Access,
    },
    /// Note that a report on paper was handed over
    HandedOver {
        /// The report's reference
        reference: String,
        /// The person who took it. The name stays in the book
        #[arg(long, value_name = "NAME")]
        to: String,
        #[command(flatten)]
        access: Access,
    },
    /// Note that a partner confirmed a withdrawal or a correction
    Confirmed {
        /// The reference of the withdrawal or correction
        reference: String,
        /// The person who said so. The name stays in the book
        #[arg(long, value_name = "NAME")]
        by: String,
        #[command(flatten)]
        access: Access,
    },
}

pub(super) async fn route(route: &Route) -> anyhow::Result<ExitCode> {
    let text = match &route.text {
        Some(file) => read_text(file)?,
        None => String::new(),
    };
    let reason = route.reason.as_deref().unwrap_or_default();
    SignedIn::during(&route.access, async |desk| {
        let (_, tip) = desk.acting.find(&route.id).await?;
        let mut photos = Vec::with_capacity(route.photo.len());
        for photo in &route.photo {
            let tip = match &photo.of {
                Some(of) => desk.acting.find(of).await?.1,
                None => tip,
            };
            photos.push(PhotoOf {
                tip,
                number: photo.number,
            });
        }
        let draft = Draft {
            partner: route.to.clone(),
            text,
            place: route.place.clone(),
            ask: route.ask.clone(),
            conditions: route.conditions.clone(),
            safety: route.safety.clone(),
            work: route.work.clone(),
            leave_out: route.leave_out.clone(),
            withheld: Vec::new(),
            photos,
            grade: route.grade,
            is_lead: !route.information,
            at_once: route.now || desk.config.leaves_at_once(),
            as_written: route.as_written,
            why_own_words: reason.to_owned(),
            section_eight: route.section_eight,
            replaces: None,
            withdraws: false,
            answers: None,
        };
        let preview = match desk.acting.preview(tip, &draft).await {
            Err(NotSent::OwnWords(phrase)) => return Err(own_words(&phrase)),
            preview => preview?,
        };
        for field in &preview.draft.withheld {
            trouble(&format!(
                "{} may not have the field {field}, so it stays here",
                route.to
            ));
        }
        if route.preview {
            return show(desk, &preview).await;
        }
        order(
            desk,
            &preview.report.reference,
            preview.digest,
            reason,
            route.now,
        )
        .await
    })
    .await
}

/// Reads a field that an officer can leave out.
fn can_stay() -> impl TypedValueParser<Value = Field> {
    let words = CAN_STAY.map(Field::word);
    PossibleValuesParser::new(words).try_map(|word| word.parse::<Field>())
}

/// Prints a preview, with what an officer must know before it leaves.
async fn show(desk: &SignedIn, preview: &Previewed) -> anyhow::Result<ExitCode> {
    let acting = &desk.acting;
    let wordings = acting.register().documents();
    let (text, _) = documents::render_plain(&preview.report, &wordings)?;
    say(text.trim_end())?;
    for number in 1..=preview.draft.photos.len() {
        say(&format!("Photo {number} goes with it."))?;
    }
    let book = acting.book_of(*preview.tips.first().context("the report is about no tip")?);
    let marked = acting.marked(book.await?, preview).await?;
    let pieces = marked.iter().flat_map(|part| &part.pieces);
    for (piece, _) in pieces.filter(|(_, own)| *own) {
        say(&format!("The resident's own words: \"{piece}\""))?;
    }
    say("Nothing was sent. Words and photos can still show that two reports belong together")?;
    Ok(ExitCode::SUCCESS)
}

fn own_words(phrase: &str) -> anyhow::Error {
    anyhow!(
        "\"{phrase}\" are the resident's own words, so nothing was sent. Write it in your own words, or say why they must leave with --reason"
    )
}

/// Sends a preview, and delivers what is due.
async fn order(
    desk: &SignedIn,
    reference: &str,
    digest: [u8; 32],
    why: &str,
    at_once: bool,
) -> anyhow::Result<ExitCode> {
    let (acting, register) = (&desk.acting, desk.acting.register());
    let order = Order {
        digest,
        why,
        at_once,
    };
    let ordered = match acting.order(&desk.config, reference, order).await {
        Err(NotSent::OwnWords(phrase)) => return Err(own_words(&phrase)),
        ordered => ordered?,
    };
    let (clock, partner) = (register.clock(), &ordered.partner);
    if ordered.leaves_at > clock.now() {
        say(&format!(
            "The report to {partner} leaves at {}, reference {reference}. Until then `loke-desk outbox take-back {reference}` takes it back",
            when(&clock.zone(), clock.now(), ordered.leaves_at)
        ))?;
        return Ok(ExitCode::SUCCESS);
    }
    if ordered.way == "print" {
        say(&format!(
            "The report to {partner} waits on paper, reference {reference}. Print it from its page, hand it over, then run `loke-desk outbox handed-over {reference} --to NAME`"
        ))?;
        return Ok(ExitCode::SUCCESS);
    }
    deliver::send(desk).await?;
    let now = register.delivery(reference).await?;
    let now = now.ok_or_else(|| NotSent::NoReport(reference.to_owned()))?;
    if now.done.is_some() {
        say(&format!("Sent to {partner}, reference {reference}"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let problem = now.problem.as_deref().unwrap_or("it is being sent");
    trouble(&format!("{partner} does not have it yet: {problem}"));
    say(&format!(
        "The report is kept, reference {reference}. `serve`, and the next `pull` or `route`, will retry"
    ))?;
    Ok(if now.needs_officer {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// A time, with its day unless that is today.
fn when(zone: &Zone, now: i64, at: i64) -> String {
    match zone.day(at) == zone.day(now) {
        true => zone.time(at),
        false => format!("{} on {}", zone.time(at), zone.day(at)),
    }
}

pub(super) async fn outbox(outbox: &Outbox) -> anyhow::Result<ExitCode> {
    use OutboxCommand as Command;
    match &outbox.command {
        None => list_outbox(&outbox.access, outbox.json).await,
        Some(Command::TakeBack { reference, access }) => {
            SignedIn::during(access, async |desk| {
                desk.acting.take_back(reference).await?;
                say(&format!("Report {reference} is taken back. Nothing left"))?;
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
        Some(Command::Withdraw { reference, access }) => replace(access, reference, None).await,
        Some(Command::Correct {
            reference,
            text,
            access,
        }) => {
            let text = read_text(text)?;
            replace(access, reference, Some(&text)).await
        }
        Some(Command::Answer {
            reference,
            text,
            access,
        }) => {
            let text = read_text(text)?;
            answer(access, reference, &text).await
        }
        Some(Command::WrongPartner {
            reference,
            found,
            why,
            access,
        }) => {
            SignedIn::during(access, async |desk| {
                let (day, time) = found.trim().split_once(' ').unwrap_or((found, ""));
                let found_at = moment(&desk.config.zone, day, time).ok_or_else(|| {
                anyhow!(
                    "--found needs a day and a time, such as \"2026-05-03 10:20\". Nothing was done"
                )
            })?;
                let preview = desk.acting.wrong_partner(reference, found_at, why).await?;
                say(
                    "The incident is open. A supervisor closes it with `loke-desk incident close`",
                )?;
                order(desk, &preview.report.reference, preview.digest, "", true).await
            })
            .await
        }
        Some(Command::Stays {
            reference,
            why,
            access,
        }) => {
            SignedIn::during(access, async |desk| {
                let (book, _) = desk.acting.report(reference).await?;
                if !book.keep_report(reference, why).await? {
                    return Err(anyhow!(
                        "nobody proposes to withdraw the report {reference}"
                    ));
                }
                say(&format!("It is noted why the report {reference} stays"))?;
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
        Some(Command::HandedOver {
            reference,
            to,
            access,
        }) => {
            SignedIn::during(access, async |desk| {
                desk.acting.hand_over_on_paper(reference, to).await?;
                say(&format!(
                    "It is noted that report {reference} was handed over"
                ))?;
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
        Some(Command::Confirmed {
            reference,
            by,
            access,
        }) => {
            SignedIn::during(access, async |desk| {
                desk.acting.confirm_replacement(reference, by).await?;
                say(&format!(
                    "It is noted that the partner confirmed {reference}"
                ))?;
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
    }
}

async fn replace(access: &Access, reference: &str, text: Option<&str>) -> anyhow::Result<ExitCode> {
    SignedIn::during(access, async |desk| {
        let preview = desk.acting.replace(reference, text).await?;
        order(desk, &preview.report.reference, preview.digest, "", true).await
    })
    .await
}

async fn answer(access: &Access, reference: &str, text: &str) -> anyhow::Result<ExitCode> {
    SignedIn::during(access, async |desk| {
        let preview = desk.acting.answer_question(reference, text).await?;
        order(desk, &preview.report.reference, preview.digest, "", false).await
    })
    .await
}

/// A report in the outbox, for programs.
#[derive(Serialize)]
struct OutboxLine {
    reference: String,
    tip: String,
    partner: String,
    way: String,
    state: &'static str,
    leaves_at: i64,
    attempts: i64,
    problem: Option<String>,
    needs_officer: bool,
    lead: bool,
    replaces: Option<String>,
    confirmed: bool,
    /// Why it should be withdrawn or taken back.
    withdraw: Option<WhyWithdraw>,
}

async fn list_outbox(access: &Access, json: bool) -> anyhow::Result<ExitCode> {
    SignedIn::during(access, async |desk| {
        let lines = lines(&desk.acting).await?;
        if json {
            say_json(&serde_json::to_string(&lines)?)?;
        } else if lines.is_empty() {
            say("No report was sent yet")?;
        } else {
            for line in &lines {
                say(&format!(
                    "{}  {}  {}  {}{}{}",
                    line.reference,
                    line.tip,
                    line.partner,
                    line.state,
                    line.problem
                        .as_ref()
                        .map(|p| format!(": {p}"))
                        .unwrap_or_default(),
                    line.withdraw
                        .map(|why| format!(". Withdraw it: {why}"))
                        .unwrap_or_default()
                ))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

async fn lines(acting: &Acting) -> anyhow::Result<Vec<OutboxLine>> {
    let mut lines = Vec::new();
    for book in acting.books() {
        let wrong = book.to_withdraw(None).await?;
        for delivery in acting.register().outbox(book.name(), LISTED).await? {
            let wrong = wrong.iter().find(|p| p.reference == delivery.reference);
            let names = acting.register().names_of(&[delivery.tip]).await?;
            let name = names.get(&delivery.tip).cloned();
            lines.push(OutboxLine {
                state: state(&delivery),
                tip: name.unwrap_or_else(|| delivery.tip.to_string()),
                reference: delivery.reference,
                partner: delivery.partner,
                way: delivery.way,
                leaves_at: delivery.leaves_at,
                attempts: delivery.attempts,
                problem: delivery.problem,
                needs_officer: delivery.needs_officer,
                lead: delivery.is_lead,
                replaces: delivery.replaces,
                confirmed: delivery.confirmed_at.is_some(),
                withdraw: wrong.map(|proposal| proposal.why),
            });
        }
    }
    Ok(lines)
}

fn state(delivery: &Delivery) -> &'static str {
    match delivery {
        Delivery { done: Some(_), .. } => "arrived",
        Delivery {
            needs_officer: true,
            ..
        } => "stuck",
        _ => "waiting",
    }
}

fn read_text(file: &Path) -> anyhow::Result<String> {
    let bytes = private_file::read(file, TEXT_BYTES)?;
    let text = std::str::from_utf8(&bytes);
    let text =
        text.map_err(|_| anyhow!("{} is not text in UTF-8. Save it as UTF-8", file.display()))?;
    Ok(text.to_owned())
}
