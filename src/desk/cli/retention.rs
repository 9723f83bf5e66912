//! `loke-desk purge`, `hold`, `unhold`, `restrict` and `unrestrict`.

use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressDrawTarget};

use super::Access;
use super::signed_in::SignedIn;
use crate::book::HoldKind;
use crate::retention;
use loke_core::terminal::{say, trouble};

pub(super) async fn purge(access: &Access, dry_run: bool) -> anyhow::Result<ExitCode> {
    SignedIn::during(access, async |desk| {
        if dry_run {
            let due = retention::due(&desk.acting).await?;
            for (book, due) in &due {
                say(&format!(
                    "{} {book} {} {} since {}",
                    due.id, due.lane, due.outcome, due.noted_on
                ))?;
            }
            say(&match due.len() {
                0 => "Nothing is over its period".to_owned(),
                1 => "1 tip is over its period. Nothing was deleted".to_owned(),
                n => format!("{n} tips are over their period. Nothing was deleted"),
            })?;
            return Ok(ExitCode::SUCCESS);
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        let searched = retention::purge(&desk.acting, |tips| bar.inc(tips as u64)).await?;
        bar.finish_and_clear();
        let purged: usize = searched.iter().map(|(_, found)| found.purged).sum();
        say(&format!(
            "{purged} tip{} deleted for good. docs/retention.md lists what stays of each",
            if purged == 1 { "" } else { "s" }
        ))?;
        let mut code = ExitCode::SUCCESS;
        for (book, found) in searched.iter().filter(|(_, found)| found.undecided > 0) {
            trouble(&format!(
                "{} open in the book {book} longer than rules/retention.toml allows. None was deleted: decide about each",
                found.undecided
            ));
            code = ExitCode::FAILURE;
        }
        Ok(code)
    })
    .await
}

pub(super) async fn place(
    access: &Access,
    id: &str,
    kind: HoldKind,
    reason: &str,
) -> anyhow::Result<ExitCode> {
    SignedIn::during(access, async |desk| {
        let (_, id) = desk.acting.find(id).await?;
        retention::place(&desk.acting, id, kind, reason).await?;
        say(match kind {
            HoldKind::Legal => {
                "The tip is on hold. Nothing deletes it until a supervisor lifts this"
            }
            HoldKind::Restricted => {
                "The tip is restricted. It is kept, and no list shows its words and no copy leaves"
            }
        })?;
        Ok(ExitCode::SUCCESS)
    })
    .await
}

pub(super) async fn lift(access: &Access, id: &str, kind: HoldKind) -> anyhow::Result<ExitCode> {
    SignedIn::during(access, async |desk| {
        let (_, id) = desk.acting.find(id).await?;
        retention::lift(&desk.acting, id, kind).await?;
        say(match kind {
            HoldKind::Legal => "The hold is lifted. The tip goes when its period is over",
            HoldKind::Restricted => "The tip can be used and sent again",
        })?;
        Ok(ExitCode::SUCCESS)
    })
    .await
}
