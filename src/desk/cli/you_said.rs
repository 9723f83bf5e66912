//! `loke-desk you-said`: public figures of what was reported and done, and their pages.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;

use super::signed_in::{SignedIn, open_register};
use super::{Access, Desk};
use crate::audit::{Action, Actor};
use crate::months::Period;
use crate::public_figures::{PublicFigure, Share};
use crate::register::Register;
use crate::settings::DeskSettings;
use crate::you_said::pages::{COVER, pages};
use crate::you_said::{months, next_due};
use loke_core::terminal::{say, say_json};

#[derive(Subcommand)]
pub(super) enum YouSaidCommand {
    /// Show the figures that are due, as they would be published now. Needs the role supervisor
    List {
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        access: Access,
    },
    /// Publish the figures of a period, once: they never change afterwards. Needs the role supervisor
    Publish {
        /// The period, such as 2026-Q3 or 2026
        #[arg(long, value_name = "PERIOD")]
        period: Period,
        /// Also write the pages of all published figures into this folder
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
        /// The address behind "Leave this page now"
        #[arg(long, value_name = "URL", default_value = COVER)]
        leave_to: String,
        #[command(flatten)]
        access: Access,
    },
    /// Write the pages of all published figures, for the gateway or the council's web site. It needs
    /// no passphrase
    Pages {
        /// The folder. Pages of this name are replaced
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// The address behind "Leave this page now"
        #[arg(long, value_name = "URL", default_value = COVER)]
        leave_to: String,
        #[command(flatten)]
        desk: Desk,
    },
}

pub(super) async fn run(command: &YouSaidCommand) -> anyhow::Result<ExitCode> {
    match command {
        YouSaidCommand::List { json, access } => list(access, *json).await,
        YouSaidCommand::Publish {
            period,
            out,
            leave_to,
            access,
        } => publish(access, *period, out.as_deref(), leave_to).await,
        YouSaidCommand::Pages {
            out,
            leave_to,
            desk,
        } => {
            let config = DeskSettings::read(&desk.config)?;
            let register = open_register(&config).await?;
            let written = write(&register, &Actor::desk(), out, leave_to).await;
            register.close().await;
            written?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn list(access: &Access, json: bool) -> anyhow::Result<ExitCode> {
    SignedIn::during(access, async |desk| {
        let due = desk.acting.due_figures().await?;
        if json {
            let rows: Vec<_> = due
                .iter()
                .map(|one| {
                    serde_json::json!({
                        "period": one.period.to_string(), "books": one.books, "figures": one.figures,
                    })
                })
                .collect();
            say_json(&serde_json::to_string(&rows)?)?;
            return Ok(ExitCode::SUCCESS);
        }
        for one in &due {
            say(&format!(
                "{}: {} figures, from the books {}",
                one.period,
                one.figures.len(),
                one.books.join(", ")
            ))?;
            for figure in &one.figures {
                say(&in_words(figure))?;
            }
        }
        let today = desk.acting.register().clock().today();
        say(&format!("The next period is due on {}", next_due(today)))?;
        Ok(ExitCode::SUCCESS)
    })
    .await
}

async fn publish(
    access: &Access,
    period: Period,
    out: Option<&Path>,
    leave_to: &str,
) -> anyhow::Result<ExitCode> {
    SignedIn::during(access, async |desk| {
        let preview = desk.acting.figures_to_publish(period).await?;
        let figures = desk.acting.publish_figures(period, &preview.digest).await?;
        say(&format!(
            "{figures} figures of {period} are published. They never change"
        ))?;
        if let Some(out) = out {
            let actor = desk.acting.actor();
            write(desk.acting.register(), &actor, out, leave_to).await?;
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

/// Writes the pages. They are public, so every user of the machine may read them.
async fn write(
    register: &Register,
    actor: &Actor,
    out: &Path,
    leave_to: &str,
) -> anyhow::Result<()> {
    let leads = leave_to.starts_with("https://") || leave_to.starts_with('/');
    anyhow::ensure!(
        leads,
        "--leave-to must begin with https:// or /. Correct it"
    );
    let figures = register.public_figures().await?;
    anyhow::ensure!(
        !figures.is_empty(),
        "nothing is published yet. See `loke-desk you-said list`"
    );
    let pages = pages(&figures, &register.wards(), leave_to)?;
    let detail = format!("{} pages", pages.len());
    register
        .record(actor, Action::Publish, "pages", &detail)
        .await?;
    for page in &pages {
        let file = out.join(&page.path);
        let failed = |e: std::io::Error| anyhow::anyhow!("{}: {}", file.display(), e.kind());
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        std::fs::write(&file, &page.html).map_err(failed)?;
    }
    say(&format!("{detail} are in {}", out.display()))?;
    Ok(())
}

fn in_words(figure: &PublicFigure) -> String {
    let done = figure.done.iter().map(|(deed, share)| match share {
        Share::About(count) => format!(", {deed} {count}"),
        Share::Most => format!(", {deed} most"),
    });
    format!(
        "  {} {} {} ({}): {} reported{}",
        figure.lane,
        figure.area,
        months(figure.first, figure.last),
        figure.level,
        figure.reported,
        done.collect::<String>()
    )
}
