//! `loke-desk reply`, `replies` and `receipt`: replies to residents, and the reports of a receipt.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand};
use serde::Serialize;
use zeroize::Zeroizing;

use super::signed_in::SignedIn;
use super::{Access, Desk};
use crate::book::{Authorised, ReplyState};
use crate::guard::Reason;
use crate::library::Library;
use crate::replying::{Proof, Words, Written};
use crate::settings::DeskSettings;
use loke_core::receipt::Receipt;
use loke_core::reply_rows::Stage;
use loke_core::terminal::{say, say_json};

/// The options of `reply`.
#[derive(Args)]
pub(super) struct Reply {
    /// The tip's name, its id, or the id's first digits
    id: String,
    /// A text of the library. It leaves word for word
    #[arg(
        long,
        value_name = "NAME",
        conflicts_with = "text",
        required_unless_present = "text"
    )]
    library: Option<String>,
    /// A file with your own words. They wait for a second person
    #[arg(long, value_name = "FILE")]
    text: Option<PathBuf>,
    /// The language of your own words
    #[arg(long, value_name = "CODE", default_value = "en")]
    language: String,
    /// What your own words mean in English, if they are in another language
    #[arg(long, value_name = "TEXT", default_value = "")]
    meaning: String,
    #[command(flatten)]
    access: Access,
}

/// The options of `replies`.
#[derive(Args)]
pub(super) struct Replies {
    #[command(subcommand)]
    command: Option<RepliesCommand>,
    /// Print JSON, for programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    access: Access,
}

#[derive(Subcommand)]
pub(super) enum RepliesCommand {
    /// List the texts of the library. It needs no passphrase
    Library {
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
        /// Their language
        #[arg(long, value_name = "CODE", default_value = "en")]
        language: String,
        #[command(flatten)]
        desk: Desk,
    },
    /// Agree to another person's reply
    Agree {
        /// The reply's number
        n: i64,
        /// Who confirmed a text in another language: the interpreter's name or agency
        #[arg(long, value_name = "NAME", default_value = "")]
        interpreter: String,
        #[command(flatten)]
        access: Access,
    },
    /// Let a held reply leave. Needs the role supervisor
    Release {
        /// The reply's number
        n: i64,
        /// Why it may leave
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Who confirmed a text in another language: the interpreter's name or agency
        #[arg(long, value_name = "NAME", default_value = "")]
        interpreter: String,
        #[command(flatten)]
        access: Access,
    },
    /// Drop a reply that waits
    Drop {
        /// The reply's number
        n: i64,
        /// Why it must not leave
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        access: Access,
    },
    /// Release a stage: "passed on" or "finished". Residents see it from the next Wednesday on. Needs
    /// the role supervisor
    Stage {
        /// The tip's name, its id, or the id's first digits
        id: String,
        /// "passed on" or "finished"
        stage: Stage,
        #[command(flatten)]
        access: Access,
    },
    /// Record the authorising officer's decision about a tip's receipt. Needs the role supervisor
    Authorise {
        /// The tip's name, its id, or the id's first digits
        id: String,
        /// "no relationship", "stop" or "police source unit"
        decision: Authorised,
        /// Who decided, and why
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        access: Access,
    },
}

/// The options of `receipt`.
#[derive(Args)]
pub(super) struct ReceiptCommand {
    /// Print JSON, for programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    access: Access,
}

/// A waiting reply, as `replies --json` prints it.
#[derive(Serialize)]
struct ReplyLine<'a> {
    n: i64,
    name: &'a str,
    book: &'a str,
    state: ReplyState,
    who: &'a str,
    at: i64,
    due_at: Option<i64>,
    language: &'a str,
    /// The language of the resident's page.
    resident: &'a str,
    library: Option<&'a str>,
    text: &'a str,
    reasons: Vec<Reason>,
}

pub(super) async fn reply(reply: &Reply) -> anyhow::Result<ExitCode> {
    SignedIn::during(&reply.access, async |desk| {
        let (_, tip) = desk.acting.find(&reply.id).await?;
        let text = match &reply.text {
            Some(file) => {
                let text = std::fs::read_to_string(file);
                text.with_context(|| format!("cannot read {}", file.display()))?
            }
            None => String::new(),
        };
        let words = match &reply.library {
            Some(name) => Words::Library(name),
            None => Words::Own {
                text: &text,
                language: &reply.language,
                meaning: &reply.meaning,
            },
        };
        let written = desk.acting.reply(tip, words, None).await?;
        say(&said(&written))?;
        Ok(ExitCode::SUCCESS)
    })
    .await
}

fn said(written: &Written) -> String {
    let numbers: Vec<String> = written.replies.iter().map(ToString::to_string).collect();
    let numbers = numbers.join(", ");
    match written.state {
        ReplyState::Held => format!(
            "Reply {numbers} is held. A supervisor reads it and releases it with a reason: `loke-desk replies release`"
        ),
        ReplyState::Waiting => {
            format!("Reply {numbers} waits for a second person: `loke-desk replies agree`")
        }
        _ => format!(
            "Reply {numbers} leaves with the next replacement of reply rows. Nobody can know whether it was read"
        ),
    }
}

pub(super) async fn replies(replies: Replies) -> anyhow::Result<ExitCode> {
    match replies.command {
        None => list(&replies.access, replies.json).await,
        Some(RepliesCommand::Library {
            json,
            language,
            desk,
        }) => {
            let library = Library::read(&DeskSettings::read(&desk.config)?.folder)?;
            print_library(&library, &language, json)
        }
        Some(RepliesCommand::Agree {
            n,
            interpreter,
            access,
        }) => {
            SignedIn::during(&access, async |desk| {
                desk.acting.agree_to_reply(n, &interpreter).await?;
                say(&format!("Reply {n} leaves with the next replacement of reply rows"))?;
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
        Some(RepliesCommand::Release {
            n,
            reason,
            interpreter,
            access,
        }) => {
            SignedIn::during(&access, async |desk| {
                desk.acting.release_reply(n, &interpreter, &reason).await?;
                say(&format!(
                    "Reply {n} leaves with the next replacement of reply rows. The reason is in the book"
                ))?;
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
        Some(RepliesCommand::Drop { n, reason, access }) => {
            SignedIn::during(&access, async |desk| {
                desk.acting.drop_reply(n, &reason).await?;
                say(&format!("Reply {n} never leaves"))?;
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
        Some(RepliesCommand::Stage { id, stage, access }) => {
            SignedIn::during(&access, async |desk| {
                let (_, tip) = desk.acting.find(&id).await?;
                let from = desk.acting.release_stage(tip, stage).await?;
                say(&format!("The stage \"{stage}\" is shown from {from} on"))?;
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
        Some(RepliesCommand::Authorise {
            id,
            decision,
            reason,
            access,
        }) => {
            SignedIn::during(&access, async |desk| {
                let (_, tip) = desk.acting.find(&id).await?;
                desk.acting.authorise(tip, decision, &reason).await?;
                say("The authorising officer's decision is recorded")?;
                Ok(ExitCode::SUCCESS)
            })
            .await
        }
    }
}

async fn list(access: &Access, json: bool) -> anyhow::Result<ExitCode> {
    SignedIn::during(access, async |desk| {
        let waiting = desk.acting.waiting_replies().await?;
        let lines: Vec<ReplyLine<'_>> = waiting
            .iter()
            .map(|waiting| ReplyLine {
                n: waiting.reply.id,
                name: &waiting.name,
                book: &waiting.book,
                state: waiting.reply.state,
                who: &waiting.reply.who,
                at: waiting.reply.at,
                due_at: waiting.reply.due_at,
                language: &waiting.reply.language,
                resident: &waiting.resident,
                library: waiting.reply.library.as_deref(),
                text: &waiting.reply.text,
                reasons: waiting
                    .looked
                    .finds
                    .iter()
                    .map(|find| find.reason)
                    .collect(),
            })
            .collect();
        if json {
            say_json(&serde_json::to_string(&lines)?)?;
            return Ok(ExitCode::SUCCESS);
        }
        if lines.is_empty() {
            say("No reply waits")?;
        }
        let now = desk.acting.register().clock().now();
        for (line, waiting) in lines.iter().zip(&waiting) {
            let hours = now.saturating_sub(line.at) / 3_600;
            let overdue = match line.due_at.is_some_and(|at| at <= now) {
                true => "OVERDUE, ",
                false => "",
            };
            say(&format!(
                "{} {overdue}{} {} by {}, {hours} hours ago, {} (the resident's page: {})",
                line.n, line.state, line.name, line.who, line.language, line.resident
            ))?;
            for (piece, reason) in waiting.looked.pieces(line.text) {
                if let Some(reason) = reason {
                    say(&format!("    \"{}\": {}", piece.trim(), reason.sentence()))?;
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

fn print_library(library: &Library, language: &str, json: bool) -> anyhow::Result<ExitCode> {
    #[derive(Serialize)]
    struct Text<'a> {
        name: &'a str,
        text: &'a str,
    }
    let texts = library.texts().iter().filter_map(|text| {
        Some(Text {
            name: &text.name,
            text: text.in_language(language)?,
        })
    });
    let texts: Vec<Text<'_>> = texts.collect();
    if json {
        say_json(&serde_json::to_string(&texts)?)?;
    } else {
        for text in texts {
            say(&format!("{:<18} {}", text.name, text.text))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn receipt(command: &ReceiptCommand) -> anyhow::Result<ExitCode> {
    SignedIn::during(&command.access, async |desk| {
        let digits = Zeroizing::new(ask_digits()?);
        let receipt = Receipt::parse(&digits)
            .map_err(|wrong| anyhow::anyhow!("these are not the digits of a receipt: {wrong}"))?;
        let proof = desk.acting.prove(&receipt).await?;
        if command.json {
            say_json(&serde_json::to_string(&proof.reports)?)?;
        } else {
            print_proof(&proof)?;
        }
        Ok(match proof.reports.is_empty() {
            true => ExitCode::FAILURE,
            false => ExitCode::SUCCESS,
        })
    })
    .await
}

/// Reads the digits at a prompt, or the first line of standard input if it is no terminal. They are in
/// no argument, which other users of this machine could see.
fn ask_digits() -> anyhow::Result<String> {
    if std::io::stdin().is_terminal() {
        return Ok(rpassword::prompt_password(
            "The 28 digits of the receipt: ",
        )?);
    }
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(line)
}

fn print_proof(proof: &Proof) -> anyhow::Result<()> {
    if proof.reports.is_empty() {
        say("No report in your books has this receipt")?;
        return Ok(());
    }
    say("Reports that share this receipt:")?;
    for report in &proof.reports {
        let kind = report.follow_up.as_deref().unwrap_or("report");
        let happened = report.happened.as_deref().unwrap_or("not said");
        let topic = report.topic.word();
        say(&format!(
            "{}  {kind:<8} {topic:<10} {}  happened: {happened}",
            report.received, report.name
        ))?;
    }
    say(match proof.is_enough {
        true => {
            "Three or more incidents count for an ASB Case Review: they came within six months, and each was reported within a month of the day that is known"
        }
        false => {
            "Fewer than three incidents count: an ASB Case Review needs three within six months, each reported within a month"
        }
    })?;
    say("Only the person with the digits can say that the reports are theirs")?;
    Ok(())
}
