//! The commands of triage: the queue, one tip, decisions, undo.

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Args;

use super::Access;
use super::signed_in::SignedIn;
use super::words;
use crate::acting::Acting;
use crate::book::{Decision, Filter, How, NoteKind, Outcome, Search, View};
use crate::triage::Act;
use loke_core::terminal::{say, say_json};
use loke_core::tip::TipId;

/// The options of `close`.
#[derive(Args)]
pub(super) struct Close {
    /// The tip's name, its id, or the id's first digits
    id: String,
    /// How it ends: acted, could-not-act, duplicate, spam, malicious, not-ours
    #[arg(long = "why", value_name = "OUTCOME")]
    outcome: Outcome,
    /// More about the reason
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
    /// Close a risky tip alone, for this reason. Only if nobody else signed in for a working day
    #[arg(long, value_name = "REASON")]
    alone: Option<String>,
    #[command(flatten)]
    access: Access,
}

pub(super) async fn list(access: &Access, view: View, json: bool) -> anyhow::Result<ExitCode> {
    SignedIn::during(access, async |desk| {
        let filter = Filter {
            view,
            ..Filter::default()
        };
        let rows = desk.acting.queue(&filter).await?;
        if json {
            say_json(&serde_json::to_string(&rows)?)?;
        } else {
            say(&words::table(&rows, &desk.config.zone))?;
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

pub(super) async fn show(access: &Access, id: &str, json: bool) -> anyhow::Result<ExitCode> {
    SignedIn::during(access, async |desk| {
        let (book, id) = desk.acting.find(id).await?;
        let held = book.view(id).await?;
        let name = name_of(&desk.acting, id).await?;
        if json {
            // `tip.json` is printed as it was in the seal.
            let beside = serde_json::json!({
                "name": name,
                "status": held.state,
                "book": book.name(),
                "notes": book.notes_on(id).await?,
                "decisions": book.decisions_on(id).await?,
                "calls": book.calls_on(id).await?,
            });
            let beside = beside.to_string();
            let beside = beside.trim_start_matches('{');
            say_json(&format!("{{\"tip\":{},{beside}", held.json.trim()))?;
        } else {
            say(&format!("{:<10} {name}\n{}", "name", words::tip(&held)?))?;
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

pub(super) async fn search(access: &Access, asked: &str, json: bool) -> anyhow::Result<ExitCode> {
    SignedIn::during(access, async |desk| {
        let wanted = Search {
            words: asked.to_owned(),
            most: 100,
            ..Search::default()
        };
        let (hits, more) = desk.acting.search(&wanted, &BTreeMap::new()).await?;
        if json {
            say_json(&serde_json::to_string(&hits)?)?;
        } else {
            say(&words::hits(&hits))?;
            if more.is_some() {
                say("There are older ones. Add a word, or search at the page")?;
            }
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

pub(super) async fn take(access: &Access, id: &str) -> anyhow::Result<ExitCode> {
    decide(access, id, None, async |_| Ok(Decision::Take)).await
}

pub(super) async fn close(close: &Close) -> anyhow::Result<ExitCode> {
    let alone = close.alone.as_deref();
    decide(&close.access, &close.id, alone, async |_| {
        Ok(Decision::Close {
            outcome: close.outcome,
            why: close.note.clone(),
        })
    })
    .await
}

pub(super) async fn fold(access: &Access, id: &str, into: &str) -> anyhow::Result<ExitCode> {
    decide(access, id, None, async |acting| {
        let (_, into) = acting.find(into).await?;
        Ok(Decision::Fold { into })
    })
    .await
}

pub(super) async fn unfold(access: &Access, id: &str) -> anyhow::Result<ExitCode> {
    decide(access, id, None, async |_| Ok(Decision::Unfold)).await
}

pub(super) async fn move_tip(access: &Access, id: &str, book: &str) -> anyhow::Result<ExitCode> {
    decide(access, id, None, async |_| {
        Ok(Decision::Move {
            to: book.to_owned(),
        })
    })
    .await
}

pub(super) async fn agree(access: &Access, id: &str) -> anyhow::Result<ExitCode> {
    decide(access, id, None, async |_| Ok(Decision::Agree)).await
}

pub(super) async fn note(access: &Access, id: &str, text: &str) -> anyhow::Result<ExitCode> {
    SignedIn::during(access, async |desk| {
        let (book, id) = desk.acting.find(id).await?;
        if text.trim().is_empty() {
            anyhow::bail!("the note is empty. Nothing was stored");
        }
        book.add_note(id, NoteKind::Note, text).await?;
        say("The note is stored")?;
        Ok(ExitCode::SUCCESS)
    })
    .await
}

pub(super) async fn undo(access: &Access) -> anyhow::Result<ExitCode> {
    SignedIn::during(access, async |desk| {
        let last = desk.acting.last_act().await?;
        let tips = desk.acting.undo().await?;
        let word = last.map(|(_, decision)| decision.word());
        say(&format!(
            "Undone: {}, {}",
            word.unwrap_or_default(),
            names(&desk.acting, &tips).await?
        ))?;
        Ok(ExitCode::SUCCESS)
    })
    .await
}

/// Decides about one tip, and prints what follows.
async fn decide(
    access: &Access,
    id: &str,
    alone: Option<&str>,
    decision: impl AsyncFnOnce(&Acting) -> anyhow::Result<Decision>,
) -> anyhow::Result<ExitCode> {
    SignedIn::during(access, async |desk| {
        let (_, id) = desk.acting.find(id).await?;
        let decision = decision(&desk.acting).await?;
        let how = How {
            alone,
            ..How::default()
        };
        let Act { done, waits, .. } = desk.acting.decide(&[id.into()], &decision, how).await?;
        if !done.is_empty() {
            let names = names(&desk.acting, &done).await?;
            say(&format!("Done: {}, {names}", decision.word()))?;
        }
        for (tip, reasons) in waits {
            say(&format!(
                "{} stays open until a second person agrees: {}",
                name_of(&desk.acting, tip).await?,
                reasons.join("; ")
            ))?;
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

pub(super) async fn names(acting: &Acting, tips: &[TipId]) -> anyhow::Result<String> {
    let names = acting.register().names_of(tips).await?;
    let name = |tip: &TipId| names.get(tip).cloned().unwrap_or_else(|| tip.to_string());
    Ok(tips.iter().map(name).collect::<Vec<_>>().join(", "))
}

async fn name_of(acting: &Acting, tip: TipId) -> anyhow::Result<String> {
    names(acting, &[tip]).await
}
